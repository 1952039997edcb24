"""The loop of a search: children are bred, scored and admitted, a batch at a time."""

from typing import NamedTuple

import numpy as np

from azc.search.engine.breeding import Breeding, admit, breed, keep_record, live_length
from azc.search.engine.canonical import canonical
from azc.search.engine.compiled import at, compiled, entry, pointers
from azc.search.engine.genome import WORDS
from azc.search.engine.machine import Machine
from azc.search.engine.population import (
    LENGTH,
    LINEAGE,
    WHOLE_FITNESS,
    Children,
    Population,
    child_of,
    unrelated,
)
from azc.search.engine.scoring import KNOWN_WORDS, Found, Limits, Memory, move_hurdle, remember, score


class Judge(NamedTuple):
    """How children are scored."""

    machine: Machine
    memory: Memory
    limits: Limits
    found: Found
    """[child]"""


def found(count: int) -> Found:
    """Room for what is found of some children."""
    return Found(
        key=np.zeros(2 * count, dtype=np.int64),
        known=np.zeros(KNOWN_WORDS * count, dtype=np.int64),
        new=np.zeros(count, dtype=np.int64),
        whole=np.zeros(count, dtype=np.int64),
    )


@compiled
def found_of(found: Found, child: int) -> Found:
    """What is found of one of some children."""
    return Found(
        at(found.key, 2 * child),
        at(found.known, KNOWN_WORDS * child),
        at(found.new, child),
        at(found.whole, child),
    )


@compiled
def _known(made: Children, child: int, breeding: Breeding) -> None:
    """Find the key of a program that was not bred here; its live code is left in the scratch."""
    genome, sizes = at(made.genomes, child * breeding.room * WORDS), at(made.sizes, 3 * child)
    canonical(genome, sizes, breeding.rules, breeding.live)
    for word in range(2):
        made.keys[2 * child + word] = breeding.live.key[word]
    made.lineage[LINEAGE * child + LENGTH] = live_length(breeding.live)


@compiled
def _score_batch(alive: Population, made: Children, count: int, breeding: Breeding, judge: Judge) -> None:
    """Score children by what was remembered before; then remember what was found, in their order."""
    live, rules = breeding.live, breeding.rules
    for child in range(count):
        if count > 1:
            genome, sizes = at(made.genomes, child * breeding.room * WORDS), at(made.sizes, 3 * child)
            canonical(genome, sizes, rules, live)
        found = found_of(judge.found, child)
        made.fitnesses[child] = score(
            judge.machine, judge.memory, judge.limits, alive.hurdle, live, rules, found
        )
        made.lineage[LINEAGE * child + WHOLE_FITNESS] = found.whole[0]
    for child in range(count):
        found = found_of(judge.found, child)
        remember(judge.memory, found)
        move_hurdle(alive.hurdle, judge.limits, found)


@entry
def evolve(
    population: Population,
    children: Children,
    end: int,
    limit: int,
    batch_size: int,
    target: float,
    breeding: Breeding,
    judge: Judge,
) -> None:
    """Make, score and admit children, a batch at a time, until so many were scored since the beginning.

    Batches are whole, so that history does not depend on where it was divided; only the limit cuts one short.
    A new best that reaches the target ends it early, as does a wish to stop, whose batch is not admitted.
    """
    alive, made, how, by = pointers(population), pointers(children), pointers(breeding), pointers(judge)
    while alive.evals[0] < end:
        rest = how.population_size - alive.entered[0]
        count = min(batch_size, limit - alive.evals[0], rest if rest > 0 else batch_size)
        for child in range(count):
            breed(alive, made, child, rest > 0, how)
        _score_batch(alive, made, count, how, by)
        if by.machine.stop[0]:
            return
        reached, best = False, False
        for child in range(count):
            if admit(alive, made, child, how):
                best = True
                reached |= made.fitnesses[child] >= target
        if best:
            keep_record(alive, how)
        if reached:
            return


@entry
def breed_all(population: Population, children: Children, count: int, breeding: Breeding) -> None:
    """Make so many children from the population as it stands."""
    alive, made, how = pointers(population), pointers(children), pointers(breeding)
    growing = alive.entered[0] < how.population_size
    for child in range(count):
        breed(alive, made, child, growing, how)


@entry
def admit_all(population: Population, children: Children, count: int, breeding: Breeding) -> None:
    """Let children that were scored elsewhere into the population, in order."""
    alive, made, how = pointers(population), pointers(children), pointers(breeding)
    for child in range(count):
        _known(made, child, how)
        lineage = at(made.lineage, LINEAGE * child)
        unrelated(lineage)
        lineage[WHOLE_FITNESS] = 1
        admit(alive, made, child, how)
    keep_record(alive, how)


@entry
def score_all(
    population: Population, children: Children, count: int, breeding: Breeding, judge: Judge
) -> None:
    """Score programs that were bred elsewhere, in order."""
    alive, made, how, by = pointers(population), pointers(children), pointers(breeding), pointers(judge)
    for child in range(count):
        _known(made, child, how)
        _score_batch(alive, child_of(made, child, how.room), 1, how, by)
