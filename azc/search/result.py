"""What a search tells: what it has found."""

import math
import os

import attrs

from azc.ir import Program


@attrs.frozen
class SearchResult:
    """The program that is best on the select tasks, and what the search took."""

    program: Program
    """Without its dead code, which changes no score."""
    best_fitness: float
    """Its mean fitness on the search tasks."""
    select_fitness: float
    """Its mean fitness on the select tasks."""
    final_fitness: float
    """Its mean fitness on the final tasks, which nothing before depends on."""
    evals: int
    """Programs scored in all experiments, children that mutation left as they were included."""
    seconds: float
    """Time of the search, selection on the way included, without start and final tasks."""
    seed: int
    experiments: int
    """On all islands."""
    rounds: int
    ended: str
    """Why: `target`, `max_evals`, `max_seconds`, `patience`, `callback`, or the signal that asked for it."""
    counts: dict[str, int]
    """How programs came by their fitness: evaluated, exact_hits and functional_hits are `evals` together; of
    those evaluated, stopped_early, stopped_at_hurdle and over_budget did not see all examples."""
    run_record: float = -math.inf
    """The best fitness on the search tasks that any program had; on select it may have been worse."""
    individual: int = 0
    """Its id among all programs of the run; `azc.search.birth_of` says where it was bred."""
    kind: int = 0
    """The kind of the island that had it: an index into the configuration's kinds."""
    run: str | None = None
    """The run's folder, if it has one."""

    @property
    def run_name(self) -> str | None:
        """The name of the run's folder."""
        return None if self.run is None else os.path.basename(os.path.abspath(self.run))

    @property
    def fitness(self) -> dict[str, float]:
        """Its mean fitness on the three sets of tasks."""
        return {"search": self.best_fitness, "select": self.select_fitness, "final": self.final_fitness}

    @property
    def evals_per_second(self) -> float:
        """The rate of the search alone."""
        return self.evals / self.seconds if self.seconds > 0 else 0.0

    @property
    def interrupted(self) -> bool:
        """Whether somebody ended it."""
        return self.ended in ("Ctrl-C", "SIGTERM", "SIGHUP")
