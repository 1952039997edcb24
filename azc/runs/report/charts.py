"""Charts: best fitness, populations, mutations, costs, times, hall of fame."""

from collections.abc import Callable, Mapping
from itertools import cycle
from typing import Any, Final

import numpy as np

from azc.runs.hall_of_fame import Entry
from azc.runs.history import QUANTILE_NAMES
from azc.runs.report.queries import Column
from azc.runs.report.run_data import RunData
from azc.runs.report.traces import COLOURS, Chart, Trace, bands, first_twice, layout, line, spread, stacked
from azc.runs.report.words import fitness_text

EVALS: Final = "programs scored"
MAX_RESTARTS: Final = 60
"""Maximum number of an island's restarts that a chart marks; if there are more it marks none."""
MAX_OUTLINED: Final = 60
"""Maximum number of points drawn with an outline; more outlines would hide the curve."""
_FEW_POINTS: Final = {"size": 9, "color": "@accent", "line": {"width": 1.5, "color": "@surface"}}
_MANY_POINTS: Final = {"size": 6, "color": "@accent", "line": {"width": 0}}
_QUANTILES: Final = np.array([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])


Scale = Callable[[Column], Column]
"""A function from fitness to the y axis."""


def progress(data: RunData) -> Chart:
    """Best fitness of the run, each improvement a point to click, and of each island, over evaluations.

    If all fitnesses lie between 0 and 1, the view `error` shows 1 - fitness.
    """
    views, yaxes = {"": _bests(data, lambda fitness: fitness)}, {}
    every = [np.array([row["fitness"] for row in data.best]), data.records.ravel()]
    fitness = np.concatenate([*every, *(y for _, y in data.island_bests.values())])
    lacking = 1 - fitness[~np.isnan(fitness)]
    if (lacking > 0).any() and (lacking >= 0).all() and (lacking <= 1).all():
        # A logarithmic axis has no zero.
        least = lacking[lacking > 0].min() / 2
        views["error"] = _bests(data, lambda fitness: np.maximum(1 - fitness, least))
        bottom = "" if (lacking > 0).all() else ", 0 at the bottom"
        yaxes["error"] = {
            "type": "log",
            "exponentformat": "power",
            "title": {"text": f"1 − best fitness{bottom}"},
        }
    shape = layout(EVALS, "best fitness") | {"hovermode": "closest"}
    return Chart(
        "progress-chart", "Best fitness over evaluations", views, shape, over_evals=True, yaxes=yaxes
    )


def _bests(data: RunData, scale: Scale) -> list[Trace]:
    """Traces of the chart; the last but one has the points, the last marks one of them."""
    x = [row["run_evals"] for row in data.best]
    y = scale(np.array([row["fitness"] for row in data.best])).tolist()
    ends = data.evals[-1:].tolist()
    return [
        *_islands(data, scale),
        line([*x, *ends[: len(x)]], [*y, *y[-1:]], "best of the run", "@ink", mode="lines", line_shape="hv")
        | {"hoverinfo": "skip", "hovertemplate": None},
        {
            "type": "scatter",
            "mode": "markers",
            "x": x,
            "y": y,
            "name": "improvement",
            "cliponaxis": False,
            "marker": _FEW_POINTS if len(x) <= MAX_OUTLINED else _MANY_POINTS,
            "text": [f"fitness {fitness_text(row['fitness'])}<br>{row['length']} live" for row in data.best],
            "hovertemplate": "%{text}<br>after %{x:,} programs<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "x": [],
            "y": [],
            "name": "shown below",
            "cliponaxis": False,
            "marker": {"size": 17, "color": "@accent", "symbol": "circle-open", "line": {"width": 3}},
            "hoverinfo": "skip",
            "showlegend": False,
        },
    ]


def _islands(data: RunData, scale: Scale) -> list[Trace]:
    """Best fitness of each island as a line; of many islands, their quantiles."""
    silent = {"hoverinfo": "skip", "hovertemplate": None}
    if data.records.size:
        quantiles = np.nanquantile(data.records, _QUANTILES, axis=1)
        found = bands(data.evals, [*map(scale, quantiles)], "@blue", "of the islands' bests", "hv")
        return [trace | silent for trace in found]
    ends = data.evals[-1:]
    return [
        line(
            np.concatenate([x, ends]),
            scale(np.concatenate([y, y[-1:]])),
            f"island {island}",
            f"{COLOURS[island % len(COLOURS)]}/80",
            mode="lines",
            line_shape="hv",
            line_width=1.3,
            **silent,
        )
        for island, (x, y) in data.island_bests.items()
        if len(x)
    ]


def populations(data: RunData) -> list[Chart]:
    """Fitness, length, sizes and diversity of the populations, in views of all islands and of each."""

    def quantiles(of: dict[str, Column], what: str) -> list[Column]:
        return [of[f"{what}_{name}"] for name in QUANTILE_NAMES]

    def views(made: Any) -> dict[str, list[Trace]]:
        return {name: made(of) for name, of in data.populations.items()}

    x = data.evals
    restarts = {
        "population" if len(data.restarts) == 1 else f"island {island}": at
        for island, at in data.restarts.items()
        if len(at) <= MAX_RESTARTS
    }

    def chart(name: str, title: str, y: str, made: Any, **more: Any) -> Chart:
        return Chart(name, title, views(made), layout(EVALS, y, **more), over_evals=True, shapes=restarts)

    return [
        chart(
            "fitness-chart",
            "Fitness",
            "fitness",
            lambda of: bands(x, quantiles(of, "fitness"), "@blue", "fitness"),
        ),
        chart(
            "length-chart",
            "Live length",
            "live instructions",
            lambda of: bands(x, quantiles(of, "length"), "@green", "length"),
            rangemode="tozero",
        ),
        chart(
            "sizes-chart",
            "Mean sizes of the functions",
            "instructions",
            lambda of: [
                line(*spread(x, of[column]), name, colour, hovertemplate="%{y:.2f}")
                for (column, name), colour in zip(sizes_of(of), cycle(FUNCTION_COLOURS), strict=False)
            ],
            rangemode="tozero",
        ),
        chart(
            "distinct-chart",
            "Distinct programs alive",
            "distinct live codes, mean per island" if data.islands > 1 else "distinct live codes",
            lambda of: [line(*spread(x, of["distinct_programs"]), "distinct live codes", "@teal")],
            rangemode="tozero",
        ),
    ]


def sizes_of(columns: Mapping[str, Column]) -> list[tuple[str, str]]:
    """Columns of the mean sizes of functions, each with the function's name as a title."""
    found = [column for column in columns if column.endswith("_size")]
    return [(column, column.removesuffix("_size").capitalize()) for column in found]


def mutations(data: RunData) -> Chart:
    """Share of each mutation's children that were better than their parents, over evaluations."""
    traces = []
    for n, (name, (children, better)) in enumerate(data.paid.items()):
        made = np.diff(children, prepend=0.0)
        if made.any():
            won = np.diff(better, prepend=0.0)
            share = np.divide(100 * won, made, out=np.full(len(made), np.nan), where=made > 0)
            traces.append(
                line(*spread(data.evals, share), name, COLOURS[n % len(COLOURS)], hovertemplate="%{y:.3g} %")
            )
    shape = layout(EVALS, "better than the parent, %", rangemode="tozero")
    return Chart(
        "mutations-chart", "Children better than their parents", {"": traces}, shape, over_evals=True
    )


FUNCTION_COLOURS: Final = ("@purple", "@blue", "@orange", "@green", "@teal", "@red", "@gold", "@pink")
COSTS: Final = (
    ("on all examples", "@blue"),
    ("stopped early", "@teal"),
    ("stopped at hurdle or race", "@gold"),
    ("over budget", "@red"),
    ("exact hits", "@purple"),
    ("functional hits", "@orange"),
)
"""Ways in which a program gets its fitness, each with its colour."""


def amounts(data: RunData) -> list[Column]:
    """Numbers of programs for each of the ways in `COSTS`, between chosen rounds."""
    costs = data.costs
    stops = [costs[f"{name}_run"] for name in ("stopped_early", "stopped_at_hurdle", "over_budget")]
    whole = np.maximum(costs["evaluated_run"] - sum(stops), 0.0)
    return [whole, *stops, costs["exact_hits"], costs["functional_hits"]]


def costs(data: RunData) -> Chart:
    """Shares of the ways in which programs got their fitness; ways that never happened are left out."""
    parts = [(*row, values) for row, values in zip(COSTS, amounts(data), strict=True) if values.any()]
    shape = layout(EVALS, "share of the programs, %", range=[0, 100])
    return Chart("costs-chart", "How fitnesses came about", {"": stacked(data.evals, parts)}, shape, True)


def times(data: RunData) -> list[Chart]:
    """Programs scored a second, and workers busy."""
    seconds = np.diff(data.seconds, prepend=0.0)
    able = seconds > 0
    rate = np.diff(data.evals, prepend=0.0)[able] / seconds[able]
    busy = _near(data.costs["round_seconds"][able]) / _near(seconds[able])
    most = max((start["worker_count"] or 0 for start in data.starts), default=0)
    if most:
        busy = np.minimum(busy, most)
    x, title = np.concatenate([[0.0], data.seconds[able]]), "seconds of search"
    rates = line(x, first_twice(rate), "programs a second", "@blue", hovertemplate="%{y:,.0f}", **_STEPS)
    shares = line(x, first_twice(busy), "workers busy", "@green", hovertemplate="%{y:.2f}", **_STEPS)
    scored = layout(title, "programs a second", rangemode="tozero")
    worked = layout(title, "worker time / wall time", rangemode="tozero")
    return [
        Chart("rate-chart", "Programs scored a second", {"": [rates]}, scored),
        Chart(
            "busy-chart",
            "Workers busy, averaged over neighbouring rounds",
            {"": [*_workers(data, x), shares]},
            worked,
        ),
    ]


SMALLEST_REACH: Final = 3
"""Minimum number of intervals on both sides of an average."""


def _near(values: Column) -> Column:
    """Sums over neighbouring intervals, fewer at the ends.

    A round's work counts when all islands have completed it, so a single interval may show more than its
    workers could do: some was done before.
    """
    reach = max(SMALLEST_REACH, len(values) // 20)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    indexes = np.arange(len(values))
    near: Column = sums[np.minimum(indexes + reach + 1, len(values))] - sums[np.maximum(indexes - reach, 0)]
    return near


def _workers(data: RunData, x: Column) -> list[Trace]:
    """Horizontal line at the number of workers, if all starts had the same number."""
    counts = {start["worker_count"] for start in data.starts}
    if len(counts) != 1 or None in counts or len(x) < 2:
        return []
    faint = {"line_width": 1, "line_dash": "dash", "mode": "lines", "hovertemplate": "%{y}"}
    return [line([x[0], x[-1]], [*counts, *counts], "workers", "@faint", **faint)]


_STEPS: Final = {"line_shape": "vh", "mode": "lines"}
"""Style of values that belong to an interval: each is drawn back to the point before."""


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
