"""What the sections on populations, mutations, costs and the hall of fame say."""

from collections.abc import Iterator
from typing import Any, Final

from azc.runs.report.about import About
from azc.runs.report.charts import MOST_RESTARTS, populations
from azc.runs.report.costs import COSTS, amounts, costs, front, mutations, times
from azc.runs.report.figures import COLOURS, drawable
from azc.runs.report.programs import lines, listing
from azc.runs.report.queries import MOST_ISLANDS
from azc.runs.report.run_data import RunData
from azc.runs.report.words import (
    count_text,
    end_text,
    fitness_text,
    seconds_between,
    seconds_text,
    share_text,
    time_text,
)
from azc.words import counted


def population_section(reading: RunData) -> dict[str, Any]:
    """How the populations changed."""
    if not reading.rounds:
        return {"lead": "No round is complete yet.", "charts": [], "views": []}
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
    return {"lead": lead, "charts": drawable(populations(reading)), "views": [*reading.populations]}


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


def mutation_section(reading: RunData) -> dict[str, Any]:
    """What each mutation was worth."""
    children = {name: float(made[-1]) if len(made) else 0.0 for name, (made, _) in reading.paid.items()}
    better = {name: float(won[-1]) if len(won) else 0.0 for name, (_, won) in reading.paid.items()}
    shares = {name: better[name] / made for name, made in children.items() if made}
    if not shares:
        return {"lead": "No children were made yet.", "rows": [], "charts": []}
    most = max(shares.values()) or 1.0
    rows = [
        {
            "name": name,
            "counts": [count_text(children[name]), count_text(better[name])],
            "share": share_text(better[name], children[name]),
            "bar": _bar(shares[name] / most, COLOURS[index % len(COLOURS)]),
            "records": [*map(count_text, reading.credits.get(name, (0, 0)))],
        }
        for index, name in enumerate(reading.paid)
        if name in shares
    ]
    lead = (
        "Children that a mutation had a part in, and how many of them were better than their parents. "
        "A child may be made by several. The last columns count improvements that it was part of: of "
        "islands, and of the run."
    )
    return {"lead": lead, "rows": rows, "charts": drawable([mutations(reading)])}


def _bar(share: float, colour: str) -> dict[str, str]:
    """A share from 0 to 1 as a width in percent, and a colour of the page's style."""
    return {"width": f"{100 * min(max(share, 0.0), 1.0):.2f}", "colour": colour.removeprefix("@")}


_WORDS: Final = (
    "Exact hits: the same program, up to code that changes nothing, was scored before. Functional hits: one "
    "that erred the same on a few examples was, and the rest was not run. Programs stop early when they fail "
    "or err too much, at the hurdle when they were poor on a part of the examples; those over budget would "
    "take too long and are not run."
)


def cost_section(reading: RunData) -> dict[str, Any]:
    """Where evaluations and time went."""
    starts = [*_starts(reading)]
    if not reading.rounds:
        return {"lead": "No round is complete yet.", "rows": [], "charts": [], "starts": starts}
    totals = [float(values.sum()) for values in amounts(reading)]
    every = sum(totals)
    rows = [
        {
            "name": name,
            "count": count_text(total),
            "share": share_text(total, every),
            "bar": _bar(total / every if every else 0.0, colour),
        }
        for (name, colour), total in zip(COSTS, totals, strict=True)
    ]
    worked = float(reading.costs["round_seconds"].sum())
    wall = float(reading.seconds[-1])
    lead = (
        f"Workers were busy for {seconds_text(worked)} in {seconds_text(wall)} of search"
        f"{f', {worked / wall:.2f} of them at a time' if wall else ''}. {_WORDS}"
    )
    charts = drawable([costs(reading), *times(reading)])
    return {"lead": lead, "rows": rows, "charts": charts, "starts": starts}


def _starts(reading: RunData) -> Iterator[list[str]]:
    """A row for each start of the run."""
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


def hall_section(about: About) -> dict[str, Any]:
    """The hall of fame: each row opens its program."""
    best = max(about.hall, key=lambda entry: entry.fitness, default=None)
    entries = [
        {
            "length": counted(entry.length, "live instruction"),
            "numbers": [
                count_text(entry.length),
                fitness_text(entry.fitness),
                count_text(entry.island),
                count_text(entry.evaluation),
            ],
            "listing": listing(lines(entry.program, about.interface)),
            "shown": entry is best,
        }
        for entry in about.hall
    ]
    return {"entries": entries, "charts": drawable([front(about.hall)])}
