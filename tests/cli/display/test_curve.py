"""A curve in braille."""

from math import inf, nan

from hypothesis import given
from hypothesis import strategies as st

from azc.cli.display.curve import curve, sampled


def test_a_curve_rises() -> None:
    """Rising values give a curve from the lower left to the upper right."""
    assert curve([0, 1, 2, 3], 2, 1) == ["⡠⠊"]
    assert curve([0, 0, 1, 1], 2, 2) == [" ⡏", "⣀⠇"]


def test_equal_values_are_a_line_in_the_middle() -> None:
    """Equal values give a line in the middle; without finite values there is none."""
    assert curve([5.0] * 4, 2, 3) == ["  ", "⠒⠒", "  "]
    assert curve([], 2, 1) == curve([nan, inf, -inf], 2, 1) == ["  "]


@given(st.lists(st.floats(), max_size=30), st.integers(1, 20), st.integers(1, 5))
def test_a_curve_has_its_size(values: list[float], width: int, height: int) -> None:
    """A curve has the given width and height, whatever its values."""
    rows = curve(values, width, height)
    assert len(rows) == height
    assert all(len(row) == width for row in rows)


def test_a_quantity_is_sampled() -> None:
    """A sampled quantity has its latest value at each time, and nan before the first."""
    values = sampled([(2.0, 0.5), (3.0, 0.75)], 0.0, 4.0, 4)
    assert str(values) == "[nan, 0.5, 0.75, 0.75]"
