"""Makers of tasks by kind, and tasks from a specification or from a configuration's table."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from azc.arguments import a_path, a_seed, a_table, a_text, one_of, optional, takes
from azc.errors import AzcError
from azc.problems import SettingProblem, SettingsError, closest, nearest, shown
from azc.tasks.arrays import Arrays
from azc.tasks.division import TableTasks
from azc.tasks.parameters import WORDS, configured, parameters
from azc.tasks.projected import Projected, ProjectedMulticlass
from azc.tasks.regression import Affine, Linear, TwoLayer
from azc.tasks.seeds import SETS, set_seed
from azc.tasks.task import Task


class Maker(Protocol):
    """Maker of a set of tasks: its fields are its parameters, its docstring describes the tasks."""

    @property
    def evaluation(self) -> str:
        """The evaluation type of the tasks; empty if it depends on the data."""

    def make(self, folder: Path = Path()) -> list[Task]:
        """The tasks; relative paths start at the folder."""


MAKERS: dict[str, type[Maker]] = {
    "linear": Linear,
    "affine": Affine,
    "two_layer": TwoLayer,
    "projected": Projected,
    "projected_multiclass": ProjectedMulticlass,
    "arrays": Arrays,
    "table": TableTasks,
}
ALIASES = {
    "scalar_linear_regression": "linear",
    "scalar_2layer_nn_regression": "two_layer",
    "projected_binary_classification": "projected",
}
"""The original engine's names."""


_table = a_table('a table like {"kind": "linear", "features": 8}')
_defaults = optional(a_table("a table of parameters"))


@takes(spec=a_text, folder=a_path)
def tasks_from_spec(spec: str, folder: str | Path = ".") -> list[Task]:
    """Make the tasks of a specification like `linear,features=8,train=1000,valid=100,tasks=10,seed=3`.

    Lists are written [3, 5]; relative paths start at the folder.
    """
    kind, *settings = _split(spec)
    maker = _maker(kind)
    types = {p.name: p.kind for p in parameters(maker)}
    values: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        name = name.strip()
        if not equals:
            raise AzcError(f"{setting!r} in {spec!r}: expected name=value, like tasks=10")
        if name in values:
            raise AzcError(f"{name} is given twice in {spec!r}; leave one out")
        values[name] = _value(name, text.strip(), types.get(name, str))
    return configured(maker, kind, values).make(Path(folder))


@takes(table=_table, folder=a_path, defaults=_defaults)
def tasks_from_table(
    table: Mapping[str, Any], folder: str | Path = ".", *, defaults: Mapping[str, Any] | None = None
) -> list[Task]:
    """Make the tasks of a configuration's table: `kind` and the maker's parameters.

    Without `kind`, `dataset` means `projected`. `defaults` (see `set_defaults`) are for parameters that the
    maker has and the table does not give. Relative paths start at `folder`, that of the configuration.
    """
    return maker_from_table(table, defaults=defaults).make(Path(folder))


@takes(table=_table, defaults=_defaults)
def maker_from_table(table: Mapping[str, Any], *, defaults: Mapping[str, Any] | None = None) -> Maker:
    """Checked maker of a configuration's table; no data are read. AzcError lists all faults."""
    values = dict(table)
    kind = values.pop("kind", "projected" if "dataset" in values else None)
    known = [*MAKERS, *ALIASES]
    if not isinstance(kind, str) or kind not in known:
        what = (
            f"there are no tasks of kind {kind!r}; {nearest(kind, known)}"
            if isinstance(kind, str)
            else f"a table of tasks needs its kind, like kind = 'linear'; {nearest(kind, MAKERS)}"
        )
        raise SettingsError([SettingProblem("", what, "kind"), *_faults_beside(closest(kind, known), values)])
    maker = _maker(kind)
    names = {p.name for p in parameters(maker)}
    return configured(maker, kind, {n: v for n, v in (defaults or {}).items() if n in names} | values)


def missing_parameters(table: Any) -> list[str]:
    """Required parameters that a table of tasks does not give; [] if the table has no kind."""
    kind = table.get("kind") if isinstance(table, Mapping) else None
    maker = MAKERS.get(ALIASES.get(kind, kind)) if isinstance(kind, str) else None
    needed = parameters(maker) if maker else ()
    return [p.name for p in needed if p.default is None and p.name not in table]


def _faults_beside(kind: str | None, values: Mapping[str, Any]) -> tuple[SettingProblem, ...]:
    """Faults of the values in a table whose kind is wrong; `kind`: the nearest right one, if any."""
    if kind is not None:
        try:
            configured(_maker(kind), kind, values)
        except SettingsError as error:
            return error.problems
        return ()
    every = list(dict.fromkeys(p.name for maker in MAKERS.values() for p in parameters(maker)))
    return tuple(
        SettingProblem("", f"no kind of tasks has a parameter {shown(name)}; {nearest(name, every)}", name)
        for name in values
        if name not in every
    )


@takes(name=one_of(SETS), seed=a_seed)
def set_defaults(name: str, seed: int) -> dict[str, Any]:
    """Default parameters of the `search`, `select` or `final` tasks of a search with a seed.

    The three sets have seeds of their own, so that they share no draws; they divide a table by one seed.
    """
    return {"seed": set_seed(seed, name), "set": name, "division": seed}


def _maker(kind: str) -> type[Maker]:
    name = ALIASES.get(kind, kind)
    if name not in MAKERS:
        raise AzcError(f"there are no tasks of kind {kind!r}; {nearest(kind, [*MAKERS, *ALIASES])}")
    return MAKERS[name]


def _split(spec: str) -> list[str]:
    """The parts of a specification between commas outside brackets."""
    parts, depth = [""], 0
    for sign in spec:
        depth += (sign == "[") - (sign == "]")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


def _value(name: str, text: str, kind: type) -> Any:
    try:
        if kind is bool:
            return {"true": True, "false": False}[text.lower()]
        return json.loads(text) if kind is tuple else kind(text)
    except (ValueError, KeyError, RecursionError):
        raise AzcError(f"{name} must be {WORDS[kind]}, but is {text!r}") from None
