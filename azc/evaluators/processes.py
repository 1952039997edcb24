"""Processes that score programs: started when needed, stopped when they take too long, started again."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import IO, Any, Final
from weakref import finalize

from azc.errors import AzcError
from azc.evaluators.judge import CallFailedError
from azc.ir import Program

START_SECONDS: Final = 300.0
"""Maximum seconds until a Python function is imported."""
MAX_SAID: Final = 1 << 20
"""Bytes of a process's output that are kept, at most, when a call begins."""
TAIL: Final = 500
"""Characters of its last output that an error quotes."""


class Running:
    """A running process, which ends with this object; its output is kept for errors."""

    def __init__(self, command: Sequence[str], folder: Path, **more: Any):
        """`more`: further arguments of Popen; without any the process has no input, and only says things."""
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the process)
        pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": self._output} | more
        try:
            # A session of its own: Ctrl-C in a terminal is not for it, and its own children end with it.
            self.process = subprocess.Popen(
                command, cwd=folder, stderr=self._output, start_new_session=True, **pipes
            )
        except (OSError, ValueError) as error:
            self._output.close()
            reason = getattr(error, "strerror", None) or error
            raise AzcError(
                f"evaluator: cannot start {command[0]} in {folder}: {reason}; check evaluator.command and "
                "evaluator.folder"
            ) from None
        self.close = finalize(self, _end, self.process, self._output)

    def begin_call(self) -> None:
        """Forget old output, if it is much."""
        if os.fstat(self._output.fileno()).st_size > MAX_SAID:
            self._output.truncate(0)
            self._output.seek(0)

    def said(self) -> str:
        """The end of its output."""
        size = os.fstat(self._output.fileno()).st_size
        # `pread` leaves the offset, which the process shares.
        data = os.pread(self._output.fileno(), 4 * TAIL, max(0, size - 4 * TAIL))
        return data.decode("utf-8", "replace").strip()[-TAIL:]

    def died(self) -> CallFailedError:
        """What to raise when it has ended by itself."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=5)
        code = self.process.poll()
        how = "ended" if code is None else f"ended with {_status(code)}"
        said = self.said()
        return CallFailedError("died", f"its process {how}{f': {said}' if said else ''}")


def _status(code: int) -> str:
    if code >= 0:
        return f"status {code}"
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


def _end(process: "subprocess.Popen[bytes]", output: IO[bytes]) -> None:
    """Kill a process with all that it started."""
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(OSError):
        process.kill()
    process.wait()
    for file in (process.stdin, process.stdout, output):
        if file is not None:
            with suppress(OSError):
                file.close()


class PythonCaller:
    """Calls a Python function in a process of its own."""

    def __init__(self, begin: Mapping[str, Any], folder: Path, seconds: float):
        """`begin`: the arguments of `child.begin`, by name."""
        self._begin, self._folder, self._seconds = dict(begin), folder, seconds
        self._running: Running | None = None
        self._pipe: Connection | None = None
        self.takes_stage = False
        self._start()

    def _start(self) -> None:
        ours, theirs = Pipe()
        path = [os.path.abspath(entry) for entry in sys.path]
        # The path of this process, but not the folder first: a file random.py there must not hide Python's.
        code = (
            f"import sys; sys.path[:] = {path!r}; from azc.evaluators.child import serve; "
            f"serve({theirs.fileno()})"
        )
        try:
            command = [sys.executable, "-P", "-c", code]
            self._running = Running(command, self._folder, pass_fds=[theirs.fileno()])
        finally:
            theirs.close()
        self._pipe = ours
        try:
            answer = self._asked(self._begin, START_SECONDS)
        except CallFailedError as error:
            self.close()
            raise AzcError(f"evaluator.python: {self._begin['python']}: {error}") from None
        self.takes_stage = bool(answer)

    def __call__(self, programs: Sequence[Program], stage: str) -> object:
        """What the function returned."""
        if self._running is None:
            self._start()
        assert self._running is not None
        self._running.begin_call()
        return self._asked((list(programs), stage), self._seconds)

    def _asked(self, message: object, seconds: float) -> object:
        assert self._running is not None
        assert self._pipe is not None
        try:
            self._pipe.send(message)
            if not self._pipe.poll(seconds):
                raise CallFailedError("timed_out", f"a call took more than {seconds:g} seconds")
            what, answer = self._pipe.recv()
        except (EOFError, OSError):
            error = self._running.died()
            self.close()
            raise error from None
        except BaseException:
            # A call that was left half-way has an answer that nobody takes.
            self.close()
            raise
        if what == "raised":
            raise CallFailedError("raised", str(answer))
        return answer

    def close(self) -> None:
        """End the process."""
        if self._running is not None:
            self._running.close()
            self._running = None
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
