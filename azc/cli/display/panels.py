"""Panels of the display: lines that fit a terminal; when it is small, the least important go first."""

from collections.abc import Iterable
from itertools import zip_longest
from math import inf
from typing import TYPE_CHECKING, Final

from rich.text import Text

from azc.cli.display.curve import curve, extremes, sampled
from azc.cli.display.progress import clock, fitness_word
from azc.words import counted

if TYPE_CHECKING:
    from azc.cli.display.dashboard import View
    from azc.runs import Progress

TWO_COLUMNS: Final = 72
"""Minimum width for the program to stand beside the rest; it stands below otherwise."""
WIDEST: Final = 60
"""Maximum width of the left column."""
MAX_ENTRIES: Final = 8
HIGHEST_CURVE: Final = 9
LEAST: Final = 4
"""Minimum number of lines of a panel."""
FAINT: Final = "dim"
BAR: Final = (8, 40)
"""Minimum and maximum width of the bar."""
GAP: Final = "   "
STOPS: Final = ("stopped_early", "stopped_at_hurdle", "over_budget")
"""Counts of children that were evaluated, but not on all examples."""


def drawn(view: "View", width: int, height: int, now: float) -> list[Text]:
    """Draw the display in at most `height` lines of at most `width` characters."""
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
    """Curve above hall of fame; only the hall of fame if there is no room for both."""
    if height < LEAST:
        return []
    hall = _hall(view, height)
    room = height - len(hall) - 1
    return hall if room < LEAST else [*_curve(view, since, width, min(HIGHEST_CURVE, room)), Text(), *hall]


def _curve(view: "View", since: float, width: int, height: int) -> list[Text]:
    """Curve of the best fitness from the first round until now, with its bounds."""
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
    """Hall of fame, the best first."""
    assert view.progress is not None
    entries = sorted(view.progress.hall_of_fame, key=lambda entry: -entry.length)[:MAX_ENTRIES]
    if not entries:
        return []
    head = Text.assemble(("hall of fame", "bold"), ("  length   fitness", FAINT))
    rows = [
        Text.assemble(f"{entry.length:>20}", (f"  {fitness_word(entry.fitness):>8}", "green"))
        for entry in entries
    ]
    return [head, *rows][:height]


def _program(view: "View", height: int) -> list[Text]:
    """Best program; if it is too high, without empty lines, then without dead code, then only its head."""
    program, length = view.champion()
    lines = view.coloured(program)
    if not lines:
        return []
    written = sum(line.text.plain.startswith(" ") and line.text.plain.strip() != "pass" for line in lines)
    head = Text.assemble(("best program", "bold"), "  ", emphasised("", f"{length}", f" of {written} live"))
    dense = [line for line in lines if line.text.plain]
    alive = [line for line in dense if line.live]
    for shown in (lines, dense, alive):
        if len(shown) < height:
            return [head, *(line.text for line in shown)]
    more = len(alive) - height + 2
    return [head, *(line.text for line in alive[:-more]), Text(f"  … {more} more lines", style=FAINT)]


# --- facts at the top ------------------------------------------------------------------------------------


def facts(view: "View", since: float, width: int, height: int) -> list[Text]:
    """Facts about the run, `since` seconds after its last event."""
    progress = view.progress
    if progress is None:
        doing = (
            f"first round of this start, {counted(view.workers, 'worker')}" if view.workers else "starting"
        )
        return flowed([_title(view.name), emphasised("", f"{doing}, {clock(since)}")], width)[:height]
    sections = [
        flowed(items, width)
        for items in (
            _where(view.name, progress),
            _fitness(progress),
            _rate(view, progress),
            _counts(progress),
        )
    ]
    sections.insert(1, _time(progress, since, width))
    # If the display is too high, it loses the title first, then the counts, the rate, the time.
    for priority in (0, 4, 3, 1):
        if sum(map(len, sections)) > height:
            sections[priority] = []
    return [line for section in sections for line in section][:height]


def emphasised(before: str, value: str, after: str = "", style: str = "bold") -> Text:
    """Text of a value that stands out from the words around it."""
    return Text.assemble((before, FAINT), (value, style), (after, FAINT))


def flowed(items: Iterable[Text], width: int) -> list[Text]:
    """Items side by side, on as many lines as they need."""
    lines: list[Text] = []
    for item in items:
        if lines and lines[-1].cell_len + len(GAP) + item.cell_len <= width:
            lines[-1] = Text(GAP).join([lines[-1], item])
        else:
            lines.append(item)
    return lines


def _title(name: str) -> Text:
    return Text(" ".join(name.split()), style="bold")


def _where(name: str, progress: "Progress") -> list[Text]:
    items = [_title(name), emphasised("round ", f"{progress.round:,}")]
    if progress.n_islands > 1:
        items.append(emphasised("", f"{progress.n_islands:,}", " islands"))
    number, _, word = counted(progress.experiments, "experiment").partition(" ")
    return [*items, emphasised("", number, f" {word}")]


def _time(progress: "Progress", since: float, width: int) -> list[Text]:
    """Elapsed and remaining time; behind a bar if the end is known and there is room."""
    elapsed = progress.seconds + since
    items = [emphasised("", clock(elapsed), " elapsed")]
    if progress.time_left is None:
        return items
    left = max(0.0, progress.time_left - since)
    items.append(emphasised("", clock(left), " left"))
    size = min(BAR[1], width - sum(item.cell_len + len(GAP) for item in items))
    if size >= BAR[0] and 0 < elapsed + left < inf:
        full = min(size, max(0, int(size * (elapsed / (elapsed + left)))))
        items.insert(0, Text.assemble(("━" * full, "green"), ("━" * (size - full), FAINT)))
    return flowed(items, width)


def _fitness(progress: "Progress") -> list[Text]:
    items = [
        emphasised("best ", fitness_word(progress.best_fitness), style="bold green"),
        emphasised("median ", fitness_word(progress.median_fitness)),
    ]
    if progress.select_fitness is not None:
        items.append(emphasised("select ", fitness_word(progress.select_fitness)))
    return items


def _rate(view: "View", progress: "Progress") -> list[Text]:
    now = progress.evals_per_second if view.rate is None else view.rate
    scored = emphasised("", f"{progress.evals:,}", " programs")
    if not progress.evals_per_second:
        # No round is complete since this start.
        return [scored, emphasised("", counted(view.workers, "worker") if view.workers else "starting")]
    return [
        scored,
        emphasised("", f"{now:,.0f}", "/s now"),
        emphasised("", f"{progress.evals_per_second:,.0f}", "/s mean"),
    ]


def _counts(progress: "Progress") -> list[Text]:
    """Shares of the ways in which programs came by their fitness; stops are shares of those evaluated."""
    whole = max(1, progress.evals)
    shares = {name: f"{count / whole:.1%}" for name, count in progress.counts.items() if count}
    stops = ", ".join(f"{share} {_spaced(name)}" for name, share in shares.items() if name in STOPS)
    after = {"evaluated": f" ({stops})"} if stops else {}
    return [
        emphasised("", share, f" {_spaced(name)}{after.get(name, '')}")
        for name, share in shares.items()
        if name not in STOPS
    ]


def _spaced(name: str) -> str:
    return name.replace("_", " ")
