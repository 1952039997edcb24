"""Worker processes on this machine, started at once; they shut down with the process that started them."""

import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import wait
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.queues import SimpleQueue
from types import ModuleType
from typing import Any, Final, NamedTuple

import attrs

from azc.arguments import a_function, kind_of, takes, whole
from azc.errors import AzcError, CacheWarning
from azc.runs.stopping import SIGNALS
from azc.runs.workers import (
    Notice,
    Share,
    a_share,
    check_importable,
    check_kind,
    compute,
    drop,
    is_warm,
    silent,
    warm,
)
from azc.search import Job, Outcome

_given: dict[str, Share] = {}
"""Shares that this process has received, by key."""


def compute_given(key: str, kind: int, job: Job) -> Outcome:
    """The outcome of a job on a share that this process has received."""
    return compute(_given[key], kind, job)


def give(share: Share) -> None:
    """Store a share in this process."""
    _given[share.key] = share


class _Start(NamedTuple):
    """Synchronization of a starting pool, passed as process arguments because it cannot be passed in jobs."""

    shares: Any
    """Pipe with one copy of the share for each process."""
    turn: Any
    """Lock held by the process that reads the pipe."""
    ready: Any
    """Semaphore released by each process that is ready."""
    gate: Any
    """Semaphore released once for each process when all are ready."""


_gates: list[Any] = []
"""The semaphore that this process's first job waits for."""


_starting = threading.Lock()
"""Lock held while a process starts without the main module."""


class _Process(SpawnProcess):
    """A process that does not import its parent's main module.

    Workers need nothing from it. A script on standard input cannot be imported, and one without
    `if __name__ == "__main__"` would begin the search again.
    """

    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802 (multiprocessing's name)
        with _starting:
            main = sys.modules["__main__"]
            sys.modules["__main__"] = ModuleType("__main__")
            try:
                return SpawnProcess._Popen(process_obj)
            finally:
                sys.modules["__main__"] = main


_closing = threading.Lock()
"""Lock held while a queue's ends are closed: two threads that close one at once close a descriptor twice."""


class _Results(SimpleQueue):  # type: ignore[type-arg]
    """The queue on which workers' outcomes come back."""

    def end(self) -> None:
        """Close this process's writing end, so that the queue ends for its reader with the last worker."""
        with _closing:
            self._writer.close()  # type: ignore[attr-defined]

    def close(self) -> None:
        """Close both ends."""
        with _closing:
            super().close()


class _Context(SpawnContext):
    """Starts an executor's worker processes, and remembers them, since the executor does not show them."""

    def __init__(self) -> None:
        super().__init__()
        self.processes: list[_Process] = []
        self.results: list[_Results] = []

    def Process(self, *args: Any, **more: Any) -> _Process:  # type: ignore[override]  # noqa: N802
        """A worker process."""
        self.processes.append(_Process(*args, **more))
        return self.processes[-1]

    def SimpleQueue(self) -> _Results:  # noqa: N802
        """The queue of results, the only one of its kind that an executor makes."""
        self.results.append(_Results(ctx=self.get_context()))
        return self.results[-1]

    def kill(self) -> None:
        """End all processes, whatever they do."""
        for process in self.processes:
            if process.pid is not None:
                process.kill()


def _begin(start: _Start) -> None:
    """Initialize a worker process."""
    # The parent has the same cache and warns of its problems itself.
    warnings.simplefilter("ignore", CacheWarning)
    # A terminal signals all processes of its group; the parent alone decides when to end. A handler, since
    # programs that this process starts would inherit an ignored signal.
    for number in SIGNALS:
        signal.signal(number, _ignored)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with start.turn:
        share = start.shares.recv()
    give(share)
    warm(share)
    _gates.append(start.gate)
    start.ready.release()


def _ignored(number: int, frame: object) -> None:
    """Ignore a signal."""


def _wait_for_all() -> None:
    """First job of a process: wait until all are ready."""
    _gates[0].acquire()


def _hand_out(share: Share, count: int, pipe: Any) -> None:
    """Send a share to each process; blocks until all have read theirs."""
    # Processes that have died are noticed where the pool is awaited.
    with suppress(OSError), pipe:
        for _ in range(count):
            pipe.send(share)


@contextmanager
def _ignoring_ctrl_c() -> Iterator[None]:
    """Ignore Ctrl-C in this process, and so from the first moment in the processes started meanwhile."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end_with_parent() -> None:
    """End this process when its parent is gone, for whatever reason."""
    process = multiprocessing.parent_process()
    assert process is not None
    process.join()
    os._exit(1)


def _watch(context: _Context) -> None:
    """Let all processes end with the first that does.

    A process that is killed while it writes leaves half an outcome. The executor would wait for the rest for
    ever, unless all processes that can write to the queue have ended.
    """
    wait([process.sentinel for process in context.processes])
    context.kill()
    for results in context.results:
        results.end()


TRIES: Final = 3
"""Maximum number of attempts to start the processes; each attempt starts all of them."""


@takes(share=a_share, count=whole(1, 1024))
@attrs.define(eq=False)
class Processes:
    """Worker processes on this machine; each compiles or loads its machine code once and keeps its tasks."""

    share: Share
    count: int = 1
    _pool: ProcessPoolExecutor | None = None
    _context: _Context = attrs.field(factory=_Context)
    """The pool's."""

    @property
    def width(self) -> int:
        """Two jobs a process: one to run, and the next to begin without a pause."""
        return 2 * self.count

    @takes(on_notice=a_function)
    def ready(self, on_notice: Notice = silent) -> int:
        """Start the processes and wait until all are ready; their number."""
        check_importable(self.share)
        if not is_warm(self.share):
            # Compile once here; the processes then load the result.
            warm(self.share)
            drop(self.share)
        self._begin(on_notice)
        return self.count

    def _start(self) -> None:
        """Begin all processes at once; BrokenExecutor if one ends before all are ready."""
        context = self._context = _Context()
        theirs, ours = context.Pipe(duplex=False)
        start = _Start(theirs, context.Lock(), context.Semaphore(0), context.Semaphore(0))
        self._pool = ProcessPoolExecutor(
            self.count, mp_context=context, initializer=_begin, initargs=(start,)
        )
        # The pool starts a process only for a job that finds none idle, so first jobs block until all run.
        with _ignoring_ctrl_c():
            first = [self._pool.submit(_wait_for_all) for _ in range(self.count)]
        theirs.close()
        threading.Thread(target=_hand_out, args=(self.share, self.count, ours), daemon=True).start()
        for _ in range(self.count):
            while not start.ready.acquire(timeout=0.2):
                for future in first:
                    if future.done():
                        future.result()
        for _ in range(self.count):
            start.gate.release()
        threading.Thread(target=_watch, args=(context,), daemon=True).start()

    @takes(kind=whole(), job=kind_of(Job))
    def submit(self, kind: int, job: Job) -> "Future[Outcome]":
        """Submit a job to the pool."""
        check_kind(self.share, kind)
        if self._pool is None:
            raise AzcError("no processes have begun; call ready first")
        return self._pool.submit(compute_given, self.share.key, kind, job)

    def mend(self) -> None:
        """Start a new pool, since a pool that lost a process accepts no jobs."""
        self._begin()

    def _begin(self, on_notice: Notice = silent) -> None:
        """Start a pool, again if a process ends before all are ready; AzcError after `TRIES` attempts."""
        for trial in range(1, TRIES + 1):
            self.close()
            try:
                return self._start()
            except BrokenExecutor:
                if trial < TRIES:
                    on_notice("a worker process ended during its start; another one replaces it")
        self.close()
        raise AzcError(
            f"worker processes ended {TRIES} times during their start; their output may stand above; is "
            "there enough memory?"
        )

    def close(self) -> None:
        """Kill all processes, whatever they are doing."""
        if self._pool is not None:
            self._context.kill()
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
