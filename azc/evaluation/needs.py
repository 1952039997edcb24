"""Estimates of an evaluation's memory, made before anything is allocated."""

from collections.abc import Collection, Sequence

from azc.evaluation import reference
from azc.evaluation.result import reported_numbers
from azc.ir import Program
from azc.tasks import Task

PYTHON_COPIES = 12
"""Temporary matrices of an operation in Python, at most; vectors in programs without matrices."""
COPIES = 3
"""Copies of a report that exist at a time: by lane, by task, and with canonical nans."""


def needed_bytes(
    program: Program,
    tasks: Sequence[Task],
    backend: str,
    precision: str = "float64",
    want: Collection[str] = (),
    lanes: int | None = None,
) -> int:
    """Bytes that an evaluator of these tasks holds after it has evaluated a program, without the tasks."""
    reports = report_bytes(program, tasks, want)
    if backend == "python":
        return reports + _by_python(program, tasks, precision)
    from azc.backends.llvm import locations
    from azc.evaluation.bench import bench_bytes, cut
    from azc.evaluation.lanes import declared_precision

    cuts = cut(tasks, precision, lanes, stored=declared_precision)
    ops = {instruction.op for instruction in program.instructions()}
    return reports + bench_bytes(cuts, locations(program.instructions()), ops, "memory" in want)


def report_bytes(program: Program, tasks: Sequence[Task], want: Collection[str]) -> int:
    """Bytes of a report beyond fitness, with its copies."""
    return 8 * COPIES * reported_numbers(program, tasks, want)


def _by_python(program: Program, tasks: Sequence[Task], precision: str) -> int:
    """Bytes of the largest task: memory, temporaries of operations, and copies of the examples."""
    power: int = 2 if any(address.kind == "m" for address in program.addresses()) else 1
    kinds = {(task.interface, task.features) for task in tasks}
    memory: int = max(
        reference.memory_bytes(program, interface, features, precision) + 8 * PYTHON_COPIES * features**power
        for interface, features in kinds
    )
    examples = max(task.train_x.nbytes + task.valid_x.nbytes for task in tasks)
    return memory + 2 * examples
