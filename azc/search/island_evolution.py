"""Evolution of an island's population, from state to state; how programs are scored is left to subclasses."""

from abc import ABC, abstractmethod
from math import inf

from azc.arguments import kind_of, real, takes, whole
from azc.errors import AzcError
from azc.evaluators import Failure
from azc.search.bench import ENDLESS
from azc.search.engine.state import Offspring, State, arrays_of
from azc.search.initial_state import a_state, copied
from azc.search.loops import SearchLoop
from azc.search.params import Params
from azc.search.verifier import check_children, checked


class IslandEvolution(ABC):
    """Evolution from state to state; threads cannot share one."""

    params: Params
    n_scores: int
    """Number of tasks or cases whose fitness the population keeps one by one: all or none."""
    _loop: SearchLoop
    _features: int | None = None
    """Elements of the shortest vector that programs see; None if none is known."""
    _made: State | None = None
    """The last result of `advance`; it needs no verification, since its arrays are read-only."""

    @property
    @abstractmethod
    def counts(self) -> dict[str, int]:
        """Counts of how programs came by their fitness, since this was made."""

    @takes(state=a_state, evals=whole(0, ENDLESS), target=real(), limit=whole(0, ENDLESS))
    def advance(self, state: State, evals: int, target: float = inf, limit: int = ENDLESS) -> State:
        """The state after `evals` more programs, or earlier at a new best fitness of at least `target`.

        Offspring made together are all scored, even beyond `evals`; only `limit`, the experiment's maximum,
        cuts them short. The arrays of the result are read-only. AzcError if other parameters made the state,
        or if its programs name elements that the tasks do not have.
        """
        self.verify(state)
        if state.evals == 0:
            self.forget()
        after = self._loop.begun(copied(state))
        after = self._evolve(after, min(after.evals + evals, limit), limit, target)
        self.trust(after)
        return after

    @abstractmethod
    def _evolve(self, state: State, end: int, limit: int, target: float) -> State:
        """Advance a state in place until `end` programs were scored since the beginning."""

    def verify(self, state: State) -> None:
        """Raise AzcError unless the state fits these parameters and tasks."""
        if state is self._made:
            return
        checked(state, self.params, self._features)
        self._loop.verify(state)

    @takes(state=a_state)
    def trust(self, state: State) -> None:
        """Make the arrays of a sound state read-only, and skip its verification from now on."""
        for array in arrays_of(state).values():
            array.setflags(write=False)
        self._made = state

    def forget(self) -> None:  # noqa: B027 (some have nothing to forget)
        """Empty the caches if they could change a result."""

    def failed(self) -> tuple[Failure, ...]:
        """Some programs that got no score since this was last asked."""
        return ()

    def close(self) -> None:  # noqa: B027 (some have nothing to end)
        """End what was started for this evolution."""

    @takes(state=a_state, programs=kind_of(Offspring, expected="Offspring"))
    def score(self, state: State, programs: Offspring) -> None:
        """Score programs bred elsewhere, in place; `counts` stay the same, but the state's hurdle moves."""
        check_children(programs, self.params, self._features)
        if programs.genomes.shape[1] != self._loop.breeding.room:
            raise AzcError(
                f"genomes have room for {programs.genomes.shape[1]}, expected {self._loop.breeding.room}"
            )
        self._score(state, programs)

    @abstractmethod
    def _score(self, state: State, programs: Offspring) -> None:
        """Score checked programs in place."""

    @takes(state=a_state, migrants=kind_of(Offspring, expected="Offspring"))
    def admit(self, state: State, migrants: Offspring) -> None:
        """Add scored migrants to a population, in place."""
        check_children(migrants, self.params, self._features)
        self._loop.admit(state, migrants)
