"""Evolution on tasks: the compiled inner loop, from state to state."""

from collections.abc import Callable, Sequence
from functools import partial
from math import inf
from typing import Final

import numpy as np

from azc.arguments import kind_of, optional, several, takes, whole
from azc.backends.llvm import Worker
from azc.errors import AzcError
from azc.ir import OPS, Program, check_features, interface_of
from azc.problems import shown
from azc.search.bench import LONG, ready
from azc.search.checks import TrainBudget
from azc.search.engine.caches import cache, forget
from azc.search.engine.compiled import is_cached, prepare
from azc.search.engine.loop import Scoring, found
from azc.search.engine.scoring import COUNTS, KNOWN_WORDS, Caches, Limits, functional_width
from azc.search.engine.state import Offspring, State
from azc.search.initial import first_programs, known_program
from azc.search.island_evolution import IslandEvolution
from azc.search.loops import loop_class
from azc.search.params import Params, a_params
from azc.search.space import coding_of, ops_of
from azc.tasks import Task

KNOWN_ENTRIES: Final = 1 << 18
FUNCTIONAL_ENTRIES: Final = 1 << 17
MAX_CACHE_WORDS: Final = 1 << 23
"""Maximum number of words that a cache has for values: 64 MB."""
MAX_SCORE_WORDS: Final = 1 << 18
"""The same with a fitness on each task: 2 MB. Hits there are mostly of programs scored lately, and a cache
that fits the processor's own is quicker to look up."""
LEAST_RACED: Final = 100
"""Minimum number of training examples of a race."""
MAX_TOLD: Final = 3
"""Maximum number of wrong tasks that an error names."""


class Evolution(IslandEvolution):
    """Evolution of programs on some tasks; threads cannot share one.

    It remembers scored programs, to be faster. The exact cache changes no result; the functional cache does,
    so it is emptied when an experiment begins, and by `forget`.
    """

    @takes(
        params=a_params,
        tasks=several(kind_of(Task), "a sequence of tasks, at least one", 1),
        lanes=optional(whole(1, 256)),
    )
    def __init__(self, params: Params, tasks: Sequence[Task], *, lanes: int | None = None):
        self.params = params
        tasks = _of_type(tasks, params.program.eval_type)
        island = params.island
        probe, first = island.functional_cache, _first(params, tasks)
        for program in first_programs(params.program):
            for features in {task.features for task in tasks}:
                check_features(program, features)
        self._tasks = ready(
            tasks,
            coding_of(params.program),
            ops_of(params.program),
            precision=island.precision,
            lanes=lanes,
            first=first,
            probe=(probe.train, probe.valid) if probe else None,
        )
        strategy = island.strategy
        self.n_scores = len(tasks) if strategy.scores_tasks else 0
        known = _entries(KNOWN_ENTRIES, KNOWN_WORDS + self.n_scores, self.n_scores)
        known = known if island.exact_cache or island.functional_cache else 0
        functional = _entries(FUNCTIONAL_ENTRIES, functional_width(self.n_scores), self.n_scores)
        functional = functional if island.functional_cache else 0
        chosen = loop_class(strategy)
        self._judge = Scoring(
            bench=self._tasks.tables,
            caches=Caches(
                known=cache(known, KNOWN_WORDS + self.n_scores),
                functional=cache(functional, functional_width(self.n_scores)),
                exact=island.exact_cache,
                n_scores=self.n_scores,
                counts=np.zeros(len(COUNTS), dtype=np.int64),
            ),
            limits=_limits(params, tasks, races=first is not None and island.race is not None),
            found=found(chosen.n_children(strategy), self.n_scores),
        )
        self._loop = chosen(params, self.n_scores, self._call)
        self._worker: Worker[None] | None = None
        self._long = max(task.features for task in tasks) >= LONG
        self._features = min(task.features for task in tasks)

    @property
    def counts(self) -> dict[str, int]:
        """Counts of how programs came by their fitness since this was made, by the names in `COUNTS`."""
        return dict(zip(COUNTS, self._judge.caches.counts.tolist(), strict=True))

    def _evolve(self, state: State, end: int, limit: int, target: float) -> State:
        return self._loop.evolve(state, self._judge, end, limit, target)

    def forget(self) -> None:
        """Empty the caches if they could change a result: with a functional cache, both of them."""
        if self.params.island.functional_cache:
            forget(self._judge.caches.functional)
            forget(self._judge.caches.known)

    def _score(self, state: State, programs: Offspring) -> None:
        counts = self._judge.caches.counts.copy()
        self._loop.score(state, self._judge, programs)
        self._judge.caches.counts[:] = counts

    def _call(self, function: Callable[..., None], *arguments: object) -> None:
        """Call the inner loop, which is compiled in this thread; Ctrl-C is heard during the call."""
        prepare(function, *arguments)
        run = partial(function, *arguments)
        self._heard(run) if self._long else run()

    def _heard(self, run: Callable[[], None]) -> None:
        """Run in a worker thread, to hear Ctrl-C in the middle of a long program, which then ends soon."""
        if self._worker is not None:
            self._worker.join()
        self._judge.bench.stop[0] = 0
        # The worker keeps this object alive: it alone owns the memory and machine code in use.
        worker = Worker(run, self)
        self._worker = worker  # before it begins: Ctrl-C may come as soon as it does
        try:
            worker.result()
        except KeyboardInterrupt:
            self._judge.bench.stop[0] = 1
            raise


def _entries(wanted: int, width: int, n_scores: int) -> int:
    """Number of entries of a cache with `width` words each."""
    most = MAX_SCORE_WORDS if n_scores else MAX_CACHE_WORDS
    while wanted * width > most and wanted > 1024:
        wanted //= 2
    return wanted


def _of_type(tasks: Sequence[Task], eval_type: str) -> list[Task]:
    """The tasks as a list; AzcError if there are none or one has another evaluation type."""
    try:
        found = list(tasks)
    except TypeError:
        raise AzcError(f"tasks: expected a list of azc.tasks.Task, but it is {shown(tasks)}") from None
    if not found:
        raise AzcError("tasks: there are none; expected one or more")
    wrong = [
        f"tasks[{index}] is {task.eval_type if isinstance(task, Task) else type(task).__name__}"
        for index, task in enumerate(found)
        if not isinstance(task, Task) or task.eval_type != eval_type
    ]
    if wrong:
        more = f", and {len(wrong) - MAX_TOLD} more" if len(wrong) > MAX_TOLD else ""
        raise AzcError(
            f"{', '.join(wrong[:MAX_TOLD])}{more}; expected tasks of {eval_type}, as the parameters have it"
        )
    return found


def _first(params: Params, tasks: Sequence[Task]) -> tuple[int, int] | None:
    """Numbers of first training and validation examples of the hurdle or the race; None without.

    There is no race where the first training examples would be too few to tell good from bad.
    """
    hurdle, race = params.island.hurdle, params.island.race
    n_train, n_valid = min(task.n_train for task in tasks), max(task.n_valid for task in tasks)
    if hurdle:
        return hurdle.train, n_valid
    if race and int(race.train * n_train) >= LEAST_RACED:
        return int(race.train * n_train), max(1, int(race.valid * min(task.n_valid for task in tasks)))
    return None


def _limits(params: Params, tasks: Sequence[Task], *, races: bool) -> Limits:
    examples = max(task.n_train * task.epochs for task in tasks)
    hurdle, race, budget = params.island.hurdle, params.island.race, params.island.train_budget
    return Limits(
        costs=np.array([op.cost for op in OPS], dtype=np.float64),
        examples=float(examples),
        budget=_budget(budget, params.program.eval_type, examples) if budget else inf,
        window=hurdle.window if hurdle else 0,
        quantile=hurdle.quantile if hurdle else 0.0,
        race=races,
        margin=race.margin if race else 0.0,
    )


def _budget(budget: TrainBudget, eval_type: str, examples: int) -> float:
    program = known_program(budget.baseline, interface_of(eval_type).classes)
    return budget.factor * cost(program, examples)


def cost(program: Program, examples: int) -> float:
    """Cost of training a program, by the table of operations: Setup once, the rest for every example."""
    setup, predict, learn = (
        float(sum(instruction.op.cost for instruction in function)) for function in program.functions
    )
    return setup + examples * (predict + learn)


def is_compiled(params: Params, *, told: bool = False) -> bool:
    """Whether the loop of a search is in the cache, so that the search compiles nothing.

    told: whether its programs are scored elsewhere.
    """
    loop = loop_class(params.island.strategy)
    return all(map(is_cached, loop.told_entries if told else loop.entries))
