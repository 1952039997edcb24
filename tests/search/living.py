"""Helpers for tests of islands: rounds, migrants, and an island's history in single steps."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import attrs
import numpy as np
from search.making import HURDLE, WAYS, flat, small, tasks

from azc.search import Evolution, Params, State, start
from azc.search.archipelago import Archipelago
from azc.search.bench import ENDLESS
from azc.search.engine.state import Offspring
from azc.search.island_kinds import Kind
from azc.search.islands import Best, Island, Job, Outcome, compute_job
from azc.search.migration import migrants_of
from azc.tasks import Task

KINDS: dict[str, dict[str, Any]] = {
    **WAYS,
    "restarts": {"restart_after": 90},
    "everything": {
        "functional_cache": True,
        "hurdle": HURDLE,
        "n_offspring": 4,
        "train_budget": {"baseline": "linear", "factor": 2.0},
        "restart_after": 110,
    },
}


def settings(kind: str = "plain", seed: int = 1, **search: Any) -> Params:
    """A search that begins with linear regression."""
    return small(seed, {**KINDS[kind], **search}, initial="linear")


def job(island: Island | None = None, evals: int = 250, number: int = 0, **more: Any) -> Job:
    """A round, by default without migrants."""
    given = {"round": 1, "migrants": None, "scored": True, **more}
    return Job(number=number, island=island, evals=evals, **given)


def lived(chosen: Params, evals: int = 250, made: Sequence[Task] | None = None, number: int = 0) -> Island:
    """An island after `evals` programs."""
    return compute_job(Evolution(chosen, made or tasks()), job(evals=evals, number=number)).island


@cache
def home() -> Island:
    """An island that migrants come from."""
    return lived(settings(seed=5), 300)


def leaving(island: Island, slots: Sequence[int] = range(3)) -> Offspring:
    """Migrants: the programs of an island in some slots."""
    return migrants_of(island.population, slots)


def content(outcome: Outcome) -> dict[str, Any]:
    """All bits of a round's outcome but for times and counts."""
    return {
        "island": bits(outcome.island),
        "improvements": [of_best(best) for best in outcome.improvements],
        "ended": [of_best(best) for best in outcome.ended],
        "statistics": repr(outcome.statistics),
        "front": of_children(outcome.front),
        "migrants": outcome.migrants,
    }


def bits(island: Island) -> dict[str, Any]:
    """All bits of an island."""
    numbers = (island.experiment, island.before)
    return {**flat(island.population), "numbers": numbers}


def of_best(best: Best) -> tuple[Any, ...]:
    """All bits of a program found, except the time."""
    arrays = (best.genome, best.sizes, best.lineage)
    return *(array.tobytes() for array in arrays), best.fitness, best.experiment


def of_children(made: Offspring) -> list[bytes]:
    """All bits of offspring or migrants."""
    return [array.tobytes() for array in made]


class Step(NamedTuple):
    """A step of an island's history: its offspring, and the states before and after."""

    before: State
    after: State
    experiment: int
    record: bool
    """Whether the island has a new record."""
    counts: dict[str, int]
    """Counts of how its programs came by their fitness."""

    @property
    def slots(self) -> list[int]:
        """Slots of its offspring."""
        size = len(self.after.fitnesses)
        return [index % size for index in range(self.before.entered, self.after.entered)]

    def own(self, slot: int) -> Any:
        """A program's lineage when bred; a record becomes its own ancestor afterwards."""
        lineage = self.after.lineage[slot]
        best = self.after.best_lineage[0]
        return best if self.record and lineage["id"] == best["id"] else lineage

    def parents(self, number: int) -> list[int]:
        """Slots, before the step, of the individuals with a number."""
        alive = self.before.alive
        return [slot for slot in range(alive) if self.before.lineage["id"][slot] == number]


def steps(chosen: Params, evals: int, number: int = 0) -> Iterator[Step]:
    """An island's history in single steps, experiment after experiment."""
    evolution, before, record, experiment = Evolution(chosen, tasks()), 0, -np.inf, 1
    most = chosen.island.restart_after or ENDLESS
    state = start(chosen, island=number)
    while before + state.evals < evals:
        if state.evals >= most:
            before, experiment, paid = before + state.evals, experiment + 1, state.paid
            state = start(chosen, experiment, island=number, before=before, record=record)
            state.paid[:] = paid
        counts = evolution.counts
        after = evolution.advance(state, 1, limit=most)
        made = {name: count - counts[name] for name, count in evolution.counts.items()}
        yield Step(state, after, experiment, bool(after.best_fitness > record), made)
        state, record = after, max(record, after.best_fitness)


def alike(chosen: Params, n: int, max_evals: int | None = None, **changes: Any) -> Archipelago:
    """Islands of one kind; `changes` apply to the run's settings."""
    limits = attrs.evolve(chosen.limits, max_evals=max_evals or chosen.limits.max_evals)
    run = attrs.evolve(chosen.run, n_islands=n, **changes)
    return Archipelago((Kind(attrs.evolve(chosen, run=run, limits=limits), "search", n),))


def rises(values: Sequence[float]) -> bool:
    """Whether every value is greater than the one before it."""
    return all(a < b for a, b in pairwise(values))
