"""Comparison of results of different backends, bit for bit."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from azc.evaluation import Evaluation, Evaluator
from azc.ir import Program
from azc.tasks import Task

COMPILED = ("kernels", "native")
BACKENDS = ("python", *COMPILED)
ERRORS = ("train_errors", "valid_errors")
WANT = (*ERRORS, "memory")


def bits(values: Any) -> bytes:
    """Bits of numbers: all nans are alike, 0.0 and -0.0 differ."""
    array = np.asarray(values)
    array = array if array.dtype == np.float32 else array.astype(np.float64)
    return np.where(np.isnan(array), np.asarray(np.nan, array.dtype), array).tobytes()


def observed(found: Evaluation) -> dict[str, Any]:
    """All values of an evaluation, by name."""
    seen: dict[str, Any] = {
        "fitness": bits(found.fitness),
        "fitnesses": bits(found.fitnesses),
        "stopped_early": found.stopped_early,
        "train_steps": found.train_steps,
    }
    for name in ("train_errors", "valid_errors"):
        for task, errors in enumerate(getattr(found, name) or []):
            seen[f"{name} of task {task}"] = bits(errors)
    for task, memory in enumerate(found.memory or []):
        for kind, cells in memory.items():
            for index, cell in enumerate(cells):
                seen[f"{kind}{index} of task {task}"] = bits(cell)
    return seen


def evaluated(
    program: Program,
    tasks: Sequence[Task],
    backend: str,
    precision: str = "float64",
    lanes: int | None = None,
    want: Sequence[str] = WANT,
) -> dict[str, Any]:
    """All values that a backend gives for a program on tasks, by name."""
    evaluator = Evaluator(tasks, backend=backend, precision=precision, lanes=lanes)
    return observed(evaluator.evaluate(program, want))


def differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Names of the values in which two evaluations differ."""
    return [name for name in expected | found if expected.get(name) != found.get(name)]


def assert_same_bits(
    program: Program,
    tasks: Sequence[Task],
    precision: str = "float64",
    lanes: int | None = None,
    want: Sequence[str] = WANT,
) -> None:
    """Assert that every backend gives the same values, with so many lanes where lanes are used."""
    expected = evaluated(program, tasks, "python", precision, want=want)
    unseen = [name for name in want if name != "memory"]
    without_memory = {name: value for name, value in expected.items() if name[1:2] not in "0123456789"}
    for backend in COMPILED:
        assert not differences(expected, evaluated(program, tasks, backend, precision, lanes, want)), backend
        # Less is written to memory if it is not returned.
        found = evaluated(program, tasks, backend, precision, lanes, unseen)
        assert not differences(without_memory, found), backend
    # Searches use `fitness`, which returns no errors and no memory.
    evaluator = Evaluator(tasks, backend="kernels", precision=precision, lanes=lanes)
    assert bits(evaluator.fitness(program)) == expected["fitness"]
