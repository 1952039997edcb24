"""A run on a terminal: a display that is drawn a few times a second, whatever the rounds do."""

import sys
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from rich.console import Console, Group
from rich.live import Live
from rich.segment import ControlType, Segment, Segments
from rich.text import Text

from azc.cli.files import outlived
from azc.cli.panels import drawn
from azc.cli.progress import progress_text
from azc.cli.view import View
from azc.cli.watchers import Watcher
from azc.ir import interface_of

if TYPE_CHECKING:
    from rich.console import ConsoleRenderable, RenderableType

    from azc.runs import Improvement, Progress

REFRESHES: Final = 4
"""A second."""
_SIGN: Final = [(ControlType.HOME,)]
"""Marks a text as one that takes no room."""
_BEGIN: Final = Segments([Segment("\x1b[?2026h", None, _SIGN)])
_COMPLETE: Final = Segments([Segment("\x1b[?2026l", None, _SIGN)])


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
