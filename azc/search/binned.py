"""The loop of `size_bins`."""

from collections.abc import Callable
from typing import ClassVar

from azc.search.engine.binned_loop import evolve_in_bins
from azc.search.engine.breeding import Breeding
from azc.search.engine.expressions import FAMILY
from azc.search.engine.loop import Scoring
from azc.search.engine.state import Offspring, State
from azc.search.loops import SearchLoop
from azc.search.migration import insert_migrants, slots_in_bins
from azc.search.params import Params
from azc.search.variation_tables import bins


class BinnedLoop(SearchLoop):
    """Evolution in bins by size, compiled."""

    entries = (evolve_in_bins,)
    n_children: ClassVar = FAMILY + 1
    """A family, and the draft."""

    def __init__(self, params: Params, n_scores: int, call: Callable[..., None]) -> None:
        super().__init__(params, n_scores, call)
        self._bins = bins(params, n_scores)

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
        """Make, score and admit children until `end` programs were scored since the beginning."""
        self.call(evolve_in_bins, state, children, end, limit, target, breeding, self._bins, judge)
        return state

    def admit(self, state: State, migrants: Offspring) -> None:
        """Add scored migrants to the bins of their lengths, in place."""
        insert_migrants(state, migrants, slots_in_bins(state, migrants, self._bins.size))
