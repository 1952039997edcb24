"""How results of different backends are held against each other, bit for bit."""

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
    """The bits of numbers, all nans alike: 0.0 is not -0.0."""
    array = np.asarray(values)
    array = array if array.dtype == np.float32 else array.astype(np.float64)
    return np.where(np.isnan(array), np.asarray(np.nan, array.dtype), array).tobytes()


def observed(found: Evaluation) -> dict[str, Any]:
    """Everything that an evaluation shows, by names that say where."""
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
    """Everything that a backend shows of a program on tasks."""
    evaluator = Evaluator(tasks, backend=backend, precision=precision, lanes=lanes)
    return observed(evaluator.evaluate(program, want))


def differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Where two of these are not the same."""
    return [name for name in expected | found if expected.get(name) != found.get(name)]


def assert_same_bits(
    program: Program,
    tasks: Sequence[Task],
    precision: str = "float64",
    lanes: int | None = None,
    want: Sequence[str] = WANT,
) -> None:
    """Assert that every backend shows the same of a program, in so many lanes where lanes are used."""
    expected = evaluated(program, tasks, "python", precision, want=want)
    unseen = [name for name in want if name != "memory"]
    without_memory = {name: value for name, value in expected.items() if name[1:2] not in "0123456789"}
    for backend in COMPILED:
        assert not differences(expected, evaluated(program, tasks, backend, precision, lanes, want)), backend
        # Where nobody looks at memory, less is written to it.
        found = evaluated(program, tasks, backend, precision, lanes, unseen)
        assert not differences(without_memory, found), backend
    # The short way, that searches use, which looks at nothing while it runs.
    evaluator = Evaluator(tasks, backend="kernels", precision=precision, lanes=lanes)
    assert bits(evaluator.fitness(program)) == expected["fitness"]
