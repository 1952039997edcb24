"""Evaluator: programs x tasks -> fitness, by a chosen backend or by the one that suits."""

import threading
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import WeakMethod

import numpy as np
from numpy.typing import NDArray

from azc.arguments import one_of, optional, several, whole
from azc.errors import AzcError
from azc.evaluation.result import Evaluation, Report, check_want, evaluation, mean, some_tasks
from azc.ir import Op, Program, a_program, an_op, check_features, verify
from azc.memory import check_fits, most_bytes
from azc.tasks import Task
from azc.words import counted

if TYPE_CHECKING:
    from azc.evaluation.group import Group

T = TypeVar("T")
BACKENDS: Final = ("auto", "kernels", "native", "python")
AUTO: Final = "kernels"
"""Backend that `auto` means: kernels run as fast as native code, as measured, and need no compiler."""
PRECISIONS: Final = ("float64", "float32")
EVALUATORS_KEPT: Final = 2
a_backend: Final = one_of(BACKENDS)
a_precision: Final = one_of(PRECISIONS)
"""Checks of arguments."""
_LANES: Final = optional(whole(1, 256))
_OPS: Final = several(an_op, "a collection of Ops")
_PROGRAMS: Final = several(a_program, "a sequence of Programs")


class Evaluator:
    """Evaluates many programs on one set of tasks.

    Tasks are grouped by shape; results are in the order of the tasks. Threads cannot share an evaluator: give
    each its own, or a copy. A pickle holds the tasks and no machine code. `lanes` is the number of tasks that
    run in lockstep; it changes no bit. A program that needs more than `max_bytes` of memory on all tasks is
    refused before it runs.
    """

    def __init__(
        self,
        tasks: Task | Iterable[Task],
        *,
        backend: str = "auto",
        precision: str = "float64",
        lanes: int | None = None,
        max_bytes: int | None = None,
    ):
        self.tasks: list[Task] = [tasks] if isinstance(tasks, Task) else some_tasks("tasks", tasks)
        self.backend = a_backend("backend", backend)
        self.precision = a_precision("precision", precision)
        if not self.tasks:
            raise AzcError("no tasks to evaluate on; give at least one")
        self.max_bytes = most_bytes() if max_bytes is None else whole(1)("max_bytes", max_bytes)
        self._lanes = _LANES("lanes", lanes)
        self._groups: list[Group] | None = None

    def __getstate__(self) -> dict[str, Any]:
        # Machine code and its memory belong to one evaluator in one process; a copy makes its own.
        return {**self.__dict__, "_groups": None}

    @property
    def groups(self) -> "list[Group]":
        """Tasks in groups of one shape, on a bench that is made when machine code is first needed."""
        if self._groups is None:
            from azc.evaluation.bench import Bench, cut
            from azc.evaluation.group import Group

            # A weak reference, since a cycle would keep a dropped evaluator until garbage collection.
            admit = WeakMethod(self._admit)

            def grows(program: Program) -> None:
                if (alive := admit()) is not None:
                    alive(program)

            bench = Bench.of(cut(self.tasks, self.precision, self._lanes), self.tasks)
            self._groups = [Group(key, blocks, grows) for key, blocks in bench.groups().items()]
        return self._groups

    @property
    def nbytes(self) -> int:
        """Bytes held between programs, without the tasks."""
        return sum(group.nbytes for group in self._groups or ())

    def evaluate(self, program: Program, want: Sequence[str] = ()) -> Evaluation:
        """Evaluate one program; `want` names the reports beyond fitness."""
        wanted = check_want(want)
        verify(program)
        for features in {task.features for task in self.tasks}:
            check_features(program, features)
        if wanted or self._groups is None or self._form == "native":
            self._admit(program, wanted)
        return evaluation(self._reports(program, self._form, wanted), self._form, wanted)

    @property
    def _form(self) -> str:
        return AUTO if self.backend == "auto" else self.backend

    def _admit(self, program: Program, want: Collection[str] = ()) -> None:
        """Make room for a program's memory on all tasks; MemoryLimitError if it exceeds the limit.

        Kernels call this themselves when a program uses addresses that no program used before.
        """
        from azc.evaluation.needs import needed_bytes, report_bytes

        if self._groups is not None:
            native, exposed = self._form == "native", "memory" in want
            taken = sum(group.needed(program, native, exposed) for group in self._groups)
            if taken + report_bytes(program, self.tasks, want) <= self.max_bytes:
                return
            for group in self._groups:
                group.forget()
        needed = needed_bytes(program, self.tasks, self._form, self.precision, want, self._lanes)
        check_fits(needed, f"evaluating the program on {counted(len(self.tasks), 'task')}", self.max_bytes)

    def prepare(self, ops: Collection[Op]) -> None:
        """Compile now what the fitness of programs of some operations needs, so that none of them waits."""
        for group in self.groups:
            group.prepare(_OPS("ops", ops))

    def fitness(self, program: Program) -> float:
        """The mean fitness of one program."""
        a_program("program", program)
        if self.backend not in ("auto", AUTO):
            return self.evaluate(program).fitness
        if self._groups is None:
            verify(program)
            self._admit(program)
        try:
            return mean(self._in_order([group.fitnesses(program) for group in self.groups]))
        except Exception:
            verify(program)  # only after a failure, since verifying each of many programs would be too slow
            raise

    def _reports(self, program: Program, backend: str, wanted: frozenset[str]) -> list[Report]:
        if backend == "python":
            from azc.evaluation.reference import evaluate_task

            return [evaluate_task(program, task, self.precision, wanted) for task in self.tasks]
        return self._in_order([getattr(group, backend)(program, wanted) for group in self.groups])

    def _in_order(self, found: list[list[T]]) -> list[T]:
        if len(found) == 1:
            return found[0]
        groups = zip(self.groups, found, strict=True)
        placed = {
            index: one for group, ones in groups for index, one in zip(group.indexes, ones, strict=True)
        }
        return [placed[index] for index in range(len(self.tasks))]


_kept = threading.local()


def _evaluator(tasks: Task | Iterable[Task], backend: str, precision: str) -> Evaluator:
    """Evaluator for these tasks; each thread keeps its last ones, since callers use the same tasks again."""
    made = [tasks] if isinstance(tasks, Task) else some_tasks("tasks", tasks)
    key = (tuple(map(id, made)), a_backend("backend", backend), a_precision("precision", precision))
    recent: dict[object, Evaluator] = _kept.__dict__.setdefault("recent", {})
    evaluator = recent.pop(key, None) or Evaluator(made, backend=backend, precision=precision)
    # An evaluator holds its tasks, so that no other object gets their ids while the key is here.
    recent[key] = evaluator
    while len(recent) > EVALUATORS_KEPT:
        del recent[next(iter(recent))]
    return evaluator


def evaluate(
    program: Program,
    tasks: Task | Iterable[Task],
    *,
    backend: str = "auto",
    precision: str = "float64",
    want: Sequence[str] = (),
) -> Evaluation:
    """Evaluate a program on one or more tasks, as the specification says.

    `backend` is kernels, native, python or auto; all give the same bits. `precision` is float64 or float32.
    `want` names the reports beyond fitness: train_errors, valid_errors, memory.
    """
    return _evaluator(tasks, backend, precision).evaluate(program, want)


def evaluate_many(
    programs: Iterable[Program],
    tasks: Task | Iterable[Task],
    *,
    backend: str = "auto",
    precision: str = "float64",
) -> NDArray[np.float64]:
    """Mean fitness of each program on the tasks, an array (n_programs,); `auto` means kernels."""
    evaluator = _evaluator(tasks, backend, precision)
    found = [evaluator.fitness(program) for program in _PROGRAMS("programs", programs)]
    return np.array(found, dtype=np.float64)
