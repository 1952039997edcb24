"""Watchers of a run: their choice, their lines and their cost."""

import io
import re
import time
from collections.abc import Callable
from math import inf, nan

import attrs
import pytest
from cli.display.watched import BEST, PROGRESS
from rich.console import Console

from azc.cli.display import progress as texts
from azc.cli.display import watchers
from azc.cli.display.dashboard import Dashboard
from azc.cli.display.progress import clock, fitness_word, improvement_text, progress_text
from azc.cli.display.watchers import Lines, Watcher, watching


def test_progress_is_a_line() -> None:
    """Progress is a line with round, fitness, counts, rate and times."""
    assert progress_text(PROGRESS) == (
        "round 3  best 0.987650  select 0.750000  4 islands  5 experiments  "
        "12,345 programs, 4,115/s  1:03  1:01 left"
    )
    few = attrs.evolve(PROGRESS, select_fitness=None, n_islands=1, experiments=1, time_left=None)
    assert progress_text(few) == "round 3  best 0.987650  12,345 programs, 4,115/s  1:03"


def test_an_improvement_is_a_line() -> None:
    """An improvement is a line with fitness, length, island, round, number of programs and time."""
    said = "best 0.987650  length 6  island 1  round 3  12,345 programs  1:02"
    assert improvement_text(BEST) == said


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.9, "0:00"),
        (61, "1:01"),
        (3600, "1:00:00"),
        (90_061, "25:01:01"),
        (-1, "0:00"),
        (nan, "?"),
        (inf, "?"),
    ],
)
def test_a_clock(seconds: float, text: str) -> None:
    """A duration is printed like a clock, and one that is not finite as `?`."""
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("fitness", "text"),
    [(0.5, "0.500000"), (0.99999999, "0.99999999"), (-1e300, "-1e+300"), (nan, "nan"), (-inf, "-inf")],
)
def test_a_fitness_is_short(fitness: float, text: str) -> None:
    """A fitness of any value is printed in a few characters."""
    assert fitness_word(fitness) == text


def test_without_a_terminal_there_are_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal, notices and the first improvement are lines on standard error at once."""
    with watching(False, "searching") as watcher:
        watcher.notice("a worker is [lost]")
        watcher.on_improvement(BEST)
        watcher.on_round(PROGRESS)
        watcher.on_round(PROGRESS)
    assert capsys.readouterr() == ("", f"a worker is [lost]\n{improvement_text(BEST)}\n")


def test_improvements_are_printed_once_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    """Records of the run are printed once a second, the last one at the end; other improvements never."""
    watcher = Lines("run")
    for fitness, run_record in ((0.1, True), (0.2, True), (0.3, True), (0.25, False)):
        watcher.on_improvement(attrs.evolve(BEST, fitness=fitness, run_record=run_record))
        watcher.on_round(PROGRESS)
    assert re.findall(r"^best (\S+)", capsys.readouterr().err, re.M) == ["0.100000"]
    watcher.on_end(None)  # type: ignore[arg-type]
    assert re.findall(r"^best (\S+)", capsys.readouterr().err, re.M) == ["0.300000"]


def test_progress_is_printed_at_intervals(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Progress is printed after SECONDS_BETWEEN_LINES, not after every round."""
    times = iter([0.0, 1.0, texts.SECONDS_BETWEEN_LINES, texts.SECONDS_BETWEEN_LINES + 1.0])
    monkeypatch.setattr(watchers, "perf_counter", lambda: next(times))
    watcher = Lines("run")
    for _ in range(3):
        watcher.on_round(PROGRESS)
    assert capsys.readouterr().err == f"{progress_text(PROGRESS)}\n"


def test_quiet_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A quiet watcher prints nothing."""
    with watching(True, "searching") as watcher:
        watcher.notice("a worker is lost")
        watcher.on_improvement(BEST)
        watcher.on_round(PROGRESS)
        watcher.on_end(None)  # type: ignore[arg-type]
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal with UTF-8 and cursor movement gets the dashboard, any other gets lines."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    for term, encoding, kind in (
        ("xterm", "utf-8", Dashboard),
        ("dumb", "utf-8", Lines),
        ("xterm", "ascii", Lines),
    ):
        monkeypatch.setenv("TERM", term)
        monkeypatch.setattr(Console, "encoding", encoding)
        with watching(False, "searching") as watcher:
            assert type(watcher) is kind


@pytest.mark.parametrize(
    "make", [Watcher, lambda: Lines("run"), lambda: Dashboard("searching", None, Console(file=io.StringIO()))]
)
def test_a_round_costs_under_50_microseconds(make: Callable[[], Watcher]) -> None:
    """A round costs a watcher less than 50 µs: the best of ten tries, as other processes run too."""
    watcher = make()

    def seconds() -> float:
        began = time.perf_counter()
        for _ in range(200):
            watcher.on_round(PROGRESS)
        return (time.perf_counter() - began) / 200

    assert min(seconds() for _ in range(10)) < 50e-6
