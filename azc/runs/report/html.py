"""HTML and SVG that cannot be broken by what stands in it: text is escaped unless it is HTML already."""

import html
import json
import math
from collections.abc import Iterable
from typing import Any, Final

_VOID: Final = frozenset({"br", "col", "input", "meta"})
# What could end a script element, begin a comment in one, or end a line in older JavaScript.
_UNSAFE: Final = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
_DIGITS: Final = 10
"""Significant digits of numbers in a chart."""


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | None


def element(name: str, /, *children: Child, **attributes: str | float | bool | None) -> Html:
    """An element; what is None or False is left out, `class_` is class, `aria_label` is aria-label."""
    shown = "".join(_attribute(key, value) for key, value in attributes.items())
    return Html(f"<{name}{shown}>" if name in _VOID else f"<{name}{shown}>{together(children)}</{name}>")


def together(children: Iterable[Child]) -> Html:
    """Elements and texts one after the other."""
    return Html("".join(c if isinstance(c, Html) else html.escape(c) for c in children if c is not None))


def _attribute(key: str, value: str | float | bool | None) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'


def table(
    caption: str, heads: Iterable[str], rows: Iterable[Iterable[Child]], numbers: Iterable[int] = ()
) -> Html:
    """A table that may be wider than the page; columns named in `numbers` stand to the right."""
    right = frozenset(numbers)

    def cells(tag: str, row: Iterable[Child], **attributes: str) -> list[Html]:
        return [
            element(tag, cell, class_="number" if index in right else None, **attributes)
            for index, cell in enumerate(row)
        ]

    body = [element("tr", *cells("td", row)) for row in rows]
    return element(
        "div",
        element(
            "table",
            element("caption", caption, class_="unseen"),
            element("thead", element("tr", *cells("th", heads, scope="col"))),
            element("tbody", *body),
        ),
        class_="scrolls",
        tabindex="0",
        role="region",
        aria_label=caption,
    )


def data_island(name: str, value: Any) -> Html:
    """A value as JSON in a script element that scripts find by its id."""
    text = json.dumps(_plain(value), allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return Html(
        f'<script type="application/json" id="{html.escape(name)}">{text.translate(_UNSAFE)}</script>'
    )


def _plain(value: Any) -> Any:
    """The same as JSON has it: numbers short, and null for those that it has no signs for."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return _short(value) if math.isfinite(value) else None
    return value


def _short(value: float) -> float | int:
    rounded = float(f"{value:.{_DIGITS}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 2**53 else rounded
