"""How much memory an evaluation takes, told before anything is made."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

import numpy as np

from azc.backends.llvm import Place, Shape, cells_of, memory_bytes, places, scratch_cells, state_bytes
from azc.evaluation import reference
from azc.evaluation.lanes import GroupKey, group_blocks, groups, packed_bytes
from azc.evaluation.result import reported_numbers
from azc.ir import Op, Program
from azc.tasks import Task

PYTHON_COPIES = 12
"""Matrices, or vectors where there are none, that an operation in Python may make on the way."""
COPIES = 3
"""How often what is reported is there at a time: in lanes, a task at a time, and with every nan alike."""


def needed_bytes(
    program: Program,
    tasks: Sequence[Task],
    backend: str,
    precision: str = "float64",
    want: Collection[str] = (),
    lanes: int | None = None,
) -> int:
    """Bytes that an evaluator of these tasks holds when it has evaluated a program, the tasks not counted."""
    reports = report_bytes(program, tasks, want)
    if backend == "python":
        return reports + _by_python(program, tasks, precision)
    ops = {instruction.op for instruction in program.instructions()}
    used = {*places(program.instructions())}
    return reports + sum(
        group_bytes(
            key, _shapes(key, [tasks[i] for i in where], precision, lanes), used, ops, "memory" in want
        )
        for key, where in groups(tasks).items()
    )


def group_bytes(
    key: GroupKey, shapes: Sequence[Shape], wanted: Iterable[Place], ops: Collection[Op], exposed: bool
) -> int:
    """Bytes that the blocks of a group take with memory for some places and operations."""
    together = {*wanted, *key.interface.addresses}
    literals = any(isinstance(place, tuple) for place in together)
    kept = exposed or (key.epochs > 1 and key.interface.valid_stops)
    return sum(
        count
        * (
            state_bytes(shape)
            + packed_bytes(key, shape)
            + memory_bytes(
                shape, cells_of(shape, together), scratch_cells(shape, key.n_classes, ops), literals, kept
            )
        )
        for shape, count in Counter(shapes).items()
    )


def report_bytes(program: Program, tasks: Sequence[Task], want: Collection[str]) -> int:
    """Bytes of what is reported beyond fitness."""
    return 8 * COPIES * reported_numbers(program, tasks, want)


def _shapes(key: GroupKey, tasks: Sequence[Task], precision: str, lanes: int | None) -> list[Shape]:
    """The shapes of a group's blocks; features that are float64 are taken to be stored so."""
    single = precision == "float32" or all(task.train_x.dtype == np.float32 for task in tasks)
    stored = "float32" if single else "float64"
    return [shape for _, shape in group_blocks(key, len(tasks), precision, stored, lanes)]


def _by_python(program: Program, tasks: Sequence[Task], precision: str) -> int:
    """The most that a task takes: memory, what operations make on the way, and the examples once more."""
    power: int = 2 if any(place.kind == "m" for place in program.addresses()) else 1
    kinds = {(task.interface, task.features) for task in tasks}
    memory: int = max(
        reference.memory_bytes(program, interface, features, precision) + 8 * PYTHON_COPIES * features**power
        for interface, features in kinds
    )
    examples = max(task.train_x.nbytes + task.valid_x.nbytes for task in tasks)
    return memory + 2 * examples
