"""The loops of a search: which one a strategy has, and that of strategies in a ring."""

from collections.abc import Callable
from typing import Any, ClassVar

from azc.search.engine.loop import Scoring, evolve, score_all
from azc.search.engine.state import Offspring, State, children
from azc.search.migration import insert_migrants, oldest
from azc.search.params import Params
from azc.search.space import breeding, room
from azc.search.strategies import Strategy


class SearchLoop:
    """The loop of some strategies: evolution in a ring, where children replace the oldest, compiled."""

    entries: ClassVar[tuple[Callable[..., None], ...]] = (evolve,)
    """Its compiled functions."""

    def __init__(self, params: Params, judge: Scoring, call: Callable[..., None]) -> None:
        """`judge` has room for `n_children`; `call` calls an entry with arguments."""
        self.strategy: Any = params.island.strategy
        self.n_scores = judge.caches.n_scores
        self.breeding = breeding(params)
        self.judge = judge
        self.call = call
        self.children = children(self.n_children(self.strategy), room(params), self.n_scores)
        """Memory for offspring."""

    @classmethod
    def n_children(cls, strategy: Strategy) -> int:
        """Number of children that need memory at a time."""
        return strategy.n_offspring

    def verify(self, state: State) -> None:
        """Raise AzcError unless a state that fits the parameters fits the loop."""

    def evolve(self, state: State, end: int, limit: int, target: float) -> State:
        """Breed, score and admit children until `end` programs were scored since the beginning.

        A new best that reaches the target ends it early. The state's arrays are changed in place.
        """
        own = (self.strategy.n_offspring, target, self.breeding, self.judge)
        self.call(evolve, state, self.children, end, limit, *own)
        return state

    def score(self, state: State, programs: Offspring) -> None:
        """Score programs bred elsewhere, in place."""
        self.call(score_all, state, programs, len(programs.fitnesses), self.breeding, self.judge)

    def admit(self, state: State, migrants: Offspring) -> None:
        """Add scored migrants to a population, in place."""
        insert_migrants(state, migrants, oldest(state))


def loop_class(strategy: Strategy) -> type[SearchLoop]:
    """The loop of a strategy; those with connected mutations are loaded when first used."""
    if strategy.in_numpy:
        from azc.search.numpy_loop import NumpyLoop

        return NumpyLoop
    if strategy.bins:
        from azc.search.binned import BinnedLoop

        return BinnedLoop
    return SearchLoop
