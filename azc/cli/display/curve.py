"""Curves as text: braille dots, two columns and four rows to a character."""

from collections.abc import Sequence
from math import isfinite, nan

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bits of a braille character, by column and row."""
_EMPTY = 0x2800
_BLANK = chr(_EMPTY)


def curve(values: Sequence[float], width: int, height: int) -> list[str]:
    """Draw values as `height` rows of `width` characters, the smallest at the bottom; two values a character.

    Values that are not finite are left out; values that are all equal form a line in the middle.
    """
    low, high = extremes(values)
    # Halves, since the difference of two finite numbers may be infinite.
    span, rows = high / 2 - low / 2, 4 * height
    cells = [[_EMPTY] * width for _ in range(height)]
    before = None
    for column, value in enumerate(values[: 2 * width]):
        if not isfinite(value):
            before = None
            continue
        share = (value / 2 - low / 2) / span if span else 0.5
        row = rows - 1 - round(share * (rows - 1))
        # A jump becomes a vertical stroke, from beside the previous value's row.
        beside = row if before is None else before + (row > before) - (row < before)
        for dot in range(min(row, beside), max(row, beside) + 1):
            cells[dot // 4][column // 2] |= _DOTS[column % 2][dot % 4]
        before = row
    return ["".join(map(chr, row)).replace(_BLANK, " ") for row in cells]


def extremes(values: Sequence[float]) -> tuple[float, float]:
    """Smallest and greatest finite value; zeros if there is none."""
    finite = [value for value in values if isfinite(value)]
    return min(finite, default=0.0), max(finite, default=0.0)


def sampled(points: Sequence[tuple[float, float]], start: float, end: float, count: int) -> list[float]:
    """Values of a step function at `count` times until `end`; nan before its first point."""
    values, index, value = [], 0, nan
    for number in range(1, count + 1):
        time = start + (end - start) * number / count
        while index < len(points) and points[index][0] <= time:
            value = points[index][1]
            index += 1
        values.append(value)
    return values
