"""The loop of a search: breed offspring from a snapshot of the population, score them, admit them."""

from typing import NamedTuple

import numpy as np

from azc.search.engine.breeding import Breeding, admit, breed, keep_record, live_length
from azc.search.engine.canonical import canonical
from azc.search.engine.compiled import at, compiled, entry, pointers, record_at
from azc.search.engine.evaluation import BenchTables
from azc.search.engine.genome import WORDS
from azc.search.engine.scoring import (
    KNOWN_WORDS,
    SOURCE,
    Caches,
    Limits,
    Scored,
    bar_of,
    move_hurdle,
    remember,
    score,
)
from azc.search.engine.state import Offspring, State, child_of, copy, unrelated


class Scoring(NamedTuple):
    """How children are scored."""

    bench: BenchTables
    caches: Caches
    limits: Limits
    found: Scored
    """[child]"""


def found(count: int, n_scores: int) -> Scored:
    """Memory for the results of `count` children, and for their fitness on each of `n_scores` tasks."""
    return Scored(
        key=np.zeros(2 * count, dtype=np.int64),
        known=np.zeros((KNOWN_WORDS + n_scores) * count, dtype=np.int64),
        scores=np.zeros(n_scores * count),
        early=np.zeros(count),
        source=np.zeros(count, dtype=SOURCE),
    )


@compiled
def found_of(found: Scored, child: int, n_scores: int) -> Scored:
    """Results of one child."""
    return Scored(
        at(found.key, 2 * child),
        at(found.known, (KNOWN_WORDS + n_scores) * child),
        at(found.scores, n_scores * child),
        at(found.early, child),
        at(found.source, child),
    )


@compiled
def _known(made: Offspring, child: int, breeding: Breeding) -> None:
    """Compute the key of a program that was not bred here; its live code stays in the scratch."""
    genome = at(made.genomes, child * breeding.room * WORDS)
    canonical(genome, at(made.sizes, child * breeding.n_functions), breeding.tables, breeding.live)
    for word in range(2):
        made.keys[2 * child + word] = breeding.live.key[word]
    record_at(made.lineage, child).length = live_length(breeding.live)


@compiled
def score_offspring(alive: State, made: Offspring, count: int, breeding: Breeding, judge: Scoring) -> None:
    """Score children with the caches as they are; then enter all results, in the children's order."""
    live, tables = breeding.live, breeding.tables
    for child in range(count):
        if count > 1:
            genome = at(made.genomes, child * breeding.room * WORDS)
            canonical(genome, at(made.sizes, child * breeding.n_functions), tables, live)
        found = found_of(judge.found, child, judge.caches.n_scores)
        bar = bar_of(alive.hurdle, judge.limits, made.early[child])
        made.fitnesses[child] = score(judge.bench, judge.caches, judge.limits, bar, live, tables, found)
        made.early[child] = found.early[0]
        record_at(made.lineage, child).full_fitness = record_at(found.source, 0).own
    for child in range(count):
        found = found_of(judge.found, child, judge.caches.n_scores)
        remember(judge.caches, found)
        move_hurdle(alive.hurdle, judge.limits, found)


@entry
def evolve(
    population: State,
    children: Offspring,
    end: int,
    limit: int,
    n_offspring: int,
    target: float,
    breeding: Breeding,
    judge: Scoring,
) -> None:
    """Breed, score and admit offspring until `end` programs were scored since the beginning.

    Always `n_offspring` at a time, so that the history does not depend on where it was divided; only `limit`
    makes them fewer. A new best that reaches the target ends it early, as does `stop`, which leaves the last
    offspring out.
    """
    alive, made, how, by = pointers(population), pointers(children), pointers(breeding), pointers(judge)
    progress = record_at(alive.progress, 0)
    while progress.evals < end:
        rest = how.population_size - progress.entered
        count = min(n_offspring, limit - progress.evals, rest if rest > 0 else n_offspring)
        for child in range(count):
            breed(alive, made, child, rest > 0, how)
        score_offspring(alive, made, count, how, by)
        if by.bench.stop[0]:
            return
        reached, best = False, False
        for child in range(count):
            if admit(alive, made, child, how):
                best = True
                reached |= made.fitnesses[child] >= target
        if best:
            keep_record(alive)
        if reached:
            return


@entry
def breed_all(population: State, children: Offspring, count: int, breeding: Breeding) -> None:
    """Breed `count` children from one snapshot of the population."""
    alive, made, how = pointers(population), pointers(children), pointers(breeding)
    growing = record_at(alive.progress, 0).entered < how.population_size
    for child in range(count):
        breed(alive, made, child, growing, how)


@entry
def admit_all(
    population: State, children: Offspring, count: int, bred_here: bool, breeding: Breeding
) -> None:
    """Add children that were scored elsewhere to the population, in order.

    bred_here: whether they are what `breed_all` made, and keep their parents.
    """
    alive, made, how = pointers(population), pointers(children), pointers(breeding)
    for child in range(count):
        _known(made, child, how)
        lineage = record_at(made.lineage, child)
        if not bred_here:
            unrelated(lineage)
        lineage.full_fitness = 1
        admit(alive, made, child, how)
    keep_record(alive)


@entry
def canonical_forms(children: Offspring, forms: Offspring, count: int, breeding: Breeding) -> None:
    """Write the live code of children in canonical form, and its key."""
    made, to, how = pointers(children), pointers(forms), pointers(breeding)
    for child in range(count):
        genome, sizes = at(made.genomes, child * how.room * WORDS), at(made.sizes, child * how.n_functions)
        canonical(genome, sizes, how.tables, how.live)
        copy(
            how.live.genome,
            how.live.sizes,
            at(to.genomes, child * how.room * WORDS),
            at(to.sizes, child * how.n_functions),
            how.n_functions,
        )
        for word in range(2):
            to.keys[2 * child + word] = how.live.key[word]


@entry
def score_all(population: State, children: Offspring, count: int, breeding: Breeding, judge: Scoring) -> None:
    """Score programs that were bred elsewhere, in order."""
    alive, made, how, by = pointers(population), pointers(children), pointers(breeding), pointers(judge)
    for child in range(count):
        _known(made, child, how)
        made.early[child] = -np.inf
        score_offspring(
            alive, child_of(made, child, how.room, by.caches.n_scores, how.n_functions), 1, how, by
        )
        complete = record_at(by.found.source, 0).complete
        for task in range(by.caches.n_scores):
            made.scores[child * by.caches.n_scores + task] = by.found.scores[task] if complete else 0.0
