"""The process in which a Python function scores programs: what runs on the other side of the pipe."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from azc.evaluators.declared import EvaluatorSettings
from azc.evaluators.functions import FunctionCaller
from azc.evaluators.judge import CallFailedError, rows_of
from azc.ir import SignatureLike


def begin(
    python: str, folder: str, settings: EvaluatorSettings, declared: SignatureLike, precision: str
) -> FunctionCaller:
    """Import a function `module:function`, first from a folder, and make it ready to be called."""
    sys.path.insert(0, folder)
    try:
        found = _imported(python)
    except BaseException as error:  # the module is someone else's and may raise anything
        raise CallFailedError("raised", f"{type(error).__name__}: {error}") from error
    return FunctionCaller(found, settings, declared, precision)


def _imported(python: str) -> Callable[..., Any]:
    module, _, name = python.partition(":")
    found: Any = import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    if not callable(found):
        raise TypeError(f"{name} is {type(found).__name__}, expected a function")
    return found  # type: ignore[no-any-return]


def serve(descriptor: int) -> None:
    """Answer calls from a pipe until it ends: pairs of what happened and what came of it.

    The first message is the arguments of `begin`, which is answered by whether the function takes a stage.
    """
    pipe = Connection(descriptor)
    messages: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_receive, args=(pipe, messages), daemon=True).start()
    caller: FunctionCaller | None = None
    cases = 0
    while True:
        message = messages.get()
        try:
            if caller is None:
                caller = begin(**message)
                cases = message["settings"].cases
                answer: object = caller.takes_stage
            else:
                programs, stage = message
                # Arrays, so that the other side needs none of the module's classes.
                answer = rows_of(caller(programs, stage), len(programs), cases)
            pipe.send(("answered", answer))
        except CallFailedError as error:
            pipe.send(("raised", str(error)))


def _receive(pipe: Connection, messages: "SimpleQueue[Any]") -> None:
    """Queue messages; end this process with the pipe, in the middle of a call too."""
    while True:
        try:
            messages.put(pipe.recv())
        except (EOFError, OSError):
            # With all that the function started: this process leads a group of its own.
            os.killpg(0, signal.SIGKILL)
