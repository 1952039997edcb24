"""The fitness of live code: remembered, or found on all examples unless budget or hurdle end it before.

What a child's fitness is never depends on what the exact cache holds: that knows the fitness on the hurdle's
slice apart from the whole one, and a child counts towards the hurdle's quantile whether it was run or not.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from azc.search.engine.caches import Cache, enter, find
from azc.search.engine.canonical import Key, Live, Rules
from azc.search.engine.compiled import bits_of, compiled, float_of
from azc.search.engine.genome import WORDS, code_of
from azc.search.engine.machine import Machine, fingerprint, mean, run, write_tapes

Numbers = NDArray[np.int64]
Scores = NDArray[np.float64]
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
UNKNOWN: Final = -1
"""In the place of a fitness that was not found yet: the bits of no fitness."""


class Memory(NamedTuple):
    """What is remembered of programs scored, and how often it helped."""

    exact: Cache
    """The fitness of live code on all examples, and on the hurdle's slice."""
    functional: Cache
    """The fitness of what behaves so on the first examples, by its fingerprint."""
    fingerprints: Cache
    """The fingerprint of live code."""
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


class Hurdle(NamedTuple):
    """What the hurdle is; a part of the state."""

    recent: Scores
    """[window]: the fitness on the slice of the children since the hurdle last moved, in order."""
    filled: Numbers
    """One number: how many of them there are since then."""
    height: Scores
    """One number: who is below stops there."""


class Found(NamedTuple):
    """What was found of a child, to be entered when its whole batch is scored; a number each."""

    key: Key
    fingerprint: Key
    whole: Numbers
    """The bits of the fitness on all examples, or UNKNOWN."""
    slice: Numbers
    new: Numbers
    """1 where something is to be entered, by FITNESS, BEHAVIOUR, FINGERPRINT."""


FITNESS, BEHAVIOUR, FINGERPRINT = range(3)


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
def _slice_fitness(machine: Machine, known: int, live: Live, rules: Rules) -> float:
    """The fitness on the hurdle's slice, remembered or found."""
    if known != UNKNOWN:
        return float(float_of(known))
    write_tapes(machine, live, rules)
    run(machine, machine.slice)
    return mean(machine, machine.slice)


@compiled
def _behaviour(machine: Machine, memory: Memory, live: Live, rules: Rules, found: Found) -> int:
    """Where the fitness of what behaves the same is remembered, or -1."""
    place = find(memory.fingerprints, live.key)
    if place >= 0:
        values = memory.fingerprints.values
        found.fingerprint[0], found.fingerprint[1] = np.uint64(values[place]), np.uint64(values[place + 1])
    else:
        write_tapes(machine, live, rules)
        run(machine, machine.probe)
        fingerprint(machine, machine.probe, found.fingerprint)
        found.new[FINGERPRINT] = 1
    return find(memory.functional, found.fingerprint)


@compiled
def _whole_fitness(machine: Machine, memory: Memory, live: Live, rules: Rules, found: Found) -> float:
    """The fitness on all examples, where the exact cache does not know it."""
    counts = memory.counts
    if memory.functional.mask >= 0:
        place = _behaviour(machine, memory, live, rules, found)
        if place >= 0:
            # It may be another program's, so it is not entered as this one's own.
            counts[FUNCTIONAL_HITS] += 1
            return float(float_of(memory.functional.values[place]))
        found.new[BEHAVIOUR] = 1
    counts[EVALUATED] += 1
    write_tapes(machine, live, rules)
    counts[STOPPED_EARLY] += run(machine, machine.whole)
    fitness = mean(machine, machine.whole)
    found.whole[0], found.new[FITNESS] = bits_of(fitness), 1
    return fitness


@compiled
def score(
    machine: Machine, memory: Memory, limits: Limits, hurdle: Hurdle, live: Live, rules: Rules, found: Found
) -> float:
    """The fitness of live code; what is found is left in `found`."""
    counts = memory.counts
    found.key[0], found.key[1] = live.key[0], live.key[1]
    for place in range(3):
        found.new[place] = 0
    if _over_budget(live, limits):
        counts[EVALUATED] += 1
        counts[OVER_BUDGET] += 1
        return 0.0
    place = find(memory.exact, live.key)
    found.whole[0] = memory.exact.values[place] if place >= 0 else UNKNOWN
    found.slice[0] = memory.exact.values[place + 1] if place >= 0 else UNKNOWN
    if limits.window:
        known = found.slice[0]
        fitness = _slice_fitness(machine, known, live, rules)
        found.slice[0] = bits_of(fitness)
        if fitness < hurdle.height[0]:
            found.new[FITNESS] = known == UNKNOWN
            counts[EXACT_HITS if known != UNKNOWN else EVALUATED] += 1
            counts[STOPPED_AT_HURDLE] += known == UNKNOWN
            return fitness
        if found.whole[0] == UNKNOWN:
            found.new[FITNESS] = known == UNKNOWN
    if found.whole[0] != UNKNOWN:
        counts[EXACT_HITS] += 1
        return float(float_of(found.whole[0]))
    return _whole_fitness(machine, memory, live, rules, found)


@compiled
def remember(memory: Memory, found: Found) -> None:
    """Enter what was found of a child."""
    if found.new[FITNESS]:
        enter(memory.exact, found.key, found.whole[0], found.slice[0])
    if found.new[BEHAVIOUR]:
        enter(memory.functional, found.fingerprint, found.whole[0], 0)
    if found.new[FINGERPRINT]:
        first, second = found.fingerprint[0], found.fingerprint[1]
        enter(memory.fingerprints, found.key, np.int64(first), np.int64(second))  # type: ignore[arg-type]


@compiled
def move_hurdle(hurdle: Hurdle, limits: Limits, found: Found) -> None:
    """Let a child count; when as many did as the window holds, the hurdle moves to their quantile."""
    if limits.window == 0 or found.slice[0] == UNKNOWN:
        return
    recent, count = hurdle.recent, hurdle.filled[0]
    fitness, place = float_of(found.slice[0]), count
    while place > 0 and recent[place - 1] > fitness:
        recent[place] = recent[place - 1]
        place -= 1
    recent[place] = fitness
    hurdle.filled[0] = count + 1
    if count + 1 == limits.window:
        hurdle.height[0] = recent[min(int(limits.quantile * limits.window), limits.window - 1)]
        hurdle.filled[0] = 0
