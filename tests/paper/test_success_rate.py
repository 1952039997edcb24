"""Intervals of shares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azc.paper.success_rate import SuccessRate


@pytest.mark.parametrize(
    ("hits", "runs", "low", "high"),
    [  # Newcombe (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published_intervals(hits: int, runs: int, low: float, high: float) -> None:
    """The intervals are those that Newcombe (1998) gives for Wilson's method."""
    assert SuccessRate(hits, runs).interval == pytest.approx((low, high), abs=5e-5)


@given(runs=st.integers(1, 1000), data=st.data())
def test_an_interval_holds_its_share(runs: int, data: st.DataObject) -> None:
    """It is within 0 and 1, has the share inside, and is mirrored with it."""
    hits = data.draw(st.integers(0, runs))
    low, high = SuccessRate(hits, runs).interval
    assert 0 <= low <= hits / runs <= high <= 1
    other = SuccessRate(runs - hits, runs).interval
    assert other == pytest.approx((1 - high, 1 - low))
