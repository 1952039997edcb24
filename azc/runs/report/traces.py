"""Traces and layouts of charts, in the form of plotly.js.

A colour is a name behind `@` (`@blue`, `@blue/20` for a fifth of its opacity). The page's style defines the
names, for light and dark; the script puts the colours in.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import attrs
import numpy as np

from azc.runs.report.queries import Column

COLOURS: Final = ("@blue", "@orange", "@green", "@purple", "@red", "@teal", "@gold", "@pink")
Trace = dict[str, Any]
FEW: Final = 30
"""Maximum number of points at which a line shows its points; a single point would be invisible else."""


@attrs.frozen(eq=False)
class Chart:
    """A chart of one or more views, of which one is shown."""

    name: str
    title: str
    views: dict[str, list[Trace]]
    """Traces by view."""
    layout: dict[str, Any]
    over_evals: bool = False
    """Whether the x axis is evaluations, which a switch on the page makes logarithmic."""
    shapes: dict[str, list[int]] = attrs.field(factory=dict)
    """Abscissas of vertical lines, by view."""
    yaxes: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    """Changes to the layout's y axis, by view."""

    @property
    def empty(self) -> bool:
        """Whether no view has a point."""
        return not any(np.size(trace["y"]) for traces in self.views.values() for trace in traces)

    @property
    def spec(self) -> dict[str, Any]:
        """Data of the chart for the page's script."""
        return {
            "views": self.views,
            "layout": self.layout,
            "overEvals": self.over_evals,
            "shapes": self.shapes,
            "yaxes": self.yaxes,
        }


def drawable(charts: Iterable[Chart]) -> list[Chart]:
    """Charts that have points to show."""
    return [chart for chart in charts if not chart.empty]


def layout(x: str, y: str, **more: Any) -> dict[str, Any]:
    """Layout of two axes with these titles; `more` adds to the y axis."""
    return {
        "xaxis": {"title": {"text": x}, "exponentformat": "SI", "rangemode": "tozero"},
        "yaxis": {"title": {"text": y}, **more},
        "hovermode": "x unified",
    }


def line(x: Any, y: Any, name: str, colour: str, **more: Any) -> Trace:
    """A trace of a line; `more` adds keys to the trace, and with the prefix `line_` to its line."""
    own = {key.removeprefix("line_"): more.pop(key) for key in [*more] if key.startswith("line_")}
    mode = "lines+markers" if np.size(x) <= FEW else "lines"
    return {
        "type": "scatter",
        "mode": mode,
        "x": x,
        "y": y,
        "name": name,
        "line": {"color": colour, "width": 2, **own},
        "marker": {"size": 5, "color": colour},
        "hovertemplate": "%{y:,.6g}",
        **more,
    }


def bands(
    x: Column, quantiles: Sequence[Column], colour: str, what: str, shape: str = "linear"
) -> list[Trace]:
    """Quantiles as areas (all, 10 to 90 %, 25 to 75 %), darker inwards, and the median as a line."""
    low, ten, quarter, middle, three, ninety, high = (spread(x, values)[1] for values in quantiles)
    x, _ = spread(x, x)
    traces: list[Trace] = []
    for under, over, name, share in (
        (low, high, "all", 12),
        (ten, ninety, "10–90 %", 22),
        (quarter, three, "25–75 %", 32),
    ):
        known = np.isfinite(under) & np.isfinite(over)
        edge = {
            "line_width": 0,
            "line_shape": shape,
            "mode": "lines",
            "legendgroup": name,
            "hoverinfo": "skip",
            "hovertemplate": None,
        }
        fill = {"fill": "tonexty", "fillcolor": f"{colour}/{share}"}
        traces += [
            line(x[known], under[known], name, colour, showlegend=False, **edge),
            line(x[known], over[known], name, colour, **edge, **fill),
        ]
    dots = {"line_width": 1, "line_dash": "dot", "line_shape": shape, "showlegend": False}
    traces.append(line(x, high, f"greatest {what}", colour, **dots))
    return [*traces, line(x, middle, f"median {what}", colour, line_shape=shape)]


def spread(x: Column, y: Column) -> tuple[Column, Column]:
    """The columns; a single round, invisible as a point, becomes a line from its first program on."""
    return (np.array([1.0, x[0]]), first_twice(y)) if len(x) == 1 else (x, y)


def first_twice(values: Column) -> Column:
    """The column with its first value twice: a line of the shape `vh` needs the left end as well."""
    return np.concatenate([values[:1], values])


def stacked(x: Column, parts: Sequence[tuple[str, str, Column]]) -> list[Trace]:
    """Shares of a total between one x and the next as areas; `parts` are name, colour and amounts."""
    begin = np.concatenate([[1.0], x])
    return [
        line(
            begin,
            first_twice(values),
            name,
            colour,
            mode="lines",
            line_width=0,
            line_shape="vh",
            stackgroup="all",
            groupnorm="percent",
            fillcolor=f"{colour}/75",
            hovertemplate="%{y:.1f} %",
        )
        for name, colour, values in parts
    ]
