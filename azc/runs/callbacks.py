"""The callback interface of a run, and its arguments: `Improvement` and `Progress`."""

from collections.abc import Mapping
from typing import Any

import attrs

from azc.ir import Program
from azc.runs.hall_of_fame import Entry
from azc.search import SearchResult


@attrs.frozen(eq=False)
class Improvement:
    """A program that was better than all before it on its island."""

    number: int
    """Number in the run, from 1."""
    round: int
    island: int
    evaluation: int
    """Evaluation number on its island, from 1."""
    run_evals: int
    """Evaluation number in the run, counted as if islands advanced side by side."""
    fitness: float
    run_record: bool
    """Whether it was a record of the run: better than all before it on comparable islands."""
    length: int
    """Number of live instructions."""
    program: str
    """Program text, dead code included."""
    mutations: tuple[str, ...]
    """Mutations that made it from its parent."""
    search_seconds: float


@attrs.frozen(eq=False)
class Progress:
    """The progress of a run after a round."""

    round: int
    evals: int
    """Programs scored in the run, unchanged children included."""
    seconds: float
    """Seconds of search over all starts."""
    evals_per_second: float
    """Rate since this start."""
    best_fitness: float
    """Best fitness on the search tasks in the run."""
    median_fitness: float
    """Median over islands of their median fitness."""
    select_fitness: float | None
    """Best fitness on the select tasks; None before a program was scored there."""
    selected: Program | None
    """The program that has it."""
    experiments: int
    """Experiments begun on all islands."""
    n_islands: int
    time_left: float | None
    """Estimated seconds until a limit ends the run; None without a limit."""
    hall_of_fame: tuple[Entry, ...]
    counts: Mapping[str, int]
    """Counts of how programs came by their fitness."""
    rows: tuple[Mapping[str, Any], ...]
    """Rows of the history's table `rounds` for this round, one an island."""


class Callback:
    """Receives the events of a run; override the methods of interest.

    `on_improvement` and `on_round` may return True to end the run after the round.
    """

    def on_start(self, settings: Mapping[str, Any]) -> None:
        """Called once, with the complete configuration: its tables."""

    def on_resume(self, progress: Progress) -> None:
        """Called once when a run resumes, with its progress so far."""

    def on_ready(self, workers: int) -> None:
        """Called once when all workers are ready, with their number; not if the run had ended before."""

    def on_improvement(self, improvement: Improvement) -> bool | None:
        """Called for each improvement, in order, when its round is complete."""

    def on_round(self, progress: Progress) -> bool | None:
        """Called when a round is complete, after its improvements."""

    def on_end(self, found: SearchResult) -> None:
        """Called once, with the result of the search."""
