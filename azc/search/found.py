"""What a search tells: how far it is, and what it has found."""

import attrs

from azc.ir import Program


@attrs.frozen
class Progress:
    """How far a search is."""

    evals: int
    """Programs scored in all experiments, those equal to their parents included."""
    seconds: float
    """Time of the search alone."""
    evals_per_second: float
    best_fitness: float
    """The best on the search tasks in this experiment."""
    select_fitness: float | None
    """The best on the select tasks in all experiments, if anything was scored there yet."""
    experiment: int
    """From 1."""
    time_left: float | None
    """Seconds until a limit ends the search, by its rate so far; None where there is none."""


@attrs.frozen
class Found:
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
    """Programs scored in all experiments, those equal to their parents included."""
    seconds: float
    """Time of the search alone, without start, selection and final tasks."""
    seed: int
    experiments: int
    interrupted: bool
    """Whether Ctrl-C ended it."""
    counts: dict[str, int]
    """How programs came by their fitness: evaluated, exact_hits and functional_hits are `evals` together; of
    those evaluated, stopped_early, stopped_at_hurdle and over_budget did not see all examples."""

    @property
    def evals_per_second(self) -> float:
        """The rate of the search alone."""
        return self.evals / self.seconds if self.seconds > 0 else 0.0
