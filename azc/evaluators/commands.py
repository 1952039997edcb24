"""Calls of a command that scores programs: a line of JSON in, a line of JSON out."""

import json
import os
import selectors
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, Final

from azc.evaluators.judge import CallFailedError
from azc.evaluators.processes import Running
from azc.ir import Program
from azc.language import format_program
from azc.problems import shown

MAX_ANSWER: Final = 1 << 26
"""Maximum bytes of an answer: 64 MB."""
CHUNK: Final = 1 << 16


class CommandCaller:
    """Calls a command, which stays running from call to call.

    It gets `{"stage": "search", "programs": ["def Setup(): …", …]}` and answers `{"scores": [0.5, …]}`, where
    null stands for nan; `{"error": "why"}` says that it could not.
    """

    def __init__(self, command: Sequence[str], folder: Path, seconds: float, *, takes_stage: bool):
        self._command, self._folder, self._seconds = command, folder, seconds
        self.takes_stage = takes_stage
        self._running: Running | None = None
        self._start()

    def _start(self) -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "bufsize": 0}
        self._running = Running(self._command, self._folder, **pipes)
        for file in (self._running.process.stdin, self._running.process.stdout):
            assert file is not None
            os.set_blocking(file.fileno(), False)

    def __call__(self, programs: Sequence[Program], stage: str) -> object:
        """The scores that the command answered."""
        if self._running is None:
            self._start()
        assert self._running is not None
        self._running.begin_call()
        texts = [format_program(program) for program in programs]
        line = json.dumps({"stage": stage, "programs": texts}).encode() + b"\n"
        try:
            answer = _answer(_exchanged(self._running, line, self._seconds))
        except BaseException:
            # Its next line could be the answer to this call.
            self.close()
            raise
        if "error" in answer:
            raise CallFailedError("raised", str(answer["error"]))
        return answer["scores"]

    def close(self) -> None:
        """End the process."""
        if self._running is not None:
            self._running.close()
            self._running = None


def _exchanged(running: Running, line: bytes, seconds: float) -> bytes:
    """Write a line to a process, and read one."""
    to, answers = running.process.stdin, running.process.stdout
    assert to is not None
    assert answers is not None
    with suppress(BlockingIOError):
        if early := os.read(answers.fileno(), CHUNK):
            text = early.decode("utf-8", "replace")
            raise CallFailedError("raised", f"said {shown(text)} before it was asked")
        raise running.died()
    deadline, answer, rest = monotonic() + seconds, bytearray(), memoryview(line)
    with selectors.DefaultSelector() as selector:
        selector.register(answers, selectors.EVENT_READ)
        selector.register(to, selectors.EVENT_WRITE)
        while True:
            ready = selector.select(max(0.0, deadline - monotonic()))
            if not ready:
                raise CallFailedError("timed_out", f"a call took more than {seconds:g} seconds")
            for key, _ in ready:
                if key.fd == to.fileno():
                    rest = rest[_written(running, key.fd, rest) :]
                    if not rest:
                        selector.unregister(to)
                    continue
                chunk = os.read(answers.fileno(), CHUNK)
                if not chunk:
                    raise running.died()
                answer += chunk
                if b"\n" in answer and not rest:
                    return bytes(answer)
                if len(answer) > MAX_ANSWER:
                    raise CallFailedError(
                        "raised", f"answered more than {MAX_ANSWER} bytes without a line's end"
                    )


def _written(running: Running, descriptor: int, data: memoryview) -> int:
    try:
        return os.write(descriptor, data[:CHUNK])
    except BrokenPipeError:
        raise running.died() from None


def _answer(line: bytes) -> dict[str, Any]:
    """An answer, with `scores` or `error`."""
    first, _, more = line.partition(b"\n")
    try:
        answer: Any = json.loads(first)
        if more.strip():
            raise ValueError("a second line follows")
    except (ValueError, RecursionError) as error:
        text = first.decode("utf-8", "replace")
        raise CallFailedError(
            "raised", f'answered {shown(text)}, expected one line like {{"scores": [0.5]}}: {error}'
        ) from None
    if not isinstance(answer, dict) or not answer.keys() & {"scores", "error"}:
        raise CallFailedError(
            "raised", f'answered {shown(answer)}, expected an object like {{"scores": [0.5]}}'
        )
    return answer
