"""Archipelago: islands and migration. A round of an island needs its own state and those of its sources.

Draws depend only on the run's seed, the island's number and the round's number.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import attrs
import numpy as np

from azc.ir import uniforms
from azc.search.bench import ENDLESS
from azc.search.engine.state import Offspring
from azc.search.island_kinds import Kind
from azc.search.islands import Island, Job
from azc.search.migration import is_full, migrants_of, together
from azc.search.params import Params
from azc.tasks import Task

# Streams of random numbers, far from those of tasks.
SOURCE: Final = 1 << 20
MIGRANT: Final = 1 << 21
_NUMBER_BITS: Final = 24
"""An island's number takes the low bits of a step, the round the others."""


@attrs.frozen(eq=False)
class Archipelago:
    """The islands of a run."""

    kinds: tuple[Kind, ...]

    @property
    def params(self) -> Params:
        """Parameters of the first kind of island; those for the whole run are the same in all kinds."""
        return self.kinds[0].params

    @property
    def size(self) -> int:
        """Number of islands."""
        return sum(kind.count for kind in self.kinds)

    def kind_of(self, number: int) -> int:
        """Index of an island's kind; IndexError if there is no such island."""
        for index, kind in enumerate(self.kinds):
            if number < kind.count:
                return index
            number -= kind.count
        raise IndexError(number)

    def sources(self, number: int, round_number: int) -> list[int]:
        """Islands whose migrants arrive before a round; migrants left after the previous round."""
        if round_number == 1 or self.size == 1 or self.params.run.n_migrants == 0:
            return []
        return TOPOLOGIES[self.params.run.topology](number, self.size, self.params.run.seed, round_number)

    def share(self, number: int) -> int | None:
        """Number of programs that an island scores in all; None without a limit."""
        most = self.params.limits.max_evals
        return None if most is None else most // self.size + (number < most % self.size)

    def job(self, number: int, round_number: int, states: Mapping[int, Island], round_evals: int) -> Job:
        """The job for an island's round, given the islands' states after the previous round."""
        sources, share = self.sources(number, round_number), self.share(number)
        leaving = [self._leaving(states[source], source, number, round_number) for source in sources]
        scores = [self.kinds[self.kind_of(n)].scores for n in (number, *sources)]
        return Job(
            number=number,
            round=round_number,
            island=None if round_number == 1 else states[number],
            migrants=together(leaving) if leaving else None,
            scored=all(other == scores[0] for other in scores),
            evals=round_evals,
            share=ENDLESS if share is None else share,
        )

    def _leaving(self, island: Island, source: int, number: int, round_number: int) -> Offspring:
        """Migrants from a source: winners of tournaments; none until the population is full."""
        params = self.kinds[self.kind_of(source)].params
        state = island.population
        if not is_full(state, params):
            return migrants_of(state, [])
        count, contestants = self.params.run.n_migrants, params.island.strategy.tournament_size
        drawn = uniforms(
            params.run.seed, count * contestants, MIGRANT + source, round_number << _NUMBER_BITS | number
        )
        slots = (drawn.reshape(count, contestants) * state.alive).astype(np.int64)
        best = state.fitnesses[slots].argmax(axis=1)
        return migrants_of(state, slots[np.arange(count), best])


def _ring(number: int, size: int, seed: int, round_number: int) -> list[int]:
    return [(number - 1) % size]


def _random(number: int, size: int, seed: int, round_number: int) -> list[int]:
    drawn = float(uniforms(seed, 1, SOURCE, round_number << _NUMBER_BITS | number)[0])
    return [(number + 1 + int(drawn * (size - 1))) % size]


def _full(number: int, size: int, seed: int, round_number: int) -> list[int]:
    return [source for source in range(size) if source != number]


def _none(number: int, size: int, seed: int, round_number: int) -> list[int]:
    return []


TOPOLOGIES: Final[dict[str, Callable[[int, int, int, int], list[int]]]] = {
    "ring": _ring,
    "random": _random,
    "full": _full,
    "none": _none,
}
"""Functions from an island's number, the number of islands, seed and round to the island's sources."""


def numbers_of(task: Task) -> int:
    """Features that a program sees on a task; those of training count twice, since it also learns."""
    return (2 * task.n_train + task.n_valid) * task.epochs * task.features


def default_round_evals(tasks: Sequence[Task], matrices: bool = False, connected: bool = False) -> int:
    """Default length of a round: programs for about a second, from 10 to 100,000.

    It does not depend on the machine. Estimate: a program costs 2 us, and an example 0.1 ns a feature, twice
    that in training; with `matrices`, 1 + features / 16 times as much. `connected`: mutations of which nearly
    every child computes something new, so that few are found in a cache; then all costs four times as much.
    """
    numbers = sum(numbers_of(task) * (1 + matrices * task.features / 16) for task in tasks)
    evals = 1.0 / (2e-6 + 1e-10 * numbers) / (1 + 3 * connected)
    unit: int = 10 ** max(0, int(math.log10(evals)) - 1)
    return min(max(10, int(evals / unit) * unit), 100_000)
