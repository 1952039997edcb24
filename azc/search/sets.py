"""Sets of tasks in configurations: their makers, what one inherits from another, whether they are apart."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from azc.errors import AzcError
from azc.settings import Problems, SettingsError
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
"""What a set takes of a file of arrays that it has for itself."""
OWN: Final = ("seed", "set")
"""What a set of tasks never takes over from another."""


def makers_of(tables: Mapping[str, Any], seed: int, problems: Problems) -> dict[str, Maker]:
    """The makers of the three sets of tasks, without those whose table is at fault."""
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
    """Whether a set is of a kind of its own, and inherits nothing."""
    return bool({"kind", "dataset"} & table.keys())


def _divided(sets: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """The sets that divide the search's file of arrays: those without a file, if final is one of them."""
    shared = [name for name, table in sets.items() if not (is_apart(table) or "path" in table)]
    return ("search", *shared) if "final" in shared else ()


def _maker(
    where: str,
    inherited: Mapping[str, Any],
    own: Mapping[str, Any],
    defaults: Mapping[str, Any],
    problems: Problems,
) -> Maker | None:
    """The maker of a table; None, and its problems are added, if it is at fault.

    What is wrong with what it inherits is said of [tasks.search] alone.
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
    """Add the tasks that islands have of their own; the names of the sets of all kinds of islands."""
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
            # The search's part of its file, all of another.
            defaults["set"] = search.set if isinstance(search, Arrays) and "path" not in own else ALL
        made = _maker(names[-1], _fitting(common, own), own, defaults, problems)
        if made is not None:
            sets[names[-1]] = made
    return [*names, "search"]


def _fitting(common: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a table takes over from another: if it is of a kind of its own, only parameters of that kind."""
    if not isinstance(kind := own.get("kind"), str) or (maker := MAKERS.get(ALIASES.get(kind, kind))) is None:
        return common
    names = {parameter.name for parameter in parameters(maker)}
    return {name: value for name, value in common.items() if name in names}


def check_final(sets: Mapping[str, Maker], folder: Path, problems: Problems) -> None:
    """Whether the final tasks are apart from all that the search sees, as far as the tables tell."""
    if "final" not in sets:
        return
    for name, maker in sets.items():
        if name != "final" and (why := overlap(sets["final"], maker, folder)):
            problems.add("tasks.final", f"the tasks of final and of {set_name(name)} {why}")


def set_name(name: str) -> str:
    """What a configuration calls a set of tasks."""
    return f"tasks.{name}" if name in SETS else name
