"""Tests that take minutes: fifty random kills, memory over twenty minutes, speed. `make soak` runs them.

AZC_SOAK_SEED chooses other moments, AZC_SOAK_KILLS fewer of them, AZC_SOAK_MINUTES a shorter time.
"""

import os
import random
import signal
import subprocess
import time
from functools import partial, wraps
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from runs.changing import assert_nothing_comes_of
from runs.making import Broken, breaks, child, example, history, often, rows

from azc.runs import Processes, run_search
from azc.runs.recorder import Recorder
from azc.runs.run import Run
from azc.search import Config, islands, load_config

DEMO = Path(__file__).parents[2] / "examples" / "linear_regression.toml"
SEED = int(os.environ.get("AZC_SOAK_SEED", "1"))
KILLS = int(os.environ.get("AZC_SOAK_KILLS", "50"))
MINUTES = float(os.environ.get("AZC_SOAK_MINUTES", "20"))
WARM = MINUTES / 10
"""Minutes until which caches may grow."""
PAGE = 4096
LONG: dict[str, Any] = {
    "search.n_islands": 4,
    "search.round_evals": 2500,
    "search.restart_after": 100_000,
    "search.max_evals": 4_000_000,
    "search.max_seconds": 10**6,
}
"""Four hundred rounds, however long they take."""
FAST = {"share": 0.1, "commit": 0.03}

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """Result and history of an uninterrupted run."""
    run = tmp_path_factory.mktemp("whole") / "run"
    with child(run, overrides=LONG) as running:
        result = running.ends(600)["result"]
    return result, history(run)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_run_killed_fifty_times_is_the_same(tmp_path: Path, whole: Any, workers: int) -> None:
    """A run killed fifty times at random moments has the result and history of an uninterrupted one."""
    draw, run = random.Random(SEED), tmp_path / "run"
    for _ in range(KILLS):
        with child(run, workers=workers, overrides=LONG, pause=0.1, **FAST) as running:
            # Half of the kills soon after the process starts, half once it computes.
            if draw.random() < 0.5:
                time.sleep(draw.uniform(0.1, 2.5))
            else:
                running.reaches(1)
                time.sleep(draw.uniform(0.0, 0.5))
            assert running.process.poll() is None, "it ended too soon to be killed so often"
            running.send(signal.SIGKILL)
    with child(run, workers=workers, overrides=LONG, **FAST) as running:
        assert (running.ends(600)["result"], history(run)) == whole
        assert running.left_behind() == []
    starts = rows(run, "SELECT first_round FROM starts ORDER BY start")
    print(f"seed {SEED}: {len(starts)} starts, at rounds {[row['first_round'] for row in starts]}")


CHANGES = int(os.environ.get("AZC_SOAK_CHANGES", "1000"))


def test_a_thousand_changed_checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resuming from changed checkpoints never crashes, and no detectable change alters the history."""
    run_search(example(), run_dir=tmp_path / "whole")
    often(monkeypatch)
    with pytest.raises(Broken):
        run_search(example(), run_dir=tmp_path / "run", callbacks=[breaks(7)])
    seeds = range(SEED, SEED + CHANGES)
    print(assert_nothing_comes_of(tmp_path / "run", history(tmp_path / "whole"), seeds))


def resident(pid: int) -> float:
    """Resident memory of a process in megabytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 1e6


@pytest.mark.parametrize("workers", [0, 2])
def test_memory_is_flat(tmp_path: Path, workers: int) -> None:
    """Memory grows by less than 5 % after the warm-up, with a functional cache and restarts."""
    overrides = LONG | {
        "search.functional_cache": "true",
        "search.round_evals": 25_000,
        "search.max_evals": 10**15,
    }
    figures: list[tuple[float, float]] = []
    with child(tmp_path / "run", workers=workers, overrides=overrides, share=0.01, commit=1.0) as running:
        running.reaches(1)
        # A full pipe would block the run.
        drain = subprocess.Popen(["cat"], stdin=running.process.stdout, stdout=subprocess.DEVNULL)
        began = time.monotonic()
        while (minutes := (time.monotonic() - began) / 60) < MINUTES:
            assert running.process.poll() is None
            everybody = [running.process.pid, *running.others()]
            if minutes >= WARM:
                figures.append((minutes, sum(map(resident, everybody))))
            time.sleep(MINUTES / 4)
        running.send(signal.SIGKILL)
        drain.kill()
        drain.wait()
    part = max(1, len(figures) // 20)
    first, last = (median(figure for _, figure in some) for some in (figures[:part], figures[-part:]))
    evals = rows(tmp_path / "run", "SELECT max(evals) * 4 AS n FROM rounds")[0]["n"]
    print(
        f"{workers} workers: {first:.1f} MB after {WARM} minutes, {last:.1f} MB after {MINUTES}, "
        f"{evals / 1e6:.0f} million programs"
    )
    assert last < 1.05 * first, figures


def demo(*overrides: str) -> Config:
    """The linear-regression example, ended only by a number of programs."""
    return load_config(DEMO, ["search.target_fitness=2", *overrides])


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="there is one processor")
def test_two_processes_are_nearly_twice_as_fast() -> None:
    """Two processes are at least 1.8 times as fast as one on four islands, as the median of five pairs."""

    def rate(count: int) -> float:
        config = demo("search.max_evals=12_000_000", "search.n_islands=4")
        return run_search(config, workers=partial(Processes, count=count)).evals_per_second

    gains = [rate(2) / rate(1) for _ in range(5)]
    print(f"two processes to one: {sorted(round(gain, 2) for gain in gains)}")
    assert median(gains) >= 1.8


class Clock:
    """Adds up the seconds in some functions; nested calls count once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._inside = False

    def timed(self, function: Any) -> Any:
        """The function, with its time counted."""

        @wraps(function)
        def measured(*values: Any, **options: Any) -> Any:
            if self._inside:
                return function(*values, **options)
            self._inside, began = True, time.perf_counter()
            try:
                return function(*values, **options)
            finally:
                self._inside = False
                self.seconds += time.perf_counter() - began

        return measured


WRITING: tuple[tuple[Any, str], ...] = (
    # Statistics for the history at the end of an island's round, and their processing.
    (islands, "statistics"),
    (islands, "front"),
    (Run, "_take"),
    *((Recorder, name) for name in ("open", "begin", "started", "save", "ended")),
)


def test_recording_costs_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints and history take less than 2 % of a run's time at default settings, as the median of five.

    The search waits meanwhile, so their share of a run is their cost. Runs with and without a folder differ
    by more than that on a shared machine.
    """
    clock = Clock()
    for owner, name in WRITING:
        monkeypatch.setattr(owner, name, clock.timed(getattr(owner, name)))
    shares = []
    for turn in range(5):
        clock.seconds, began = 0.0, time.perf_counter()
        run_search(demo("search.max_evals=10_000_000"), run_dir=tmp_path / str(turn))
        shares.append(clock.seconds / (time.perf_counter() - began))
        assert clock.seconds > 0.0
    print(f"share of writing: {sorted(round(share, 4) for share in shares)}")
    assert median(shares) < 0.02
