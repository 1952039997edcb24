"""What the display of a run knows of it, noted at next to no cost whenever it is told something."""

from collections import deque
from typing import TYPE_CHECKING, Final

import attrs

from azc.cli.highlight import HighlightedLine, highlighted_lines

if TYPE_CHECKING:
    from azc.ir import Interface
    from azc.runs import Improvement, Progress

NOW: Final = 5.0
"""Seconds over which the present rate is taken, at least; a round if that is longer."""
MARKS: Final = 20
"""How many instants of those are kept."""


@attrs.define(eq=False)
class View:
    """What there is to show."""

    name: str
    interface: "Interface | None"
    """How the program meets its data, if that is known."""
    at: float
    """When the run was last told of, on `perf_counter`'s clock."""
    workers: int = 0
    """How many there are, once they can begin."""
    progress: "Progress | None" = None
    best: "Improvement | None" = None
    points: list[tuple[float, float]] = attrs.field(factory=list)
    """When the best fitness changed, and to what."""
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
        """The best program and its length; a run that was taken up has one before it is improved."""
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
