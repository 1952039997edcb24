"""Evaluations with a time limit: they run in another process, which is killed when one takes too long.

Only a process can be stopped anywhere: within an example that takes hours, or during compilation.
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

from azc.cli.serve.answers import error_answer
from azc.cli.serve.pool import EvaluatorPool
from azc.cli.serve.requests import EvaluationRequest

if TYPE_CHECKING:
    from azc.tasks import Task


class _PoolProcess(NamedTuple):
    process: ForkProcess
    pipe: "Connection[Any, Any]"
    """Our end of the pipe to it."""


class TimeLimitedPool:
    """An evaluator pool in a process of its own, which is killed when an evaluation reaches the time limit.

    The process is a fork of this one, so it has all tasks; tasks defined later are sent to it. After it was
    killed or has died, the next evaluation starts another.

    max_memory: bytes that tasks and evaluations may take.
    seconds: time limit of an evaluation.
    """

    def __init__(self, max_memory: int, seconds: float) -> None:
        self._pool = EvaluatorPool(max_memory)
        """What a new process begins with; nothing is evaluated in this one."""
        self._seconds = seconds
        self._running: _PoolProcess | None = None

    @property
    def tasks(self) -> "dict[str, Task]":
        """Defined tasks, by name."""
        return self._pool.tasks

    def define(self, tasks: "Mapping[str, Task]") -> None:
        """Store tasks under names; AzcError if they exceed the memory."""
        self._pool.define(tasks)
        if self._running is not None:
            try:
                self._running.pipe.send(tasks)
            except OSError:
                self.clear()

    def clear(self) -> None:
        """Kill the process, and with it all evaluators; tasks stay defined."""
        if self._running is not None:
            self._running.process.kill()
            self._running.process.join()
            self._running.pipe.close()
            self._running = None

    def evaluate(self, request: EvaluationRequest, received: float | None = None) -> bytes:
        """Evaluate; the result as a JSON object, or an error when the time is over or the process dies.

        `received`: time at which the request came, in seconds of `monotonic`; now by default.
        """
        deadline = (monotonic() if received is None else received) + self._seconds
        try:
            running = self._started()
            running.pipe.send(request)
            if running.pipe.poll(max(0.0, deadline - monotonic())):
                return running.pipe.recv_bytes()
            result = error_answer(
                f"the evaluation took longer than {self._seconds:g} seconds and was stopped "
                "(azc serve --max-seconds)"
            )
        except (EOFError, OSError) as error:
            result = error_answer(self._failure(error))
        except BaseException:
            self.clear()
            raise
        self.clear()
        return result

    def _started(self) -> _PoolProcess:
        if self._running is None:
            context = multiprocessing.get_context("fork")
            ours, theirs = context.Pipe()
            process = context.Process(target=_evaluate_requests, args=(theirs, ours, self._pool), daemon=True)
            process.start()
            theirs.close()
            self._running = _PoolProcess(process, ours)
        return self._running

    def _failure(self, error: Exception) -> str:
        """Message for a process that did not start or does not answer."""
        if self._running is None:
            return f"no process could be started for the evaluation: {error}"
        self._running.process.join(1.0)
        code = self._running.process.exitcode
        return (
            f"the evaluating process ended (exit code {code}), perhaps for lack of memory; use fewer "
            "features, examples, tasks or addresses"
        )


def _evaluate_requests(
    pipe: "Connection[Any, Any]", other_end: "Connection[Any, Any]", pool: EvaluatorPool
) -> None:
    """Main function of the process: define tasks and answer requests until the server closes the pipe."""
    other_end.close()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
    # The server's input and output are for the server alone.
    with open(os.devnull, "r+b") as nowhere:
        for stream in (0, 1):
            os.dup2(nowhere.fileno(), stream)
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    with suppress(EOFError, OSError):
        while True:
            received = pipe.recv()
            if isinstance(received, EvaluationRequest):
                pipe.send_bytes(pool.evaluate(received))
            else:
                pool.define(received)


def _exit_with_parent() -> None:
    """Wait until the server has ended, and end this process even in the middle of an evaluation."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
