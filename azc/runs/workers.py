"""What computes rounds: this process, or any executor; processes and clusters have files of their own.

All of them are given the tasks once and jobs after that; a job and its outcome are plain arrays. Where a
worker is lost, its job is given out again: a round is a function of its job.
"""

import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from typing import Final, Protocol

import attrs

from azc.arguments import a_function, kind_of, takes, whole
from azc.errors import AzcError
from azc.search import Evolution, Job, Outcome, Params, advance, migrants_of, start
from azc.tasks import Task

Notice = Callable[[str], None]
"""Called with a sentence that a person should read."""


def silent(sentence: str) -> None:
    """Ignore a notice."""


LOST: Final = (BrokenExecutor, CancelledError, ConnectionError)
"""What an executor raises when a worker is lost."""


@attrs.frozen(eq=False)
class Share:
    """What all workers need: parameters and tasks by kind of island."""

    kinds: tuple[tuple[Params, tuple[Task, ...]], ...]
    key: str
    """What it is known by: equal keys, equal shares."""


def check_kind(share: Share, kind: int) -> None:
    """AzcError unless a share has a kind of islands with this number."""
    if kind >= len(share.kinds):
        raise AzcError(f"there is no kind {kind} of islands; the share has {len(share.kinds)}")


KEPT: Final = 8
"""What a thread keeps to evolve with, where several runs take turns."""
_made = threading.local()
"""Evolutions of each thread by share and kind, the least recently used first."""


def evolution_of(share: Share, kind: int) -> Evolution:
    """What this thread evolves islands of a kind with; made once, for it is not for two threads at once."""
    made: dict[tuple[str, int], Evolution] = vars(_made).setdefault("by", {})
    key = share.key, kind
    found = made.pop(key, None) or Evolution(*share.kinds[kind])
    while len(made) >= max(KEPT, len(share.kinds)):
        made.pop(next(iter(made)))
    made[key] = found
    return found


def drop(share: Share) -> None:
    """Let go of what this thread evolves islands of a share with."""
    made: dict[tuple[str, int], Evolution] = vars(_made).get("by", {})
    for kind in range(len(share.kinds)):
        made.pop((share.key, kind), None)


def compute(share: Share, kind: int, job: Job) -> Outcome:
    """The outcome of a job."""
    return advance(evolution_of(share, kind), job)


def warm(share: Share) -> None:
    """Load or compile all that rounds need."""
    for kind, (params, _) in enumerate(share.kinds):
        evolution, state = evolution_of(share, kind), start(params)
        evolution.advance(state, 0)
        if len(share.kinds) > 1:
            evolution.score(state, migrants_of(state, []))


class Workers(Protocol):
    """What rounds are given to."""

    @property
    def width(self) -> int:
        """Number of jobs to give out at a time."""

    def ready(self, on_notice: Notice) -> int:
        """Wait until everybody can begin at once; how many there are. `on_notice` is called until `close`."""

    def submit(self, kind: int, job: Job) -> "Future[Outcome]":
        """Give out a job."""

    def mend(self) -> None:
        """Take up work again after a worker was lost; what was given out is lost."""

    def close(self) -> None:
        """End; what still runs is of no use."""


a_share: Final = kind_of(Share)
_job: Final = kind_of(Job)


@takes(share=a_share, width=whole(1))
@attrs.define(eq=False)
class Here:
    """This process: a job is done when it is given."""

    share: Share
    width: int = 1

    @takes(on_notice=a_function)
    def ready(self, on_notice: Notice = silent) -> int:
        """Nobody but this process."""
        warm(self.share)
        return 1

    @takes(kind=whole(), job=_job)
    def submit(self, kind: int, job: Job) -> "Future[Outcome]":
        """Do the job; Ctrl-C comes through."""
        check_kind(self.share, kind)
        done: Future[Outcome] = Future()
        done.set_result(compute(self.share, kind, job))
        return done

    def mend(self) -> None:
        """Nothing to mend."""

    def close(self) -> None:
        """Let go of what this thread evolved with."""
        drop(self.share)


@takes(share=a_share, executor=kind_of(Executor), width=whole(1))
@attrs.define(eq=False)
class Lent:
    """An executor of somebody else's: jobs carry their share along, which threads do not copy."""

    share: Share
    executor: Executor
    width: int = 64
    _pending: "set[Future[Outcome]]" = attrs.field(factory=set)

    @takes(on_notice=a_function)
    def ready(self, on_notice: Notice = silent) -> int:
        """Nobody knows who is behind it."""
        return 1

    @takes(kind=whole(), job=_job)
    def submit(self, kind: int, job: Job) -> "Future[Outcome]":
        """Give out a job."""
        check_kind(self.share, kind)
        future = self.executor.submit(compute, self.share, kind, job)
        self._pending.add(future)
        future.add_done_callback(self._pending.discard)
        return future

    def mend(self) -> None:
        """Only its owner can mend it."""
        raise AzcError("the executor lost a worker and takes no more work; resume the run with another one")

    def close(self) -> None:
        """Take back what has not begun; the executor is its owner's to close."""
        for future in list(self._pending):
            future.cancel()
