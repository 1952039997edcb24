"""Islands: a population with its experiments. A round of an island is a function of its state.

Nothing here depends on machine or time, so a round can be computed anywhere, and repeated.
"""

from collections.abc import Iterator
from math import inf, isnan, nextafter
from time import perf_counter
from typing import Final, NamedTuple

import attrs
import numpy as np

from azc.evaluators import FAILURES, Failure
from azc.search.bench import ENDLESS
from azc.search.engine.genome import Genome, Records, Sizes
from azc.search.engine.scoring import COUNTS
from azc.search.engine.state import Offspring, State
from azc.search.initial_state import ISLAND_BITS, copied, start
from azc.search.island_evolution import IslandEvolution
from azc.search.migration import fitted, is_full, migrants_of
from azc.search.params import Params
from azc.search.space import room
from azc.search.statistics import Statistics, front, runners_up, statistics
from azc.search.verifier import (
    best_faults,
    check_children,
    children_faults,
    faults,
    light_faults,
)

SLICE_SECONDS: Final = 0.1
"""Target length of a slice: a round pauses about this often, so that Ctrl-C is heard."""
FASTER: Final = 4
"""Maximum ratio of a slice's programs to those of the slice before."""


class Island(NamedTuple):
    """State of an island between two rounds."""

    population: State
    experiment: int
    """Number of the experiment, from 1."""
    before: int
    """Programs scored in experiments that ended."""

    @property
    def evals(self) -> int:
        """Programs scored in all experiments."""
        return self.before + self.population.evals

    @property
    def best_fitness(self) -> float:
        """Best fitness in this experiment."""
        return self.population.best_fitness

    @property
    def record(self) -> float:
        """Best fitness in all experiments."""
        return self.population.record


@attrs.frozen(eq=False)
class Best:
    """A program that an island found."""

    genome: Genome
    sizes: Sizes
    fitness: float
    lineage: Records
    """One record: `LINEAGE` of `engine/state.py`."""
    experiment: int


@attrs.frozen(eq=False)
class Outcome:
    """Result of a job."""

    island: Island
    improvements: tuple[Best, ...]
    """Records of the island in this round, in order."""
    ended: tuple[Best, ...]
    """Best programs of the experiments that ended."""
    statistics: Statistics
    front: Offspring
    """The best program of each length in the population, if it beats all shorter ones."""
    runners_up: Offspring
    """The best programs beside the front, where the strategy offers them for selection."""
    counts: dict[str, int]
    """Counts of how programs came by their fitness."""
    migrants: int
    """Number of migrants that arrived."""
    seconds: float
    failures: tuple[Failure, ...] = ()
    """Some programs to which an evaluator of one's own gave no score."""


@attrs.frozen(eq=False)
class Job:
    """A round of an island, for a worker to compute."""

    number: int
    """Index of the island."""
    round: int
    """Number of the round, from 1."""
    island: Island | None
    """State after the previous round; None in the first."""
    migrants: Offspring | None
    scored: bool
    """Whether the migrants' fitness was measured on this island's tasks."""
    evals: int
    """Programs to score; fewer if the target is reached or the share is used up."""
    share: int = ENDLESS
    """Maximum number of programs that the island scores in the whole run."""


def begin(params: Params, number: int) -> Island:
    """An island with an empty population."""
    return Island(start(params, island=number), experiment=1, before=0)


def compute_job(evolution: IslandEvolution, job: Job) -> Outcome:
    """Compute a round: migrants are inserted, children are bred and scored, experiments end and begin.

    A new best that reaches the target ends the round early, so that the run can examine it. Offspring already
    bred are all scored, even beyond the round's length, but not beyond the island's share.
    """
    began = perf_counter()
    params, before = evolution.params, evolution.counts
    evolution.forget()
    evolution.failed()  # those of a job that was broken off
    island = begin(params, job.number) if job.island is None else job.island
    n_arrived = 0
    # Migrants are inserted only into a full population.
    if job.migrants is not None and is_full(island.population, params):
        evolution.verify(island.population)
        limits = [high for _, high in params.program.size_limits]
        migrants = fitted(check_children(job.migrants, params), room(params), limits)
        state = copied(island.population)
        if not job.scored or migrants.scores.shape[1] != evolution.n_scores:
            n_scores = (len(migrants.fitnesses), evolution.n_scores)
            migrants = migrants._replace(scores=np.zeros(n_scores))
            evolution.score(state, migrants)
        evolution.admit(state, migrants)
        evolution.trust(state)
        n_arrived, island = len(migrants.fitnesses), island._replace(population=state)
    current = _IslandRound(evolution, job, island)
    current.compute()
    counts = {name: count - before[name] for name, count in evolution.counts.items()}
    state = current.island.population
    best = front(state)
    return Outcome(
        island=current.island,
        improvements=tuple(current.improvements),
        ended=tuple(current.ended),
        statistics=statistics(state),
        front=migrants_of(state, best),
        runners_up=migrants_of(state, runners_up(state, best) if params.island.strategy.offers_front else []),
        counts=counts,
        migrants=n_arrived,
        seconds=perf_counter() - began,
        failures=evolution.failed(),
    )


@attrs.define
class _IslandRound:
    """A round of an island in progress."""

    evolution: IslandEvolution
    job: Job
    island: Island
    improvements: list[Best] = attrs.field(factory=list)
    ended: list[Best] = attrs.field(factory=list)
    slice_evals: int = 1
    """Number of programs in the next slice."""

    def compute(self) -> None:
        """Compute slices until the round's programs are scored, or a new best reaches the target."""
        params = self.evolution.params
        end = min(self.island.evals + self.job.evals, self.job.share)
        while self.island.evals < end:
            full = params.island.restart_after or ENDLESS
            if self.island.population.evals >= full:
                self._restart()
            state, record = self.island.population, self.island.record
            most = min(full, state.evals + self.job.share - self.island.evals)
            after = self._slice(state, end - self.island.evals, most)
            self.island = self.island._replace(population=after)
            if self.island.record > record:
                self.improvements.append(best_of_island(self.island))
            if after.best_fitness > state.best_fitness and after.best_fitness >= params.limits.target_fitness:
                return

    def _slice(self, state: State, left: int, most: int) -> State:
        """The state after a slice, or earlier at a new record or a new best that reaches the target."""
        target = min(nextafter(self.island.record, inf), self.evolution.params.limits.target_fitness)
        asked, begin = min(self.slice_evals, left), perf_counter()
        after = self.evolution.advance(state, asked, target, most)
        scored, took = after.evals - state.evals, perf_counter() - begin
        if scored >= asked:
            self.slice_evals = max(1, min(int(SLICE_SECONDS / max(took, 1e-9) * asked), asked * FASTER))
        return after

    def _restart(self) -> None:
        """End the experiment and begin the next one with an empty population."""
        island, params = self.island, self.evolution.params
        self.ended.append(best_of_island(island))
        experiment, before = island.experiment + 1, island.evals
        state = start(params, experiment, island=self.job.number, before=before, record=island.record)
        state.paid[:] = island.population.paid
        self.island = Island(state, experiment, before)


def island_faults(island: object, params: Params, number: int, *, light: bool = False) -> Iterator[str]:
    """Faults of an island with a number, a sentence each; `light`: its programs are not checked."""
    if not isinstance(island, Island):
        yield f"is {type(island).__name__}, expected an Island"
        return
    experiment, before = island.experiment, island.before
    wrong = [f"{count!r} is not a whole number" for count in (experiment, before) if type(count) is not int]
    wrong += light_faults(island.population, params) if light else faults(island.population, params)
    yield from wrong
    if wrong:
        return
    origin = island.population.progress["origin"][0]
    if experiment < 1 or not 0 <= before < 1 << ISLAND_BITS:
        yield f"its experiment is {experiment} and {before} programs came before, expected 1 and 0 or more"
    elif origin != (number << ISLAND_BITS) + before:
        yield f"its programs are numbered from {origin}, expected {(number << ISLAND_BITS) + before}"


def outcome_faults(outcome: object, params: Params, number: int) -> Iterator[str]:
    """Faults of an outcome that came from a worker, a sentence each.

    Programs of the population are not verified here, but by the worker that continues from them.
    """
    if not isinstance(outcome, Outcome):
        yield f"is {type(outcome).__name__}, expected an Outcome"
        return
    yield from island_faults(outcome.island, params, number, light=True)
    for best in (*outcome.improvements, *outcome.ended):
        if not isinstance(best, Best) or not isinstance(best.fitness, float) or isnan(best.fitness):
            yield f"has found {best!r}, expected a Best with a fitness"
        elif best.fitness > -inf:
            yield from best_faults(best.genome, best.sizes, best.lineage, params)
    yield from children_faults(outcome.front, params)
    yield from children_faults(outcome.runners_up, params)
    counted = set(outcome.counts) if isinstance(outcome.counts, dict) else set()
    if counted not in (set(COUNTS), {*COUNTS, *FAILURES}):
        yield f"counts {outcome.counts!r}, expected {', '.join(COUNTS)}"
    if not all(isinstance(one, Failure) and one.kind in FAILURES for one in outcome.failures):
        yield f"has the failures {outcome.failures!r}"
    if not isinstance(outcome.statistics, Statistics):
        yield f"has the statistics {outcome.statistics!r}"


def best_of_island(island: Island) -> Best:
    """Best program of an island's experiment; its fitness is minus infinity before the first."""
    state = island.population
    return Best(
        genome=state.best_genome.copy(),
        sizes=state.best_sizes.copy(),
        fitness=state.best_fitness,
        lineage=state.best_lineage.copy(),
        experiment=island.experiment,
    )
