"""The loop of `size_bins`."""

from collections.abc import Callable

from azc.search.engine.binned_loop import evolve_in_bins
from azc.search.engine.expressions import FAMILY
from azc.search.engine.loop import Scoring
from azc.search.engine.state import Offspring, State
from azc.search.loops import SearchLoop
from azc.search.migration import insert_migrants, slots_in_bins
from azc.search.params import Params
from azc.search.strategies import Strategy
from azc.search.variation_tables import bins


class BinnedLoop(SearchLoop):
    """Evolution in bins by size, compiled."""

    entries = (evolve_in_bins,)

    def __init__(self, params: Params, judge: Scoring, call: Callable[..., None]) -> None:
        super().__init__(params, judge, call)
        self._bins = bins(params, self.n_scores)

    @classmethod
    def n_children(cls, strategy: Strategy) -> int:
        """A family, and the draft."""
        return FAMILY + 1

    def evolve(self, state: State, end: int, limit: int, target: float) -> State:
        """Make, score and admit children until `end` programs were scored since the beginning."""
        own = (target, self.breeding, self._bins, self.judge)
        self.call(evolve_in_bins, state, self.children, end, limit, *own)
        return state

    def admit(self, state: State, migrants: Offspring) -> None:
        """Add scored migrants to the bins of their lengths, in place."""
        insert_migrants(state, migrants, slots_in_bins(state, migrants, self._bins.size))
