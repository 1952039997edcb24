"""A whole search: experiments one after the other, selection on tasks of its own, a final score."""

from collections.abc import Callable
from math import inf
from time import perf_counter
from typing import Final

import attrs

from azc.errors import AzcError
from azc.evaluation import Evaluator
from azc.ir import Program, interface_of
from azc.passes import dead_code
from azc.search.advancing import Evolution
from azc.search.configuration import Config
from azc.search.engine.compiled import is_kept
from azc.search.engine.evolution import evolve
from azc.search.evolution import State, best_of, start
from azc.search.found import Found, Progress
from azc.search.machine import ENDLESS
from azc.search.params import Params
from azc.search.space import coding_of
from azc.tasks import Task

PROGRESS_SECONDS: Final = 0.1
"""The search comes up for air about so often: for progress, limits and Ctrl-C."""
FASTER: Final = 4
"""A slice may have so many times the programs of the one before."""
COMPILING: Final = "compiling the search, once on this machine: some 15 seconds"
Report = Callable[[Progress], None]
Notice = Callable[[str], None]


@attrs.define
class Selection:
    """The program that is best on the select tasks; of equals the later."""

    score: Callable[[Program], float]
    program: Program | None = None
    fitness: float = -inf
    """On the select tasks."""
    search_fitness: float = -inf
    _last: Program | None = None

    def offer(self, program: Program | None, search_fitness: float) -> None:
        """Score a program, unless it was the last one offered, and keep it if none is better."""
        if program is None or program == self._last:
            return
        fitness = self.score(program)
        self._last = program
        if fitness >= self.fitness:
            self.program, self.fitness, self.search_fitness = program, fitness, search_fitness


@attrs.define
class _Search:
    """The running totals of a search."""

    params: Params
    evolution: Evolution
    selection: Selection
    report: Report | None
    state: State
    before: int = 0
    """Programs scored in experiments that ended."""
    experiment: int = 1
    seconds: float = 0.0
    slice: int = 1
    """Programs to score before the search comes up for air."""
    began: float = attrs.field(factory=perf_counter)

    @property
    def evals(self) -> int:
        """Programs scored in all experiments."""
        return self.before + int(self.state.evals[0])

    @property
    def best_fitness(self) -> float:
        """The best of this experiment."""
        return float(self.state.best_fitness[0])

    def run(self) -> None:
        """Search until a limit or the target."""
        while not self._ended():
            self._advance()
            params = self.params
            restart = params.restart_after is not None and self.state.evals[0] >= params.restart_after
            if restart or self.best_fitness >= params.target_fitness or self._ended():
                self.offer()
            if self.report is not None:
                self.report(self._progress())
            if restart and not self._ended():
                self.before += int(self.state.evals[0])
                self.experiment += 1
                self.state = start(params, self.experiment)

    def offer(self) -> None:
        """Let the best of this experiment be selected."""
        self.selection.offer(best_of(self.state, coding_of(self.params)), self.best_fitness)

    def _ended(self) -> bool:
        return (
            self.selection.fitness >= self.params.target_fitness
            or self._evals_left() <= 0
            or self._seconds_left() <= 0
        )

    def _advance(self) -> None:
        limit = int(min(ENDLESS, self.params.restart_after or inf, self.state.evals[0] + self._evals_left()))
        asked, begin = self.slice, perf_counter()
        self.state = self.evolution.advance(self.state, asked, self.params.target_fitness, limit)
        took = perf_counter() - begin
        self.seconds += took
        wanted = min(PROGRESS_SECONDS, max(self._seconds_left(), 0.0)) / max(took, 1e-9) * asked
        self.slice = max(1, int(min(wanted, self.slice * FASTER)))

    def _evals_left(self) -> float:
        return inf if self.params.max_evals is None else self.params.max_evals - self.evals

    def _seconds_left(self) -> float:
        limit = self.params.max_seconds
        return inf if limit is None else limit - (perf_counter() - self.began)

    def _progress(self) -> Progress:
        rate = self.evals / self.seconds if self.seconds > 0 else 0.0
        left = min(self._seconds_left(), self._evals_left() / rate if rate else inf)
        scored = self.selection.program is not None
        return Progress(
            evals=self.evals,
            seconds=self.seconds,
            evals_per_second=rate,
            best_fitness=self.best_fitness,
            select_fitness=self.selection.fitness if scored else None,
            experiment=self.experiment,
            time_left=None if left == inf else max(0.0, left),
        )


def run_search(config: Config, on_progress: Report | None = None, on_notice: Notice | None = None) -> Found:
    """Search as a configuration says, and score what is found; Ctrl-C ends it and still returns the best.

    An experiment ends after `restart_after` programs and another begins from scratch. The best of each is
    scored on the select tasks then, and before whenever a new best reaches `target_fitness`. The search ends
    when a select score reaches it, or at `max_evals` or `max_seconds` in all. `on_progress` is called about
    ten times a second, `on_notice` with a sentence about what takes long before. Raises KeyboardInterrupt if
    there is nothing to return yet.
    """
    params, tasks = config.params, _Tasks(config)
    if on_notice is not None and not is_kept(evolve):
        on_notice(COMPILING)
    evolution = Evolution(params, tasks.of("search"))
    # Machine code is loaded, or compiled, and data packed before time counts.
    evolution.advance(start(params), 0)
    selection = Selection(tasks.score("select"))
    search = _Search(params, evolution, selection, on_progress, start(params))
    interrupted = False
    try:
        search.run()
    except KeyboardInterrupt:
        interrupted = True
    search.offer()
    if selection.program is None:
        raise KeyboardInterrupt
    program = dead_code(selection.program, interface_of(params.eval_type))
    return Found(
        program=program,
        best_fitness=selection.search_fitness,
        select_fitness=selection.fitness,
        final_fitness=tasks.score("final")(program),
        evals=search.evals,
        seconds=search.seconds,
        seed=params.seed,
        experiments=search.experiment,
        interrupted=interrupted,
        counts=evolution.counts,
    )


@attrs.define
class _Tasks:
    """The three sets of tasks, each made when first scored on."""

    config: Config
    _evaluators: dict[str, Evaluator] = attrs.field(factory=dict)

    def of(self, name: str) -> list[Task]:
        """The tasks of a set."""
        tasks = list(self.config.tasks(name))
        for task in tasks:
            if task.eval_type != self.config.params.eval_type:
                raise AzcError(
                    f"tasks.{name}: a task of {task.eval_type}, expected {self.config.params.eval_type} "
                    "as the search tasks have it"
                )
        return tasks

    def score(self, name: str) -> Callable[[Program], float]:
        """What scores a program on a set."""

        def fitness(program: Program) -> float:
            if name not in self._evaluators:
                self._evaluators[name] = Evaluator(self.of(name), precision=self.config.params.precision)
            return self._evaluators[name].fitness(program)

        return fitness
