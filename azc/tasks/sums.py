"""Sums and statistics with the same bits on every machine: numbers are added in a fixed order."""

import numpy as np
import numpy.typing as npt

from azc.arguments import an_array, takes, whole
from azc.errors import AzcError

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


numbers = an_array("fiub", None, "an array of numbers")
"""Check of an argument that is an array of numbers."""


@takes(x=numbers, axis=whole(-64, 63))
def fold(x: Floats, axis: int = 0) -> Floats:
    """Sums of float64 along an axis, in the order of `semantics.fold`."""
    # It loads all definitions of meaning, which nothing else about tasks needs.
    from azc.ir import semantics

    if not -x.ndim <= axis < x.ndim or x.shape[axis] == 0:
        raise AzcError(f"an array of shape {x.shape} has nothing to add up along axis {axis}")
    total: Floats = semantics.fold(np.moveaxis(x, axis, 0).astype(np.float64, copy=False))
    return total


def mean_and_sd(x: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation (divisor n) of each column of x (n, F).

    A column of equal numbers has a deviation of exactly 0, even if its mean is rounded.
    """
    n = float(len(x))
    mean = fold(x) / n
    away = x - mean
    sd = np.sqrt(fold(away * away) / n)
    return mean, np.where((x == x[0]).all(axis=0), 0.0, sd)
