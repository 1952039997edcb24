"""The fitness of live code: remembered, or found on all examples unless budget or hurdle end it before.

What a child's fitness is never depends on what the exact cache holds: that knows the fitness on the hurdle's
slice apart from the whole one, and a child counts towards the hurdle's quantile whether it was run or not.
"""

from typing import Final, NamedTuple

import numpy as np

from azc.search.engine.caches import UNKNOWN, Cache, entered, find
from azc.search.engine.canonical import CodeTables, Key, Live
from azc.search.engine.compiled import at, bits_of, compiled, float_of
from azc.search.engine.evaluation import Bench, fingerprint, mean, run, write_tapes
from azc.search.engine.genome import WORDS, Numbers, Scores, code_of

COUNTS: Final = (
    "evaluated",
    "exact_hits",
    "functional_hits",
    "stopped_early",
    "stopped_at_hurdle",
    "over_budget",
)
"""How children came by their fitness; and of those evaluated, how many did not go through all examples."""
EVALUATED, EXACT_HITS, FUNCTIONAL_HITS, STOPPED_EARLY, STOPPED_AT_HURDLE, OVER_BUDGET = range(len(COUNTS))
# What is known of live code, by word.
WHOLE, SLICE, PRINT = range(3)
"""The fitness on all examples, that on the hurdle's slice, and the two words of the fingerprint."""
KNOWN_WORDS: Final = 4


class Memory(NamedTuple):
    """What is remembered of programs scored, and how often it helped."""

    known: Cache
    """What is known of live code."""
    functional: Cache
    """The fitness of what behaves so on the first examples, by its fingerprint."""
    exact: bool
    """Whether fitnesses of live code are remembered."""
    counts: Numbers
    """By `COUNTS`."""


class Limits(NamedTuple):
    """What ends an evaluation before its last example."""

    costs: Scores
    """[opcode]: what an operation costs."""
    examples: float
    """Training examples in all epochs, which Predict and Learn are run on."""
    budget: float
    """The most that a program may cost; infinite where nothing is asked."""
    window: int
    """How many children decide what the hurdle is; 0 where there is none."""
    quantile: float


class HurdleState(NamedTuple):
    """What the hurdle is; a part of the state."""

    recent: Scores
    """[window]: the fitness on the slice of the children since the hurdle last moved, in order."""
    filled: Numbers
    """One number: how many of them there are since then."""
    height: Scores
    """One number: who is below stops there."""


class Scored(NamedTuple):
    """What is known of a child, to be entered in the caches when all offspring are scored."""

    key: Key
    known: Numbers
    """By WHOLE, SLICE, PRINT; or UNKNOWN."""
    new: Numbers
    """One number: whether it has a fitness of its own for what behaves the same."""
    whole: Numbers
    """One number: whether its fitness is its own on all examples."""


@compiled
def _over_budget(live: Live, limits: Limits) -> bool:
    if limits.budget == np.inf:
        return False
    row, total = 0, 0.0
    for function in range(3):
        cost = 0.0
        for _ in range(live.sizes[function]):
            cost += limits.costs[code_of(live.genome[row * WORDS])]
            row += 1
        total += cost if function == 0 else cost * limits.examples
    return total > limits.budget


@compiled
def _slice_fitness(machine: Bench, known: int, live: Live, rules: CodeTables) -> float:
    """The fitness on the hurdle's slice, remembered or found."""
    if known != UNKNOWN:
        return float(float_of(known))
    write_tapes(machine, machine.slice, live, rules)
    run(machine, machine.slice)
    return mean(machine, machine.slice)


@compiled
def _behaviour(machine: Bench, memory: Memory, live: Live, rules: CodeTables, found: Scored) -> int:
    """Where the fitness of what behaves the same is remembered, or -1."""
    if found.known[PRINT] == UNKNOWN and found.known[PRINT + 1] == UNKNOWN:
        write_tapes(machine, machine.probe, live, rules)
        run(machine, machine.probe)
        fingerprint(machine, machine.probe, at(found.known, PRINT))
    return find(memory.functional, at(found.known, PRINT))


@compiled
def _whole_fitness(machine: Bench, memory: Memory, live: Live, rules: CodeTables, found: Scored) -> float:
    """The fitness on all examples, where it is not known yet."""
    counts = memory.counts
    if memory.functional.mask >= 0:
        slot = _behaviour(machine, memory, live, rules, found)
        if slot >= 0:
            # It may be another program's, so it does not become known as this one's own.
            counts[FUNCTIONAL_HITS] += 1
            found.whole[0] = found.known[WHOLE] != UNKNOWN
            return float(float_of(memory.functional.values[slot]))
        found.new[0] = 1
    counts[EVALUATED] += 1
    write_tapes(machine, machine.whole, live, rules)
    counts[STOPPED_EARLY] += run(machine, machine.whole)
    fitness = mean(machine, machine.whole)
    found.known[WHOLE], found.whole[0] = bits_of(fitness), 1
    return fitness


@compiled
def score(
    machine: Bench,
    memory: Memory,
    limits: Limits,
    hurdle: HurdleState,
    live: Live,
    rules: CodeTables,
    found: Scored,
) -> float:
    """The fitness of live code; what is known of it is left in `found`."""
    counts, known = memory.counts, found.known
    found.key[0], found.key[1], found.new[0], found.whole[0] = live.key[0], live.key[1], 0, 0
    slot = find(memory.known, live.key)
    for word in range(KNOWN_WORDS):
        known[word] = memory.known.values[slot + word] if slot >= 0 else UNKNOWN
    if _over_budget(live, limits):
        counts[EVALUATED] += 1
        counts[OVER_BUDGET] += 1
        return 0.0
    if limits.window:
        hit = memory.exact and known[SLICE] != UNKNOWN
        fitness = _slice_fitness(machine, known[SLICE] if hit else UNKNOWN, live, rules)
        known[SLICE] = bits_of(fitness)
        if fitness < hurdle.height[0]:
            counts[EXACT_HITS if hit else EVALUATED] += 1
            counts[STOPPED_AT_HURDLE] += not hit
            return fitness
    if memory.exact and known[WHOLE] != UNKNOWN:
        counts[EXACT_HITS] += 1
        found.whole[0] = 1
        return float(float_of(known[WHOLE]))
    return _whole_fitness(machine, memory, live, rules, found)


@compiled
def remember(memory: Memory, found: Scored) -> None:
    """Enter what is known of a child."""
    known = found.known
    if found.new[0]:
        slot = entered(memory.functional, at(known, PRINT))
        memory.functional.values[slot] = known[WHOLE]
    slot = entered(memory.known, found.key)
    if slot >= 0:
        for word in range(KNOWN_WORDS):
            memory.known.values[slot + word] = known[word]


@compiled
def move_hurdle(hurdle: HurdleState, limits: Limits, found: Scored) -> None:
    """Let a child count; when as many did as the window holds, the hurdle moves to their quantile."""
    if limits.window == 0 or found.known[SLICE] == UNKNOWN:
        return
    recent, filled = hurdle.recent, hurdle.filled[0]
    fitness, index = float_of(found.known[SLICE]), filled
    while index > 0 and recent[index - 1] > fitness:
        recent[index] = recent[index - 1]
        index -= 1
    recent[index] = fitness
    hurdle.filled[0] = filled + 1
    if filled + 1 == limits.window:
        hurdle.height[0] = recent[min(int(limits.quantile * limits.window), limits.window - 1)]
        hurdle.filled[0] = 0
