"""The loops of a search: which one a strategy has, and that of strategies in a ring."""

from collections.abc import Callable
from typing import Any, ClassVar

from azc.search.engine.breeding import Breeding
from azc.search.engine.loop import Scoring, evolve
from azc.search.engine.state import Offspring, State
from azc.search.migration import insert_migrants, oldest
from azc.search.params import Params
from azc.search.strategies import Strategy


class SearchLoop:
    """The loop of some strategies: evolution in a ring, where children replace the oldest, compiled."""

    entries: ClassVar[tuple[Callable[..., None], ...]] = (evolve,)
    """Its compiled functions."""

    def __init__(self, params: Params, n_scores: int, call: Callable[..., None]) -> None:
        """`call` calls an entry with arguments."""
        self.strategy: Any = params.island.strategy
        self.n_scores = n_scores
        self.call = call

    @property
    def n_children(self) -> int:
        """Number of children that need memory at a time."""
        return int(self.strategy.n_offspring)

    def verify(self, state: State) -> None:
        """Raise AzcError unless a state that fits the parameters fits the loop."""

    def evolve(
        self,
        state: State,
        children: Offspring,
        end: int,
        limit: int,
        target: float,
        breeding: Breeding,
        judge: Scoring,
    ) -> State:
        """Breed, score and admit children until `end` programs were scored since the beginning.

        A new best that reaches the target ends it early. The state's arrays are changed in place.
        """
        self.call(evolve, state, children, end, limit, self.n_children, target, breeding, judge)
        return state

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
