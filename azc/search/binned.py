"""The loop of `size_bins`."""

from collections.abc import Callable

from azc.search.engine.binned_loop import admit_to_bins, breed_in_bins, evolve_in_bins, keep_live_code
from azc.search.engine.compiled import prepare
from azc.search.engine.expressions import FAMILY
from azc.search.engine.loop import Scoring, canonical_forms
from azc.search.engine.state import Offspring, State
from azc.search.loops import SearchLoop, called
from azc.search.migration import insert_migrants, migrants_of, slots_in_bins
from azc.search.params import Params
from azc.search.strategies import Strategy
from azc.search.variation_tables import bins


class BinnedLoop(SearchLoop):
    """Evolution in bins by size, compiled."""

    entries = (evolve_in_bins, keep_live_code)
    told_entries = (breed_in_bins, canonical_forms, admit_to_bins, keep_live_code)

    def __init__(self, params: Params, n_scores: int, call: Callable[..., None] = called) -> None:
        super().__init__(params, n_scores, call)
        self._bins = bins(params, n_scores)
        # Compiled before the search begins, not when the first migrants come.
        prepare(keep_live_code, self.children, 0, self.breeding)

    @classmethod
    def n_children(cls, strategy: Strategy) -> int:
        """A family, and the draft."""
        return FAMILY + 1

    def evolve(self, state: State, judge: Scoring, end: int, limit: int, target: float) -> State:
        """Make, score and admit children until `end` programs were scored since the beginning."""
        own = (target, self.breeding, self._bins, judge)
        self.call(evolve_in_bins, state, self.children, end, limit, *own)
        return state

    def admit(self, state: State, migrants: Offspring) -> None:
        """Add the live code of scored migrants to the bins of their lengths, in place."""
        count = len(migrants.fitnesses)
        copies = migrants_of(migrants, range(count))
        self.call(keep_live_code, copies, count, self.breeding)
        insert_migrants(state, copies, slots_in_bins(state, copies, self._bins.size))

    def first_left(self, state: State) -> int:
        """Programs of the first population that are still to be scored."""
        return self.breeding.population_size - state.evals

    def ask(self, state: State, count: int) -> Offspring:
        """Make `count` children from one snapshot of the population; of a family, one."""
        made = self.room_for(count + FAMILY)
        self.call(breed_in_bins, state, made, count, self.breeding, self._bins)
        return made

    def tell(self, state: State, told: Offspring, *, bred_here: bool = False) -> None:
        """Add programs that were scored elsewhere to the bins of their lengths, in order and in place."""
        self.call(admit_to_bins, state, told, len(told.fitnesses), bred_here, self.breeding, self._bins)
