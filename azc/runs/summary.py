"""Summary of a run, read from its folder; the run may still be running."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from math import inf
from pathlib import Path
from typing import Any

import attrs

from azc.errors import AzcError
from azc.reading import read_whole
from azc.runs.folder import RunFolder, is_on, opened, tables
from azc.runs.hall_of_fame import Entry, read_hall
from azc.runs.header import read_header
from azc.runs.history import read_only
from azc.runs.identity import check_format, flattened
from azc.tasks import SETS, set_seed


@attrs.frozen
class Summary:
    """Summary of a run: its settings, progress and results."""

    name: str
    best_fitness: float
    """Best fitness on the search tasks."""
    best_evals: int
    """Evaluation number in the run of that best program."""
    evals: int
    seconds: float
    """Seconds of search, over all starts."""
    rounds: int
    starts: int
    ended: str
    """Reason the last start ended; empty if it came to no result."""
    is_on: bool
    """Whether a process computes the run now."""
    last_round_at: str | None
    """Time at which its last round was complete, in UTC; None before the first."""
    hall_of_fame: tuple[Entry, ...]
    """Entries, the best first."""
    result: Mapping[str, float]
    """Fitness of the run's result, `best.azl`, by set of tasks; empty if the run has no result."""
    settings: dict[str, str] = attrs.field(factory=dict)
    """All settings by their full names, as JSON."""

    @property
    def evals_per_second(self) -> float:
        """Programs scored for each second of search."""
        return self.evals / self.seconds if self.seconds > 0 else 0.0


def summarize(run: str | Path) -> Summary:
    """Summarize a run's folder; AzcError if it holds no run or is damaged."""
    folder = opened(run)
    try:
        with closing(read_only(folder.history)) as history:
            check_format(folder.history, dict(map(tuple, history.execute("SELECT key, value FROM meta"))))
            totals, starts, best = (_row(history, query) for query in (_TOTALS, _STARTS, _BEST))
    except sqlite3.Error as error:
        raise AzcError(f"{folder.history}: {error}; expected the history of a run") from None
    return Summary(
        name=folder.path.resolve().name,
        best_fitness=best["fitness"] if best else -inf,
        best_evals=best["run_evals"] if best else 0,
        evals=totals["evals"] or 0,
        seconds=totals["seconds"] or 0.0,
        rounds=totals["rounds"] or 0,
        starts=starts["starts"],
        ended=starts["ended"] or "",
        is_on=is_on(folder),
        last_round_at=totals["at"],
        hall_of_fame=read_hall(folder.hall_of_fame),
        result=_result(folder) if starts["ended"] else {},
        settings=flattened(tables(folder)),
    )


_TOTALS = """SELECT sum(evals) AS evals, max(search_seconds) AS seconds, max(round) AS rounds,
                    max(finished_at) AS at FROM rounds
             WHERE round = (SELECT max(round) FROM rounds)"""
_STARTS = "SELECT count(*) AS starts, (SELECT ended FROM starts ORDER BY start DESC) AS ended FROM starts"
_BEST = "SELECT fitness, run_evals FROM improvements WHERE run_record ORDER BY number DESC"


def _row(history: sqlite3.Connection, query: str) -> dict[str, Any]:
    """First row of a query, or an empty dictionary."""
    found = history.execute(query).fetchone()
    return {} if found is None else dict(found)


def _result(folder: RunFolder) -> Mapping[str, float]:
    """Fitness in the header of the best program, once it is complete."""
    if not folder.best.exists():
        return {}
    header = read_header(read_whole(folder.best), str(folder.best))
    return header.fitness if header.is_result else {}


def differences(runs: Sequence[Summary]) -> list[tuple[str, ...]]:
    """Settings that differ between runs: rows of a name and its value in each run."""
    names = dict.fromkeys(name for run in runs for name in run.settings if not _follows(name, runs))
    rows = [(name, *(run.settings.get(name, "") for run in runs)) for name in names]
    return [row for row in rows if len(set(row[1:])) > 1]


def _follows(name: str, runs: Sequence[Summary]) -> bool:
    """Whether a setting is the seed of a set of tasks and follows from `search.seed` in all runs."""
    sets = {f"tasks.{one}.seed": one for one in SETS}
    return name in sets and all(
        run.settings.get(name) == str(set_seed(int(run.settings["search.seed"]), sets[name])) for run in runs
    )
