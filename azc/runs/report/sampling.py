"""Few for many: which rounds and which improvements stand for all in a chart."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MOST_ROUNDS = 400
MOST_IMPROVEMENTS = 500


def chosen_rounds(last: int, most: int = MOST_ROUNDS) -> list[int]:
    """At most so many rounds from 1 to the last, evenly on a linear and on a logarithmic axis."""
    if last <= most:
        return [*range(1, last + 1)]
    even = np.linspace(1, last, most * 3 // 4)
    early = np.geomspace(1, last, most // 4)
    return sorted({*map(round, even.tolist()), *map(round, early.tolist())})


def sums_between(values: NDArray[np.float64], chosen: Sequence[int]) -> NDArray[np.float64]:
    """Sums over the rounds (rows, from 1) after one chosen round up to the next; the last is the end."""
    starts = [0, *chosen[:-1]]
    return np.add.reduceat(np.nan_to_num(values), starts, axis=0) if len(values) else values


def chosen_steps(values: NDArray[np.float64], most: int = MOST_IMPROVEMENTS) -> list[int]:
    """Places of at most so many of rising values: the first, the last, and the greatest steps between."""
    if len(values) <= most:
        return [*range(len(values))]
    steps = np.diff(values)
    steps[-1] = np.inf
    return sorted([0, *(np.argsort(-steps, kind="stable")[: most - 1] + 1).tolist()])
