"""The callback interface of a run, and what it passes: `Improvement` and `Progress`."""

from collections.abc import Mapping
from typing import Any

import attrs

from azc.runs.hall_of_fame import Entry
from azc.search import SearchResult


@attrs.frozen(eq=False)
class Improvement:
    """A program that was better than all before on its island."""

    number: int
    """From 1, in the run."""
    round: int
    island: int
    evaluation: int
    """Its evaluation number on the island, from 1."""
    run_evals: int
    """Its evaluation number in the run, as if islands advanced side by side."""
    fitness: float
    run_record: bool
    """Whether it was better than all before on any island."""
    length: int
    """Live instructions."""
    program: str
    """Its text, dead code included."""
    mutations: tuple[str, ...]
    """What made it of its parent."""
    search_seconds: float


@attrs.frozen(eq=False)
class Progress:
    """The progress of a run after a round."""

    round: int
    evals: int
    """Programs scored in the run, children that mutation left as they were included."""
    seconds: float
    """Time of the search alone, over all starts."""
    evals_per_second: float
    """Since this start."""
    best_fitness: float
    """The best on the search tasks in the run."""
    median_fitness: float
    """The median over islands of the median of the population."""
    select_fitness: float | None
    """The best on the select tasks, if anything was scored there yet."""
    experiments: int
    """Begun on all islands."""
    n_islands: int
    time_left: float | None
    """Seconds until a limit ends the run, by its rate so far; None where there is none."""
    hall_of_fame: tuple[Entry, ...]
    counts: Mapping[str, int]
    """Counts of how programs came by their fitness."""
    rows: tuple[Mapping[str, Any], ...]
    """What the history says of the round, a row an island."""


class Callback:
    """Receives the events of a run; override what you want. Returning True ends the run after the round."""

    def on_start(self, settings: Mapping[str, Any]) -> None:
        """Called once, with the complete configuration (tables)."""

    def on_resume(self, progress: Progress) -> None:
        """Called once where a run is gone on with: how far it is."""

    def on_ready(self, workers: int) -> None:
        """Called once when all workers can begin, unless the run had ended before; how many there are."""

    def on_improvement(self, improvement: Improvement) -> bool | None:
        """Called for each improvement, in order, when its round is complete."""

    def on_round(self, progress: Progress) -> bool | None:
        """Called when a round is complete, after its improvements."""

    def on_end(self, found: SearchResult) -> None:
        """Called once, with the result."""
