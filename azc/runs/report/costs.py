"""The charts of what a run spent and won: mutations, caches, time, the hall of fame."""

from typing import Final

import numpy as np

from azc.runs.hall_of_fame import Entry
from azc.runs.report.charts import EVALS
from azc.runs.report.figures import COLOURS, Chart, Trace, first_twice, layout, line, spread, stacked
from azc.runs.report.queries import Column
from azc.runs.report.run_data import RunData


def mutations(reading: RunData) -> Chart:
    """How often each mutation made something better, over time."""
    traces = []
    for n, (name, (children, better)) in enumerate(reading.paid.items()):
        made = np.diff(children, prepend=0.0)
        if made.any():
            won = np.diff(better, prepend=0.0)
            share = np.divide(100 * won, made, out=np.full(len(made), np.nan), where=made > 0)
            traces.append(
                line(
                    *spread(reading.evals, share), name, COLOURS[n % len(COLOURS)], hovertemplate="%{y:.3g} %"
                )
            )
    shape = layout(EVALS, "better than the parent, %", rangemode="tozero")
    return Chart(
        "mutations-chart", "Children better than their parents", {"": traces}, shape, over_evals=True
    )


COSTS: Final = (
    ("on all examples", "@blue"),
    ("stopped early", "@teal"),
    ("stopped at the hurdle", "@gold"),
    ("over budget", "@red"),
    ("exact hits", "@purple"),
    ("functional hits", "@orange"),
)
"""How programs came by their fitness, and the colours of that."""


def amounts(reading: RunData) -> list[Column]:
    """How many programs came by their fitness in each of the ways of `COSTS`."""
    costs = reading.costs
    stops = [costs[f"{name}_run"] for name in ("stopped_early", "stopped_at_hurdle", "over_budget")]
    whole = np.maximum(costs["evaluated_run"] - sum(stops), 0.0)
    return [whole, *stops, costs["exact_hits"], costs["functional_hits"]]


def costs(reading: RunData) -> Chart:
    """How programs came by their fitness, over time; what never happened is left out."""
    parts = [(*row, values) for row, values in zip(COSTS, amounts(reading), strict=True) if values.any()]
    shape = layout(EVALS, "share of the programs, %", range=[0, 100])
    return Chart("costs-chart", "How fitnesses came about", {"": stacked(reading.evals, parts)}, shape, True)


def times(reading: RunData) -> list[Chart]:
    """How fast the run was, and how many workers were busy."""
    seconds = np.diff(reading.seconds, prepend=0.0)
    able = seconds > 0
    rate = np.diff(reading.evals, prepend=0.0)[able] / seconds[able]
    busy = _near(reading.costs["round_seconds"][able]) / _near(seconds[able])
    most = max((start["worker_count"] or 0 for start in reading.starts), default=0)
    if most:
        busy = np.minimum(busy, most)
    x, title = np.concatenate([[0.0], reading.seconds[able]]), "seconds of search"
    rates = line(x, first_twice(rate), "programs a second", "@blue", hovertemplate="%{y:,.0f}", **_STEPS)
    shares = line(x, first_twice(busy), "workers busy", "@green", hovertemplate="%{y:.2f}", **_STEPS)
    scored = layout(title, "programs a second", rangemode="tozero")
    worked = layout(title, "worker time / wall time", rangemode="tozero")
    return [
        Chart("rate-chart", "Programs scored a second", {"": [rates]}, scored),
        Chart(
            "busy-chart",
            "Workers busy, averaged over neighbouring rounds",
            {"": [*_workers(reading, x), shares]},
            worked,
        ),
    ]


SMALLEST_REACH: Final = 3
"""How many intervals on both sides an average takes in at least."""


def _near(values: Column) -> Column:
    """Sums over neighbouring intervals, fewer at the ends.

    A round's work is known when it is complete on all islands, so of a single interval it may be more than
    its workers could do: some was done before.
    """
    reach = max(SMALLEST_REACH, len(values) // 20)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    indexes = np.arange(len(values))
    near: Column = sums[np.minimum(indexes + reach + 1, len(values))] - sums[np.maximum(indexes - reach, 0)]
    return near


def _workers(reading: RunData, x: Column) -> list[Trace]:
    """A line at the number of workers, where all starts had the same."""
    counts = {start["worker_count"] for start in reading.starts}
    if len(counts) != 1 or None in counts or len(x) < 2:
        return []
    faint = {"line_width": 1, "line_dash": "dash", "mode": "lines", "hovertemplate": "%{y}"}
    return [line([x[0], x[-1]], [*counts, *counts], "workers", "@faint", **faint)]


_STEPS: Final = {"line_shape": "vh", "mode": "lines"}
"""A figure holds from one point in time to the next."""


def front(hall: tuple[Entry, ...]) -> Chart:
    """Fitness against length in the hall of fame."""
    trace = line(
        [e.length for e in hall], [e.fitness for e in hall], "hall of fame", "@accent", line_shape="hv"
    )
    trace |= {
        "mode": "lines+markers",
        "cliponaxis": False,
        "marker": {"size": 10, "color": "@accent"},
        "hovertemplate": "%{x} live instructions<br>fitness %{y:.6f}<extra></extra>",
    }
    shape = layout("live instructions", "fitness") | {"hovermode": "closest"}
    return Chart("front-chart", "Fitness against length", {"": [trace]}, shape)
