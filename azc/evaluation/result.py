"""Results of an evaluation: fitness, and on request errors and memory of each task."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from azc.arguments import explained, fault, kind_of, one_of, several
from azc.ir import KINDS, Address, Interface, Program, a_program, float_bits
from azc.tasks import Task

WANTS = ("train_errors", "valid_errors", "memory")
"""Legal values of `want`."""
ADDRESSES_SHOWN = 10
"""Minimum number of addresses of each kind in a report of memory; more if the program uses more."""

Memory = dict[str, NDArray[Any]]
"""Memory by kind of address: s (n,), v (n, F), m (n, F, F)."""


def by_value(value: Any) -> Hashable:
    """Hashable value of a part of a result: bits of numbers, and for arrays also dtype and shape."""
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tobytes())
    if isinstance(value, dict):
        return tuple((name, by_value(part)) for name, part in sorted(value.items()))
    if isinstance(value, list):
        return tuple(map(by_value, value))
    return float_bits(value) if isinstance(value, float) else value


@attrs.frozen
class Report:
    """Result of one task; compared by value."""

    fitness: float = attrs.field(eq=by_value)
    stopped_early: bool
    train_steps: int
    """Training examples visited in all epochs, including one that stopped it."""
    stopped_at: int = 0
    """Step of the first stop, counted over training and validation examples from 1; 0 if there was none."""
    train_errors: NDArray[np.float64] | None = attrs.field(default=None, eq=by_value)
    """Training errors of the first epoch, without the error that stopped it."""
    valid_errors: NDArray[np.float64] | None = attrs.field(default=None, eq=by_value)
    """Absolute validation errors of the first epoch; 0 or 1 if wrong predictions are counted."""
    memory: Memory | None = attrs.field(default=None, eq=by_value)
    """Memory at the end of the evaluation, early or not."""


@attrs.frozen
class Evaluation:
    """Result of a program on a set of tasks; lists have an entry a task, in the given order.

    Compared by value: equal if every number has the same bits.
    """

    fitness: float = attrs.field(eq=by_value)
    """Mean fitness over the tasks."""
    fitnesses: list[float] = attrs.field(eq=by_value)
    stopped_early: list[bool] = attrs.field(eq=by_value)
    backend: str
    """Backend that ran: kernels, native or python."""
    train_steps: list[int] = attrs.field(eq=by_value)
    stopped_at: list[int] = attrs.field(eq=by_value)
    """Step of each task's first stop, counted over training and validation examples from 1; 0 if none."""
    train_errors: list[NDArray[np.float64]] | None = attrs.field(default=None, eq=by_value)
    valid_errors: list[NDArray[np.float64]] | None = attrs.field(default=None, eq=by_value)
    memory: list[Memory] | None = attrs.field(default=None, eq=by_value)


def check_want(want: Sequence[str]) -> frozenset[str]:
    """`want` as a set; AzcError names illegal values."""
    named: frozenset[str] = _WANTED("want", (want,) if isinstance(want, str) else want)
    return named


some_tasks = several(kind_of(Task, advice="make one with azc.Task(…)"), "a Task, or several")
"""Check of an argument that is a task or a sequence of tasks."""
_WANTED = several(one_of(WANTS), f"a sequence of some of {', '.join(WANTS)}", into=frozenset)


def mean(values: list[float]) -> float:
    """Mean of some numbers, summed in the order of `semantics.fold`.

    Stated again over a list, since an array of so few numbers would take five times as long; a test holds
    both equal.
    """
    try:
        rest, n = list(values), len(values)
        while n > 1:
            h = (n + 1) // 2
            for i in range(n - h):
                rest[i] += rest[h + i]
            n = h
        return rest[0] / len(values)
    except Exception:  # arguments are checked only after a failure, since every fitness is computed here
        raise fault("values", "a list of numbers, at least one", values) from None


def evaluation(reports: list[Report], backend: str, want: frozenset[str]) -> Evaluation:
    """Combine the reports of all tasks."""
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
    """A copy in which all nans have the same bits."""
    array = np.array(array)
    array[np.isnan(array)] = np.nan
    return array


def addresses_used(program: Program, others: Iterable[Address]) -> dict[str, int]:
    """Number of addresses of each kind in use by the program or among others: one more than the highest."""
    addresses = [*program.addresses(), *others]
    return {kind: 1 + max((p.index for p in addresses if p.kind == kind), default=-1) for kind in KINDS}


def addresses_shown(program: Program, interface: Interface) -> dict[str, int]:
    """Number of addresses of each kind in a report of memory; depends on program and interface alone."""
    return {kind: max(ADDRESSES_SHOWN, n) for kind, n in addresses_used(program, interface.addresses).items()}


def numbers_in(addresses: Mapping[str, int], features: int) -> int:
    """Number of cells' numbers for some addresses of each kind."""
    return addresses["s"] + addresses["v"] * features + addresses["m"] * features**2


def reported_numbers(program: Program, tasks: Sequence[Task], want: Collection[str]) -> int:
    """Number of reported numbers beyond fitness, over all tasks."""
    try:
        return _reported_numbers(program, tasks, want)
    except Exception as error:  # arguments are checked only after a failure, since every evaluation asks
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
    """Memory with `shown` addresses of each kind; addresses without cells are zero."""
    shapes: dict[str, tuple[int, ...]] = {"s": (), "v": (features,), "m": (features, features)}
    dump = {kind: np.zeros((shown[kind], *shape), dtype=dtype) for kind, shape in shapes.items()}
    for (kind, index), row in cells.items():
        # Compiled backends may have cells for addresses of other programs.
        if index < shown[kind]:
            dump[kind][index] = row.reshape(shapes[kind])
    return {kind: canonical(rows) for kind, rows in dump.items()}
