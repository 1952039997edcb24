"""Queries of a history. `rows` runs a query; `at` is a list of rounds, as SQL."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from azc.runs.history import QUANTILE_NAMES
from azc.search import MUTATIONS

MAX_ROUNDS: Final = 400
"""Maximum number of rounds in a chart."""
MAX_IMPROVEMENTS: Final = 500
"""Maximum number of improvements to step through."""
MAX_ISLANDS: Final = 12
"""Maximum number of islands shown one by one; of more, charts show quantiles."""
MAX_STEPS: Final = 150
"""Maximum number of steps in an island's line."""
MEANS: Final = ("distinct_programs", "record_fitness")
Rows = list[dict[str, Any]]
Column = NDArray[np.float64]
Ask = Callable[..., Rows]


def columns(rows: Rows, names: Sequence[str]) -> dict[str, Column]:
    """Columns of numbers; NULL becomes nan."""
    return {name: np.array([row[name] for row in rows], dtype=np.float64) for name in names}


def population(rows: Ask, at: str, island: int | None) -> dict[str, Column]:
    """Statistics of one island's population, or of all: extremes of the extremes, means of the rest."""
    names = [f"{what}_{name}" for what in ("fitness", "length") for name in QUANTILE_NAMES]
    means = (*sizes(rows), *MEANS)
    over = {"min": "min", "max": "max"}
    asked = ", ".join(
        f"{over.get(name.rpartition('_')[2], 'avg')}({name}) AS {name}" for name in (*names, *means)
    )
    here = "" if island is None else f" AND island = {island}"
    found = rows(f"SELECT {asked} FROM rounds WHERE round IN ({at}){here} GROUP BY round ORDER BY round")
    return columns(found, (*names, *means))


def sizes(rows: Ask) -> list[str]:
    """Names of the columns that hold the mean sizes of functions."""
    found = (row["name"] for row in rows("SELECT name FROM pragma_table_info('rounds') ORDER BY cid"))
    return [name for name in found if name.endswith("_size")]


def records(rows: Ask, at: str, rounds: int, islands: int) -> Column:
    """Best fitness of each island (columns) at each chosen round (rows); empty if there are few islands."""
    if islands <= MAX_ISLANDS:
        return np.empty((rounds, 0))
    query = f"SELECT record_fitness AS best FROM rounds WHERE round IN ({at}) ORDER BY round, island"
    return columns(rows(query), ("best",))["best"].reshape(rounds, islands)


def island_best(rows: Ask, island: int) -> tuple[Column, Column]:
    """An island's improvements, or the greatest steps among many: evaluations of the run, and fitness."""
    query = "SELECT run_evals, fitness FROM improvements WHERE island = ? ORDER BY number"
    found = columns(rows(query, [island]), ("run_evals", "fitness"))
    chosen = chosen_steps(found["fitness"], MAX_STEPS)
    return found["run_evals"][chosen], found["fitness"][chosen]


def paid(rows: Ask, at: str) -> dict[str, tuple[Column, Column]]:
    """By mutation: children, and children better than their parents, up to each of the chosen rounds."""
    names = [f"{name}_{what}" for name in MUTATIONS for what in ("children", "better")]
    asked = ", ".join(f"sum({name}) AS {name}" for name in names)
    found = columns(
        rows(f"SELECT {asked} FROM rounds WHERE round IN ({at}) GROUP BY round ORDER BY round"), names
    )
    return {name: (found[f"{name}_children"], found[f"{name}_better"]) for name in MUTATIONS}


def credits(rows: Ask) -> dict[str, tuple[int, int]]:
    """By mutation: improvements of islands and of the run in which it took part."""
    every, best = Counter[str](), Counter[str]()
    query = "SELECT mutations, count(*) AS n, sum(run_record) AS best FROM improvements GROUP BY mutations"
    for row in rows(query):
        for name in filter(None, row["mutations"].split(", ")):
            every[name] += row["n"]
            best[name] += row["best"]
    return {name: (every[name], best[name]) for name in every}


def best(rows: Ask) -> tuple[Rows, int]:
    """Improvements of the run, or the greatest steps among many; and the number of all."""
    every = rows("SELECT number, fitness FROM improvements WHERE run_record = 1 ORDER BY number")
    chosen = chosen_steps(np.array([row["fitness"] for row in every]))
    marks = ", ".join(str(every[index]["number"]) for index in chosen)
    found = rows(f"SELECT * FROM improvements WHERE number IN ({marks}) ORDER BY number")
    return [row | {"rank": index + 1} for index, row in zip(chosen, found, strict=True)], len(every)


def ancestors(rows: Ask, best: Rows) -> dict[int, str]:
    """Programs of the ancestors of improvements, by individual."""
    marks = ", ".join(str(int(row["ancestor"])) for row in best if row["ancestor"] is not None)
    found = rows(f"SELECT individual, program FROM improvements WHERE individual IN ({marks})")
    return {row["individual"]: row["program"] for row in found}


def starts(rows: Ask) -> Rows:
    """All starts, each with its last round and the time of that."""
    starts: Rows = rows("SELECT * FROM starts ORDER BY start")
    ends = [*(row["first_round"] for row in starts[1:]), None]
    for row, end in zip(starts, ends, strict=True):
        among = "round >= ?" + ("" if end is None else " AND round < ?")
        asked = [row["first_round"], *([] if end is None else [end])]
        last = rows(f"SELECT max(round) AS round, max(finished_at) AS at FROM rounds WHERE {among}", asked)[0]
        row |= {"last_round": last["round"], "last_heard": last["at"]}
    return starts


def restarts(rows: Ask, islands: Sequence[int], evals: Column) -> dict[int, list[int]]:
    """Evaluations of the run at which experiments after the first began, by island."""
    found: dict[int, list[int]] = {island: [] for island in islands}
    query = "SELECT min(round) AS round FROM rounds WHERE island = ? GROUP BY experiment ORDER BY experiment"
    for island in islands:
        begins = [row["round"] for row in rows(query, [island])][1:]
        found[island] = [int(evals[round_number - 2]) for round_number in begins]
    return found


def chosen_rounds(last: int, most: int = MAX_ROUNDS) -> list[int]:
    """At most `most` rounds from 1 to the last, evenly spread on a linear and on a logarithmic axis."""
    if last <= most:
        return [*range(1, last + 1)]
    even = np.linspace(1, last, most * 3 // 4)
    early = np.geomspace(1, last, most // 4)
    return sorted({*map(round, even.tolist()), *map(round, early.tolist())})


def sums_between(values: Column, chosen: Sequence[int]) -> Column:
    """Sums over the rounds (rows, from 1) after one chosen round up to the next, until the last round."""
    starts = [0, *chosen[:-1]]
    return np.add.reduceat(np.nan_to_num(values), starts, axis=0) if len(values) else values


def chosen_steps(values: Column, most: int = MAX_IMPROVEMENTS) -> list[int]:
    """Indexes of at most `most` rising values: the first, the last, and the greatest steps between."""
    if len(values) <= most:
        return [*range(len(values))]
    steps = np.diff(values)
    steps[-1] = np.inf
    return sorted([0, *(np.argsort(-steps, kind="stable")[: most - 1] + 1).tolist()])
