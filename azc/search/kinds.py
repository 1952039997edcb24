"""Kinds of islands: what `[[islands]]` changes of `[search]` and `[tasks.search]` for some of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from azc.errors import AzcError
from azc.search.checks import SEARCH, WHOLE_RUN, number, whole
from azc.search.names import nearest
from azc.search.params import Params

OWN: Final = ("count", "share", "tasks")
KEYS: Final = (*OWN, *(name for name in SEARCH if name not in WHOLE_RUN))
"""What a table of `[[islands]]` may say."""


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
        return self.tasks, params.precision, params.train_budget, params.hurdle, params.functional_cache


def counts(islands: Sequence[Mapping[str, Any]], n_islands: int) -> list[int]:
    """How many islands each table is for, and how many are left as `[search]` has them."""
    found = []
    for place, table in enumerate(islands):
        where = f"islands[{place}]"
        if not isinstance(table, Mapping):
            raise AzcError(f"{where}: expected a table, but it is {table!r}")
        for key in table:
            if key not in KEYS:
                reason = "holds for the whole run" if key in WHOLE_RUN else "is no such key"
                raise AzcError(f"{where}.{key}: {reason}; {nearest(key, KEYS)}")
        if "count" in table and "share" in table:
            raise AzcError(f"{where}: count and share; give one of them")
        found.append(_count(where, table, n_islands))
    if sum(found) > n_islands:
        raise AzcError(f"islands: {sum(found)} in all, but search.n_islands = {n_islands}; raise it")
    return [*found, n_islands - sum(found)]


def _count(where: str, table: Mapping[str, Any], n_islands: int) -> int:
    name = "share" if "share" in table else "count"
    check = number(0.0, 1.0) if name == "share" else whole(1)
    try:
        value = check(table.get(name, 1))
    except ValueError as error:
        raise AzcError(f"{where}.{name}: {error}") from None
    if not value:
        raise AzcError(f"{where}.{name}: expected a number above 0, but it is {value!r}")
    return max(1, round(value * n_islands)) if name == "share" else int(value)
