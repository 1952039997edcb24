"""Launch of a run: from a configuration or a folder to a result."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing, contextmanager
from functools import partial
from itertools import chain
from math import inf
from pathlib import Path
from time import perf_counter
from typing import Any, Final
from uuid import uuid4

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
from azc.evaluators import OwnEvaluator
from azc.ir import BY_NAME
from azc.passes import dead_code
from azc.runs import folder as folders
from azc.runs.callbacks import Callback
from azc.runs.folder import RunFolder
from azc.runs.identity import checksum, identity
from azc.runs.recorder import NoRecorder, Recorder
from azc.runs.run import Run
from azc.runs.scores import EvaluatorScores, RunScores, TaskScores
from azc.runs.selection import Selection
from azc.runs.stopping import Signals
from azc.runs.workers import InProcess, Notice, OnExecutor, Share, Workers, silent
from azc.search import (
    Archipelago,
    Config,
    SearchResult,
    default_round_evals,
    is_compiled,
    load_config,
)
from azc.tasks import Task

ROUND_BATCHES: Final = 4
"""Default length of a round with an evaluator of one's own, in batches: nobody knows what one takes."""
COMPILING: Final = "compiling the search, once on this machine: it takes up to a minute"
WorkersOption = Callable[[Share], Workers] | Executor | int
"""A function from a share to workers, an executor, or a number of processes on this machine."""


def with_rounds(config: Config) -> Config:
    """The configuration with the default length of a round, unless it gives one."""
    if config.params.run.round_evals is not None:
        return config
    evals = _round_evals(config)
    tables = {**config.tables, "search": {**config.tables["search"], "round_evals": evals}}
    run = attrs.evolve(config.params.run, round_evals=evals)
    kinds = tuple(attrs.evolve(kind, params=attrs.evolve(kind.params, run=run)) for kind in config.kinds)
    return attrs.evolve(config, params=attrs.evolve(config.params, run=run), tables=tables, kinds=kinds)


def _round_evals(config: Config) -> int:
    """Default length of a round."""
    if config.evaluator is not None:
        return ROUND_BATCHES * config.evaluator.batch
    matrices = any(
        "m" in (*BY_NAME[op].operands, BY_NAME[op].result) for op in chain(*config.params.program.ops)
    )
    connected = any(kind.params.island.strategy.scores_tasks for kind in config.kinds)
    return default_round_evals(config.tasks("search"), matrices, connected)


_callbacks: Final = several(kind_of(Callback), "a sequence of Callbacks")


_CONFIG: Final = kind_of(Config, advice="azc.load_config gives one")
_EVALUATE: Final = optional(a_function)
Evaluate = Callable[[list[Any]], Any]
"""A function that scores programs: see docs/evaluators.md."""


def _a_config(name: str, value: Any) -> Any:
    """Check of a configuration, or of what `load_config` makes one from."""
    return load_config(value) if isinstance(value, str | Path | Mapping) else _CONFIG(name, value)


@takes(config=_a_config, callbacks=_callbacks, on_notice=a_function, evaluate=_EVALUATE)
def run_search(
    config: Config | str | Path | Mapping[str, Any],
    *,
    evaluate: Evaluate | None = None,
    tasks: Mapping[str, Sequence[Task]] | None = None,
    run_dir: str | Path | RunFolder | None = None,
    workers: WorkersOption = InProcess,
    callbacks: Sequence[Callback] = (),
    on_notice: Notice = silent,
) -> SearchResult:
    """Search as a configuration says, and score the best program.

    `config` may be what `load_config` takes. `evaluate` scores programs instead of tasks, in this process:
    it is called with a list of algorithms (or programs) and returns a score each. `tasks` are lists of tasks
    for `search`, `select` and `final`, instead of those of the configuration.

    With `run_dir` the run has a folder, from which `resume` continues it; without it nothing is written.
    `workers` computes the rounds: `InProcess`, a number of processes on this machine, an executor, or a
    function from a share to workers (`azc.runs.connected`). The first Ctrl-C, SIGTERM or SIGHUP ends the run
    after its round, with a result; the second raises KeyboardInterrupt at once. `on_notice` is called with
    sentences about slow or failed steps. AzcError if an argument, the tasks or the folder are wrong.
    """
    _check_workers(workers)
    if run_dir is not None and not isinstance(run_dir, RunFolder):
        a_written_path("run_dir", run_dir)
    assert isinstance(config, Config)
    config, evaluator = _scored_by(config, evaluate, tasks)
    if run_dir is None:
        return _run(config, evaluator, NoRecorder(), workers, callbacks, on_notice)
    folder = run_dir if isinstance(run_dir, RunFolder) else RunFolder(Path(run_dir))
    with _locked(folder):
        if folder.is_run:
            raise AzcError(f"{folder.path}: holds a run; resume it with `azc resume`, or name another folder")
        folders.prepare(folder)
        recorder = Recorder(folder, config, on_notice)
        try:
            return _run(config, evaluator, recorder, workers, callbacks, recorder.notice)
        finally:
            if not recorder.has_begun and not folder.is_run:
                folders.discard(folder)


@takes(
    run_dir=a_path,
    config=optional(_CONFIG),
    overrides=several(a_text, "a sequence of texts like search.max_evals=40_000"),
    callbacks=_callbacks,
    on_notice=a_function,
    evaluate=_EVALUATE,
)
def resume(
    run_dir: str | Path,
    *,
    evaluate: Evaluate | None = None,
    tasks: Mapping[str, Sequence[Task]] | None = None,
    config: Config | None = None,
    overrides: Sequence[str] = (),
    workers: WorkersOption = InProcess,
    callbacks: Sequence[Callback] = (),
    on_notice: Notice = silent,
) -> SearchResult:
    """Resume a run, exactly as if it had not stopped. A finished run returns its result again.

    `overrides` may change limits (`azc.search.LIMITS`), as in `["search.max_evals=40_000"]`. `evaluate`
    and `tasks` are needed if the run began with them, since the folder does not hold them; so is `config` if
    it was made of tasks by `default_config`. AzcError if anything but limits has changed since the run began.
    """
    _check_workers(workers)
    if config is not None and overrides:
        raise AzcError("config and overrides exclude each other; put the limits into the config")
    folder = folders.opened(run_dir)
    with _locked(folder):
        found = config or folders.configured(folder, overrides, given=tasks is not None)
        known, evaluator = _scored_by(found, evaluate, tasks)
        recorder = Recorder(folder, known, on_notice)
        return _run(known, evaluator, recorder, workers, callbacks, recorder.notice)


def _scored_by(
    config: Config, evaluate: Evaluate | None, tasks: Mapping[str, Sequence[Task]] | None
) -> tuple[Config, OwnEvaluator | None]:
    """The configuration, complete, and who scores programs if no tasks do."""
    if tasks is not None:
        if evaluate is not None:
            raise AzcError("evaluate= and tasks= exclude each other: either tasks score programs or you do")
        if config.evaluator is not None and (config.evaluator.python or config.evaluator.command):
            raise AzcError(f"{config.source}: [evaluator] scores programs, so tasks= cannot; leave one out")
        config = config.with_tasks(tasks)
    settings = config.evaluator
    if settings is None:
        if evaluate is not None:
            raise AzcError(f"{config.source}: has tasks, so evaluate= cannot score; remove its table [tasks]")
        return with_rounds(config), None
    if evaluate is not None and (settings.python or settings.command):
        raise AzcError(
            f"{config.source}: [evaluator] names one, so evaluate= cannot be another; leave one out"
        )
    if evaluate is None and not (settings.python or settings.command):
        raise AzcError(
            f"{config.source}: has no tasks and no evaluator; add a table [tasks.search], or [evaluator] "
            "with python or command; in Python give evaluate= or tasks= to run_search or resume"
        )
    if any(kind.params.island.needs_tasks for kind in config.kinds):
        raise AzcError(
            f"{config.source}: hurdle, functional_cache and train_budget need tasks, which an evaluator of "
            "your own does not have; remove them"
        )
    return with_rounds(config), OwnEvaluator(settings, config.params.program.declared, evaluate)


@contextmanager
def _locked(folder: RunFolder) -> Iterator[None]:
    held = folders.lock(folder)
    try:
        yield
    finally:
        held.release()


def _run(
    config: Config,
    evaluator: OwnEvaluator | None,
    recorder: Recorder | NoRecorder,
    option: WorkersOption,
    callbacks: Sequence[Callback],
    on_notice: Notice,
) -> SearchResult:
    sets = TaskScores(config)
    scores: RunScores = sets if evaluator is None else EvaluatorScores(config, evaluator, on_notice)
    facts = identity(config)
    scores.check()
    run = Run(
        config,
        _workers(option, _share(config, evaluator, sets, facts)),
        recorder,
        callbacks,
        Selection(
            partial(scores.score, "select") if scores.has_stages else None,
            config.params.program.declared,
            shorter=evaluator is not None,
        ),
        Archipelago(config.kinds),
        signals=Signals(on_notice),
        most_offered=scores.most_offered(config.params.run.round_evals or 1),
    )
    with closing(scores), run.signals, recorder:
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
        found = _result(run, scores, finished or _compute(run, scores, recorder, on_notice), recorder)
        # An evaluator that gave no final score may be mended by now.
        if not finished or evaluator is not None:
            recorder.ended(found)
    for callback in callbacks:
        callback.on_end(found)
    return found


def _share(
    config: Config, evaluator: OwnEvaluator | None, sets: TaskScores, facts: Mapping[str, str]
) -> Share:
    """What all workers need; `facts` are the run's identity."""
    return Share(
        tuple((kind.params, () if evaluator else tuple(sets.of(kind.tasks))) for kind in config.kinds),
        # The identity lacks limits, but a round ends at the target, so a share's key needs all parameters.
        # What an evaluator of one's own does may change from run to run, so that none is shared.
        checksum([facts, repr([kind.params for kind in config.kinds]), evaluator and uuid4().hex]),
        evaluator,
    )


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


def _compute(run: Run, scores: RunScores, recorder: Recorder | NoRecorder, on_notice: Notice) -> str:
    """Compute rounds, as a new start, until the run ends; return the reason."""
    recorder.begin(run.totals.round)
    try:
        if not run.ended():
            _ready(run, scores, recorder, on_notice)
        why = run.compute(on_notice)
    finally:
        run.workers.close()
    if run.islands is not None:
        recorder.save(run.checkpoint())
    return why


def _ready(run: Run, scores: RunScores, recorder: Recorder | NoRecorder, on_notice: Notice) -> None:
    own = run.config.evaluator is not None
    if not all(is_compiled(kind.params, told=own) for kind in run.config.kinds):
        on_notice(COMPILING)
    began = perf_counter()
    scores.prepare()
    count = run.workers.ready(on_notice)
    recorder.started(run.workers, count, perf_counter() - began)
    if count > (islands := run.archipelago.size):
        on_notice(
            f"{count} workers, of which only {islands} can be busy at a time, one for each island: "
            f"search.n_islands = {islands}"
        )
    for callback in run.callbacks:
        callback.on_ready(count)


def _result(run: Run, scores: RunScores, why: str, recorder: Recorder | NoRecorder) -> SearchResult:
    params, totals, selection = run.config.params, run.totals, run.selected()
    if selection.program is None and run.signals.asked:
        raise KeyboardInterrupt
    if selection.program is None and totals.best_fitness > -inf:
        raise AzcError(
            "none of the best programs got a select score; mend the evaluator, then resume the run"
        )
    if selection.program is None:
        raise AzcError(f"no program was found: the run ended ({why}) before one was scored; raise its limits")
    program = dead_code(selection.program, params.program.declared)
    own_tasks = run.config.kinds[selection.kind].tasks != "search"
    best = scores.score("search", program, selection.kind) if own_tasks else selection.search_fitness
    return SearchResult(
        program=program,
        best_fitness=best,
        select_fitness=selection.select_fitness,
        final_fitness=scores.score("final", program, selection.kind) if scores.has_stages else None,
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
