"""The sections on populations, mutations, and where time and evaluations went."""

from collections.abc import Iterator
from typing import Any, Final

from azc.runs.report.charts import MOST_RESTARTS, populations
from azc.runs.report.costs import COSTS, amounts, costs, mutations, times
from azc.runs.report.figures import COLOURS
from azc.runs.report.html import Child, Html, element, table
from azc.runs.report.parts import axis_switch, bar, figure, section, view_switch
from azc.runs.report.queries import MOST_ISLANDS
from azc.runs.report.run_data import RunData
from azc.runs.report.words import count_text, end_text, seconds_between, seconds_text, share_text, time_text


def population_section(reading: RunData) -> Html:
    """How the populations changed."""
    if not reading.rounds:
        return section("population", "Population", "No round is complete yet.")
    lead = (
        "Areas hold all programs alive, the middle 80 % and the middle half; the line is the median, and "
        "the dotted one the greatest."
    )
    if reading.rounds == 1:
        lead += " There was only one round so far: what it ended with is drawn over all of it."
    if reading.islands > 1:
        lead += " Over all islands the extremes are extremes, and the rest are means of the islands."
    lead += _on_restarts(reading)
    if reading.islands > MOST_ISLANDS:
        lead += f" With more than {MOST_ISLANDS} islands they are not shown one by one."
    charts = [figure(chart) for chart in populations(reading)]
    switches = element("div", axis_switch(), view_switch([*reading.populations]), class_="switches")
    return section("population", "Population", lead, switches, element("div", *charts, class_="grid"))


def _on_restarts(reading: RunData) -> str:
    """A sentence on lines where experiments began, as far as the charts have any."""
    numbers = [len(at) for at in reading.restarts.values() if at]
    if not numbers or reading.islands > MOST_ISLANDS:
        return ""
    if min(numbers) > MOST_RESTARTS:
        return f" New experiments are not marked, as there were more than {MOST_RESTARTS}."
    if reading.islands == 1:
        return " Dotted upright lines are where a new experiment began."
    few = f", if there were no more than {MOST_RESTARTS}" if max(numbers) > MOST_RESTARTS else ""
    return f" Choose an island to see where it began new experiments, as dotted upright lines{few}."


def mutation_section(reading: RunData) -> Html:
    """What each mutation was worth."""
    children = {name: float(made[-1]) if len(made) else 0.0 for name, (made, _) in reading.paid.items()}
    better = {name: float(won[-1]) if len(won) else 0.0 for name, (_, won) in reading.paid.items()}
    shares = {name: better[name] / made for name, made in children.items() if made}
    most = max(shares.values(), default=0.0) or 1.0
    rows = [
        [
            element("span", name, class_="mono"),
            count_text(children[name]),
            count_text(better[name]),
            share_text(better[name], children[name]),
            bar(share / most, COLOURS[index % len(COLOURS)].removeprefix("@")),
            *map(count_text, reading.credits.get(name, (0, 0))),
        ]
        for index, (name, share) in ((n, (m, shares[m])) for n, m in enumerate(reading.paid) if m in shares)
    ]
    lead = (
        "Children that a mutation had a part in, and how many of them were better than their parents. "
        "A child may be made by several. The last columns count improvements that it was part of: of "
        "islands, and of the run."
    )
    if not rows:
        return section("mutations", "Mutations that paid", "No children were made yet.")
    heads = ("mutation", "children", "better", "share", "", "island records", "best of the run")
    made = table("Mutations and what they were worth", heads, rows, numbers=(1, 2, 3, 5, 6))
    return section("mutations", "Mutations that paid", lead, made, figure(mutations(reading), wide=True))


def cost_section(reading: RunData) -> Html:
    """Where evaluations and time went."""
    starts = _starts_table(reading)
    if not reading.rounds:
        return section("costs", _COSTS_TITLE, "No round is complete yet.", *starts)
    totals = [float(values.sum()) for values in amounts(reading)]
    every = sum(totals)
    rows = [
        [name, count_text(total), share_text(total, every), bar(total / every if every else 0, colour[1:])]
        for (name, colour), total in zip(COSTS, totals, strict=True)
    ]
    spent = table("How programs came by their fitness", ("", "programs", "share", ""), rows, numbers=(1, 2))
    worked = float(reading.costs["round_seconds"].sum())
    wall = float(reading.seconds[-1])
    lead = (
        f"Workers were busy for {seconds_text(worked)} in {seconds_text(wall)} of search"
        f"{f', {worked / wall:.2f} of them at a time' if wall else ''}. {_WORDS}"
    )
    charts = [figure(costs(reading)), *map(figure, times(reading))]
    return section("costs", _COSTS_TITLE, lead, element("div", spent, *charts, class_="grid"), *starts)


_COSTS_TITLE: Final = "Where time and evaluations went"
_WORDS: Final = (
    "Exact hits: the same program, up to code that changes nothing, was scored before. Functional hits: one "
    "that erred the same on a few examples was, and the rest was not run. Programs stop early when they fail "
    "or err too much, at the hurdle when they were poor on a part of the examples; those over budget would "
    "take too long and are not run."
)


def _starts_table(reading: RunData) -> tuple[Html, Html]:
    """All starts, below a heading of their own."""
    heads = ("start", "began", "pause before", "ready after", "workers", "rounds", "ended", "why", "azc")
    return element("h3", "Starts"), table("Starts of the run", heads, _starts(reading), numbers=(0, 2, 3))


def _starts(reading: RunData) -> Iterator[list[Child]]:
    """A row for each time that a process took the run up."""
    heard = None
    for row in reading.starts:
        last, first = row["last_round"], row["first_round"]
        yield [
            count_text(row["start"]),
            time_text(row["started_at"]),
            seconds_text(seconds_between(heard, row["started_at"])),
            seconds_text(row["ready_seconds"]),
            f"{row['worker_count'] or '?'} ({row['workers'] or 'not ready'})",
            f"{first:,} – {last:,}" if last else "none",
            _end(row),
            end_text(row["ended"] or ("broken off" if row["ended_at"] else None)),
            row["azc"] or "–",
        ]
        heard = row["ended_at"] or row["last_heard"]


def _end(row: dict[str, Any]) -> str:
    """When a start ended, or what was last heard of it."""
    if row["ended_at"]:
        return time_text(row["ended_at"])
    return f"after {time_text(row['last_heard'])}" if row["last_round"] else "not known"
