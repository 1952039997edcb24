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
from azc.search.configuration import Config
from azc.search.evolution import State, advance, start
from azc.search.found import Found, Progress
from azc.search.params import Params
from azc.search.scorer import Scorer

PROGRESS_SECONDS: Final = 0.1
"""The search comes up for air about so often: for progress, limits and Ctrl-C."""
Report = Callable[[Progress], None]


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
        if program is None or program is self._last:
            return
        fitness = self.score(program)
        self._last = program
        if fitness >= self.fitness:
            self.program, self.fitness, self.search_fitness = program, fitness, search_fitness


@attrs.define
class _Search:
    """The running totals of a search."""

    params: Params
    score: Callable[[Program], float]
    selection: Selection
    report: Report | None
    state: State
    before: int = 0
    """Programs scored in experiments that ended."""
    experiment: int = 1
    seconds: float = 0.0
    began: float = attrs.field(factory=perf_counter)

    @property
    def evals(self) -> int:
        """Programs scored in all experiments."""
        return self.before + self.state.evals

    def run(self) -> None:
        """Search until a limit or the target."""
        while not self._ended():
            self._advance()
            params, state = self.params, self.state
            restart = params.restart_after is not None and state.evals >= params.restart_after
            if restart or state.best_fitness >= params.target_fitness or self._ended():
                self.selection.offer(state.best, state.best_fitness)
            if self.report is not None:
                self.report(self._progress())
            if restart and not self._ended():
                self.before += state.evals
                self.experiment += 1
                self.state = start(params, state.position)

    def _ended(self) -> bool:
        return (
            self.selection.fitness >= self.params.target_fitness
            or self._evals_left() <= 0
            or self._seconds_left() <= 0
        )

    def _advance(self) -> None:
        rest = self._evals_left()
        if self.params.restart_after is not None:
            rest = min(rest, self.params.restart_after - self.state.evals)
        begin = perf_counter()
        slice_seconds = min(PROGRESS_SECONDS, self._seconds_left())
        self.state = advance(self.state, self.params, self.score, rest, slice_seconds)
        self.seconds += perf_counter() - begin

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
            best_fitness=self.state.best_fitness,
            select_fitness=self.selection.fitness if scored else None,
            experiment=self.experiment,
            time_left=None if left == inf else max(0.0, left),
        )


def run_search(config: Config, on_progress: Report | None = None) -> Found:
    """Search as a configuration says, and score what is found; Ctrl-C ends it and still returns the best.

    An experiment ends after `restart_after` programs and another begins from scratch. The best of each is
    scored on the select tasks then, and before whenever a new best reaches `target_fitness`. The search ends
    when a select score reaches it, or at `max_evals` or `max_seconds` in all. `on_progress` is called about
    ten times a second. Raises KeyboardInterrupt if there is nothing to return yet.
    """
    params, tasks = config.params, _Tasks(config)
    score = Scorer(tasks.evaluator("search").fitness, params.eval_type)
    # What the first programs on new tasks would wait for, machine code and data in lanes, is no search.
    score(Program())
    search = _Search(params, score, Selection(tasks.score("select")), on_progress, start(params))
    interrupted = False
    try:
        search.run()
    except KeyboardInterrupt:
        interrupted = True
    selection = search.selection
    selection.offer(search.state.best, search.state.best_fitness)
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
    )


@attrs.define
class _Tasks:
    """The three sets of tasks, each made when first scored on."""

    config: Config
    _evaluators: dict[str, Evaluator] = attrs.field(factory=dict)

    def evaluator(self, name: str) -> Evaluator:
        """The evaluator of a set."""
        if name not in self._evaluators:
            tasks = self.config.tasks(name)
            for task in tasks:
                if task.eval_type != self.config.params.eval_type:
                    raise AzcError(
                        f"tasks.{name}: a task of {task.eval_type}, expected {self.config.params.eval_type} "
                        "as the search tasks have it"
                    )
            self._evaluators[name] = Evaluator(tasks)
        return self._evaluators[name]

    def score(self, name: str) -> Callable[[Program], float]:
        """What scores a program on a set."""
        return lambda program: self.evaluator(name).fitness(program)
