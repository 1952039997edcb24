"""Entries for strategies written in NumPy: children of given parents are made, scored, and given slots."""

import numpy as np

from azc.search.engine.breeding import Breeding, count_child, first, keep_record, note_best, settle
from azc.search.engine.canonical import canonical, drop_dead_code
from azc.search.engine.compiled import apart, at, entry, pointers, record_at
from azc.search.engine.connected import AGAIN, MAX_TRIES, apply, family, keyed, makes_family, told
from azc.search.engine.expressions import Variation
from azc.search.engine.families import write_values
from azc.search.engine.generator import Words, below, uniform
from azc.search.engine.genome import WORDS, Genome, Numbers, Sizes
from azc.search.engine.loop import Scoring, score_offspring
from azc.search.engine.mutation import drawn_mutation
from azc.search.engine.state import Offspring, State, child_of, copy, descended, unrelated


@apart
def _one_of_family(
    mutation: int, genome: Genome, sizes: Sizes, breeding: Breeding, by: Variation, generator: Words
) -> bool:
    """One child of several, since a strategy sees each child on its own; whether it could be made."""
    count = family(mutation, genome, sizes, breeding, by, generator)
    if count == 0:
        return False
    write_values(genome, below(generator, count), by.trial)
    return True


@apart
def _vary(
    population: State, child: Offspring, draft: Offspring, mate: int, breeding: Breeding, by: Variation
) -> None:
    """Mutate a child, of which only live code is left, until it computes something else than its parent."""
    generator, room, tables, live = population.generator, breeding.room, breeding.tables, breeding.live
    genome, sizes, key, lineage = child.genomes, child.sizes, child.keys, record_at(child.lineage, 0)
    first_word, second_word = key[0], key[1]
    functions = breeding.n_functions
    other, other_sizes = at(population.genomes, mate * room * WORDS), at(population.sizes, mate * functions)
    for _ in range(MAX_TRIES):
        mutation = drawn_mutation(breeding.space, generator)
        # A mutation that fails half-way spoils the draft, so that it works on one of its own.
        copy(genome, sizes, draft.genomes, draft.sizes, functions)
        if makes_family(mutation):
            made = _one_of_family(mutation, draft.genomes, draft.sizes, breeding, by, generator)
        else:
            made = apply(mutation, draft.genomes, draft.sizes, other, other_sizes, breeding, by, generator)
        if made:
            drop_dead_code(draft.genomes, draft.sizes, tables, live)
            copy(draft.genomes, draft.sizes, genome, sizes, functions)
            lineage.mutations |= 1 << mutation
        if uniform(generator) < AGAIN:
            continue
        keyed(genome, sizes, key, lineage, breeding)
        if key[0] != first_word or key[1] != second_word:
            return
    keyed(genome, sizes, key, lineage, breeding)


@entry
def vary_all(
    population: State,
    children: Offspring,
    count: int,
    parents: Numbers,
    n_scores: int,
    breeding: Breeding,
    by: Variation,
) -> None:
    """Make children of the programs in some slots; of slot -1, programs of the first population.

    Where a mutation needs a second parent, it is that of a random child of the same offspring. `children`
    has room for one more, the draft.
    """
    alive, made, how, inside = pointers(population), pointers(children), pointers(breeding), pointers(by)
    slots = pointers(parents)
    draft = child_of(made, count, how.room, n_scores, how.n_functions)
    for index in range(count):
        child = child_of(made, index, how.room, n_scores, how.n_functions)
        lineage, slot = record_at(child.lineage, 0), slots[index]
        lineage.full_fitness = 1
        if slot < 0:
            turn = record_at(alive.progress, 0).entered + index
            first(child.genomes, child.sizes, turn, how, alive.generator)
            unrelated(lineage)
            child.early[0] = -np.inf
        else:
            parent = record_at(alive.lineage, slot)
            copy(
                at(alive.genomes, slot * how.room * WORDS),
                at(alive.sizes, slot * how.n_functions),
                child.genomes,
                child.sizes,
                how.n_functions,
            )
            descended(lineage, parent, alive.fitnesses[slot])
            child.early[0] = alive.early[slot]
        drop_dead_code(child.genomes, child.sizes, how.tables, how.live)
        keyed(child.genomes, child.sizes, child.keys, lineage, how)
        if slot >= 0:
            mate = slots[below(alive.generator, count)]
            _vary(alive, child, draft, mate, how, inside)


@entry
def score_batch(
    population: State, children: Offspring, count: int, breeding: Breeding, judge: Scoring
) -> None:
    """Score children and count them; if evaluation was stopped, they mean nothing and are not counted."""
    alive, made, how, by = pointers(population), pointers(children), pointers(breeding), pointers(judge)
    if count == 1:
        # With more, each one's canonical form is computed anew.
        canonical(made.genomes, made.sizes, how.tables, how.live)
    score_offspring(alive, made, count, how, by)
    if by.bench.stop[0]:
        return
    for child in range(count):
        complete = record_at(by.found.source, child).complete
        for task in range(by.caches.n_scores):
            index = child * by.caches.n_scores + task
            made.scores[index] = by.found.scores[index] if complete else 0.0
        count_child(alive, made, child)


@entry
def settle_all(
    population: State, children: Offspring, count: int, slots: Numbers, n_scores: int, breeding: Breeding
) -> None:
    """Copy scored children into slots; -1 leaves a child out, which may still be a new best."""
    alive, made, how, to = pointers(population), pointers(children), pointers(breeding), pointers(slots)
    progress, best = record_at(alive.progress, 0), False
    for child in range(count):
        slot = to[child]
        if slot >= 0:
            settle(alive, slot, made, child, how)
            for task in range(n_scores):
                alive.scores[slot * n_scores + task] = made.scores[child * n_scores + task]
            progress.entered += 1
            progress.alive = max(progress.alive, slot + 1)
        best |= note_best(alive, made, child, how)
    if best:
        keep_record(alive)


@entry
def note_told(
    population: State, children: Offspring, count: int, n_scores: int, bred_here: bool, breeding: Breeding
) -> None:
    """Count children that were scored elsewhere, and compute what the population knows of programs."""
    alive, made, how = pointers(population), pointers(children), pointers(breeding)
    for index in range(count):
        told(alive, child_of(made, index, how.room, n_scores, how.n_functions), bred_here, how)
