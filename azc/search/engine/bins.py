"""Bins by size: a bin of programs for each number of live instructions, and epsilon-lexicase selection.

Short programs, which mutations can change with effect, never die out, and have most of the children. Of two
equal live codes only one is in the population.

Epsilon-lexicase takes the tasks in random order; at each, programs that are further from the best than
epsilon are out. Epsilon is half the lower quartile of the distances to the best (La Cava and others 2016 take
the median absolute deviation).
"""

from typing import Final, NamedTuple

import numpy as np

from azc.search.engine.compiled import apart, record_at
from azc.search.engine.expressions import Variation
from azc.search.engine.generator import Words, below, uniform
from azc.search.engine.genome import Numbers, Scores
from azc.search.engine.state import State

TWO_BINS: Final = 0.5
"""Probability that the better of two bins is taken."""
LOOKED_AT: Final = 5
"""Programs of each that are looked at for that."""


class Bins(NamedTuple):
    """How children are made and where they live; and scratch memory."""

    n_bins: int
    """Number of bins: of live instructions, from 0."""
    size: int
    """Maximum number of programs in a bin."""
    pool_size: int
    """Programs drawn from a bin, with replacement, of which lexicase selection takes one."""
    shortest_of: int
    """Bins drawn, of which the shortest is taken."""
    n_scores: int
    first_given: bool
    """Whether a person gave the first programs, so that they are neither random nor empty."""
    by: Variation
    slots: Numbers
    """[bin][index]: slots of its programs."""
    filled: Numbers
    """[bin]: number of programs."""
    taken: Numbers
    """[index]: bins that have programs, in the order in which they got the first."""
    n_taken: Numbers
    """[1]"""
    pool: Numbers
    """[index]: slots."""
    cases: Numbers
    """[task]"""
    distances: Scores
    """[index]: the least ones so far, sorted."""


# --- where programs are ---------------------------------------------------------------------------------


@apart
def list_slot(bins: Bins, which: int, slot: int) -> None:
    """List a slot in a bin."""
    filled = bins.filled[which]
    if filled == 0:
        bins.taken[bins.n_taken[0]] = which
        bins.n_taken[0] += 1
    bins.slots[which * bins.size + filled] = slot
    bins.filled[which] = filled + 1


@apart
def list_slots(population: State, bins: Bins) -> None:
    """List the slots of a population; an empty one has its first slot, an empty program, for a parent."""
    bins.n_taken[0] = bins.taken[0] = bins.slots[0] = 0
    for which in range(bins.n_bins):
        bins.filled[which] = 0
    for slot in range(record_at(population.progress, 0).alive):
        list_slot(bins, record_at(population.lineage, slot).length, slot)


@apart
def holds(population: State, bins: Bins, which: int, first: int, second: int) -> bool:
    """Whether a bin has live code with a key."""
    for index in range(which * bins.size, which * bins.size + bins.filled[which]):
        slot = bins.slots[index]
        if population.keys[2 * slot] == first and population.keys[2 * slot + 1] == second:
            return True
    return False


# --- selection ------------------------------------------------------------------------------------------


@apart
def member(bins: Bins, which: int, generator: Words) -> int:
    """Slot of a random program of a bin."""
    return int(bins.slots[which * bins.size + below(generator, bins.filled[which])])


@apart
def _best_of_some(fitnesses: Scores, bins: Bins, which: int, generator: Words) -> float:
    best = -np.inf
    for _ in range(LOOKED_AT):
        best = max(best, fitnesses[member(bins, which, generator)])
    return best


@apart
def _quartile(scores: Scores, task: int, best: float, count: int, bins: Bins) -> float:
    """Lower quartile of the distances to the best in the pool."""
    least, last, kept = bins.distances, count // 4, 0
    for index in range(count):
        own = scores[bins.pool[index] * bins.n_scores + task]
        distance = best - own if own < best else 0.0
        if kept <= last:
            rank = kept
            kept += 1
        elif distance < least[last]:
            rank = last
        else:
            continue
        while rank > 0 and least[rank - 1] > distance:
            least[rank] = least[rank - 1]
            rank -= 1
        least[rank] = distance
    return float(least[last])


@apart
def _lexicase(scores: Scores, bins: Bins, generator: Words) -> int:
    """One of the pool, by epsilon-lexicase selection."""
    pool, cases, count = bins.pool, bins.cases, bins.pool_size
    for task in range(bins.n_scores):
        cases[task] = task
    for turn in range(bins.n_scores):
        other = turn + below(generator, bins.n_scores - turn)
        task = cases[other]
        cases[other] = cases[turn]
        best = -np.inf
        for index in range(count):
            best = max(best, scores[pool[index] * bins.n_scores + task])
        # An infinite one, as where most have failed, would leave the failed ones in.
        quartile = _quartile(scores, task, best, count, bins)
        least = best - 0.5 * quartile if quartile < np.inf else best
        left = 0
        for index in range(count):
            slot = pool[index]
            pool[left] = slot
            left += scores[slot * bins.n_scores + task] >= least
        count = left
        if count == 1:
            break
    return int(pool[below(generator, count)])


@apart
def _drawn_bin(bins: Bins, generator: Words) -> int:
    """The shortest of some bins that have programs."""
    which = bins.taken[below(generator, bins.n_taken[0])]
    for _ in range(bins.shortest_of - 1):
        which = min(which, bins.taken[below(generator, bins.n_taken[0])])
    return int(which)


@apart
def selected(fitnesses: Scores, scores: Scores, bins: Bins, generator: Words) -> int:
    """Slot of a parent."""
    which = _drawn_bin(bins, generator)
    if uniform(generator) < TWO_BINS:
        other = _drawn_bin(bins, generator)
        own = _best_of_some(fitnesses, bins, which, generator)
        if _best_of_some(fitnesses, bins, other, generator) > own:
            which = other
    for index in range(bins.pool_size):
        bins.pool[index] = member(bins, which, generator)
    return int(_lexicase(scores, bins, generator))
