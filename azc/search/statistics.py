"""Statistics of a population: fitness, length, diversity, and the best program of each length."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from azc.search.engine.genome import Scores
from azc.search.engine.state import State

RUNNERS_UP: Final = 50
"""Maximum number of runners-up."""
QUANTILES: Final = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)


class Statistics(NamedTuple):
    """Statistics of a population."""

    alive: int
    fitness: Scores
    """Fitness at `QUANTILES`, always the fitness of an actual program; nan for an empty population."""
    lengths: Scores
    """Live instructions at `QUANTILES`."""
    sizes: Scores
    """Mean number of instructions, by function."""
    distinct: int
    """Number of distinct live codes."""


def statistics(state: State) -> Statistics:
    """A population in numbers."""
    alive = state.alive
    lengths = state.lineage["length"][:alive]
    return Statistics(
        alive=alive,
        fitness=_quantiles(state.fitnesses[:alive]),
        lengths=_quantiles(lengths.astype(np.float64)),
        sizes=state.sizes[:alive].mean(axis=0) if alive else np.full(state.sizes.shape[1], np.nan),
        distinct=len({*map(tuple, state.keys[:alive].tolist())}),
    )


def front(state: State) -> list[int]:
    """Slots of the best program of each length, if it beats all shorter ones; from short to long.

    Only programs whose fitness comes from all examples count. Of equal programs the first slot's counts.
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


def runners_up(state: State, front: list[int]) -> list[int]:
    """Slots of the best programs beside those of the front, at most `RUNNERS_UP`, the best first.

    Only programs whose fitness comes from all examples count. Of those with the same scores on all tasks,
    which mostly compute the same, only the shortest is there.
    """
    alive = state.alive
    lengths, fitness = state.lineage["length"][:alive], state.fitnesses[:alive]
    able = state.lineage["full_fitness"][:alive] != 0
    seen = {state.scores[slot].tobytes() for slot in front}
    found: list[int] = []
    for slot in np.lexsort((lengths, -fitness)).tolist():
        if len(found) == RUNNERS_UP:
            break
        scores = state.scores[slot].tobytes()
        if able[slot] and scores not in seen and fitness[slot] > -np.inf:
            seen.add(scores)
            found.append(slot)
    return found


def _quantiles(values: NDArray[np.float64]) -> Scores:
    if len(values) == 0:
        return np.full(len(QUANTILES), np.nan)
    return np.quantile(values, QUANTILES, method="nearest")
