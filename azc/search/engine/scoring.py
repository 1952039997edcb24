"""Scoring of a child; caches, the training budget, hurdle and race can spare it some or all examples.

A child's fitness never depends on the contents of the exact cache. The cache separates the fitness on the
hurdle's examples from that on all examples. A child counts towards the hurdle's quantile whether it was run
or its fitness was in the cache.
"""

from typing import Final, NamedTuple

import numpy as np

from azc.search.engine.caches import UNKNOWN, Cache, entered, find
from azc.search.engine.canonical import CodeTables, Key, Live
from azc.search.engine.compiled import apart, at, bits_of, compiled, float_of, record_at
from azc.search.engine.evaluation import BenchTables, fingerprint, mean, run, write_tapes
from azc.search.engine.genome import WORDS, Numbers, Records, Scores, code_of

COUNTS: Final = (
    "evaluated",
    "exact_hits",
    "functional_hits",
    "stopped_early",
    "stopped_at_hurdle",
    "over_budget",
)
"""Sources of children's fitness; and of those evaluated, the reasons not to see all examples."""
EVALUATED, EXACT_HITS, FUNCTIONAL_HITS, STOPPED_EARLY, STOPPED_AT_HURDLE, OVER_BUDGET = range(len(COUNTS))
# What is known of live code, by word.
FULL, EARLY, FINGERPRINT = range(3)
"""The fitness on all examples, that on the first examples, and the two words of the fingerprint."""
KNOWN_WORDS: Final = 4


class Caches(NamedTuple):
    """Caches of fitnesses, and counts of the sources of children's fitness."""

    known: Cache
    """What is known of live code."""
    functional: Cache
    """Fitness by fingerprint, which is the behaviour on the first examples."""
    exact: bool
    """Whether the fitness of live code is looked up."""
    n_scores: int
    """Number of tasks whose fitness is wanted one by one: all or none. They follow in both caches; in that of
    behaviours the fitness on the first examples comes last, of searches that have them."""
    counts: Numbers
    """By `COUNTS`."""


class Limits(NamedTuple):
    """Limits that end an evaluation before its last example."""

    costs: Scores
    """[opcode]: what an operation costs."""
    examples: float
    """Training examples in all epochs, which Predict and Learn are run on."""
    budget: float
    """Maximum cost of a program; infinite without a budget."""
    window: int
    """Number of children between updates of the threshold; 0 without a hurdle."""
    quantile: float
    race: bool
    """Whether a child that scores less than its parent on the first examples is not evaluated further."""
    margin: float
    """By how much it may be less."""


THRESHOLD: Final = np.dtype(
    [
        ("filled", np.int64),  # scores in `recent` since it was set
        ("height", np.float64),  # lower-scoring children are not evaluated further
    ]
)
"""The threshold of a hurdle."""


class HurdleState(NamedTuple):
    """The hurdle of a search; a part of its state."""

    recent: Scores
    """[window]: sorted fitnesses, on the hurdle's examples, of the children since the threshold was set."""
    threshold: Records
    """One record: `THRESHOLD`."""


SOURCE: Final = np.dtype(
    [
        ("own", np.int64),  # whether its fitness was computed on all examples, by this program itself
        ("new_behaviour", np.int64),  # whether the functional cache gets its fitness, by its fingerprint
        ("complete", np.int64),  # whether its fitness, maybe that of an equal behaviour, is on all examples
    ]
)
"""Source of a child's fitness."""


class Scored(NamedTuple):
    """Results of a child, entered in the caches when all offspring are scored."""

    key: Key
    known: Numbers
    """By FULL, EARLY, FINGERPRINT; or UNKNOWN. Then the fitness on each task."""
    scores: Scores
    """[task]: fitness; of a program that is not complete (`SOURCE`) they mean nothing."""
    early: Scores
    """One number: fitness on the first examples, maybe that of an equal behaviour; 0 if nobody asked."""
    source: Records
    """One record: `SOURCE`."""


@compiled
def _over_budget(live: Live, limits: Limits) -> bool:
    if limits.budget == np.inf:
        return False
    row, total = 0, 0.0
    for function in range(live.n_functions):
        cost = 0.0
        for _ in range(live.sizes[function]):
            cost += limits.costs[code_of(live.genome[row * WORDS])]
            row += 1
        total += cost if function == 0 else cost * limits.examples
    return total > limits.budget


@apart
def _stops(
    bench: BenchTables, caches: Caches, bar: float, live: Live, tables: CodeTables, found: Scored
) -> bool:
    """Whether a child's fitness on the first examples, known or computed, is below a bar; counted if so."""
    counts, known = caches.counts, found.known
    hit = caches.exact and known[EARLY] != UNKNOWN
    if not hit:
        write_tapes(bench, bench.first, live, tables)
        run(bench, bench.first)
        known[EARLY] = bits_of(mean(bench, bench.first))
    found.early[0] = float_of(known[EARLY])
    if found.early[0] >= bar:
        return False
    record_at(found.source, 0).complete = 0
    counts[EXACT_HITS if hit else EVALUATED] += 1
    counts[STOPPED_AT_HURDLE] += not hit
    return True


@compiled
def _behaviour(bench: BenchTables, caches: Caches, live: Live, tables: CodeTables, found: Scored) -> int:
    """The functional cache's slot for programs with this fingerprint, or -1."""
    if found.known[FINGERPRINT] == UNKNOWN and found.known[FINGERPRINT + 1] == UNKNOWN:
        write_tapes(bench, bench.probe, live, tables)
        run(bench, bench.probe)
        fingerprint(bench, bench.probe, at(found.known, FINGERPRINT))
    return find(caches.functional, at(found.known, FINGERPRINT))


@compiled
def _copy_scores(words: Numbers, scores: Scores, count: int) -> None:
    for task in range(count):
        scores[task] = float_of(words[task])


@compiled
def _full_fitness(
    bench: BenchTables,
    caches: Caches,
    limits: Limits,
    bar: float,
    live: Live,
    tables: CodeTables,
    found: Scored,
) -> float:
    """The fitness on all examples, where it is not known yet; on the first, if it loses the race."""
    counts, source = caches.counts, record_at(found.source, 0)
    if caches.functional.mask >= 0:
        slot = _behaviour(bench, caches, live, tables, found)
        if slot >= 0:
            # It may be another program's, so it does not become known as this one's own.
            counts[FUNCTIONAL_HITS] += 1
            source.own = found.known[FULL] != UNKNOWN
            known = at(caches.functional.values, slot)
            if limits.race:
                found.early[0] = float_of(known[1 + caches.n_scores])
            _copy_scores(at(known, 1), found.scores, caches.n_scores)
            return float(float_of(known[0]))
    if limits.race and _stops(bench, caches, bar, live, tables, found):
        return float(found.early[0])
    source.new_behaviour = caches.functional.mask >= 0
    counts[EVALUATED] += 1
    write_tapes(bench, bench.full, live, tables)
    counts[STOPPED_EARLY] += run(bench, bench.full)
    fitness = mean(bench, bench.full)
    found.known[FULL], source.own = bits_of(fitness), 1
    for task in range(caches.n_scores):
        found.scores[task] = bench.fitnesses[task]
        found.known[KNOWN_WORDS + task] = bits_of(bench.fitnesses[task])
    return fitness


@compiled
def score(
    bench: BenchTables,
    caches: Caches,
    limits: Limits,
    bar: float,
    live: Live,
    tables: CodeTables,
    found: Scored,
) -> float:
    """Fitness of live code; all results are written to `found`.

    bar: with a hurdle or a race, the fitness on the first examples below which it is not evaluated further.
    """
    counts, known, source = caches.counts, found.known, record_at(found.source, 0)
    found.key[0], found.key[1] = live.key[0], live.key[1]
    source.own = source.new_behaviour = 0
    found.early[0] = 0.0
    slot = find(caches.known, live.key)
    for word in range(KNOWN_WORDS + caches.n_scores):
        known[word] = caches.known.values[slot + word] if slot >= 0 else UNKNOWN
    if _over_budget(live, limits):
        counts[EVALUATED] += 1
        counts[OVER_BUDGET] += 1
        source.complete = 0
        return 0.0
    source.complete = 1
    if limits.window and _stops(bench, caches, bar, live, tables, found):
        return float(found.early[0])
    if caches.exact and known[FULL] != UNKNOWN:
        counts[EXACT_HITS] += 1
        if known[EARLY] != UNKNOWN:
            found.early[0] = float_of(known[EARLY])
        if limits.race and found.early[0] < bar:
            # It ran on all examples as another parent's child; without the cache, it would stop here.
            source.complete = 0
            return float(found.early[0])
        source.own = 1
        _copy_scores(at(known, KNOWN_WORDS), found.scores, caches.n_scores)
        return float(float_of(known[FULL]))
    return _full_fitness(bench, caches, limits, bar, live, tables, found)


def functional_width(n_scores: int) -> int:
    """Words that are known of a behaviour."""
    return 1 + n_scores + (n_scores > 0)


@compiled
def remember(caches: Caches, found: Scored) -> None:
    """Enter a child's fitnesses in the caches."""
    known = found.known
    if record_at(found.source, 0).new_behaviour:
        slot = entered(caches.functional, at(known, FINGERPRINT))
        values = at(caches.functional.values, slot)
        values[0] = known[FULL]
        for task in range(caches.n_scores):
            values[1 + task] = known[KNOWN_WORDS + task]
        if caches.n_scores:
            values[1 + caches.n_scores] = known[EARLY]
    slot = entered(caches.known, found.key)
    if slot >= 0:
        for word in range(KNOWN_WORDS + caches.n_scores):
            caches.known.values[slot + word] = known[word]


@compiled
def bar_of(hurdle: HurdleState, limits: Limits, early: float) -> float:
    """The bar of a child, given its parent's fitness on the first examples."""
    return record_at(hurdle.threshold, 0).height if limits.window else early - limits.margin


@compiled
def move_hurdle(hurdle: HurdleState, limits: Limits, found: Scored) -> None:
    """Count a child's score; after `window` of them, set the threshold to their quantile."""
    if limits.window == 0 or found.known[EARLY] == UNKNOWN:
        return
    recent, threshold = hurdle.recent, record_at(hurdle.threshold, 0)
    filled = threshold.filled
    fitness, index = float_of(found.known[EARLY]), filled
    while index > 0 and recent[index - 1] > fitness:
        recent[index] = recent[index - 1]
        index -= 1
    recent[index] = fitness
    threshold.filled = filled + 1
    if filled + 1 == limits.window:
        threshold.height = recent[min(int(limits.quantile * limits.window), limits.window - 1)]
        threshold.filled = 0
