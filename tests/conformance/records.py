"""The records of the original engine, read from `data/`."""

import json
import lzma
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(__file__).parent / "data"
DISAGREEING = 1e-9
"""A record on which the original's own builds differ by more is left out."""


@cache
def records(name: str) -> tuple[dict[str, Any], ...]:
    """The records of a file that the original's builds agree on."""
    lines = lzma.decompress((DATA / f"{name}_public.jsonl.xz").read_bytes()).decode().splitlines()
    return tuple(record for record in map(json.loads, lines) if _agreed(record.get("spread", 0.0)))


def _agreed(spread: float | str) -> bool:
    return spread != "mismatch" and float(spread) <= DISAGREEING


def numbers(value: Any) -> np.ndarray:
    """A number or nested lists of numbers, some of them the strings "nan", "inf" and "-inf"."""
    return np.array(value, dtype=object).astype(np.float64)


def close(found: Any, expected: Any, relative: float, absolute: float = 0.0) -> bool:
    """Whether all numbers agree: nans and infinities exactly, the others within the tolerance."""
    found, expected = np.asarray(found, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if found.shape != expected.shape:
        return False
    finite = np.isfinite(expected)
    if not np.array_equal(found[~finite], expected[~finite], equal_nan=True):
        return False
    a, b = found[finite], expected[finite]
    # Halves, so that a difference of the greatest numbers does not overflow.
    return bool(np.all(np.abs(a / 2 - b / 2) <= (relative * np.abs(b) + absolute) / 2))
