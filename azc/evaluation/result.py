"""What an evaluation reports: fitness, and on request errors and memory, a task at a time."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from azc.arguments import explained, fault, kind_of, one_of, several
from azc.ir import KINDS, Interface, Program, a_program, float_bits
from azc.tasks import Task

WANTS = ("train_errors", "valid_errors", "memory")
"""What `want` may name."""
ADDRESSES_SHOWN = 10
"""Memory is reported with so many addresses of each kind, or as many as the program uses if more."""

Memory = dict[str, NDArray[Any]]
"""s (n,), v (n, F), m (n, F, F)."""


def by_value(value: Any) -> Hashable:
    """What a part of a result compares and hashes by: bits of numbers; of arrays also type and shape."""
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tobytes())
    if isinstance(value, dict):
        return tuple((name, by_value(part)) for name, part in sorted(value.items()))
    if isinstance(value, list):
        return tuple(map(by_value, value))
    return float_bits(value) if isinstance(value, float) else value


@attrs.frozen
class Report:
    """One task's share of an evaluation; compared by value."""

    fitness: float = attrs.field(eq=by_value)
    stopped_early: bool
    train_steps: int
    """Training examples visited over all epochs, a failing one included."""
    stopped_at: int = 0
    """The step at which it first stopped, training and validation examples counted from 1; else 0."""
    train_errors: NDArray[np.float64] | None = attrs.field(default=None, eq=by_value)
    """The first epoch's errors, without the one that stopped it."""
    valid_errors: NDArray[np.float64] | None = attrs.field(default=None, eq=by_value)
    """The first epoch's absolute validation errors; 0 or 1 where errors are counted."""
    memory: Memory | None = attrs.field(default=None, eq=by_value)
    """When the run ended, also if it stopped."""


@attrs.frozen
class Evaluation:
    """A program's evaluation on a set of tasks; lists have an entry a task, in the order given.

    Compared by value: equal if every number has the same bits.
    """

    fitness: float = attrs.field(eq=by_value)
    """The mean over the tasks."""
    fitnesses: list[float] = attrs.field(eq=by_value)
    stopped_early: list[bool] = attrs.field(eq=by_value)
    backend: str
    """The one that ran: kernels, native or python."""
    train_steps: list[int] = attrs.field(eq=by_value)
    stopped_at: list[int] = attrs.field(eq=by_value)
    """The step at which each task first stopped, training and validation examples counted from 1; else 0."""
    train_errors: list[NDArray[np.float64]] | None = attrs.field(default=None, eq=by_value)
    valid_errors: list[NDArray[np.float64]] | None = attrs.field(default=None, eq=by_value)
    memory: list[Memory] | None = attrs.field(default=None, eq=by_value)


def check_want(want: Sequence[str]) -> frozenset[str]:
    """The set of what is wanted; an error names what is not there to be wanted."""
    named: frozenset[str] = _WANTED("want", (want,) if isinstance(want, str) else want)
    return named


some_tasks = several(kind_of(Task, advice="make one with azc.Task(…)"), "a Task, or several")
"""A check of arguments."""
_WANTED = several(one_of(WANTS), f"a sequence of some of {', '.join(WANTS)}", into=frozenset)


def mean(values: list[float]) -> float:
    """The mean of some numbers, summed in the folded order of the specification."""
    try:
        rest, n = list(values), len(values)
        while n > 1:
            h = (n + 1) // 2
            for i in range(n - h):
                rest[i] += rest[h + i]
            n = h
        return rest[0] / len(values)
    except Exception:  # every fitness takes this way, so that nothing is looked at before it fails
        raise fault("values", "a list of numbers, at least one", values) from None


def evaluation(reports: list[Report], backend: str, want: frozenset[str]) -> Evaluation:
    """The reports of all tasks put together."""
    fitnesses = [report.fitness for report in reports]
    asked = {name: [getattr(report, name) for report in reports] for name in WANTS if name in want}
    return Evaluation(
        fitness=mean(fitnesses),
        fitnesses=fitnesses,
        stopped_early=[report.stopped_early for report in reports],
        backend=backend,
        train_steps=[report.train_steps for report in reports],
        stopped_at=[report.stopped_at for report in reports],
        **asked,
    )


def canonical(array: NDArray[Any]) -> NDArray[Any]:
    """A copy in which all nans are one value, so that their sign and payload do not show."""
    array = np.array(array)
    array[np.isnan(array)] = np.nan
    return array


def addresses_used(program: Program, interface: Interface) -> dict[str, int]:
    """How many addresses of each kind a program and its interface reach."""
    addresses = [*program.addresses(), *interface.addresses]
    return {kind: 1 + max((p.index for p in addresses if p.kind == kind), default=-1) for kind in KINDS}


def addresses_shown(program: Program, interface: Interface) -> dict[str, int]:
    """How many addresses of each kind a report of memory has; it depends on the program alone."""
    return {kind: max(ADDRESSES_SHOWN, n) for kind, n in addresses_used(program, interface).items()}


def numbers_in(addresses: Mapping[str, int], features: int) -> int:
    """The numbers that so many addresses of each kind hold."""
    return addresses["s"] + addresses["v"] * features + addresses["m"] * features**2


def reported_numbers(program: Program, tasks: Sequence[Task], want: Collection[str]) -> int:
    """How many numbers are reported beyond fitness, all tasks together."""
    try:
        return _reported_numbers(program, tasks, want)
    except Exception as error:  # asked before each evaluation, so that nothing is looked at before it fails
        raise explained(
            error, (a_program, "program", program), (some_tasks, "tasks", tasks), (_WANTED, "want", want)
        ) from None


def _reported_numbers(program: Program, tasks: Sequence[Task], want: Collection[str]) -> int:
    numbers = 0
    if "train_errors" in want:
        numbers += sum(task.n_train for task in tasks)
    if "valid_errors" in want:
        numbers += sum(task.n_valid for task in tasks)
    if "memory" in want and len(tasks):
        shown = addresses_shown(program, tasks[0].interface)
        numbers += sum(numbers_in(shown, task.features) for task in tasks)
    return numbers


def memory_report(
    cells: Mapping[tuple[str, int], NDArray[Any]], shown: Mapping[str, int], features: int, dtype: Any
) -> Memory:
    """Memory with so many addresses of each kind, from the cells of those that were made; others are zero."""
    shapes: dict[str, tuple[int, ...]] = {"s": (), "v": (features,), "m": (features, features)}
    dump = {kind: np.zeros((shown[kind], *shape), dtype=dtype) for kind, shape in shapes.items()}
    for (kind, index), row in cells.items():
        # Compiled backends may have cells for addresses that only other programs use.
        if index < shown[kind]:
            dump[kind][index] = row.reshape(shapes[kind])
    return {kind: canonical(rows) for kind, rows in dump.items()}
