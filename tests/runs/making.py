"""Helpers for tests of runs: small searches, runs in child processes, comparisons of two runs."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from math import inf
from pathlib import Path
from typing import Any
from uuid import uuid4

import attrs
import pytest

from azc.language import format_program
from azc.runs import Callback, InProcess, Processes, Progress, recorder
from azc.runs.history import read_only
from azc.search import Config, SearchResult, load_config

EXAMPLE = Path(__file__).parents[2] / "examples" / "original" / "linear_regression.toml"
SMALL = {
    "search.population_size": 40,
    "search.tournament_size": 5,
    "search.n_offspring": 10,
    "search.round_evals": 1000,
    "search.restart_after": 4000,
    "search.n_islands": 3,
    "search.max_evals": 30_000,
    "search.target_fitness": 2,
    "tasks.search.tasks": 2,
    "tasks.search.train": 20,
    "tasks.search.valid": 10,
    "tasks.select.tasks": 2,
    "tasks.select.train": 20,
    "tasks.final.tasks": 2,
    "tasks.final.train": 20,
}
"""Ten rounds of three islands, with several experiments; takes a moment."""
CLOCKS = ("_seconds", "_at", "_hits", "_run")
"""Suffixes of the columns that differ between any two runs."""
MARK = "AZC_TESTS_MARK"
PATIENCE_SECONDS = 60.0
"""Longest wait of a test."""


def settings(values: Mapping[str, Any] = {}) -> list[str]:
    """The small search with some other values, as overrides of the example."""
    return [f"{name}={value}" for name, value in (SMALL | dict(values)).items()]


def example(**search: Any) -> Config:
    """The example made small, with other values in the table `[search]`."""
    return load_config(EXAMPLE, settings({f"search.{name}": value for name, value in search.items()}))


def with_islands(folder: Path, tables: str, program: Mapping[str, Any] = {}, **search: Any) -> Config:
    """The small search with tables `[[islands]]`, in its own file; `program`: values of `[program]`."""
    path = folder / "search.toml"
    path.write_text(f"{EXAMPLE.read_text()}\n{tables}")
    changes = {f"search.{name}": value for name, value in search.items()}
    return load_config(path, settings({**changes, **{f"program.{key}": one for key, one in program.items()}}))


def staff(count: int) -> Any:
    """Workers in `count` processes; in this one if it is 0."""
    return partial(Processes, count=count) if count else InProcess


def often(monkeypatch: pytest.MonkeyPatch, share: float = inf, commit: float = 0.0) -> None:
    """Write checkpoints and the history after every round, whatever the cost."""
    monkeypatch.setattr(recorder, "COMMIT_SECONDS", commit)
    monkeypatch.setattr(recorder, "SHARE_OF_TIME", share)


# --- comparisons -----------------------------------------------------------------------------------------


def rows(run: Path, query: str) -> list[dict[str, Any]]:
    """Rows of a query in a run's history."""
    with closing(read_only(run / "history.sqlite")) as connection:
        return [dict(row) for row in connection.execute(query)]


def history(run: Path) -> list[dict[str, Any]]:
    """All rows of a run's history, without the columns that differ between any two runs."""
    found = [*rows(run, "SELECT * FROM rounds ORDER BY round, island")]
    found += rows(run, "SELECT * FROM improvements ORDER BY number")
    return [{name: row[name] for name in row if not name.endswith(CLOCKS)} for row in found]


def same(found: SearchResult) -> SearchResult:
    """A result without the values that differ between any two runs."""
    return attrs.evolve(found, seconds=0.0, counts={}, run=None)


# --- callbacks -------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class At(Callback):
    """Calls `act` when a round is complete, and returns its answer."""

    round: int
    act: Any

    def on_round(self, progress: Progress) -> bool | None:
        """Called after every round."""
        return self.act() if progress.round == self.round else None


class Broken(Exception):
    """Ends a run in the middle, as a fault of its machine would."""


def breaks(round_number: int) -> At:
    """Break a run after a round."""

    def fail() -> bool:
        raise Broken

    return At(round_number, fail)


# --- runs in child processes -----------------------------------------------------------------------------


@attrs.define(eq=False)
class Child:
    """A run in a child process (`child.py`)."""

    process: "subprocess.Popen[str]"
    mark: str

    def reaches(self, round_number: int) -> None:
        """Wait until a round is complete."""
        assert self.process.stdout is not None
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end and select.select([self.process.stdout], [], [], end - time.monotonic()):
            line = self.process.stdout.readline()
            if not line or json.loads(line).get("round", 0) >= round_number:
                break
        assert line, self.process.communicate()

    def send(self, number: int, everybody: bool = False) -> None:
        """Send a signal to the process, or to its entire group, as a terminal does."""
        (os.killpg if everybody else os.kill)(self.process.pid, number)

    def ends(self, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """Wait for the end; the last message."""
        out, err = self.process.communicate(timeout=seconds)
        assert self.process.returncode == 0, err
        said: dict[str, Any] = json.loads(out.splitlines()[-1])
        return said

    def others(self) -> list[int]:
        """Its descendants that are still alive."""
        return [pid for pid in processes(self.mark) if pid != self.process.pid]

    def left_behind(self, seconds: float = 10.0) -> list[int]:
        """Its descendants that are still alive after some time."""
        end = time.monotonic() + seconds
        while (there := self.others()) and time.monotonic() < end:
            time.sleep(0.05)
        return there


@contextmanager
def child(run: Path, **options: Any) -> Iterator[Child]:
    """Start or resume a run in a child process; see `child.py` for options."""
    mark = uuid4().hex
    words = [
        sys.executable,
        str(Path(__file__).with_name("child.py")),
        json.dumps({"run": str(run), **options}),
    ]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(words, env=os.environ | {MARK: mark}, start_new_session=True, **pipes)
    made = Child(process, mark)
    try:
        yield made
    finally:
        for pid in [process.pid] * (process.poll() is None) + made.others():
            os.kill(pid, signal.SIGKILL)
        process.communicate()


def processes(mark: str) -> list[int]:
    """The living processes that inherited a mark."""
    wanted, found = f"{MARK}={mark}".encode(), []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def said(found: SearchResult) -> dict[str, Any]:
    """A result as `child.py` prints it."""
    names = (
        "best_fitness",
        "select_fitness",
        "final_fitness",
        "evals",
        "experiments",
        "rounds",
        "individual",
    )
    return {"program": format_program(found.program), **{name: getattr(found, name) for name in names}}
