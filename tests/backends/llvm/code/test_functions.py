"""Elementary functions shared by all compiled code."""

import numpy as np
import pytest

import azc
from azc.evaluation import Evaluator

PROGRAM = azc.parse("def Predict():\n  s2 = mean(v0)\n  s1 = sin(s2)\n")


def _task(features: int) -> azc.Task:
    x = np.linspace(1, 2, 4 * features).reshape(4, features)
    return azc.Task(x, np.zeros(4), x, np.zeros(4))


def test_functions_of_another_processor_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code calls functions for its own registers, even after compilation for another processor."""
    expected = azc.evaluate(PROGRAM, _task(3), backend="python").fitness
    Evaluator([_task(2)] * 4, backend="kernels", lanes=4).fitness(PROGRAM)
    monkeypatch.setenv("AZC_TARGET_CPU", "x86-64")
    Evaluator([_task(2)] * 4, backend="kernels", precision="float32", lanes=4).fitness(PROGRAM)
    monkeypatch.delenv("AZC_TARGET_CPU")
    assert Evaluator([_task(3)] * 4, backend="kernels", lanes=4).fitness(PROGRAM) == expected
