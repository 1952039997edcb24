"""The loop of a search in bins: children of connected mutations enter the bins of their sizes.

A child replaces the worst of a few programs in its bin, once that is full.
"""

from typing import Final

import numpy as np

from azc.search.engine.bins import Bins, holds, list_slot, list_slots, member, selected
from azc.search.engine.breeding import (
    Breeding,
    count_child,
    first,
    keep_record,
    note_best,
    settle,
)
from azc.search.engine.canonical import drop_dead_code
from azc.search.engine.compiled import apart, at, copy_record, entry, pointers, record_at
from azc.search.engine.connected import (
    AGAIN,
    MAX_TRIES,
    apply,
    family,
    keyed,
    makes_family,
    needs_mate,
    told,
)
from azc.search.engine.expressions import FAMILY
from azc.search.engine.families import write_values
from azc.search.engine.generator import below, uniform
from azc.search.engine.genome import WORDS
from azc.search.engine.loop import Scoring, found_of, score_offspring
from azc.search.engine.mutation import drawn_mutation
from azc.search.engine.state import Offspring, State, child_of, copy, descended, unrelated

FROM_FIRST: Final = 0.1
"""Probability that a program of the first population is the parent, if a person gave them."""
WORST_OF: Final = 3
"""Programs of which a child replaces the worst."""


@apart
def _begin(population: State, children: Offspring, breeding: Breeding, bins: Bins) -> None:
    """Copy a parent into the first child: one selected, or now and then a program of the first population.

    First programs that a person gave may hold what no mutation can make again.
    """
    generator, lineage = population.generator, record_at(children.lineage, 0)
    genome, sizes = children.genomes, children.sizes
    if bins.first_given and uniform(generator) < FROM_FIRST:
        first(genome, sizes, below(generator, breeding.first_count), breeding, generator)
        drop_dead_code(genome, sizes, breeding.tables, breeding.live)
        unrelated(lineage)
        children.early[0] = -np.inf
    else:
        slot = selected(population.fitnesses, population.scores, bins, generator)
        children.early[0] = population.early[slot]
        copy(
            at(population.genomes, slot * breeding.room * WORDS),
            at(population.sizes, slot * breeding.n_functions),
            genome,
            sizes,
            breeding.n_functions,
        )
        descended(lineage, record_at(population.lineage, slot), population.fitnesses[slot])
    lineage.full_fitness = 1


@apart
def _family(mutation: int, population: State, children: Offspring, breeding: Breeding, bins: Bins) -> int:
    """Children that differ in constants alone; their number, 0 if there is none."""
    room, functions, by = breeding.room * WORDS, breeding.n_functions, bins.by
    genome, sizes = children.genomes, children.sizes
    spare, spare_sizes = at(genome, FAMILY * room), at(sizes, FAMILY * functions)
    copy(genome, sizes, spare, spare_sizes, functions)
    count = family(mutation, genome, sizes, breeding, by, population.generator)
    if count == 0:
        copy(spare, spare_sizes, genome, sizes, functions)
        return 0
    lineage = record_at(children.lineage, 0)
    lineage.mutations = 1 << mutation
    # The first one last: if a limit cuts the others, its canonical form is in the scratch.
    for child in range(count - 1, -1, -1):
        own, own_sizes = at(genome, child * room), at(sizes, child * functions)
        if child:
            children.early[child] = children.early[0]
            copy(genome, sizes, own, own_sizes, functions)
            copy_record(lineage, record_at(children.lineage, child))
        write_values(own, child, by.trial)
        keyed(own, own_sizes, at(children.keys, 2 * child), record_at(children.lineage, child), breeding)
    return int(count)


@apart
def _vary(population: State, children: Offspring, breeding: Breeding, bins: Bins) -> int:
    """Make the children of one step; their number."""
    generator, tables, live = population.generator, breeding.tables, breeding.live
    genome, sizes, key = children.genomes, children.sizes, children.keys
    lineage = record_at(children.lineage, 0)
    _begin(population, children, breeding, bins)
    mutation = drawn_mutation(breeding.space, generator)
    if makes_family(mutation):
        count = _family(mutation, population, children, breeding, bins)
        if count:
            return count
    for tries in range(MAX_TRIES):
        if tries or makes_family(mutation):
            mutation = drawn_mutation(breeding.space, generator)
        if not makes_family(mutation):
            # A mutation that fails half-way spoils the draft, so that it works on one of its own.
            draft, draft_sizes = at(genome, breeding.room * WORDS), at(sizes, breeding.n_functions)
            copy(genome, sizes, draft, draft_sizes, breeding.n_functions)
            mate = (
                selected(population.fitnesses, population.scores, bins, generator)
                if needs_mate(mutation)
                else 0
            )
            code = at(population.genomes, mate * breeding.room * WORDS)
            code_sizes = at(population.sizes, mate * breeding.n_functions)
            if apply(mutation, draft, draft_sizes, code, code_sizes, breeding, bins.by, generator):
                drop_dead_code(draft, draft_sizes, tables, live)
                copy(draft, draft_sizes, genome, sizes, breeding.n_functions)
                lineage.mutations |= 1 << mutation
        if uniform(generator) < AGAIN:
            continue
        keyed(genome, sizes, key, lineage, breeding)
        if not holds(population, bins, lineage.length, key[0], key[1]):
            return 1
    keyed(genome, sizes, key, lineage, breeding)
    return 1


# --- survival -------------------------------------------------------------------------------------------


@apart
def _enter(population: State, children: Offspring, child: int, breeding: Breeding, bins: Bins) -> None:
    """Let a child into the bin of its size, if it is not there yet."""
    lineage, progress = record_at(children.lineage, child), record_at(population.progress, 0)
    which = lineage.length
    if holds(population, bins, which, children.keys[2 * child], children.keys[2 * child + 1]):
        return
    if bins.filled[which] < bins.size:
        slot = progress.alive
        progress.alive += 1
        list_slot(bins, which, slot)
    else:
        slot = member(bins, which, population.generator)
        for _ in range(WORST_OF - 1):
            other = member(bins, which, population.generator)
            if population.fitnesses[other] < population.fitnesses[slot]:
                slot = other
    progress.entered += 1
    settle(population, slot, children, child, breeding)
    for task in range(bins.n_scores):
        population.scores[slot * bins.n_scores + task] = children.scores[child * bins.n_scores + task]


@apart
def _score(
    population: State, children: Offspring, count: int, breeding: Breeding, bins: Bins, judge: Scoring
) -> int:
    """Score children; index of the best that may enter the population, or -1."""
    score_offspring(population, children, count, breeding, judge)
    best = -1
    for child in range(count):
        found = found_of(judge.found, child, bins.n_scores)
        for task in range(bins.n_scores):
            children.scores[child * bins.n_scores + task] = found.scores[task]
        complete = record_at(found.source, 0).complete
        if complete and (best < 0 or children.fitnesses[child] > children.fitnesses[best]):
            best = child
    return best


@apart
def _first(population: State, children: Offspring, turn: int, breeding: Breeding) -> int:
    """A program of the first population."""
    lineage = record_at(children.lineage, 0)
    first(children.genomes, children.sizes, turn, breeding, population.generator)
    drop_dead_code(children.genomes, children.sizes, breeding.tables, breeding.live)
    unrelated(lineage)
    children.early[0] = -np.inf
    lineage.full_fitness = 1
    keyed(children.genomes, children.sizes, children.keys, lineage, breeding)
    return 1


@entry
def evolve_in_bins(
    population: State,
    children: Offspring,
    end: int,
    limit: int,
    target: float,
    breeding: Breeding,
    bins: Bins,
    judge: Scoring,
) -> None:
    """Make, score and admit children until `end` programs were scored since the beginning.

    All children of a step are scored, even beyond `end`; only `limit` cuts them short. A new best that
    reaches the target ends it early, as does `stop`, which leaves the last step out.
    """
    alive, made, how, by = pointers(population), pointers(children), pointers(breeding), pointers(judge)
    inside = pointers(bins)
    progress = record_at(alive.progress, 0)
    list_slots(alive, inside)
    while progress.evals < end:
        if progress.evals < how.population_size:
            count = _first(alive, made, progress.evals, how)
        else:
            count = min(_vary(alive, made, how, inside), limit - progress.evals)
        best = _score(alive, made, count, how, inside, by)
        if by.bench.stop[0]:
            return
        for child in range(count):
            count_child(alive, made, child)
        if best < 0:
            continue
        _enter(alive, made, best, how, inside)
        if note_best(alive, made, best, how):
            keep_record(alive)
            if made.fitnesses[best] >= target:
                return


@entry
def keep_live_code(children: Offspring, count: int, breeding: Breeding) -> None:
    """Drop the dead code of programs that were bred elsewhere."""
    made, how = pointers(children), pointers(breeding)
    for child in range(count):
        genome, sizes = at(made.genomes, child * how.room * WORDS), at(made.sizes, child * how.n_functions)
        drop_dead_code(genome, sizes, how.tables, how.live)


# --- with fitnesses from elsewhere ----------------------------------------------------------------------


@entry
def breed_in_bins(population: State, children: Offspring, count: int, breeding: Breeding, bins: Bins) -> None:
    """Make `count` children from one snapshot of the population, of which only the programs mean something.

    Of children that differ in constants alone, one is taken. `children` has room for `FAMILY` more.
    """
    alive, made, how, inside = pointers(population), pointers(children), pointers(breeding), pointers(bins)
    turn = record_at(alive.progress, 0).evals
    list_slots(alive, inside)
    for index in range(count):
        child = child_of(made, index, how.room, inside.n_scores, how.n_functions)
        if turn + index < how.population_size:
            _first(alive, child, turn + index, how)
            continue
        taken = below(alive.generator, _vary(alive, child, how, inside))
        if taken:
            own, own_sizes = (
                at(child.genomes, taken * how.room * WORDS),
                at(child.sizes, taken * how.n_functions),
            )
            copy(own, own_sizes, child.genomes, child.sizes, how.n_functions)
            copy_record(record_at(child.lineage, taken), record_at(child.lineage, 0))


@entry
def admit_to_bins(
    population: State, children: Offspring, count: int, bred_here: bool, breeding: Breeding, bins: Bins
) -> None:
    """Add children that were scored elsewhere to the bins of their sizes, in order."""
    alive, made, how, inside = pointers(population), pointers(children), pointers(breeding), pointers(bins)
    list_slots(alive, inside)
    for index in range(count):
        child = child_of(made, index, how.room, inside.n_scores, how.n_functions)
        told(alive, child, bred_here, how)
        _enter(alive, child, 0, how, inside)
        note_best(alive, child, 0, how)
    keep_record(alive)
