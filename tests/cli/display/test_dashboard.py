"""The display of a run on a terminal."""

import io
import re
from itertools import product
from math import inf, nan

import attrs
import pytest
from cli.display.watched import BEST, PROGRAM, PROGRESS
from rich.console import Console

from azc.cli.display.dashboard import Dashboard, View
from azc.cli.display.panels import drawn
from azc.ir import interface_of
from azc.runs.callbacks import Improvement, Progress
from azc.runs.hall_of_fame import Entry

SIZES = [(80, 24), (200, 60), (72, 12), (40, 24), (40, 60), (20, 8), (80, 3), (5, 2), (1, 1), (80, 0)]
ODD = [nan, inf, -inf, 0.0, 1e300, -1e300, 5e-324]


def view(progress: Progress = PROGRESS, best: Improvement | None = BEST) -> View:
    """A view after one round, noted at time 100."""
    shown = View("searching", interface_of("RMS_ERROR"), 0.0)
    shown.best = best
    shown.note(progress, 100.0)
    return shown


def lines(shown: View, width: int = 80, height: int = 24, now: float = 100.0) -> list[str]:
    """The lines of the display as plain text."""
    return [line.plain.rstrip() for line in drawn(shown, width, height, now)]


@pytest.fixture
def terminal() -> Console:
    """A terminal of 80 x 24."""
    return Console(file=io.StringIO(), force_terminal=True, width=80, height=24)


def test_the_display_shows_a_run() -> None:
    """The display shows progress, fitness and rates, then the hall of fame and the best program."""
    shown = lines(view())
    assert shown[0] == "searching   round 3   4 islands   5 experiments"
    assert re.fullmatch(r"━{40}   1:03 elapsed   1:01 left", shown[1])
    assert shown[2] == "best 0.987650   median 0.500000   select 0.750000"
    assert shown[3] == "12,345 programs   4,115/s now   4,115/s mean"
    assert shown[4] == "48.6% evaluated   51.4% exact hits"
    whole = "\n".join(shown)
    assert "best program  6 of 7 live" in whole
    assert "hall of fame  length   fitness" in whole
    assert re.search(r"^ +6  0\.987650 .*\n +2  0\.500000 ", whole, re.M)
    assert all(line in whole for line in PROGRAM.splitlines() if line)


def test_times_advance_between_rounds() -> None:
    """Elapsed and remaining time follow the clock between rounds."""
    assert lines(view(), now=130.0)[1].endswith("1:33 elapsed   0:31 left")
    assert lines(view(), now=1000.0)[1].endswith("16:03 elapsed   0:00 left")


def test_before_the_first_round_the_display_shows_a_time() -> None:
    """Before the first round the display shows the time since the start, then since the workers began."""
    begun = View("searching", None, 90.0)
    assert lines(begun) == ["searching   starting, 0:10"]
    begun.begin(2, 98.0)
    assert lines(begun) == ["searching   first round of this start, 2 workers, 0:02"]


def test_early_stops_are_a_part_of_the_evaluated() -> None:
    """Early stops are in parentheses after the evaluated, so that the other shares add up to 100%."""
    counts = {"evaluated": 25, "exact_hits": 75, "stopped_early": 5}
    told = attrs.evolve(PROGRESS, evals=100, counts=counts)
    shown = View("searching", None, 0.0)
    shown.note(told, 0.0)
    assert "25.0% evaluated (5.0% stopped early)   75.0% exact hits" in "\n".join(lines(shown))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_display_fits(width: int, height: int) -> None:
    """The display fits a terminal of any size."""
    shown = drawn(view(), width, height, 100.0)
    assert len(shown) <= height
    assert all(line.cell_len <= width and "\n" not in line.plain for line in shown)


def test_a_small_terminal_shows_fitness_first() -> None:
    """A terminal of one line shows the fitness, one of three lines also the time and the rate."""
    assert lines(view(), height=1) == ["best 0.987650   median 0.500000   select 0.750000"]
    assert lines(view(), height=3) == lines(view())[1:4]
    assert [line.split()[0] for line in lines(view(), height=3)[1:]] == ["best", "12,345"]
    assert lines(view(), height=3)[0].endswith("1:03 elapsed   1:01 left")


def test_a_long_program_loses_dead_code_first() -> None:
    """A program too long for the display loses first dead code, then its end."""
    assert not any("gaussian" in line for line in lines(view(), height=16))
    assert any("v1 = v1 + v2" in line for line in lines(view(), height=16))
    assert any("more lines" in line for line in lines(view(), height=12))


def test_a_resumed_run_has_a_best_program() -> None:
    """A resumed run shows the best program of its hall of fame until an improvement."""
    assert any("best program  6 of 7 live" in line for line in lines(view(best=None)))


@pytest.mark.parametrize(("value", "size"), [*product(ODD, [(80, 24), (30, 12)])])
def test_odd_values_are_shown(value: float, size: tuple[int, int]) -> None:
    """Non-finite and extreme numbers are shown without error."""
    odd = attrs.evolve(
        PROGRESS,
        seconds=value,
        evals_per_second=value,
        best_fitness=value,
        median_fitness=value,
        select_fitness=value,
        time_left=value,
        hall_of_fame=(Entry(1, value, 0, 0, "no azl"),),
        counts={},
    )
    shown = view()
    shown.note(odd, 101.0)
    shown.note(odd, nan)
    assert lines(shown, *size, now=102.0)


def test_the_present_rate_is_that_of_the_last_seconds() -> None:
    """The rate is that of the last seconds, not of the complete run."""
    shown = View("searching", None, 0.0)
    for tenth in range(1000):
        evals = 100 * tenth if tenth < 800 else 80_000 + 10 * (tenth - 800)
        shown.note(attrs.evolve(PROGRESS, seconds=tenth / 10, evals=evals), 0.0)
    assert shown.rate == pytest.approx(100)


def test_a_terminal_shows_the_display(terminal: Console) -> None:
    """The display is drawn below unformatted notices, and erased at the end."""
    with Dashboard("searching", "RMS_ERROR", terminal) as dashboard:
        dashboard.on_improvement(BEST)
        dashboard.on_round(PROGRESS)
        dashboard.notice("a worker is [lost]")
    written = terminal.file.getvalue()  # type: ignore[attr-defined]
    assert "a worker is [lost]\n" in written
    assert "best program" in written
    assert written.rpartition("best program")[2].count("\x1b[1A\x1b[2K") == len(lines(view()))


def test_a_display_that_fails_does_not_end_a_run(terminal: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """A display that fails shows a line of progress instead, and the run continues."""
    monkeypatch.setattr("azc.cli.display.dashboard.drawn", lambda *_: 1 / 0)
    with Dashboard("searching", None, terminal) as dashboard:
        dashboard.on_round(PROGRESS)
    assert "round 3" in terminal.file.getvalue()  # type: ignore[attr-defined]
