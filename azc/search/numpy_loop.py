"""The loop of a strategy written in NumPy: it chooses parents and slots, compiled code does the rest."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from azc.errors import AzcError
from azc.problems import shown
from azc.search.engine.batch_loop import note_told, score_batch, settle_all, vary_all
from azc.search.engine.loop import Scoring, canonical_forms
from azc.search.engine.state import Offspring, State
from azc.search.loops import SearchLoop, called
from azc.search.migration import insert_migrants, migrants_of
from azc.search.params import Params
from azc.search.strategies import Individuals, Strategy
from azc.search.variation_tables import variation


class NumpyLoop(SearchLoop):
    """Evolution by a strategy written in NumPy, all offspring of one snapshot at a time."""

    entries = (vary_all, score_batch, settle_all)
    told_entries = (vary_all, canonical_forms, note_told, settle_all)

    def __init__(self, params: Params, n_scores: int, call: Callable[..., None] = called) -> None:
        super().__init__(params, n_scores, call)
        self._variation = variation(params)
        own = self._asked("memory", lambda: np.dtype(self.strategy.memory(self.n_scores)))
        if own.hasobject:
            raise self._fault("memory", f"has objects, expected numbers: {shown(own)}")
        size = self.strategy.population_size
        self._record = np.dtype([("arrivals", np.int64, (size,)), ("own", own)])

    @classmethod
    def n_children(cls, strategy: Strategy) -> int:
        """The offspring, and the draft."""
        return super().n_children(strategy) + 1

    def verify(self, state: State) -> None:
        """Raise AzcError unless a state has the scores, and memory of the size that the strategy asks for."""
        super().verify(state)
        expected = self._record.itemsize if state.evals else len(state.memory)
        if len(state.memory) != expected:
            raise AzcError(
                f"the state has {len(state.memory)} bytes of memory for {self.strategy.name}, "
                f"expected {expected}"
            )

    def begun(self, state: State) -> State:
        """A state; at an experiment's beginning with memory for scores and for the strategy."""
        if state.evals:
            return state
        return super().begun(state)._replace(memory=np.zeros(self._record.itemsize, dtype=np.uint8))

    def evolve(self, state: State, judge: Scoring, end: int, limit: int, target: float) -> State:
        """Breed, score and admit offspring until `end` programs were scored since the beginning.

        Always `n_offspring` at a time; only `limit` makes them fewer. A new best that reaches the target ends
        it early. Arrays of the state are changed in place.
        """
        if end <= state.evals:
            # Compiles all entries, as an advance by nothing does in other loops.
            self._step(state, judge, np.zeros(0, dtype=np.int64), self._random(state))
        size = self.strategy.population_size
        while state.evals < end:
            rest, best = size - state.alive, state.best_fitness
            count = min(self.strategy.n_offspring, limit - state.evals, rest or self.strategy.n_offspring)
            random = self._random(state)
            parents = np.full(count, -1) if rest else self._parents(state, count, random)
            self._step(state, judge, parents, random)
            if judge.bench.stop[0]:
                return state
            if state.best_fitness > best and state.best_fitness >= target:
                break
        return state

    def _step(
        self, state: State, judge: Scoring, parents: NDArray[np.int64], random: np.random.Generator
    ) -> None:
        """Make, score and settle the children of some parents, -1 for programs of the first population."""
        count, made, how = len(parents), self.children, self.breeding
        self.call(vary_all, state, made, count, parents, self.n_scores, how, self._variation)
        self.call(score_batch, state, made, count, how, judge)
        if judge.bench.stop[0]:
            return
        slots = state.alive + np.arange(count)
        if count and state.alive == self.strategy.population_size:
            slots = np.full(count, -1)
            scored = np.flatnonzero(judge.found.source["complete"][:count])
            slots[scored] = self._survivors(state, migrants_of(made, scored), random)
        self._settle(state, made, slots)

    def admit(self, state: State, migrants: Offspring) -> None:
        """Add scored migrants to a full population, in place, where the strategy wants them."""
        slots = self._survivors(state, migrants, self._random(state))
        self._note_arrivals(state, slots)
        insert_migrants(state, migrants, lambda row: slots[row] if slots[row] >= 0 else None)

    def ask(self, state: State, count: int) -> Offspring:
        """Make `count` children of the parents that the strategy selects."""
        full = state.alive == self.strategy.population_size
        asks = full and count > 0
        parents = self._parents(state, count, self._random(state)) if asks else np.full(count, -1)
        made = self.room_for(count + 1)
        self.call(vary_all, state, made, count, parents, self.n_scores, self.breeding, self._variation)
        return made

    def tell(self, state: State, told: Offspring, *, bred_here: bool = False) -> None:
        """Add programs that were scored elsewhere, first to free slots, then where the strategy says."""
        count = len(told.fitnesses)
        self.call(note_told, state, told, count, self.n_scores, bred_here, self.breeding)
        free = min(count, self.strategy.population_size - state.alive)
        self._settle(state, migrants_of(told, np.arange(free)), state.alive + np.arange(free))
        if free < count:
            rest = migrants_of(told, np.arange(free, count))
            self._settle(state, rest, self._survivors(state, rest, self._random(state)))

    def _settle(self, state: State, made: Offspring, slots: NDArray[np.int64]) -> None:
        self._note_arrivals(state, slots)
        self.call(settle_all, state, made, len(slots), slots, self.n_scores, self.breeding)

    def _memory(self, state: State) -> Any:
        return state.memory.view(self._record)[0]

    def _note_arrivals(self, state: State, slots: NDArray[np.int64]) -> None:
        entering = slots[slots >= 0]
        self._memory(state)["arrivals"][entering] = state.entered + np.arange(len(entering))

    @staticmethod
    def _random(state: State) -> np.random.Generator:
        """Random numbers for the strategy; those of the next offspring differ, since variation draws."""
        return np.random.Generator(np.random.Philox(key=[int(word) for word in state.generator[:2]]))

    def _population(self, state: State) -> Individuals:
        alive = slice(state.alive)
        own = (state.fitnesses, state.scores, state.lineage, self._memory(state)["arrivals"])
        return _individuals(*(array[alive] for array in own))

    def _parents(self, state: State, count: int, random: np.random.Generator) -> NDArray[np.int64]:
        seen, memory = self._population(state), self._memory(state)["own"]
        found = self._asked("select", lambda: self.strategy.select(seen, memory, count, random))
        return self._rows("select", found, count, 0, state.alive)

    def _survivors(self, state: State, made: Offspring, random: np.random.Generator) -> NDArray[np.int64]:
        count = len(made.fitnesses)
        seen, memory = self._population(state), self._memory(state)["own"]
        children = _individuals(made.fitnesses, made.scores, made.lineage, np.full(count, -1))
        found = self._asked("survive", lambda: self.strategy.survive(seen, children, memory, random))
        rows = self._rows("survive", found, count, -1, state.alive)
        taken, times = np.unique(rows[rows >= 0], return_counts=True)
        if (times > 1).any():
            raise self._fault("survive", f"replaces row {taken[times > 1][0]} twice, expected once at most")
        return rows

    def _rows(self, method: str, found: object, count: int, low: int, end: int) -> NDArray[np.int64]:
        """Rows that a method returned, checked."""
        rows = np.asarray(found)
        if rows.shape != (count,) or rows.dtype.kind not in "iu":
            raise self._fault(
                method, f"returned {rows.dtype} of shape {rows.shape}, expected {count} whole numbers"
            )
        wrong = (rows < low) | (rows >= end)
        if wrong.any():
            raise self._fault(method, f"returned {rows[wrong][0]}, expected rows from {low} to {end - 1}")
        return rows.astype(np.int64)

    def _asked(self, method: str, ask: Callable[[], Any]) -> Any:
        """What a method of the strategy returns; AzcError if it raises one of its own."""
        try:
            return ask()
        except Exception as error:  # the code is someone else's and may raise anything
            raise self._fault(method, f"raised {type(error).__name__}: {error}") from error

    def _fault(self, method: str, text: str) -> AzcError:
        return AzcError(f"strategy {self.strategy.name}: {method} {text}")


def _individuals(
    fitnesses: NDArray[Any], scores: NDArray[Any], lineage: NDArray[Any], arrivals: NDArray[Any]
) -> Individuals:
    columns = (fitnesses, scores, lineage["length"], lineage["id"], lineage["parent"], arrivals)
    views = [column.view() for column in columns]
    for view in views:
        view.setflags(write=False)
    return Individuals(*views)
