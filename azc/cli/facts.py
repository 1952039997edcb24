"""The facts on a run that stand at the top of its display, as lines that fit its width."""

from collections.abc import Iterable
from math import inf
from typing import TYPE_CHECKING, Final

from rich.text import Text

from azc.cli.progress import clock, fitness_word
from azc.words import counted

if TYPE_CHECKING:
    from azc.cli.view import View
    from azc.runs import Progress

FAINT: Final = "dim"
BAR: Final = (8, 40)
"""The shortest and the longest bar."""
GAP: Final = "   "
STOPS: Final = ("stopped_early", "stopped_at_hurdle", "over_budget")
"""Those evaluated that did not go through all examples."""


def facts(view: "View", since: float, width: int, height: int) -> list[Text]:
    """What matters most of a run, `since` seconds after it was last told of."""
    told = view.progress
    if told is None:
        doing = (
            f"first round of this start, {counted(view.workers, 'worker')}" if view.workers else "starting"
        )
        return flowed([_title(view.name), said("", f"{doing}, {clock(since)}")], width)[:height]
    sections = [
        flowed(items, width)
        for items in (_where(view.name, told), _fitness(told), _rate(view, told), _counts(told))
    ]
    sections.insert(1, _time(told, since, width))
    # Too high a display loses the title first, then how programs came by their fitness, the rate, the time.
    for priority in (0, 4, 3, 1):
        if sum(map(len, sections)) > height:
            sections[priority] = []
    return [line for section in sections for line in section][:height]


def said(before: str, value: str, after: str = "", style: str = "bold") -> Text:
    """A value that stands out from the words around it."""
    return Text.assemble((before, FAINT), (value, style), (after, FAINT))


def flowed(items: Iterable[Text], width: int) -> list[Text]:
    """Items side by side, on as many lines as that takes."""
    lines: list[Text] = []
    for item in items:
        if lines and lines[-1].cell_len + len(GAP) + item.cell_len <= width:
            lines[-1] = Text(GAP).join([lines[-1], item])
        else:
            lines.append(item)
    return lines


def _title(name: str) -> Text:
    return Text(" ".join(name.split()), style="bold")


def _where(name: str, told: "Progress") -> list[Text]:
    items = [_title(name), said("round ", f"{told.round:,}")]
    if told.n_islands > 1:
        items.append(said("", f"{told.n_islands:,}", " islands"))
    number, _, word = counted(told.experiments, "experiment").partition(" ")
    return [*items, said("", number, f" {word}")]


def _time(told: "Progress", since: float, width: int) -> list[Text]:
    """Elapsed and left; behind a bar if an end is in sight and there is room."""
    elapsed = told.seconds + since
    items = [said("", clock(elapsed), " elapsed")]
    if told.time_left is None:
        return items
    left = max(0.0, told.time_left - since)
    items.append(said("", clock(left), " left"))
    size = min(BAR[1], width - sum(item.cell_len + len(GAP) for item in items))
    if size >= BAR[0] and 0 < elapsed + left < inf:
        full = min(size, max(0, int(size * (elapsed / (elapsed + left)))))
        items.insert(0, Text.assemble(("━" * full, "green"), ("━" * (size - full), FAINT)))
    return flowed(items, width)


def _fitness(told: "Progress") -> list[Text]:
    items = [
        said("best ", fitness_word(told.best_fitness), style="bold green"),
        said("median ", fitness_word(told.median_fitness)),
    ]
    if told.select_fitness is not None:
        items.append(said("select ", fitness_word(told.select_fitness)))
    return items


def _rate(view: "View", told: "Progress") -> list[Text]:
    now = told.evals_per_second if view.rate is None else view.rate
    scored = said("", f"{told.evals:,}", " programs")
    if not told.evals_per_second:
        # Nothing has been computed since this start.
        return [scored, said("", counted(view.workers, "worker") if view.workers else "starting")]
    return [
        scored,
        said("", f"{now:,.0f}", "/s now"),
        said("", f"{told.evals_per_second:,.0f}", "/s mean"),
    ]


def _counts(told: "Progress") -> list[Text]:
    """The shares of programs by how they came by their fitness; who stopped was evaluated before."""
    whole = max(1, told.evals)
    shares = {name: f"{count / whole:.1%}" for name, count in told.counts.items() if count}
    stops = ", ".join(f"{share} {_spaced(name)}" for name, share in shares.items() if name in STOPS)
    after = {"evaluated": f" ({stops})"} if stops else {}
    return [
        said("", share, f" {_spaced(name)}{after.get(name, '')}")
        for name, share in shares.items()
        if name not in STOPS
    ]


def _spaced(name: str) -> str:
    return name.replace("_", " ")
