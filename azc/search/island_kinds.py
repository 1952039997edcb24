"""Kinds of islands: what `[[islands]]` changes of `[search]` and `[tasks.search]` for some of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from azc.search.checks import ISLANDS, OWN_OF_ISLANDS, WHOLE_RUN
from azc.search.params import Params
from azc.settings import Problems, nearest, shown, taken


@attrs.frozen(eq=False)
class Kind:
    """Islands that are alike."""

    params: Params
    tasks: str
    """The name of their set of tasks: those with equal names are the same, so that fitness means the same."""
    count: int

    @property
    def scores(self) -> tuple[object, ...]:
        """What a fitness depends on besides the program."""
        params = self.params
        return (
            self.tasks,
            params.island.precision,
            params.island.train_budget,
            params.island.hurdle,
            params.island.functional_cache,
        )


def counts(islands: Sequence[Mapping[str, Any]], n_islands: int) -> list[int]:
    """How many islands each table is for, and how many are left as `[search]` has them.

    AzcError names everything that is wrong with the tables.
    """
    problems = Problems()
    found = [_count(checked_kind(index, table, problems), n_islands) for index, table in enumerate(islands)]
    if not problems.found and sum(found) > n_islands:
        problems.add("islands", f"{sum(found)} in all, but search.n_islands = {n_islands}; raise it")
    problems.check()
    return [*found, n_islands - sum(found)]


def checked_kind(index: int, table: Any, problems: Problems) -> dict[str, Any]:
    """The values of a table of `[[islands]]`, defaults for those not given or wrong."""
    where = f"islands[{index}]"
    if not isinstance(table, Mapping):
        problems.add(where, f"expected a table, but it is {shown(table)}")
        table = {}
    if "count" in table and "share" in table:
        problems.add(where, "count and share; give one of them")
    return taken(where, table, ISLANDS, problems, _unknown)


def of_search(table: Any) -> dict[str, Any]:
    """What a table of islands says of `[search]`."""
    return {key: value for key, value in table.items() if key not in OWN_OF_ISLANDS}


def _unknown(key: str) -> str:
    reason = "holds for the whole run" if key in WHOLE_RUN else "is no such key"
    return f"{reason}; {nearest(key, ISLANDS)}"


def _count(kind: Mapping[str, Any], n_islands: int) -> int:
    share = kind["share"]
    return int(kind["count"]) if share is None else max(1, round(share * n_islands))
