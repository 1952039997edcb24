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
from azc.runs.workers import Notice, Share, a_share, check_kind, compute, silent, warm
from azc.search import Job, Outcome, is_compiled

_given: dict[str, Share] = {}
"""Shares that this process holds, by key."""


def compute_given(key: str, kind: int, job: Job) -> Outcome:
    """The outcome of a job, of a share that this process was given."""
    return compute(_given[key], kind, job)


def give(share: Share) -> None:
    """Let this process know a share."""
    _given[share.key] = share


class _Start(NamedTuple):
    """What processes of a pool begin with; only a process's arguments can hold such things."""

    shares: Any
    """A pipe with a share for each, for one after the other to take."""
    turn: Any
    """Held by the one that takes."""
    ready: Any
    """Released by each that can begin."""
    gate: Any
    """Released for each when all can."""


_gates: list[Any] = []
"""Event that this process's first job waits for."""


_starting = threading.Lock()
"""Held while a process is started without the main module."""


class _Process(SpawnProcess):
    """A process that does not import the main module of the one that starts it.

    Workers need nothing of it; and a script on standard input cannot be imported, one without `if __name__ ==
    "__main__"` would begin the search again.
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


class _Results(SimpleQueue):  # type: ignore[type-arg]
    """The queue on which workers' outcomes come back."""

    def end(self) -> None:
        """Let whoever reads see the end once all workers have ended: this process writes nothing itself."""
        self._writer.close()  # type: ignore[attr-defined]


class _Context(SpawnContext):
    """Starts an executor's worker processes, and remembers them: the executor keeps them to itself."""

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
    """The beginning of a worker process."""
    # The process that waits for this one has the same cache, and says what is wrong with it.
    warnings.simplefilter("ignore", CacheWarning)
    # Who asks to end asks all processes of a group; the one that waits for this one decides.
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with start.turn:
        share = start.shares.recv()
    give(share)
    warm(share)
    _gates.append(start.gate)
    start.ready.release()


def _wait_for_all() -> None:
    """A process's first job."""
    _gates[0].acquire()


def _hand_out(share: Share, count: int, pipe: Any) -> None:
    """Write a share for each process, which takes as long as they need to begin."""
    # Where they are gone, somebody else notices.
    with suppress(OSError), pipe:
        for _ in range(count):
            pipe.send(share)


@contextmanager
def _ignoring_ctrl_c() -> Iterator[None]:
    """Processes that begin meanwhile do not hear Ctrl-C, from their first moment on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end_with_parent() -> None:
    """End when the process that began this one is gone, however it went."""
    process = multiprocessing.parent_process()
    assert process is not None
    process.join()
    os._exit(1)


def _watch(context: _Context) -> None:
    """Let all processes end with the first that does.

    One that is killed while it writes leaves half an outcome, and the executor waits for the rest of it for
    ever, unless the processes that could write it have ended.
    """
    wait([process.sentinel for process in context.processes])
    context.kill()
    for results in context.results:
        results.end()


TRIES: Final = 3
"""Maximum number of processes lost while they start, first ones and replacements together."""


@takes(share=a_share, count=whole(1, 1024))
@attrs.define(eq=False)
class Processes:
    """Processes on this machine; each compiles or loads its machine code once and keeps its tasks."""

    share: Share
    count: int = 1
    _pool: ProcessPoolExecutor | None = None
    _context: _Context = attrs.field(factory=_Context)
    """The pool's."""

    @property
    def width(self) -> int:
        """A job each, and one to begin with at once when it is done."""
        return 2 * self.count

    @takes(on_notice=a_function)
    def ready(self, on_notice: Notice = silent) -> int:
        """Begin, and wait until all have what they need."""
        if not is_compiled():
            # Compiled here once, it is loaded by all.
            warm(self.share)
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
        # A process begins when a job finds none idle, so the first ones keep theirs busy until all are there.
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
        """Give out a job."""
        check_kind(self.share, kind)
        if self._pool is None:
            raise AzcError("no processes have begun; call ready first")
        return self._pool.submit(compute_given, self.share.key, kind, job)

    def mend(self) -> None:
        """Begin anew: a pool that lost a process takes no more work."""
        self._begin()

    def _begin(self, on_notice: Notice = silent) -> None:
        """Begin, again where a process ends before all are ready."""
        for trial in range(1, TRIES + 1):
            self.close()
            try:
                return self._start()
            except BrokenExecutor:
                if trial < TRIES:
                    on_notice("a worker process ended while it began; another one replaces it")
        self.close()
        raise AzcError(
            f"worker processes ended {TRIES} times while they began; what they wrote may stand above; is "
            "there enough memory?"
        )

    def close(self) -> None:
        """End all processes, whatever they do."""
        if self._pool is not None:
            self._context.kill()
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
