"""Folded sums, and means and standard deviations computed with them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from azc.tasks.sums import fold, mean_and_sd


def folded(numbers):
    """The specification of a fold, a number at a time."""
    n = len(numbers)
    while n > 1:
        h = (n + 1) // 2
        numbers = [numbers[i] + numbers[i + h] if i + h < n else numbers[i] for i in range(h)]
        n = h
    return numbers[0]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
def test_fold_adds_in_the_specified_order(numbers):
    """A fold gives the same bits as its specification."""
    assert fold(np.array(numbers)) == folded(numbers)


def test_fold_takes_any_axis_and_leaves_its_input():
    """Rows or columns can be folded, and the input stays unchanged."""
    x = np.arange(12.0).reshape(3, 4)
    assert fold(x, axis=1).tolist() == [6.0, 22.0, 38.0]
    assert fold(x).tolist() == [12.0, 15.0, 18.0, 21.0]
    assert x.ravel().tolist() == list(range(12))


def test_a_constant_column_has_no_deviation():
    """The standard deviation of equal numbers is exactly 0, even if their mean is rounded."""
    x = np.full((7, 2), 0.1)
    x[:, 1] = range(7)
    mean, sd = mean_and_sd(x)
    assert sd[0] == 0.0
    assert (mean[1], sd[1]) == (3.0, 2.0)
