"""The loops of a search: which one a strategy has, and that of strategies in a ring."""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from azc.errors import AzcError
from azc.search.engine.loop import Scoring, admit_all, breed_all, canonical_forms, evolve, score_all
from azc.search.engine.state import Offspring, State, children
from azc.search.migration import insert_migrants, oldest
from azc.search.params import Params
from azc.search.space import breeding
from azc.search.strategies import Strategy


def called(function: Callable[..., None], *arguments: object) -> None:
    """Call a compiled function in this thread."""
    function(*arguments)


class SearchLoop:
    """The loop of some strategies: evolution in a ring, where children replace the oldest, compiled."""

    entries: ClassVar[tuple[Callable[..., None], ...]] = (evolve,)
    """Compiled functions of a search on tasks."""
    told_entries: ClassVar[tuple[Callable[..., None], ...]] = (breed_all, canonical_forms, admit_all)
    """Compiled functions of a search whose programs are scored elsewhere."""

    def __init__(self, params: Params, n_scores: int, call: Callable[..., None] = called) -> None:
        """`n_scores`: tasks whose fitness a state keeps one by one; `call` calls a compiled function."""
        self.strategy: Any = params.island.strategy
        self.n_scores = n_scores
        self.breeding = breeding(params)
        self.call = call
        self.children = self.room_for(self.n_children(self.strategy))
        """Memory for offspring."""

    @classmethod
    def n_children(cls, strategy: Strategy) -> int:
        """Number of children that need memory at a time."""
        return strategy.n_offspring

    def room_for(self, count: int) -> Offspring:
        """Memory for `count` children."""
        return children(count, self.breeding.room, self.n_scores, n_functions=self.breeding.n_functions)

    def verify(self, state: State) -> None:
        """Raise AzcError unless a state that fits the parameters fits the loop."""
        n_scores = state.scores.shape[1]
        if state.evals and n_scores != self.n_scores:
            raise AzcError(f"the state has scores on {n_scores} tasks, expected {self.n_scores}")

    def begun(self, state: State) -> State:
        """A state; at an experiment's beginning with memory for what the strategy needs to know."""
        if state.evals:
            return state
        return state._replace(scores=np.zeros((len(state.fitnesses), self.n_scores)))

    def evolve(self, state: State, judge: Scoring, end: int, limit: int, target: float) -> State:
        """Breed, score and admit children until `end` programs were scored since the beginning.

        `judge` has room for `n_children`. A new best that reaches the target ends it early. The state's
        arrays are changed in place.
        """
        own = (self.strategy.n_offspring, target, self.breeding, judge)
        self.call(evolve, state, self.children, end, limit, *own)
        return state

    def score(self, state: State, judge: Scoring, programs: Offspring) -> None:
        """Score programs bred elsewhere, in place."""
        self.call(score_all, state, programs, len(programs.fitnesses), self.breeding, judge)

    def admit(self, state: State, migrants: Offspring) -> None:
        """Add scored migrants to a population, in place."""
        insert_migrants(state, migrants, oldest(state))

    def first_left(self, state: State) -> int:
        """Programs of the first population that are still to be scored; none if it is not positive."""
        return self.breeding.population_size - state.entered

    def ask(self, state: State, count: int) -> Offspring:
        """Breed `count` children from one snapshot of the population; only their programs are of use."""
        made = self.room_for(count)
        self.call(breed_all, state, made, count, self.breeding)
        return made

    def tell(self, state: State, told: Offspring, *, bred_here: bool = False) -> None:
        """Add programs that were scored elsewhere, in order and in place.

        bred_here: whether they are what `ask` made, and keep their parents.
        """
        self.call(admit_all, state, told, len(told.fitnesses), bred_here, self.breeding)

    def canonical_forms(self, made: Offspring) -> Offspring:
        """Live code of programs in canonical form; only genomes, sizes and keys mean something."""
        count = len(made.fitnesses)
        forms = self.room_for(count)
        self.call(canonical_forms, made, forms, count, self.breeding)
        return forms


def loop_class(strategy: Strategy) -> type[SearchLoop]:
    """The loop of a strategy; those with connected mutations are loaded when first used."""
    if strategy.in_numpy:
        from azc.search.numpy_loop import NumpyLoop

        return NumpyLoop
    if strategy.bins:
        from azc.search.binned import BinnedLoop

        return BinnedLoop
    return SearchLoop
