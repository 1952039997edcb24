"""Selection and replacement: tournaments choose parents, children replace the oldest.

A tournament draws with replacement from the whole population, those about to be replaced included (Real,
Liang, So, Le 2020, section 3).
"""

from typing import Any, NamedTuple

from azc.search.engine.canonical import CodeTables, Key, Live, canonical
from azc.search.engine.compiled import at, compiled, copy_record, record_at
from azc.search.engine.generator import Words, below, uniform
from azc.search.engine.genome import WORDS, Genome, Scores, Sizes, start_of
from azc.search.engine.mutation import Space, drawn_mutation, mutate, randomize_algorithm
from azc.search.engine.state import Offspring, State, copy, descended, unrelated
from azc.search.names import MUTATIONS
from azc.search.strategies import MAX_TRIES


class Breeding(NamedTuple):
    """How children are made."""

    n_functions: int
    population_size: int
    room: int
    """Instructions that a genome has room for."""
    space: Space
    tables: CodeTables
    tournament_size: int
    """0 without tournaments: every child is made like the first population."""
    change_live_code: bool
    """Whether a mutated child is mutated further until its live code is not its parent's."""
    random: bool
    """Whether the first population is random."""
    first_count: int
    first_genomes: Genome
    """[program][instruction][word]: the first population takes them in turn, or overwrites them at random."""
    first_sizes: Sizes
    """[program][function]"""
    live: Live


@compiled
def first(genome: Genome, sizes: Sizes, turn: int, breeding: Breeding, generator: Words) -> None:
    """An individual of the first population."""
    which = turn % breeding.first_count
    copy(
        at(breeding.first_genomes, which * breeding.room * WORDS),
        at(breeding.first_sizes, breeding.n_functions * which),
        genome,
        sizes,
        breeding.n_functions,
    )
    if breeding.random:
        randomize_algorithm(genome, sizes, breeding.space, generator)


@compiled
def winner(fitnesses: Scores, breeding: Breeding, generator: Words) -> int:
    """Slot of a tournament's winner; of several best, the one drawn first."""
    best = below(generator, breeding.population_size)
    for _ in range(breeding.tournament_size - 1):
        drawn = below(generator, breeding.population_size)
        if fitnesses[drawn] > fitnesses[best]:
            best = drawn
    return best


@compiled
def _child(
    population: State, genome: Genome, sizes: Sizes, key: Key, lineage: Any, breeding: Breeding
) -> None:
    """A child of the population; its live code, unless it is its parent's, is left in the scratch."""
    generator, space, live = population.generator, breeding.space, breeding.live
    slot = winner(population.fitnesses, breeding, generator)
    own, own_sizes = at(population.genomes, slot * breeding.room * WORDS), slot * breeding.n_functions
    copy(own, at(population.sizes, own_sizes), genome, sizes, breeding.n_functions)
    first, second = population.keys[2 * slot], population.keys[2 * slot + 1]
    descended(lineage, record_at(population.lineage, slot), population.fitnesses[slot])
    mutated = space.mutate_prob >= 1.0 or uniform(generator) < space.mutate_prob
    for _ in range(MAX_TRIES if breeding.change_live_code else 1):
        if mutated:
            mutation = drawn_mutation(space, generator)
            mutate(genome, sizes, mutation, space, generator)
            lineage.mutations |= 1 << mutation
        canonical(genome, sizes, breeding.tables, live)
        if not mutated or live.key[0] != first or live.key[1] != second:
            break
    key[0], key[1] = live.key[0], live.key[1]


@compiled
def breed(population: State, children: Offspring, child: int, growing: bool, breeding: Breeding) -> None:
    """Make a child, in a growing population a first individual; its live code stays in the scratch."""
    genome = at(children.genomes, child * breeding.room * WORDS)
    sizes = at(children.sizes, child * breeding.n_functions)
    key, lineage = at(children.keys, 2 * child), record_at(children.lineage, child)
    lineage.full_fitness = 1
    if growing or breeding.tournament_size == 0:
        turn = record_at(population.progress, 0).entered + child
        first(genome, sizes, turn, breeding, population.generator)
        canonical(genome, sizes, breeding.tables, breeding.live)
        key[0], key[1] = breeding.live.key[0], breeding.live.key[1]
        unrelated(lineage)
    else:
        _child(population, genome, sizes, key, lineage, breeding)
    lineage.length = live_length(breeding.live)


@compiled
def live_length(live: Live) -> int:
    """Number of live instructions in the scratch."""
    return start_of(live.sizes, live.n_functions)


@compiled
def settle(population: State, slot: int, children: Offspring, child: int, breeding: Breeding) -> None:
    """Copy a scored program into a slot."""
    room, count = breeding.room * WORDS, breeding.n_functions
    genome, sizes = at(children.genomes, child * room), at(children.sizes, child * count)
    copy(genome, sizes, at(population.genomes, slot * room), at(population.sizes, slot * count), count)
    for word in range(2):
        population.keys[2 * slot + word] = children.keys[2 * child + word]
    copy_record(record_at(children.lineage, child), record_at(population.lineage, slot))
    population.fitnesses[slot] = children.fitnesses[child]
    population.early[slot] = children.early[child]


@compiled
def note_best(population: State, children: Offspring, child: int, breeding: Breeding) -> bool:
    """Copy a scored program if it is a new best; return whether it is.

    Only a fitness on all examples can be a new best: on few examples, many programs score higher.
    """
    progress, lineage = record_at(population.progress, 0), record_at(children.lineage, child)
    if lineage.full_fitness == 0 or children.fitnesses[child] <= progress.best_fitness:
        return False
    genome = at(children.genomes, child * breeding.room * WORDS)
    sizes = at(children.sizes, child * breeding.n_functions)
    copy(genome, sizes, population.best_genome, population.best_sizes, breeding.n_functions)
    copy_record(lineage, record_at(population.best_lineage, 0))
    progress.best_fitness = children.fitnesses[child]
    return True


@compiled
def count_child(population: State, children: Offspring, child: int) -> None:
    """Count a child scored here, and its mutations; give it an id."""
    lineage, progress = record_at(children.lineage, child), record_at(population.progress, 0)
    progress.evals += 1
    lineage.id = progress.origin + progress.evals
    better = children.fitnesses[child] > lineage.parent_fitness
    for mutation in range(len(MUTATIONS)):
        applied = lineage.mutations >> mutation & 1
        population.paid[2 * mutation] += applied
        population.paid[2 * mutation + 1] += applied & better


@compiled
def admit(population: State, children: Offspring, child: int, breeding: Breeding) -> bool:
    """Count a child scored here and let it replace the oldest; return whether it is a new best."""
    progress = record_at(population.progress, 0)
    count_child(population, children, child)
    settle(population, progress.entered % breeding.population_size, children, child, breeding)
    progress.entered += 1
    progress.alive = min(progress.entered, breeding.population_size)
    return note_best(population, children, child, breeding)


@compiled
def keep_record(population: State) -> None:
    """Note a new record; lineages of its descendants will name it as the last ancestor that was one."""
    progress, best = record_at(population.progress, 0), record_at(population.best_lineage, 0)
    if progress.best_fitness <= progress.record:
        return
    progress.record = progress.best_fitness
    for slot in range(progress.alive):
        lineage = record_at(population.lineage, slot)
        if lineage.id == best.id:
            lineage.ancestor, lineage.generations = lineage.id, 0
