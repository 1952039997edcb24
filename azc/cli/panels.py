"""The display of a run as lines that fit a terminal: what matters most stays when room gets scarce."""

from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from rich.text import Text

from azc.cli.curve import curve, extremes, sampled
from azc.cli.facts import FAINT, GAP, facts, said
from azc.cli.progress import clock, fitness_word

if TYPE_CHECKING:
    from azc.cli.view import View

TWO_COLUMNS: Final = 72
"""From this width on the program stands beside the rest, else below."""
WIDEST: Final = 60
"""Of the left column."""
MOST_FAMOUS: Final = 8
HIGHEST_CURVE: Final = 9
LEAST: Final = 4
"""A panel of fewer lines says nothing."""


def drawn(view: "View", width: int, height: int, now: float) -> list[Text]:
    """The display at a time, in at most so many lines of at most so many characters."""
    since = max(0.0, now - view.at)
    lines = facts(view, since, width, height)
    room = height - len(lines) - 1
    if room >= LEAST and view.progress is not None:
        lines = [*lines, Text(), *_below(view, since, width, room)]
    return [_cut(line, width) for line in lines]


def _cut(line: Text, width: int, pad: bool = False) -> Text:
    cut = line.copy()
    cut.no_wrap = True
    cut.truncate(width, overflow="ellipsis", pad=pad)
    return cut


def _below(view: "View", since: float, width: int, height: int) -> list[Text]:
    """Curve, hall of fame and program: in two columns, or below each other as far as there is room."""
    if width < TWO_COLUMNS:
        program = _program(view, height)
        above = _curve_and_hall(view, since, width, height - len(program) - 1)
        return [*above, Text(), *program] if above else program
    side = min(WIDEST, (width - len(GAP)) // 2)
    left = _curve_and_hall(view, since, side, height)
    right = _program(view, height)
    return [
        Text(GAP).join([_cut(a, side, pad=True), b]) for a, b in zip_longest(left, right, fillvalue=Text())
    ]


def _curve_and_hall(view: "View", since: float, width: int, height: int) -> list[Text]:
    """One above the other; where there is no room for both, the hall of fame."""
    if height < LEAST:
        return []
    hall = _hall(view, height)
    room = height - len(hall) - 1
    return hall if room < LEAST else [*_curve(view, since, width, min(HIGHEST_CURVE, room)), Text(), *hall]


def _curve(view: "View", since: float, width: int, height: int) -> list[Text]:
    """The best fitness from the first round until now, with its bounds."""
    assert view.progress is not None
    points, end = list(view.points), view.progress.seconds + since
    low, high = extremes([fitness for _, fitness in points])
    ends = [fitness_word(high), fitness_word(low)]
    margin = max(map(len, ends))
    size = max(1, width - margin - 2)
    rows = curve(sampled(points, points[0][0], end, 2 * size), size, height - 2)
    labels = [""] * len(rows)
    if low == high:
        labels[len(rows) // 2] = ends[0]
    else:
        labels[0], labels[-1] = ends
    times = clock(points[0][0]), clock(end)
    return [
        Text("best fitness", style="bold"),
        *(
            Text.assemble((f"{label:>{margin}} {'┤' if label else '│'}", FAINT), (row, "green"))
            for label, row in zip(labels, rows, strict=True)
        ),
        Text(f"{'':{margin + 2}}{times[0]}{times[1]:>{max(0, size - len(times[0]))}}", style=FAINT),
    ]


def _hall(view: "View", height: int) -> list[Text]:
    """The best programs for their length, the best first."""
    assert view.progress is not None
    famous = sorted(view.progress.hall_of_fame, key=lambda entry: -entry.length)[:MOST_FAMOUS]
    if not famous:
        return []
    head = Text.assemble(("hall of fame", "bold"), ("  length   fitness", FAINT))
    rows = [
        Text.assemble(f"{entry.length:>20}", (f"  {fitness_word(entry.fitness):>8}", "green"))
        for entry in famous
    ]
    return [head, *rows][:height]


def _program(view: "View", height: int) -> list[Text]:
    """The best program; where it is too high, without empty lines, then without dead code, then its head."""
    program, length = view.champion()
    lines = view.coloured(program)
    if not lines:
        return []
    written = sum(line.text.plain.startswith(" ") and line.text.plain.strip() != "pass" for line in lines)
    head = Text.assemble(("best program", "bold"), "  ", said("", f"{length}", f" of {written} live"))
    dense = [line for line in lines if line.text.plain]
    alive = [line for line in dense if line.live]
    for shown in (lines, dense, alive):
        if len(shown) < height:
            return [head, *(line.text for line in shown)]
    more = len(alive) - height + 2
    return [head, *(line.text for line in alive[:-more]), Text(f"  … {more} more lines", style=FAINT)]
