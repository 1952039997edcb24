"""Kinds of islands: a table `[[islands]]` changes keys of `[search]` and `[tasks.search]` for one kind."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from azc.problems import Problems, nearest, shown
from azc.search.checks import ISLANDS, OWN_OF_ISLANDS, WHOLE_RUN, own_keys
from azc.search.params import Params
from azc.settings import taken


@attrs.frozen(eq=False)
class Kind:
    """Kind of islands: islands with equal settings."""

    params: Params
    tasks: str
    """Name of their set of tasks; kinds with the same name have the same tasks."""
    count: int

    @property
    def scores(self) -> tuple[object, ...]:
        """Settings on which a program's fitness depends."""
        island = self.params.island
        first = island.hurdle, island.race
        return self.tasks, island.precision, island.train_budget, *first, island.functional_cache


def counts(islands: Sequence[Mapping[str, Any]], n_islands: int, strategy: object = None) -> list[int]:
    """Number of islands of each table, then of the rest, which only `[search]` describes.

    strategy: that of `[search]`, whose parameters a table may change. AzcError lists everything that is
    wrong with the tables.
    """
    problems = Problems()
    found = [
        _count(checked_kind(index, table, problems, strategy), n_islands)
        for index, table in enumerate(islands)
    ]
    if not problems.found and sum(found) > n_islands:
        problems.add("islands", f"{sum(found)} in all, but search.n_islands = {n_islands}; raise it")
    problems.check()
    return [*found, n_islands - sum(found)]


def checked_kind(index: int, table: Any, problems: Problems, strategy: object = None) -> dict[str, Any]:
    """Checked values of a table `[[islands]]`, with defaults for missing and wrong ones."""
    where = f"islands[{index}]"
    if not isinstance(table, Mapping):
        problems.add(where, f"expected a table, but it is {shown(table)}")
        table = {}
    if "count" in table and "share" in table:
        problems.add(where, "count and share; give one of them")
    keys = ISLANDS | own_keys(table.get("strategy", strategy))
    return taken(where, table, keys, problems, _unknown)


def of_search(table: Any) -> dict[str, Any]:
    """Keys of `[search]` in a table of islands."""
    return {key: value for key, value in table.items() if key not in OWN_OF_ISLANDS}


def _unknown(key: str) -> str:
    reason = "holds for the whole run" if key in WHOLE_RUN else "there is no such key"
    return f"{reason}; {nearest(key, ISLANDS)}"


def _count(kind: Mapping[str, Any], n_islands: int) -> int:
    share = kind["share"]
    return int(kind["count"]) if share is None else max(1, round(share * n_islands))
