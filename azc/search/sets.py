"""Sets of tasks in configurations: makers, inheritance between sets, and overlaps."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from azc.errors import AzcError
from azc.problems import Problems, SettingsError
from azc.tasks import (
    ALIASES,
    MAKERS,
    SETS,
    Arrays,
    Maker,
    maker_from_table,
    overlap,
    parameters,
    set_defaults,
)

ALL: Final = "all"
"""Value of `set` for the whole of a file of arrays."""
OWN: Final = ("seed", "set")
"""Keys that no set of tasks inherits."""


def makers_of(tables: Mapping[str, Any], seed: int, problems: Problems) -> dict[str, Maker]:
    """Makers of the three sets of tasks, by name; a faulty table adds problems and has no maker."""
    tables = {name: table for name, table in tables.items() if isinstance(table, Mapping)}
    if "search" not in tables:
        if not problems.wrong("tasks"):
            problems.add("", 'expected a table [tasks.search], with at least a kind like kind = "linear"')
        return {}
    common = {key: value for key, value in tables["search"].items() if key not in OWN}
    own = {name: tables.get(name, {}) for name in SETS}
    divided = _divided(own)
    makers = {}
    for name, table in own.items():
        inherited = {} if name == "search" or is_apart(table) else common
        defaults = set_defaults(name, seed)
        if name not in divided and {**inherited, **table}.get("kind") == "arrays":
            defaults["set"] = ALL
        maker = _maker(f"tasks.{name}", inherited, table, defaults, problems)
        if maker is not None:
            makers[name] = maker
    return makers


def is_apart(table: Mapping[str, Any]) -> bool:
    """Whether a set has a kind of its own, and so inherits nothing."""
    return bool({"kind", "dataset"} & table.keys())


def _divided(sets: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Sets that divide the search's file of arrays: those without a file of their own, if final is one."""
    shared = [name for name, table in sets.items() if not (is_apart(table) or "path" in table)]
    return ("search", *shared) if "final" in shared else ()


def _maker(
    where: str,
    inherited: Mapping[str, Any],
    own: Mapping[str, Any],
    defaults: Mapping[str, Any],
    problems: Problems,
) -> Maker | None:
    """Maker of a table; None if the table is faulty, with its problems added.

    Problems of inherited values are reported once, for [tasks.search].
    """
    try:
        return maker_from_table({**inherited, **own}, defaults=defaults)
    except SettingsError as error:
        for problem in error.problems:
            if not inherited or problem.key in own or not problems.wrong("tasks.search"):
                problems.add(where, problem.what)
    except AzcError as error:
        if not (inherited and problems.wrong("tasks.search")):
            problems.add(where, str(error))
    return None


def add_island_tasks(
    sets: dict[str, Maker], tasks: Mapping[str, Any], islands: Sequence[Any], seed: int, problems: Problems
) -> list[str]:
    """Add makers for the islands' own tasks; return the name of the set that each kind of islands uses."""
    names = []
    common = tasks.get("search", {})
    search = sets.get("search")
    for index, table in enumerate(islands):
        own = table.get("tasks") if isinstance(table, Mapping) else None
        if not isinstance(own, Mapping) or not isinstance(common, Mapping):
            names.append("search")
            continue
        names.append(f"islands[{index}].tasks")
        defaults = set_defaults("search", seed)
        if {**common, **own}.get("kind") == "arrays":
            # The whole of another file is used, but of the search's file the part that the search uses.
            defaults["set"] = search.set if isinstance(search, Arrays) and "path" not in own else ALL
        made = _maker(names[-1], _fitting(common, own), own, defaults, problems)
        if made is not None:
            sets[names[-1]] = made
    return [*names, "search"]


def _fitting(common: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
    """Keys that a table inherits from another: if it has a kind of its own, only parameters of that kind."""
    if not isinstance(kind := own.get("kind"), str) or (maker := MAKERS.get(ALIASES.get(kind, kind))) is None:
        return common
    names = {parameter.name for parameter in parameters(maker)}
    return {name: value for name, value in common.items() if name in names}


def check_final(sets: Mapping[str, Maker], folder: Path, problems: Problems) -> None:
    """Add a problem for each set with the final tasks' examples, as far as the tables tell."""
    if "final" not in sets:
        return
    for name, maker in sets.items():
        if name != "final" and (why := overlap(sets["final"], maker, folder)):
            problems.add("tasks.final", f"the tasks of final and of {set_name(name)} {why}")


def set_name(name: str) -> str:
    """Name of a set of tasks in a configuration."""
    return f"tasks.{name}" if name in SETS else name
