"""Dashboard: a run on a terminal, redrawn a few times a second, however long rounds take."""

import sys
from collections import deque
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import attrs
from rich.console import Console, Group
from rich.live import Live
from rich.segment import ControlType, Segment, Segments
from rich.text import Text

from azc.cli.display.highlight import HighlightedLine, highlighted_lines
from azc.cli.display.panels import drawn
from azc.cli.display.progress import progress_text
from azc.cli.display.watchers import Watcher
from azc.cli.files import ignoring_closed_reader

if TYPE_CHECKING:
    from rich.console import ConsoleRenderable, RenderableType

    from azc.ir import SignatureLike
    from azc.runs import Improvement, Progress

NOW: Final = 5.0
"""Minimum seconds over which the present rate is measured; a round if that is longer."""
MARKS: Final = 20
"""Number of measurements kept for the rate."""
REFRESHES: Final = 4
"""Redraws for each second."""
_SIGN: Final = [(ControlType.HOME,)]
"""Control code that marks a text as taking no room."""
_BEGIN: Final = Segments([Segment("\x1b[?2026h", None, _SIGN)])
_COMPLETE: Final = Segments([Segment("\x1b[?2026l", None, _SIGN)])


@attrs.define(eq=False)
class View:
    """State of the run to be drawn."""

    name: str
    declared: "SignatureLike | None"
    """Interface of the programs; None if it is not known yet."""
    at: float
    """Time of the last event, on `perf_counter`'s clock."""
    workers: int = 0
    """Number of workers; 0 until they are ready."""
    progress: "Progress | None" = None
    best: "Improvement | None" = None
    points: list[tuple[float, float]] = attrs.field(factory=list)
    """Times at which the best fitness changed, each with the new value."""
    rate: float | None = None
    """Programs scored for each second at present; None until it is known."""
    _marks: deque[tuple[float, int]] = attrs.field(factory=lambda: deque(maxlen=MARKS))
    _coloured: tuple[str, list[HighlightedLine]] = ("", [])

    def begin(self, workers: int, now: float) -> None:
        """Note that rounds are computed from now on."""
        self.workers, self.at = workers, now

    def note(self, progress: "Progress", now: float) -> None:
        """Note the progress of the run."""
        if self.progress is None or progress.best_fitness != self.progress.best_fitness:
            self.points.append((progress.seconds, progress.best_fitness))
        self.progress, self.at = progress, now
        seconds, marks = progress.seconds, self._marks
        if not marks:
            marks.append((seconds, progress.evals))
        elif seconds - marks[-1][0] >= NOW / MARKS:
            while len(marks) > 1 and seconds - marks[1][0] >= NOW:
                marks.popleft()
            self.rate = (progress.evals - marks[0][1]) / (seconds - marks[0][0])
            marks.append((seconds, progress.evals))

    def champion(self) -> tuple[str, int]:
        """Best program and its length; until a resumed run finds a better one, that of the hall of fame."""
        if self.best is not None:
            return self.best.program, self.best.length
        entries = self.progress.hall_of_fame if self.progress else ()
        entry = max(entries, key=lambda entry: entry.length, default=None)
        return (entry.program, entry.length) if entry else ("", 0)

    def coloured(self, program: str) -> list[HighlightedLine]:
        """Highlighted lines of a program; cached for the last one."""
        if program != self._coloured[0]:
            self._coloured = program, highlighted_lines(program, self.declared)
        return self._coloured[1]


def console() -> Console | None:
    """Standard error as a console for the display; None unless it is a terminal that shows Unicode."""
    made = Console(stderr=True)
    able = made.is_interactive and made.encoding.lower().startswith("utf")
    return made if able else None


class Whole(Live):
    """Display without flicker: terminals that know mode 2026 show each frame when it is complete."""

    def process_renderables(self, renderables: "list[ConsoleRenderable]") -> "list[ConsoleRenderable]":
        """Enclose the output in the control codes of a frame."""
        return [_BEGIN, *super().process_renderables(renderables), _COMPLETE]


class Dashboard(Watcher):
    """Shows a run while entered: callbacks store events, a thread draws."""

    def __init__(self, name: str, declared: "SignatureLike | None", screen: Console) -> None:
        self.view = View(name, declared, perf_counter())
        self._screen = screen
        self._live = Whole(
            get_renderable=self._drawn,
            console=screen,
            refresh_per_second=REFRESHES,
            transient=True,
            vertical_overflow="crop",
            # Other output appears above the display, but output meant for a pipe must reach it.
            redirect_stdout=sys.stdout.isatty(),
        )

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with ignoring_closed_reader(sys.stderr):
            self._live.stop()

    def notice(self, sentence: str) -> None:
        """Write a notice above the display."""
        with ignoring_closed_reader(sys.stderr):
            self._screen.print(sentence, markup=False, highlight=False)

    def on_resume(self, progress: "Progress") -> None:
        """Store the progress of the resumed run."""
        self.view.note(progress, perf_counter())

    def on_ready(self, workers: int) -> None:
        """Store that the first round begins."""
        self.view.begin(workers, perf_counter())

    def on_improvement(self, improvement: "Improvement") -> None:
        """Store the best program of the run."""
        if improvement.run_record:
            self.view.best = improvement

    def on_round(self, progress: "Progress") -> None:
        """Store the progress."""
        self.view.note(progress, perf_counter())

    def _drawn(self) -> "RenderableType":
        width, height = self._screen.size
        try:
            return Group(*drawn(self.view, width, height - 1, perf_counter()))
        except Exception:
            # An error of the display must neither end the run nor fill the terminal with tracebacks.
            progress = self.view.progress
            return Text(self.view.name if progress is None else progress_text(progress), no_wrap=True)
