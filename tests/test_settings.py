"""Checks of declared settings: accepted values and results."""

import math
from fractions import Fraction

import pytest

from azc.problems import CheckError
from azc.settings import number


def test_numbers_come_out_as_floats() -> None:
    """Numbers become floats; those beyond float64 are refused, and nan unless allowed."""
    for value in (1, Fraction(1, 2), 10**300):
        assert type(number()(value)) is float
    assert math.isnan(number(nan=True)(math.nan))
    for value in (math.nan, True, "1", 10**400):
        with pytest.raises(CheckError, match="expected a number, but it is"):
            number()(value)
    with pytest.raises(CheckError, match=r"a number from 0 to 1, but it is 1\.5"):
        number(0, 1)(1.5)
