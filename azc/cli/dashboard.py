"""A run on a terminal: a display that is drawn a few times a second, whatever the rounds do."""

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

from azc.cli.files import outlived
from azc.cli.highlight import HighlightedLine, highlighted_lines
from azc.cli.panels import drawn
from azc.cli.progress import progress_text
from azc.cli.watchers import Watcher
from azc.ir import interface_of

if TYPE_CHECKING:
    from rich.console import ConsoleRenderable, RenderableType

    from azc.ir import Interface
    from azc.runs import Improvement, Progress

NOW: Final = 5.0
"""Seconds over which the present rate is taken, at least; a round if that is longer."""
MARKS: Final = 20
"""Number of measurements kept for that."""
REFRESHES: Final = 4
"""A second."""
_SIGN: Final = [(ControlType.HOME,)]
"""Marks a text as one that takes no room."""
_BEGIN: Final = Segments([Segment("\x1b[?2026h", None, _SIGN)])
_COMPLETE: Final = Segments([Segment("\x1b[?2026l", None, _SIGN)])


@attrs.define(eq=False)
class View:
    """What there is to show."""

    name: str
    interface: "Interface | None"
    """How the program meets its data, if that is known."""
    at: float
    """Time of the last event of the run, on `perf_counter`'s clock."""
    workers: int = 0
    """Number of workers, once they are ready."""
    progress: "Progress | None" = None
    best: "Improvement | None" = None
    points: list[tuple[float, float]] = attrs.field(factory=list)
    """Times at which the best fitness changed, each with its new value."""
    rate: float | None = None
    """Programs a second at present, once that is known."""
    _marks: deque[tuple[float, int]] = attrs.field(factory=lambda: deque(maxlen=MARKS))
    _coloured: tuple[str, list[HighlightedLine]] = ("", [])

    def begin(self, workers: int, now: float) -> None:
        """Take over that rounds are computed from now on."""
        self.workers, self.at = workers, now

    def note(self, progress: "Progress", now: float) -> None:
        """Take over how far the run is."""
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
        """The best program and its length; a resumed run has one before it finds a better one."""
        if self.best is not None:
            return self.best.program, self.best.length
        famous = self.progress.hall_of_fame if self.progress else ()
        entry = max(famous, key=lambda entry: entry.length, default=None)
        return (entry.program, entry.length) if entry else ("", 0)

    def coloured(self, program: str) -> list[HighlightedLine]:
        """A program's lines; the last one's are kept."""
        if program != self._coloured[0]:
            self._coloured = program, highlighted_lines(program, self.interface)
        return self._coloured[1]


def console() -> Console | None:
    """Standard error as a terminal for the display, if it is one."""
    made = Console(stderr=True)
    able = made.is_interactive and made.encoding.lower().startswith("utf")
    return made if able else None


class Whole(Live):
    """A display that does not flicker: terminals that know mode 2026 show it when it is complete."""

    def process_renderables(self, renderables: "list[ConsoleRenderable]") -> "list[ConsoleRenderable]":
        """Put a frame around what is printed."""
        return [_BEGIN, *super().process_renderables(renderables), _COMPLETE]


class Dashboard(Watcher):
    """Shows a run while entered. Callbacks only note what they are told; a thread draws."""

    def __init__(self, name: str, eval_type: str | None, screen: Console) -> None:
        self.view = View(name, interface_of(eval_type) if eval_type else None, perf_counter())
        self._screen = screen
        self._live = Whole(
            get_renderable=self._drawn,
            console=screen,
            refresh_per_second=REFRESHES,
            transient=True,
            vertical_overflow="crop",
            # What others print comes above the display, but output that is meant for a pipe stays in it.
            redirect_stdout=sys.stdout.isatty(),
        )

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with outlived(sys.stderr):
            self._live.stop()

    def notice(self, sentence: str) -> None:
        """Write the sentence above the display."""
        with outlived(sys.stderr):
            self._screen.print(sentence, markup=False, highlight=False)

    def on_resume(self, progress: "Progress") -> None:
        """Note how far the run was."""
        self.view.note(progress, perf_counter())

    def on_ready(self, workers: int) -> None:
        """Note that the first round begins."""
        self.view.begin(workers, perf_counter())

    def on_improvement(self, improvement: "Improvement") -> None:
        """Note the best program of the run."""
        if improvement.run_record:
            self.view.best = improvement

    def on_round(self, progress: "Progress") -> None:
        """Note how far the run is."""
        self.view.note(progress, perf_counter())

    def _drawn(self) -> "RenderableType":
        width, height = self._screen.size
        try:
            return Group(*drawn(self.view, width, height - 1, perf_counter()))
        except Exception:
            # A display is no reason to end a run, nor to fill the terminal with tracebacks.
            told = self.view.progress
            return Text(self.view.name if told is None else progress_text(told), no_wrap=True)
