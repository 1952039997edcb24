"""Workers, which compute rounds: this process or any executor; processes and clusters have their own files.

Workers receive the tasks once and jobs after that; jobs and outcomes are plain arrays. A lost worker's job
is given out again, with the same outcome: a round is a function of its job.
"""

import threading
import weakref
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from typing import Final, Protocol

import attrs

from azc.arguments import a_function, kind_of, takes, whole
from azc.errors import AzcError
from azc.evaluators import OwnEvaluator
from azc.search import (
    Evolution,
    IslandEvolution,
    Job,
    Outcome,
    Params,
    ScoredEvolution,
    compute_job,
    is_compiled,
    migrants_of,
    start,
)
from azc.tasks import Task

Notice = Callable[[str], None]
"""Called with a sentence for people to read."""


def silent(sentence: str) -> None:
    """Ignore a notice."""


LOST: Final = (BrokenExecutor, CancelledError, ConnectionError)
"""Errors that an executor raises when a worker is lost."""


@attrs.frozen(eq=False)
class Share:
    """Data that all workers need: parameters and tasks by kind of island."""

    kinds: tuple[tuple[Params, tuple[Task, ...]], ...]
    key: str
    """Identifies the share: shares with equal keys are equal."""
    evaluator: OwnEvaluator | None = None
    """Who scores programs, if no tasks do."""


def check_kind(share: Share, kind: int) -> None:
    """Raise AzcError if a share has no kind of island with this index."""
    if kind >= len(share.kinds):
        raise AzcError(f"there is no kind {kind} of islands; the share has {len(share.kinds)}")


def check_importable(share: Share) -> None:
    """Raise AzcError if other processes could not have the evaluator, or a strategy that a script defines."""
    if share.evaluator is not None and share.evaluator.function is not None:
        raise AzcError(
            "evaluate= is called in this process, so workers=1 goes with it; for more put the function into "
            'a module and name it: python = "module:function" in the table [evaluator]'
        )
    for params, _ in share.kinds:
        strategy = type(params.island.strategy)
        if strategy.__module__ == "__main__":
            raise AzcError(
                f"strategy {strategy.name}: {strategy.__qualname__} is defined in the script that runs, "
                "which workers do not import; move it to a module of its own"
            )


KEPT: Final = 8
"""Maximum number of evolutions that a thread keeps, where several runs take turns."""
_made = threading.local()
"""Evolutions of each thread by share and kind, the least recently used first."""
_lock = threading.Lock()
_keys: "weakref.WeakKeyDictionary[IslandEvolution, str]" = weakref.WeakKeyDictionary()
"""Those of all threads, with the key of their share."""


def evolution_of(share: Share, kind: int) -> IslandEvolution:
    """This thread's evolution for a kind of island, made once: threads cannot share an evolution."""
    made: dict[tuple[str, int], IslandEvolution] = vars(_made).setdefault("by", {})
    key = share.key, kind
    found = made.pop(key, None) or _evolution(share, kind)
    while len(made) >= max(KEPT, len(share.kinds)):
        made.pop(next(iter(made))).close()
    made[key] = found
    with _lock:
        _keys[found] = share.key
    return found


def _evolution(share: Share, kind: int) -> IslandEvolution:
    params, tasks = share.kinds[kind]
    return Evolution(params, tasks) if share.evaluator is None else ScoredEvolution(params, share.evaluator)


def end(share: Share) -> None:
    """End what the evolutions of all threads started for a share that nobody needs any more."""
    with _lock:
        mine = [evolution for evolution, key in _keys.items() if key == share.key]
    for evolution in mine:
        evolution.close()


def drop(share: Share) -> None:
    """Free this thread's evolutions for a share."""
    made: dict[tuple[str, int], IslandEvolution] = vars(_made).get("by", {})
    for kind in range(len(share.kinds)):
        if evolution := made.pop((share.key, kind), None):
            evolution.close()


def compute(share: Share, kind: int, job: Job) -> Outcome:
    """Compute the outcome of a job."""
    return compute_job(evolution_of(share, kind), job)


def is_warm(share: Share) -> bool:
    """Whether all machine code that rounds need is in the cache."""
    return all(is_compiled(params, told=share.evaluator is not None) for params, _ in share.kinds)


def warm(share: Share) -> None:
    """Compile or load all machine code that rounds need."""
    for kind, (params, _) in enumerate(share.kinds):
        evolution, state = evolution_of(share, kind), start(params)
        evolution.advance(state, 0)
        if len(share.kinds) > 1:
            evolution.score(state, migrants_of(state, []))


class Workers(Protocol):
    """Computes the jobs of a run."""

    @property
    def width(self) -> int:
        """Maximum number of pending jobs."""

    def ready(self, on_notice: Notice) -> int:
        """Wait until all workers can begin; their number. `on_notice` may be called until `close`."""

    def submit(self, kind: int, job: Job) -> "Future[Outcome]":
        """Submit a job; one of `LOST` is raised, here or by the future, if its worker is lost."""

    def mend(self) -> None:
        """Replace lost workers; all pending jobs are lost."""

    def close(self) -> None:
        """Shut the workers down; running jobs are abandoned."""


a_share: Final = kind_of(Share)
_job: Final = kind_of(Job)


@takes(share=a_share, width=whole(1))
@attrs.define(eq=False)
class InProcess:
    """Computes jobs in this process, when they are submitted."""

    share: Share
    width: int = 1

    @takes(on_notice=a_function)
    def ready(self, on_notice: Notice = silent) -> int:
        """Compile or load the machine code; 1, the number of workers."""
        warm(self.share)
        return 1

    @takes(kind=whole(), job=_job)
    def submit(self, kind: int, job: Job) -> "Future[Outcome]":
        """Compute a job at once; KeyboardInterrupt passes through."""
        check_kind(self.share, kind)
        done: Future[Outcome] = Future()
        done.set_result(compute(self.share, kind, job))
        return done

    def mend(self) -> None:
        """Nothing to mend."""

    def close(self) -> None:
        """Free this thread's evolutions."""
        drop(self.share)


@takes(share=a_share, executor=kind_of(Executor), width=whole(1))
@attrs.define(eq=False)
class OnExecutor:
    """Computes jobs on a given executor; every job carries its share, which costs threads no copy."""

    share: Share
    executor: Executor
    width: int = 64
    _pending: "set[Future[Outcome]]" = attrs.field(factory=set)

    @takes(on_notice=a_function)
    def ready(self, on_notice: Notice = silent) -> int:
        """One worker, as far as is known: an executor does not tell its number."""
        return 1

    @takes(kind=whole(), job=_job)
    def submit(self, kind: int, job: Job) -> "Future[Outcome]":
        """Submit a job to the executor."""
        check_kind(self.share, kind)
        check_importable(self.share)
        future = self.executor.submit(compute, self.share, kind, job)
        self._pending.add(future)
        future.add_done_callback(self._pending.discard)
        return future

    def mend(self) -> None:
        """Raise AzcError: only the executor's owner can replace its workers."""
        raise AzcError("the executor lost a worker and takes no more work; resume the run with another one")

    def close(self) -> None:
        """Cancel jobs that have not begun, and end evaluators; shutting the executor down is its owner's."""
        for future in list(self._pending):
            future.cancel()
        end(self.share)
