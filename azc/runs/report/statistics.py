"""Sections on populations, mutations and costs."""

from collections.abc import Iterator
from typing import Any, Final

from azc.runs.report.charts import COSTS, MAX_RESTARTS, amounts, costs, mutations, populations, times
from azc.runs.report.queries import MAX_ISLANDS
from azc.runs.report.run_data import RunData
from azc.runs.report.traces import COLOURS, drawable
from azc.runs.report.words import (
    count_text,
    end_text,
    seconds_between,
    seconds_text,
    share_text,
    time_text,
)


def population_section(data: RunData) -> dict[str, Any]:
    """Charts of the populations, and a sentence on how to read them."""
    if not data.rounds:
        return {"lead": "No round is complete yet.", "charts": [], "views": []}
    lead = (
        "Areas hold all programs alive, the middle 80 % and the middle half; the line is the median, and "
        "the dotted one the greatest."
    )
    if data.rounds == 1:
        lead += " There was only one round so far; its final values are drawn over all of it."
    if data.islands > 1:
        lead += " Over all islands the extremes are extremes, and the rest are means of the islands."
    lead += _on_restarts(data)
    if data.islands > MAX_ISLANDS:
        lead += f" With more than {MAX_ISLANDS} islands they are not shown one by one."
    return {"lead": lead, "charts": drawable(populations(data)), "views": [*data.populations]}


def _on_restarts(data: RunData) -> str:
    """A sentence on the lines that mark new experiments, if the charts have any."""
    numbers = [len(at) for at in data.restarts.values() if at]
    if not numbers or data.islands > MAX_ISLANDS:
        return ""
    if min(numbers) > MAX_RESTARTS:
        return f" New experiments are not marked, as there were more than {MAX_RESTARTS}."
    if data.islands == 1:
        return " Dotted upright lines are where a new experiment began."
    few = f", if there were no more than {MAX_RESTARTS}" if max(numbers) > MAX_RESTARTS else ""
    return f" Choose an island to see where it began new experiments, as dotted upright lines{few}."


def mutation_section(data: RunData) -> dict[str, Any]:
    """Children, better children and improvements of each mutation."""
    children = {name: float(made[-1]) if len(made) else 0.0 for name, (made, _) in data.paid.items()}
    better = {name: float(won[-1]) if len(won) else 0.0 for name, (_, won) in data.paid.items()}
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
            "records": [*map(count_text, data.credits.get(name, (0, 0)))],
        }
        for index, name in enumerate(data.paid)
        if name in shares
    ]
    lead = (
        "Children that a mutation had a part in, and how many of them were better than their parents. "
        "A child may be made by several. The last columns count improvements that it was part of: of "
        "islands, and of the run."
    )
    return {"lead": lead, "rows": rows, "charts": drawable([mutations(data)])}


def _bar(share: float, colour: str) -> dict[str, str]:
    """A share from 0 to 1 as a width in percent, with a colour of the page's style."""
    return {"width": f"{100 * min(max(share, 0.0), 1.0):.2f}", "colour": colour.removeprefix("@")}


_WORDS: Final = (
    "Exact hits: the same program, up to code that changes nothing, was scored before. Functional hits: one "
    "that erred the same on a few examples was, and the rest was not run. Programs stop early when they fail "
    "or err too much, at the hurdle or in the race when they were poor on a part of the examples; those over "
    "budget would take too long and are not run."
)


def cost_section(data: RunData) -> dict[str, Any]:
    """Ways in which programs got their fitness, busy workers, and starts."""
    starts = [*_starts(data)]
    if not data.rounds:
        return {"lead": "No round is complete yet.", "rows": [], "charts": [], "starts": starts}
    totals = [float(values.sum()) for values in amounts(data)]
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
    worked = float(data.costs["round_seconds"].sum())
    wall = float(data.seconds[-1])
    lead = (
        f"Workers were busy for {seconds_text(worked)} in {seconds_text(wall)} of search"
        f"{f', {worked / wall:.2f} of them at a time' if wall else ''}. {_WORDS}"
    )
    charts = drawable([costs(data), *times(data)])
    return {"lead": lead, "rows": rows, "charts": charts, "starts": starts}


def _starts(data: RunData) -> Iterator[list[str]]:
    """A row for each start of the run."""
    heard = None
    for row in data.starts:
        last, first = row["last_round"], row["first_round"]
        yield [
            count_text(row["start"]),
            time_text(row["started_at"]),
            seconds_text(seconds_between(heard, row["started_at"])),
            seconds_text(row["ready_seconds"]),
            f"{row['worker_count'] or '?'} ({row['workers'] or 'not ready'})",
            f"{first:,} – {last:,}" if last else "none",
            _end(row),
            end_text(row["ended"] or ("interrupted" if row["ended_at"] else None)),
            row["azc"] or "–",
        ]
        heard = row["ended_at"] or row["last_heard"]


def _end(row: dict[str, Any]) -> str:
    """Time at which a start ended, or of its last complete round."""
    if row["ended_at"]:
        return time_text(row["ended_at"])
    return f"after {time_text(row['last_heard'])}" if row["last_round"] else "not known"
