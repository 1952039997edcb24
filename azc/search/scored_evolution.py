"""Evolution with an evaluator of one's own: children are asked for, scored elsewhere, and told.

A batch of children is bred from one snapshot of the population. Equal parameters, state and scores give
equal results, however the work is divided into calls.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from azc.evaluators import FAILURES, Failure, OwnEvaluator
from azc.ir import check_features
from azc.search.engine.scoring import COUNTS
from azc.search.engine.state import Offspring, State
from azc.search.initial import first_programs
from azc.search.island_evolution import IslandEvolution
from azc.search.loops import loop_class
from azc.search.migration import migrants_of
from azc.search.params import Params
from azc.search.space import coding_of

MAX_KNOWN: Final = 1 << 22
MAX_ENTRIES: Final = 1 << 17
"""Maximum number of numbers in remembered scores, and of programs: some 80 MB."""
MAX_KEPT: Final = 10
"""Maximum number of failures of a round that are kept with their programs; all are counted."""
Key = tuple[int, int]


class ScoredEvolution(IslandEvolution):
    """Evolution of programs that an evaluator of one's own scores."""

    def __init__(self, params: Params, evaluator: OwnEvaluator):
        settings = evaluator.settings
        self.params = params
        self.n_scores = settings.cases if params.island.strategy.scores_tasks else 0
        if settings.command is None and settings.give == "algorithms":
            self._features = settings.features
            for program in first_programs(params.program):
                check_features(program, settings.features)
        self._loop = loop_class(params.island.strategy)(params, self.n_scores)
        self._coding = coding_of(params.program)
        self._settings = settings
        self._judge = evaluator.judge(params.island.precision)
        self._known: dict[Key, NDArray[np.float64]] = {}
        """Scores by the key of the canonical form, the oldest first."""
        self._counts = dict.fromkeys((*COUNTS, *FAILURES), 0)
        self._failures: list[Failure] = []

    @property
    def counts(self) -> dict[str, int]:
        """Counts of how programs came by their fitness since this was made, by `COUNTS` and `FAILURES`."""
        return dict(self._counts)

    def failed(self) -> tuple[Failure, ...]:
        """The first programs that got no score since this was last asked, but for those of nan."""
        found = tuple(self._failures)
        self._failures.clear()
        return found

    def close(self) -> None:
        """End the evaluator's process."""
        self._judge.caller.close()

    def _evolve(self, state: State, end: int, limit: int, target: float) -> State:
        if end <= state.evals:
            # Compiles all entries, as an advance by nothing does elsewhere.
            self._step(state, 0)
        while state.evals < end:
            best = state.best_fitness
            # Children are bred only from a whole first population.
            left, most = self._loop.first_left(state), min(self._settings.batch, limit - state.evals)
            self._step(state, min(left, most) if left > 0 else most)
            if state.best_fitness > best and state.best_fitness >= target:
                break
        return state

    def _step(self, state: State, count: int) -> None:
        """Breed, score and admit some children."""
        asked = self._loop.ask(state, count)
        made = migrants_of(asked, range(count))
        self._judged(made)
        self._loop.tell(state, made, bred_here=True)

    def _judged(self, made: Offspring) -> None:
        """Write the fitness of programs; those of equal canonical form are scored once, if that is sound.

        The evaluator sees the canonical form, so that which of them comes first changes no score.
        """
        forms = self._loop.canonical_forms(made)
        keys: list[Key] = [(first, second) for first, second in forms.keys.tolist()]
        remembers = self._settings.deterministic and self.params.island.exact_cache
        rows = [self._known.get(key) for key in keys]
        first_with = {key: row for row, key in reversed([*enumerate(keys)])} if remembers else {}
        new = [row for row, key in enumerate(keys) if rows[row] is None and first_with.get(key, row) == row]
        programs = [self._coding.unpack(forms.genomes[row], forms.sizes[row]) for row in new]
        scores, failures = self._judge.scores(programs)
        for row, one in zip(new, scores, strict=True):
            rows[row] = one
            if remembers:
                self._remember(keys[row], one)
        room = MAX_KEPT - len(self._failures)
        self._failures += [one for one in failures if one.kind != "nan"][:room]
        self._counts["evaluated"] += len(new)
        self._counts["exact_hits"] += len(keys) - len(new)
        for failure in failures:
            self._counts[failure.kind] += 1
        for row, key in enumerate(keys):
            one = rows[row]
            found = rows[first_with[key]] if one is None else one
            assert found is not None
            made.scores[row] = found[: self.n_scores]
            made.fitnesses[row] = found.mean()

    def _remember(self, key: Key, scores: NDArray[np.float64]) -> None:
        while len(self._known) >= min(MAX_ENTRIES, MAX_KNOWN // len(scores)):
            self._known.pop(next(iter(self._known)))
        self._known[key] = scores

    def _score(self, state: State, programs: Offspring) -> None:
        counts = self.counts
        self._judged(programs)
        programs.early[:] = -np.inf
        programs.lineage["full_fitness"] = 1
        self._counts = counts
