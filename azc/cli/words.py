"""Values as text for people and as JSON, and tables of text."""

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

Row = Sequence[str]


def number_text(value: float, digits: int = 6) -> str:
    """A number for people: at most `digits` significant digits, no trailing zeros."""
    return f"{value:.{digits}g}"


def columns(rows: Iterable[Row], right: Iterable[int] = (), gap: str = "  ") -> str:
    """Rows of texts as lines with aligned columns; those in `right` are aligned to the right."""
    rows = [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    right = set(right)
    lines = (
        gap.join(
            text.rjust(width) if index in right else text.ljust(width)
            for index, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def jsonable(value: Any) -> Any:
    """A value for JSON: arrays become lists, nan and infinities "nan", "inf", "-inf"."""
    if hasattr(value, "tolist"):
        import numpy as np

        entries = value.tolist()
        return entries if np.isfinite(value).all() else jsonable(entries)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {name: jsonable(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(entry) for entry in value]
    return value


def json_text(value: Any, indent: int | None = None) -> str:
    """A value as standard JSON, which has no nan or infinity."""
    return json.dumps(jsonable(value), allow_nan=False, indent=indent)
