"""Arithmetic of NumPy: words and floats where functions get Python's numbers."""

from typing import Any

import numpy as np
import pytest

from azc.ir import arithmetic

WORDS = np.array([1, 2**64 - 1], np.uint64)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (2**63, WORDS, [2**63, 2**64 - 1]),
        (WORDS, 2**63, [1, 2**63]),
        (2**64 - 1, 0, [2**64 - 1, 0]),
    ],
)
def test_where_makes_words_of_integers(a: Any, b: Any, expected: list[int]) -> None:
    """A Python int in `where` is a word of 64 bits, exactly."""
    found = arithmetic.where(np.array([True, False]), a, b)
    assert found.dtype == np.uint64
    assert found.tolist() == expected
