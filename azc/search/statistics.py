"""What a population looks like: how good, how long, how diverse; and the best program of each length."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from azc.search.engine.genome import Scores
from azc.search.engine.state import State

QUANTILES: Final = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)


class Statistics(NamedTuple):
    """A population in numbers."""

    alive: int
    fitness: Scores
    """At `QUANTILES`, each the fitness of one of the programs; nan for an empty population."""
    lengths: Scores
    """Live instructions at `QUANTILES`."""
    sizes: Scores
    """Mean instructions of Setup, Predict and Learn."""
    distinct: int
    """Number of different live codes."""


def statistics(state: State) -> Statistics:
    """A population in numbers."""
    alive = state.alive
    lengths = state.lineage["length"][:alive]
    return Statistics(
        alive=alive,
        fitness=_quantiles(state.fitnesses[:alive]),
        lengths=_quantiles(lengths.astype(np.float64)),
        sizes=state.sizes[:alive].mean(axis=0) if alive else np.full(3, np.nan),
        distinct=len({*map(tuple, state.keys[:alive].tolist())}),
    )


def front(state: State) -> list[int]:
    """The slots of the best programs for their length: each is better than all that are shorter.

    Only those count whose fitness comes from all examples; of equals the first in the ring.
    """
    alive = state.alive
    lengths = state.lineage["length"][:alive]
    able = state.lineage["full_fitness"][:alive] != 0
    fitness = np.where(able, state.fitnesses[:alive], -np.inf)
    found: list[int] = []
    best = -np.inf
    for slot in np.lexsort((np.arange(alive), -fitness, lengths)).tolist():
        if fitness[slot] > best:
            best = fitness[slot]
            found.append(slot)
    return found


def _quantiles(values: NDArray[np.float64]) -> Scores:
    if len(values) == 0:
        return np.full(len(QUANTILES), np.nan)
    return np.quantile(values, QUANTILES, method="nearest")
