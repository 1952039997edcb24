"""History of a run, reduced to few rows, in one transaction since the run may still be writing."""

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
from azc.runs.report.queries import MAX_ISLANDS, Column, Rows, chosen_rounds, sums_between

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
    """History of a run, reduced to few rows."""

    rounds: int
    islands: int
    starts: Rows
    last_heard: str | None
    """Time at which the last round was complete."""
    evals: Column
    """Programs scored by the run, at each of the chosen rounds."""
    seconds: Column
    """Seconds of search, at each of the chosen rounds."""
    costs: dict[str, Column]
    """Sums over the rounds from one chosen round to the next, by the names in `COSTS`."""
    populations: dict[str, dict[str, Column]]
    """Columns of the table `rounds` at the chosen rounds, by name in the charts; all islands come first."""
    records: Column
    """Best fitness of each island (columns) at each chosen round (rows); empty if there are few islands."""
    island_bests: dict[int, tuple[Column, Column]]
    """Evaluations of the run and fitness at each improvement, by island; empty if there are many islands."""
    paid: dict[str, tuple[Column, Column]]
    """Children, and children better than their parents, up to each chosen round; by mutation."""
    credits: dict[str, tuple[int, int]]
    """Improvements of islands and of the run in which a mutation took part, by mutation."""
    n_improvements: int
    n_best: int
    """Number of improvements of the run."""
    best: Rows
    """Improvements of the run, or the greatest steps among them, each with its rank among all."""
    ancestors: dict[int, str]
    """Programs of the ancestors of these improvements, by individual."""
    restarts: dict[int, list[int]]
    """Evaluations of the run at which new experiments began, by island."""


def read(path: Path) -> RunData:
    """Read a history; AzcError if there is none or it is damaged."""
    if not path.is_file():
        raise AzcError(
            f"{path}: is not there; expected the history that a run keeps; name a folder that "
            "`azc evolve --run-dir` wrote, or put the file back"
        )
    try:
        with closing(read_only(path)) as connection:
            # One transaction, so that rounds written meanwhile are seen whole or not at all.
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
    each = islands if 1 < len(islands) <= MAX_ISLANDS else []
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
        restarts=ask.restarts(rows, islands[:MAX_ISLANDS], totals["evals"]),
    )
