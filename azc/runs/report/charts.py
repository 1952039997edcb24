"""The charts of what was found: the best over time, and what the populations were like."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from azc.runs.history import QUANTILE_NAMES
from azc.runs.report.figures import COLOURS, Chart, Trace, bands, layout, line, spread
from azc.runs.report.queries import Column
from azc.runs.report.run_data import RunData
from azc.runs.report.words import fitness_text

EVALS: Final = "programs scored"
MOST_RESTARTS: Final = 60
"""Beyond these a chart would be full of them, and shows none."""
MOST_OUTLINED: Final = 60
"""Beyond these the outlines of points would wipe the curve out."""
_FEW_POINTS: Final = {"size": 9, "color": "@accent", "line": {"width": 1.5, "color": "@surface"}}
_MANY_POINTS: Final = {"size": 6, "color": "@accent", "line": {"width": 0}}
_QUANTILES: Final = np.array([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])


Scale = Callable[[Column], Column]
"""From fitness to what is drawn of it."""


def progress(reading: RunData) -> Chart:
    """The best of the run, each improvement a point to click on, and the islands' bests.

    Where all fitnesses lie between 0 and 1, the view `error` has what they lack of 1.
    """
    views, yaxes = {"": _bests(reading, lambda fitness: fitness)}, {}
    every = [np.array([row["fitness"] for row in reading.best]), reading.records.ravel()]
    fitness = np.concatenate([*every, *(y for _, y in reading.island_bests.values())])
    lacking = 1 - fitness[~np.isnan(fitness)]
    if (lacking > 0).any() and (lacking >= 0).all() and (lacking <= 1).all():
        # There is no place for zero on a logarithmic axis.
        least = lacking[lacking > 0].min() / 2
        views["error"] = _bests(reading, lambda fitness: np.maximum(1 - fitness, least))
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


def _bests(reading: RunData, scale: Scale) -> list[Trace]:
    """The traces of the chart; the last but one has the points, the last marks one of them."""
    x = [row["run_evals"] for row in reading.best]
    y = scale(np.array([row["fitness"] for row in reading.best])).tolist()
    ends = reading.evals[-1:].tolist()
    return [
        *_islands(reading, scale),
        line([*x, *ends[: len(x)]], [*y, *y[-1:]], "best of the run", "@ink", mode="lines", line_shape="hv")
        | {"hoverinfo": "skip", "hovertemplate": None},
        {
            "type": "scatter",
            "mode": "markers",
            "x": x,
            "y": y,
            "name": "improvement",
            "cliponaxis": False,
            "marker": _FEW_POINTS if len(x) <= MOST_OUTLINED else _MANY_POINTS,
            "text": [
                f"fitness {fitness_text(row['fitness'])}<br>{row['length']} live" for row in reading.best
            ],
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


def _islands(reading: RunData, scale: Scale) -> list[Trace]:
    """A line an island; of many, how they are distributed."""
    silent = {"hoverinfo": "skip", "hovertemplate": None}
    if reading.records.size:
        quantiles = np.nanquantile(reading.records, _QUANTILES, axis=1)
        found = bands(reading.evals, [*map(scale, quantiles)], "@blue", "of the islands' bests", "hv")
        return [trace | silent for trace in found]
    ends = reading.evals[-1:]
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
        for island, (x, y) in reading.island_bests.items()
        if len(x)
    ]


def populations(reading: RunData) -> list[Chart]:
    """What the populations were like, a view for all islands and for each of a few."""

    def quantiles(of: dict[str, Column], what: str) -> list[Column]:
        return [of[f"{what}_{name}"] for name in QUANTILE_NAMES]

    def views(made: Any) -> dict[str, list[Trace]]:
        return {name: made(of) for name, of in reading.populations.items()}

    x = reading.evals
    restarts = {
        "population" if len(reading.restarts) == 1 else f"island {island}": at
        for island, at in reading.restarts.items()
        if len(at) <= MOST_RESTARTS
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
                line(*spread(x, of[f"{name}_size"]), name.capitalize(), colour, hovertemplate="%{y:.2f}")
                for name, colour in (("setup", "@purple"), ("predict", "@blue"), ("learn", "@orange"))
            ],
            rangemode="tozero",
        ),
        chart(
            "distinct-chart",
            "Distinct programs alive",
            "distinct live codes, mean per island" if reading.islands > 1 else "distinct live codes",
            lambda of: [line(*spread(x, of["distinct_programs"]), "distinct live codes", "@teal")],
            rangemode="tozero",
        ),
    ]
