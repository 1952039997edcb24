"""Header of an evolved program: comments with its fitness and the preprocessing of its data.

It is TOML behind `#`, below a title line. People can read and edit it, and `predict` and `run` repeat the
search's preprocessing exactly, since floats are written with all their digits.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs

from azc.arguments import (
    a_table,
    a_text,
    argument,
    fault,
    kind_of,
    takes,
    takes_settings,
    text_or_bytes,
)
from azc.errors import AzcError
from azc.evaluation import PRECISIONS
from azc.ir import Signature
from azc.problems import MAX_PROBLEMS, CheckError, Problems
from azc.settings import TEXT, TRUTH, number, one_of, optional_setting, setting, settings, taken, whole
from azc.tasks import TASK
from azc.toml import toml_text

if TYPE_CHECKING:
    from azc.search import Config
    from azc.tasks import Preprocessing

TITLE: Final = "# azc: an evolved program"
_INDENT: Final = "#   "
_FITNESS: Final = number(nan=True)


@takes_settings(fitness=a_table("fitness by sets of tasks", argument(_FITNESS)))
@attrs.frozen
class Header:
    """Facts about a program beyond its text; None where the header does not tell."""

    fitness: Mapping[str, float] = attrs.field(factory=dict)
    """Fitness on the search, select and final tasks."""
    eval_type: str | None = optional_setting(TASK["eval_type"])
    epochs: int | None = optional_setting(TASK["epochs"])
    max_abs_error: float | None = optional_setting(TASK["max_abs_error"])
    precision: str | None = setting("precision of evaluation", one_of(PRECISIONS), None)
    seed: int | None = setting("seed of the search", TASK["seed"].check, None)
    run: str | None = setting("the run's folder", TEXT, None)
    island: int | None = setting("index of the island that found it", whole(0), None)
    evaluation: int | None = setting("evaluation number on that island", whole(0), None)
    preprocessing: "Preprocessing | None" = None
    signature: Signature | None = None
    """Signature of the program, if it is one of your own."""
    result: bool | None = setting("whether it is a run's result, if fitness alone does not tell", TRUTH, None)

    @property
    def is_result(self) -> bool:
        """Whether the program is a run's result: of tasks, only results are scored on all sets."""
        from azc.tasks import SETS

        return bool(self.result) or self.fitness.keys() >= {*SETS}


@takes(kind=argument(whole(0)))
def header_of(config: "Config", kind: int = 0, **more: Any) -> Header:
    """Header of a program found by a search on an island of a kind; `more` fills further fields."""
    from azc.search import Config

    kind_of(Config, advice="azc.search.load_config gives one")("config", config)
    if kind >= len(config.kinds):
        raise fault("kind", f"the number of a kind of islands, below {len(config.kinds)}", kind)
    program = config.params.program
    tasks = config.tasks("search") if config.evaluator is None else []
    return Header(
        eval_type=program.eval_type if program.own_signature is None else None,
        epochs=_common([task.epochs for task in tasks]),
        max_abs_error=_common([task.max_abs_error for task in tasks]),
        precision=config.kinds[kind].params.island.precision,
        seed=config.params.run.seed,
        preprocessing=config.preprocessing,
        signature=program.own_signature,
        **more,
    )


def _common(values: list[Any]) -> Any:
    """The value that all share, or None."""
    return values[0] if len(set(values)) == 1 else None


def header_text(header: Header) -> str:
    """The comment lines of a header."""
    values: dict[str, Any] = {f"{name}_fitness": value for name, value in header.fitness.items()}
    values |= {name: getattr(header, name) for name in settings(Header)}
    lines = [TITLE, *_lines(values)]
    if header.preprocessing is not None:
        lines += [f"{_INDENT}[preprocessing]", *_lines(header.preprocessing.to_dict())]
    if header.signature is not None:
        from azc.language import signature_lines

        lines += [f"{_INDENT}{line}" for line in signature_lines(header.signature)]
    return "".join(f"{line}\n" for line in lines)


@takes(header=kind_of(Header), program=a_text)
def with_header(header: Header, program: str) -> str:
    """Text of a program's file: the header, then the program."""
    return f"{header_text(header)}\n{program}"


def _lines(values: Mapping[str, Any]) -> Iterator[str]:
    return (f"{_INDENT}{name} = {toml_text(value)}" for name, value in values.items() if value is not None)


@takes(text=text_or_bytes, filename=a_text)
def read_header(text: str | bytes, filename: str) -> Header:
    """Parse the header of a program's text; an empty header if there is none, AzcError if it is damaged."""
    from azc.tasks import Preprocessing

    values, problems, keys = _values(text, filename), Problems(), settings(Header)
    known = taken("", {name: values[name] for name in values if name in keys}, keys, problems, str)
    fitness = {}
    for name, value in values.items():
        if name.endswith("_fitness"):
            try:
                fitness[name.removesuffix("_fitness")] = _FITNESS(value)
            except CheckError as error:
                problems.add(name, *error.texts)
    if "preprocessing" in values:
        with problems.at(""):
            known["preprocessing"] = Preprocessing.from_dict(values["preprocessing"])
    if "signature" in values:
        from azc.language import signature_from_table

        with problems.at(""):
            known["signature"] = signature_from_table(values["signature"], filename)
    if problems.found:
        raise _damaged(filename, "; ".join(map(str, problems.found[:MAX_PROBLEMS])))
    return Header(fitness, **known)


def _values(text: str | bytes, filename: str) -> dict[str, Any]:
    """The values in the header's TOML."""
    lines = iter(re.split(r"\r\n|\r|\n", text if isinstance(text, str) else text.decode("utf-8", "replace")))
    for line in lines:
        if line.rstrip() == TITLE:
            break
        if line and not line.startswith("#"):
            return {}
    block = []
    for line in lines:
        if not line.startswith(_INDENT):
            break
        block.append(line.removeprefix(_INDENT))
    try:
        return tomllib.loads("\n".join(block))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _damaged(filename, str(error)) from None


def _damaged(filename: str, why: str) -> AzcError:
    return AzcError(
        f"{filename}: the comments that say how the program was evolved are damaged: {why}; "
        f"mend them, or remove them with their first line ({TITLE})"
    )
