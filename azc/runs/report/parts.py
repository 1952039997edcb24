"""Pieces of the page that several sections have: sections, charts, facts, listings, bars."""

from collections.abc import Iterable, Sequence
from itertools import groupby, starmap, zip_longest
from typing import Final

from azc.runs.report.figures import Chart
from azc.runs.report.html import Child, Html, element
from azc.runs.report.programs import ListingLine


def section(name: str, title: str, lead: Child, *children: Child) -> Html:
    """A part of the page with its heading and a sentence on it."""
    return element(
        "section",
        element("h2", title, id=f"{name}-title"),
        element("p", lead, class_="lead") if lead else None,
        *children,
        id=name,
        aria_labelledby=f"{name}-title",
    )


def figure(chart: Chart, wide: bool = False) -> Html | None:
    """The figure that a chart is drawn into, with its title; none for one that is empty."""
    if chart.empty:
        return None
    return element(
        "figure",
        element("h3", chart.title, id=f"{chart.name}-title"),
        element("div", id=chart.name, class_="chart", role="img", aria_labelledby=f"{chart.name}-title"),
        class_="card wide" if wide else "card",
    )


_LONG: Final = 40
"""Characters beyond which a value has a line of its own."""


def facts(pairs: Iterable[tuple[str, str]]) -> Html:
    """Names and values."""
    rows = [
        element(
            "div", element("dt", name), element("dd", value), class_="long" if len(value) > _LONG else None
        )
        for name, value in pairs
        if value
    ]
    return element("dl", *rows, class_="facts")


def tiles(pairs: Iterable[tuple[str, str, str]]) -> Html:
    """Numbers that are to be seen first: name, value, what more there is to say."""
    return element(
        "div",
        *(
            element(
                "div",
                element("div", name, class_="name"),
                element("div", value, class_="value"),
                element("div", more, class_="more"),
                class_="tile",
            )
            for name, value, more in pairs
        ),
        class_="tiles",
    )


def listing(lines: Sequence[ListingLine], notes: Sequence[Child] = ()) -> Html:
    """A program with its dead code dimmed, and a note beside each line if there are any."""
    noted = zip_longest(lines, notes[: len(lines)])
    functions = [
        element("div", *starmap(_row, group)) for _, group in groupby(noted, key=lambda n: n[0].function)
    ]
    return element("div", *functions, class_="listing", tabindex="0", role="region", aria_label="Program")


def _row(line: ListingLine, note: Child) -> Html:
    kind = "head" if line.head else "live" if line.live else "dead"
    return element(
        "div",
        element("code", line.text),
        None if line.live or line.head else element("span", "dead", class_="tag"),
        element("span", note, class_="note") if note else None,
        class_=f"row {kind}",
    )


def bar(share: float, colour: str) -> Html:
    """A share from 0 to 1, as a length."""
    inner = element("span", style=f"width:{100 * min(max(share, 0.0), 1.0):.2f}%;background:var(--{colour})")
    return element("span", inner, class_="bar", aria_hidden="true")


def axis_switch() -> Html:
    """Buttons for a linear or a logarithmic axis of evaluations, on all charts at once."""
    return _buttons("Programs axis", "data_axis", {"linear": "linear", "logarithmic": "log"})


def fitness_switch() -> Html:
    """Buttons for the axis of fitness: as it is, or by how little it falls short of 1."""
    return _buttons("Fitness axis", "data_fitness", {"fitness": "", "1 − fitness, logarithmic": "error"})


def _buttons(title: str, key: str, values: dict[str, str]) -> Html:
    """Buttons of which one is pressed, at first the first."""
    first, *_ = values
    buttons = [
        element(
            "button", name, type="button", aria_pressed="true" if name == first else "false", **{key: value}
        )
        for name, value in values.items()
    ]
    return element("div", element("span", title), *buttons, class_="switch", role="group", aria_label=title)


def view_switch(names: Sequence[str]) -> Html | None:
    """A choice of what the charts of a section show."""
    if len(names) < 2:
        return None
    options = [element("option", name, value=name) for name in names]
    return element("label", "Population ", element("select", *options, data_view=True), class_="switch")
