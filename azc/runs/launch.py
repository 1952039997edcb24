"""Launch of a run: from a configuration or a folder to a result."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import Final

import attrs
import numpy as np

from azc.arguments import (
    a_function,
    a_path,
    a_text,
    a_written_path,
    an_object_with,
    fault,
    kind_of,
    optional,
    several,
    takes,
)
from azc.errors import AzcError
from azc.evaluation import Evaluator
from azc.ir import BY_NAME, Program, interface_of
from azc.passes import dead_code
from azc.runs import folder as folders
from azc.runs.callbacks import Callback
from azc.runs.folder import RunFolder
from azc.runs.identity import checksum, identity, set_name, task_digest
from azc.runs.recorder import NoRecorder, Recorder
from azc.runs.run import Run
from azc.runs.selection import Selection
from azc.runs.stopping import Signals
from azc.runs.workers import InProcess, Notice, OnExecutor, Share, Workers, silent
from azc.search import Archipelago, Config, SearchResult, default_round_evals, is_compiled, numbers_of
from azc.tasks import Task

SELECTING: Final = 0.02
"""Maximum share of a round's time for programs that are scored on the select tasks after it, estimated."""
COMPILING: Final = "compiling the search, once on this machine: it takes up to a minute"
WorkersOption = Callable[[Share], Workers] | Executor | int
"""A function from a share to workers, an executor, or a number of processes on this machine."""


@attrs.define
class _TaskSets:
    """Sets of tasks; each is made ready when a program is first scored on it."""

    config: Config
    _first_final: str = ""
    """Checksum of the first final task when this start began."""
    _evaluators: dict[tuple[str, str], Evaluator] = attrs.field(factory=dict)

    def of(self, name: str) -> list[Task]:
        """The tasks of a set."""
        return self._checked(name, self.config.tasks(name))

    def check(self) -> None:
        """Check select and final tasks at the start, since a later error could cost a long run its result."""
        self.of("select")
        self._first_final = task_digest(*self._checked("final", [self.config.first_final()]))

    def _checked(self, name: str, tasks: list[Task]) -> list[Task]:
        expected = self.config.params.program.eval_type
        for task in tasks:
            if task.eval_type != expected:
                raise AzcError(
                    f"{set_name(name)}: a task of {task.eval_type}, expected {expected} as the search tasks "
                    "have it"
                )
        return tasks

    def score(self, name: str, program: Program, kind: int) -> float:
        """Fitness of a program on a set of tasks, in the precision of its kind of island."""
        precision = self.config.kinds[kind].params.island.precision
        if (name, precision) not in self._evaluators:
            tasks = self.of(name)
            if name == "final" and task_digest(tasks[0]) != self._first_final:
                raise AzcError(
                    f"{self.config.source}: tasks.final: its data have changed since this start began; "
                    "restore them, then resuming the run gives its result"
                )
            self._evaluators[name, precision] = Evaluator(tasks, precision=precision)
        return self._evaluators[name, precision].fitness(program)


def with_rounds(config: Config) -> Config:
    """The configuration with the default length of a round, unless it gives one."""
    if config.params.run.round_evals is not None:
        return config
    matrices = any(
        "m" in (*BY_NAME[op].operands, BY_NAME[op].result) for op in chain(*config.params.program.ops)
    )
    connected = any(kind.params.island.strategy.scores_tasks for kind in config.kinds)
    evals = default_round_evals(config.tasks("search"), matrices, connected)
    tables = {**config.tables, "search": {**config.tables["search"], "round_evals": evals}}
    run = attrs.evolve(config.params.run, round_evals=evals)
    kinds = tuple(attrs.evolve(kind, params=attrs.evolve(kind.params, run=run)) for kind in config.kinds)
    return attrs.evolve(config, params=attrs.evolve(config.params, run=run), tables=tables, kinds=kinds)


def _most_offered(round_evals: int, tasks: _TaskSets) -> int:
    """Number of programs that may be scored on the select tasks after a round, at least one.

    This process scores those of all islands, however many workers there are.
    """
    search, select = (sum(map(numbers_of, tasks.of(name))) for name in ("search", "select"))
    return max(1, int(SELECTING * round_evals * search / select))


_callbacks: Final = several(kind_of(Callback), "a sequence of Callbacks")


_CONFIG: Final = kind_of(Config, advice="azc.search.load_config gives one")


@takes(config=_CONFIG, callbacks=_callbacks, on_notice=a_function)
def run_search(
    config: Config,
    *,
    run_dir: str | Path | RunFolder | None = None,
    workers: WorkersOption = InProcess,
    callbacks: Sequence[Callback] = (),
    on_notice: Notice = silent,
) -> SearchResult:
    """Search as a configuration says, and score the best program.

    With `run_dir` the run has a folder, from which `resume` continues it; without it nothing is written.
    `workers` computes the rounds: `InProcess`, a number of processes on this machine, an executor, or a
    function from a share to workers (`azc.runs.connected`). The first Ctrl-C, SIGTERM or SIGHUP ends the run
    after its round, with a result; the second raises KeyboardInterrupt at once. `on_notice` is called with
    sentences about slow or failed steps. AzcError if an argument, the tasks or the folder are wrong.
    """
    _check_workers(workers)
    if run_dir is not None and not isinstance(run_dir, RunFolder):
        a_written_path("run_dir", run_dir)
    config = with_rounds(config)
    if run_dir is None:
        return _run(config, NoRecorder(), workers, callbacks, on_notice)
    folder = run_dir if isinstance(run_dir, RunFolder) else RunFolder(Path(run_dir))
    with _locked(folder):
        if folder.is_run:
            raise AzcError(f"{folder.path}: holds a run; resume it with `azc resume`, or name another folder")
        folders.prepare(folder)
        recorder = Recorder(folder, config, on_notice)
        try:
            return _run(config, recorder, workers, callbacks, recorder.notice)
        finally:
            if not recorder.has_begun and not folder.is_run:
                folders.discard(folder)


@takes(
    run_dir=a_path,
    config=optional(_CONFIG),
    overrides=several(a_text, "a sequence of texts like search.max_evals=40_000"),
    callbacks=_callbacks,
    on_notice=a_function,
)
def resume(
    run_dir: str | Path,
    *,
    config: Config | None = None,
    overrides: Sequence[str] = (),
    workers: WorkersOption = InProcess,
    callbacks: Sequence[Callback] = (),
    on_notice: Notice = silent,
) -> SearchResult:
    """Resume a run, exactly as if it had not stopped. A finished run returns its result again.

    `overrides` may change limits (`azc.search.LIMITS`), as in `["search.max_evals=40_000"]`. `config` is
    needed if the run's tasks were given in Python, since the folder does not hold them. AzcError if anything
    but limits has changed since the run began.
    """
    _check_workers(workers)
    if config is not None and overrides:
        raise AzcError("config and overrides exclude each other; put the limits into the config")
    folder = folders.opened(run_dir)
    with _locked(folder):
        known = with_rounds(config or folders.configured(folder, overrides))
        recorder = Recorder(folder, known, on_notice)
        return _run(known, recorder, workers, callbacks, recorder.notice)


@contextmanager
def _locked(folder: RunFolder) -> Iterator[None]:
    held = folders.lock(folder)
    try:
        yield
    finally:
        held.release()


def _run(
    config: Config,
    recorder: Recorder | NoRecorder,
    option: WorkersOption,
    callbacks: Sequence[Callback],
    on_notice: Notice,
) -> SearchResult:
    tasks = _TaskSets(config)
    facts = identity(config)
    tasks.check()
    share = Share(
        tuple((kind.params, tuple(tasks.of(kind.tasks))) for kind in config.kinds),
        # The identity lacks limits, but a round ends at the target, so a share's key needs all parameters.
        checksum([facts, repr([kind.params for kind in config.kinds])]),
    )
    workers = _workers(option, share)
    run = Run(
        config,
        workers,
        recorder,
        callbacks,
        Selection(partial(tasks.score, "select")),
        Archipelago(config.kinds),
        signals=Signals(on_notice),
        most_offered=_most_offered(config.params.run.round_evals or 1, tasks),
    )
    with run.signals, recorder:
        checkpoint = recorder.open(facts, run.verify)
        for callback in callbacks:
            callback.on_start(config.tables)
        if checkpoint is not None:
            run.restore(checkpoint)
            progress = run.progress(recorder.round_rows(checkpoint.round))
            for callback in callbacks:
                callback.on_resume(progress)
        limit = run.ended()
        if limit:
            name = {"target": "target_fitness"}.get(limit, limit)
            value = getattr(config.params.limits, name)
            on_notice(f"the run has ended, by {name} = {value:,}; a higher limit would continue it")
        finished = recorder.finished if limit else ""
        found = _result(run, tasks, finished or _compute(run, recorder, on_notice), recorder)
        if not finished:
            recorder.ended(found)
    for callback in callbacks:
        callback.on_end(found)
    return found


MAX_PROCESSES: Final = 1024
"""Maximum number of processes on this machine."""
_WORKERS: Final = an_object_with("width", "ready", "submit", "mend", "close")


def _check_workers(workers: WorkersOption) -> None:
    if isinstance(workers, int | np.integer) and not isinstance(workers, bool):
        is_right = 1 <= workers <= MAX_PROCESSES
    else:
        is_right = isinstance(workers, Executor) or callable(workers)
    if not is_right:
        raise fault(
            "workers",
            f"a number of processes from 1 to {MAX_PROCESSES}, an executor or a function that makes workers",
            workers,
        )


def _workers(option: WorkersOption, share: Share) -> Workers:
    if isinstance(option, Executor):
        return OnExecutor(share, option)
    if isinstance(option, int | np.integer):
        from azc.runs.processes import Processes

        return Processes(share, int(option)) if option > 1 else InProcess(share)
    made: Workers = _WORKERS("the result of workers", option(share))
    return made


def _compute(run: Run, recorder: Recorder | NoRecorder, on_notice: Notice) -> str:
    """Compute rounds, as a new start, until the run ends; return the reason."""
    recorder.begin(run.totals.round)
    try:
        if not run.ended():
            _ready(run, recorder, on_notice)
        why = run.compute(on_notice)
    finally:
        run.workers.close()
    if run.islands is not None:
        recorder.save(run.checkpoint())
    return why


def _ready(run: Run, recorder: Recorder | NoRecorder, on_notice: Notice) -> None:
    if not all(is_compiled(kind.params) for kind in run.config.kinds):
        on_notice(COMPILING)
    began = perf_counter()
    count = run.workers.ready(on_notice)
    recorder.started(run.workers, count, perf_counter() - began)
    if count > (islands := run.archipelago.size):
        on_notice(
            f"{count} workers, of which only {islands} can be busy at a time, one for each island: "
            f"search.n_islands = {islands}"
        )
    for callback in run.callbacks:
        callback.on_ready(count)


def _result(run: Run, tasks: _TaskSets, why: str, recorder: Recorder | NoRecorder) -> SearchResult:
    params, totals, selection = run.config.params, run.totals, run.selected()
    if selection.program is None and run.signals.asked:
        raise KeyboardInterrupt
    if selection.program is None:
        raise AzcError(f"no program was found: the run ended ({why}) before one was scored; raise its limits")
    program = dead_code(selection.program, interface_of(params.program.eval_type))
    own_tasks = run.config.kinds[selection.kind].tasks != "search"
    best = tasks.score("search", program, selection.kind) if own_tasks else selection.search_fitness
    return SearchResult(
        program=program,
        best_fitness=best,
        select_fitness=selection.fitness,
        final_fitness=tasks.score("final", program, selection.kind),
        evals=totals.evals,
        seconds=totals.seconds,
        seed=params.run.seed,
        experiments=sum(island.experiment for island in run.islands or []),
        rounds=totals.round,
        ended=why,
        counts=totals.counts,
        run_record=totals.best_fitness,
        individual=selection.individual,
        kind=selection.kind,
        run=recorder.where,
    )
