"""Evaluations in a process of their own, which is killed when one takes too long.

Only a process can be stopped anywhere: within an example that takes hours, or while it compiles.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from azc.cli.evaluator_pool import EvaluationRequest, EvaluatorPool, fault

if TYPE_CHECKING:
    from azc.tasks import Task


class _RequestProcess(NamedTuple):
    process: ForkProcess
    pipe: "Connection[Any, Any]"


class Apart:
    """An evaluator pool in another process: each evaluation has limited time, and cannot harm this process.

    The process begins as a copy of this one, so it knows all tasks; later tasks are sent.
    """

    def __init__(self, max_memory: int, seconds: float) -> None:
        self._bench = EvaluatorPool(max_memory)
        self._seconds = seconds
        self._running: _RequestProcess | None = None

    @property
    def tasks(self) -> "dict[str, Task]":
        """Defined tasks, by name."""
        return self._bench.tasks

    def define(self, made: "Mapping[str, Task]") -> None:
        """Store tasks under names."""
        self._bench.define(made)
        if self._running is not None:
            try:
                self._running.pipe.send(made)
            except OSError:
                self._end()

    def clear(self) -> None:
        """Drop all evaluators."""
        self._end()

    def evaluate(self, wanted: EvaluationRequest, began: float | None = None) -> bytes:
        """Evaluate, and answer with a JSON object; an error when the time is over.

        `began`: time at which the request came; now by default.
        """
        deadline = (monotonic() if began is None else began) + self._seconds
        try:
            running = self._begun()
            running.pipe.send(wanted)
            if running.pipe.poll(max(0.0, deadline - monotonic())):
                return running.pipe.recv_bytes()
            said = fault(
                f"this takes longer than {self._seconds:g} seconds (azc serve --max-seconds); stopped"
            )
        except (EOFError, OSError) as error:
            said = fault(self._death(error))
        except BaseException:
            self._end()
            raise
        self._end()
        return said

    def _begun(self) -> _RequestProcess:
        if self._running is None:
            context = multiprocessing.get_context("fork")
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, ours, self._bench), daemon=True)
            process.start()
            theirs.close()
            self._running = _RequestProcess(process, ours)
        return self._running

    def _death(self, error: Exception) -> str:
        """Message for a process that cannot be reached."""
        if self._running is None:
            return f"no process could be begun to evaluate in: {error}"
        self._running.process.join(1.0)
        code = self._running.process.exitcode
        return f"the process that evaluated ended (exit code {code}), perhaps for lack of memory; take less"

    def _end(self) -> None:
        if self._running is not None:
            self._running.process.kill()
            self._running.process.join()
            self._running.pipe.close()
            self._running = None


def _serve(pipe: "Connection[Any, Any]", other: "Connection[Any, Any]", bench: EvaluatorPool) -> None:
    """Main function of the evaluating process: store tasks and answer requests until the server is gone."""
    other.close()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
    with open(os.devnull, "r+b") as nowhere:
        for stream in (0, 1):
            os.dup2(nowhere.fileno(), stream)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, OSError):
        while True:
            came = pipe.recv()
            if isinstance(came, EvaluationRequest):
                pipe.send_bytes(bench.evaluate(came))
            else:
                bench.define(came)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
