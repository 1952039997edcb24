"""Requests to the evaluation server: a task, and strict reading of answers."""

import json
import random
import sys
from typing import Any

import azc
from azc.cli.serve.protocol import ServerState, answer

DRAW = random.Random(0)
X = [[DRAW.gauss(0, 1) for _ in range(2)] for _ in range(12)]
Y = [a - b for a, b in X]
TASK: dict[str, Any] = {
    "features": 2,
    "eval": "RMS_ERROR",
    "train": {"x": X[:8], "y": Y[:8]},
    "valid": {"x": X[8:], "y": Y[8:]},
}
ENDLESS = {**TASK, "epochs": 2**31, "max_abs_error": "inf"}
CALL = [sys.executable, "-c", "from azc.cli import main; main()", "serve"]


def strict(text: bytes) -> dict[str, Any]:
    """An answer of one line, read by a JSON parser that refuses NaN."""

    def no_constant(name: str) -> None:
        raise AssertionError(name)

    said = json.loads(text, parse_constant=no_constant)
    assert b"\n" not in text
    assert isinstance(said, dict)
    return said


def ask(state: ServerState, **request: Any) -> dict[str, Any]:
    """The answer to a request."""
    return strict(answer(json.dumps(request).encode(), state))


def local() -> azc.Task:
    """The same task for `azc.evaluate`."""
    return azc.Task(X[:8], Y[:8], X[8:], Y[8:])
