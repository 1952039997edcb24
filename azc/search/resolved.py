"""A configuration as a file would say it, complete: every key with its value, defaults included."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from azc.evaluators import EVALUATOR, EvaluatorSettings
from azc.ir import Interface, Program, SignatureLike
from azc.search.checks import ADDRESS_NAMES
from azc.search.params import Params
from azc.settings import settings
from azc.tasks import MAKERS, Maker

INITIAL_FILE: Final = "initial-{}.azl"
"""What files of programs that a search begins with are called beside a resolved configuration, from 1."""


def search_table(params: Params) -> dict[str, Any]:
    """The table `[search]`; what has no value is left out."""
    strategy = params.island.strategy
    parts = (strategy, params.island, params.run, params.limits)
    values: dict[str, Any] = {"strategy": strategy.name}
    values |= {name: getattr(part, name) for part in parts for name in settings(type(part))}
    values["mutations"] = dict(params.island.mutations)
    values["functional_cache"] = params.island.functional_cache or False
    values["race"] = params.island.race or False
    return {name: _plain(value) for name, value in values.items() if value is not None}


def program_table(params: Params) -> dict[str, Any]:
    """The table `[program]`; a program of one's own stands in a file beside it."""
    program, keys = params.program, params.program.signature.keys
    return {
        "initial": program.initial if isinstance(program.initial, str) else initial_files(program.initial),
        "addresses": dict(zip(ADDRESS_NAMES, program.addresses, strict=True)),
        "sizes": dict(zip(keys, program.sizes, strict=True)),
        "size_limits": {name: list(v) for name, v in zip(keys, program.size_limits, strict=True)},
        **{f"{name}_ops": list(ops) for name, ops in zip(keys, program.ops, strict=True)},
    }


def evaluator_tables(evaluator: EvaluatorSettings, declared: SignatureLike) -> dict[str, Any]:
    """The tables `[evaluator]` and, of a signature of one's own, `[signature]`."""
    values = {name: _plain(getattr(evaluator, name)) for name in EVALUATOR}
    found: dict[str, Any] = {"evaluator": {name: one for name, one in values.items() if one is not None}}
    return found if isinstance(declared, Interface) else found | {"signature": declared.table()}


def initial_files(programs: Sequence[Program]) -> list[str]:
    """What the files of programs are called."""
    return [INITIAL_FILE.format(index) for index in range(1, len(programs) + 1)]


def tasks_table(maker: Maker, folder: Path) -> dict[str, Any]:
    """A table like `[tasks.search]`; paths no longer depend on the folder that they started at."""
    kind = next(name for name, made in MAKERS.items() if type(maker) is made)
    values = {name: _plain(value) for name, value in attrs.asdict(maker).items()}  # type: ignore[arg-type]
    if values.get("path"):
        values["path"] = str((folder / Path(values["path"]).expanduser()).resolve())
    return {"kind": kind, **values}


def _plain(value: Any) -> Any:
    if attrs.has(type(value)):
        return attrs.asdict(value)
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, tuple) else value
