"""Result of a search."""

import math
import os

import attrs

from azc.ir import Program


@attrs.frozen
class SearchResult:
    """The program that is best on the select tasks, with its fitness and the search's counts.

    With an evaluator of one's own it is the best in the search, unless that scores for selection too.
    """

    program: Program
    """The program; its dead code, which changes no fitness, is removed."""
    best_fitness: float
    """Mean fitness on the search tasks."""
    select_fitness: float | None
    """Mean fitness on the select tasks; None with an evaluator of one's own that has none."""
    final_fitness: float | None
    """Mean fitness on the final tasks, on which nothing in the search depends; None as above."""
    evals: int
    """Programs scored in all experiments, unchanged children included."""
    seconds: float
    """Seconds of search, selection between rounds included, start and final tasks excluded."""
    seed: int
    experiments: int
    """Experiments begun on all islands."""
    rounds: int
    ended: str
    """Reason: `target`, `max_evals`, `max_seconds`, `patience`, `callback`, or the name of a signal."""
    counts: dict[str, int]
    """Counts of programs by origin of their fitness. evaluated, exact_hits and functional_hits add up to
    `evals`; stopped_early, stopped_at_hurdle (or in the race) and over_budget are those evaluated
    that did not see all examples."""
    run_record: float = -math.inf
    """Best fitness of any program on the search tasks; on the select tasks that program may be worse."""
    individual: int = 0
    """Id of the program, unique in the run; `azc.search.birth_of` gives its island and evaluation number."""
    kind: int = 0
    """Kind of the island that offered it: an index into the configuration's kinds."""
    run: str | None = None
    """Path of the run's folder; None without one."""

    @property
    def run_name(self) -> str | None:
        """Name of the run's folder; None without one."""
        return None if self.run is None else os.path.basename(os.path.abspath(self.run))

    @property
    def fitness(self) -> dict[str, float]:
        """Mean fitness on each set of tasks, by name."""
        found = {"search": self.best_fitness, "select": self.select_fitness, "final": self.final_fitness}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def evals_per_second(self) -> float:
        """Programs scored for each second of search."""
        return self.evals / self.seconds if self.seconds > 0 else 0.0

    @property
    def interrupted(self) -> bool:
        """Whether a person or the system ended the search with a signal."""
        return self.ended in ("Ctrl-C", "SIGTERM", "SIGHUP")
