"""What the report needs of a run's history: few rows for many, all of one moment though it may be on."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np

from azc.errors import AzcError
from azc.runs.history import read_only
from azc.runs.identity import check_format
from azc.runs.report import queries as ask
from azc.runs.report.queries import MOST_ISLANDS, Column, Rows
from azc.runs.report.sampling import chosen_rounds, sums_between

COSTS: Final = (
    "evaluated_run",
    "exact_hits",
    "functional_hits",
    "stopped_early_run",
    "stopped_at_hurdle_run",
    "over_budget_run",
    "round_seconds",
)


@attrs.frozen(eq=False)
class RunData:
    """A run's history in few rows."""

    rounds: int
    islands: int
    starts: Rows
    last_heard: str | None
    """When the last round was complete."""
    evals: Column
    """Of the run, at each of the chosen rounds."""
    seconds: Column
    """Of the search, at each of them."""
    costs: dict[str, Column]
    """By the names in `COSTS`: sums over the rounds up to each of them."""
    populations: dict[str, dict[str, Column]]
    """By what the charts call it, all islands first: columns of the table `rounds` at each of them."""
    records: Column
    """The best of each island (columns) at each of them (rows); of many islands only."""
    island_bests: dict[int, tuple[Column, Column]]
    """By island, of few only: programs the run had scored at each of its improvements, and fitness."""
    paid: dict[str, tuple[Column, Column]]
    """By mutation: children and those better than their parents, up to each of them."""
    credits: dict[str, tuple[int, int]]
    """By mutation: improvements that it was part of, and those that were the best of the run."""
    n_improvements: int
    n_best: int
    """How many of them were the best of the run."""
    best: Rows
    """Those, or the greatest steps among them, each with its rank among all."""
    ancestors: dict[int, str]
    """Programs of their ancestors, by individual."""
    restarts: dict[int, list[int]]
    """By island, where the x axis begins a new experiment."""


def read(path: Path) -> RunData:
    """Read a history; AzcError where there is none or it is damaged."""
    if not path.is_file():
        raise AzcError(
            f"{path}: is not there; expected the history that a run keeps; name a folder that "
            "`azc evolve --run-dir` wrote, or put the file back"
        )
    try:
        with closing(read_only(path)) as connection:
            # One transaction: what a run that is on adds meanwhile is not seen in part.
            connection.execute("BEGIN")
            return _read(connection, path)
    except (sqlite3.Error, TypeError, ValueError) as error:
        raise AzcError(
            f"{path}: cannot be read as a run's history: {error}; put the file back from a copy, or begin "
            "a run of its own with `azc evolve`"
        ) from None


def _read(connection: sqlite3.Connection, path: Path) -> RunData:
    def rows(query: str, values: Sequence[Any] = ()) -> Rows:
        return [dict(row) for row in connection.execute(query, values)]

    check_format(path, {row["key"]: row["value"] for row in rows("SELECT key, value FROM meta")})
    last = rows("SELECT max(round) AS round FROM rounds")[0]["round"] or 0
    chosen = chosen_rounds(last)
    islands = [
        row["island"] for row in rows("SELECT island FROM rounds WHERE round = ? ORDER BY island", [last])
    ]
    there = rows("SELECT count(*) AS n FROM rounds")[0]["n"]
    if there != last * len(islands):
        raise ValueError(f"expected {last} rounds of {len(islands)} islands, found {there} rows")
    totals = ask.columns(
        rows(
            "SELECT sum(evals) AS evals, max(search_seconds) AS seconds, "
            f"{', '.join(f'sum({name}) AS {name}' for name in COSTS)} FROM rounds "
            "GROUP BY round ORDER BY round"
        ),
        ("evals", "seconds", *COSTS),
    )
    indexes = np.array(chosen, dtype=np.int64) - 1
    at = ", ".join(map(str, chosen))
    each = islands if 1 < len(islands) <= MOST_ISLANDS else []
    best, n_best = ask.best(rows)
    return RunData(
        rounds=last,
        islands=len(islands),
        starts=ask.starts(rows),
        last_heard=rows("SELECT max(finished_at) AS at FROM rounds WHERE round = ?", [last])[0]["at"],
        evals=totals["evals"][indexes],
        seconds=totals["seconds"][indexes],
        costs={name: sums_between(totals[name], chosen) for name in COSTS},
        populations={
            "all islands" if each else "population": ask.population(rows, at, None),
            **{f"island {island}": ask.population(rows, at, island) for island in each},
        },
        records=ask.records(rows, at, len(chosen), len(islands)),
        island_bests={island: ask.island_best(rows, island) for island in each},
        paid=ask.paid(rows, at),
        credits=ask.credits(rows),
        n_improvements=rows("SELECT count(*) AS n FROM improvements")[0]["n"],
        n_best=n_best,
        best=best,
        ancestors=ask.ancestors(rows, best),
        restarts=ask.restarts(rows, islands[:MOST_ISLANDS], totals["evals"]),
    )
