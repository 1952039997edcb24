"""Who has children and who dies: the arrays of a population, and a step of it.

The population is a ring in which children take the places of the oldest (Real, Liang, So, Le 2020, section
3). A parent is the best of a tournament, drawn with replacement from all alive, also those about to die.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from azc.search.engine.canonical import Key, Live, Rules, canonical
from azc.search.engine.compiled import apart, at, compiled, entry, pointers
from azc.search.engine.generator import Words, below, uniform
from azc.search.engine.genome import WORDS, Genome, Numbers, Scores, Sizes
from azc.search.engine.machine import Machine
from azc.search.engine.mutation import Space, drawn_mutation, mutate, randomize_algorithm
from azc.search.engine.scoring import KNOWN_WORDS, Found, Hurdle, Limits, Memory, move_hurdle, remember, score

MOST_TRIES: Final = 20
"""How often a child is mutated further whose live code is its parent's."""


class Population(NamedTuple):
    """A search between two steps, as arrays; [slot] is a place in the ring."""

    genomes: NDArray[np.int64]
    """[slot][instruction][word]"""
    sizes: NDArray[np.int64]
    """[slot][function]"""
    fitnesses: Scores
    keys: Numbers
    """[slot][2]: the key of the live code."""
    generator: Words
    evals: Numbers
    """One number: programs scored since the beginning, first population included."""
    best_genome: Genome
    best_sizes: Sizes
    best_fitness: Scores
    """One number: the fitness of the first of the best programs ever seen; minus infinity before any."""
    hurdle: Hurdle


class Children(NamedTuple):
    """Programs between being made and being scored; [child]."""

    genomes: NDArray[np.int64]
    sizes: NDArray[np.int64]
    keys: Numbers
    fitnesses: Scores


class Breeding(NamedTuple):
    """How children are made."""

    population_size: int
    room: int
    """Instructions that a genome has room for."""
    space: Space
    rules: Rules
    tournament_size: int
    """0: every child is made as the first population is."""
    change_live_code: bool
    """Whether a mutated child is mutated further until its live code is not its parent's."""
    random: bool
    """Whether the first population is random."""
    first_genome: Genome
    """What the first population is, or with how many instructions it begins."""
    first_sizes: Sizes
    live: Live


class Judge(NamedTuple):
    """How children are scored."""

    machine: Machine
    memory: Memory
    limits: Limits
    found: Found
    """[child]"""


def population(size: int, room: int, window: int, generator: Words) -> Population:
    """Nobody alive yet."""
    return Population(
        genomes=np.zeros((size, room, WORDS), dtype=np.int64),
        sizes=np.zeros((size, 3), dtype=np.int64),
        fitnesses=np.zeros(size),
        keys=np.zeros((size, 2), dtype=np.int64),
        generator=generator,
        evals=np.zeros(1, dtype=np.int64),
        best_genome=np.zeros((room, WORDS), dtype=np.int64),
        best_sizes=np.zeros(3, dtype=np.int64),
        best_fitness=np.full(1, -np.inf),
        hurdle=Hurdle(np.zeros(max(1, window)), np.zeros(1, dtype=np.int64), np.full(1, -np.inf)),
    )


def children(count: int, room: int) -> Children:
    """Room for some children."""
    return Children(
        np.zeros((count, room, WORDS), dtype=np.int64),
        np.zeros((count, 3), dtype=np.int64),
        np.zeros((count, 2), dtype=np.int64),
        np.zeros(count),
    )


def found(count: int) -> Found:
    """Room for what is found of some children."""
    return Found(
        key=np.zeros(2 * count, dtype=np.int64),
        known=np.zeros(KNOWN_WORDS * count, dtype=np.int64),
        new=np.zeros(count, dtype=np.int64),
    )


@compiled
def found_of(found: Found, child: int) -> Found:
    """What is found of one of some children."""
    return Found(at(found.key, 2 * child), at(found.known, KNOWN_WORDS * child), at(found.new, child))


@apart
def copy(genome: Genome, sizes: Sizes, to: Genome, to_sizes: Sizes) -> None:
    """Copy a genome, what it has and no more."""
    for function in range(3):
        to_sizes[function] = sizes[function]
    for word in range((sizes[0] + sizes[1] + sizes[2]) * WORDS):
        to[word] = genome[word]


@compiled
def _first(genome: Genome, sizes: Sizes, breeding: Breeding, generator: Words) -> None:
    """An individual of the first population."""
    copy(breeding.first_genome, breeding.first_sizes, genome, sizes)
    if breeding.random:
        randomize_algorithm(genome, sizes, breeding.space, generator)


@compiled
def winner(fitnesses: Scores, breeding: Breeding, generator: Words) -> int:
    """The slot of the first drawn of the best in a tournament."""
    best = below(generator, breeding.population_size)
    for _ in range(breeding.tournament_size - 1):
        drawn = below(generator, breeding.population_size)
        if fitnesses[drawn] > fitnesses[best]:
            best = drawn
    return best


@compiled
def _child(population: Population, genome: Genome, sizes: Sizes, key: Key, breeding: Breeding) -> None:
    """A child of the population; its live code, unless it is its parent's, is left in the scratch."""
    generator, space, live = population.generator, breeding.space, breeding.live
    slot = winner(population.fitnesses, breeding, generator)
    copy(at(population.genomes, slot * breeding.room * WORDS), at(population.sizes, slot * 3), genome, sizes)
    first, second = population.keys[2 * slot], population.keys[2 * slot + 1]
    mutated = space.mutate_prob >= 1.0 or uniform(generator) < space.mutate_prob
    for _ in range(MOST_TRIES if breeding.change_live_code else 1):
        if mutated:
            mutate(genome, sizes, drawn_mutation(space, generator), space, generator)
        canonical(genome, sizes, breeding.rules, live)
        if not mutated or live.key[0] != first or live.key[1] != second:
            break
    key[0], key[1] = live.key[0], live.key[1]


@compiled
def breed(population: Population, children: Children, child: int, growing: bool, breeding: Breeding) -> None:
    """Make a child, its live code left in the scratch; of a growing population an individual of the first."""
    genome, sizes = at(children.genomes, child * breeding.room * WORDS), at(children.sizes, 3 * child)
    key = at(children.keys, 2 * child)
    if growing or breeding.tournament_size == 0:
        _first(genome, sizes, breeding, population.generator)
        canonical(genome, sizes, breeding.rules, breeding.live)
        key[0], key[1] = breeding.live.key[0], breeding.live.key[1]
    else:
        _child(population, genome, sizes, key, breeding)


@compiled
def admit(population: Population, children: Children, child: int, breeding: Breeding) -> bool:
    """Let a scored child take the place of the oldest; whether it is a new best."""
    slot = population.evals[0] % breeding.population_size
    room = breeding.room * WORDS
    genome, sizes = at(children.genomes, child * room), at(children.sizes, 3 * child)
    copy(genome, sizes, at(population.genomes, slot * room), at(population.sizes, 3 * slot))
    for word in range(2):
        population.keys[2 * slot + word] = children.keys[2 * child + word]
    population.fitnesses[slot] = children.fitnesses[child]
    population.evals[0] += 1
    if children.fitnesses[child] <= population.best_fitness[0]:
        return False
    copy(genome, sizes, population.best_genome, population.best_sizes)
    population.best_fitness[0] = children.fitnesses[child]
    return True


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
        rest = how.population_size - alive.evals[0]
        count = min(batch_size, limit - alive.evals[0], rest if rest > 0 else batch_size)
        for child in range(count):
            breed(alive, made, child, rest > 0, how)
        _score_batch(alive, made, count, how, by)
        if by.machine.stop[0]:
            return
        reached = False
        for child in range(count):
            reached |= admit(alive, made, child, how) and made.fitnesses[child] >= target
        if reached:
            return


@entry
def breed_all(population: Population, children: Children, count: int, breeding: Breeding) -> None:
    """Make so many children from the population as it stands."""
    alive, made, how = pointers(population), pointers(children), pointers(breeding)
    growing = alive.evals[0] < how.population_size
    for child in range(count):
        breed(alive, made, child, growing, how)


@entry
def admit_all(population: Population, children: Children, count: int, breeding: Breeding) -> None:
    """Let children that were made elsewhere into the population, in order."""
    alive, made, how = pointers(population), pointers(children), pointers(breeding)
    for child in range(count):
        genome, sizes = at(made.genomes, child * how.room * WORDS), at(made.sizes, 3 * child)
        canonical(genome, sizes, how.rules, how.live)
        made.keys[2 * child], made.keys[2 * child + 1] = how.live.key[0], how.live.key[1]
        admit(alive, made, child, how)
