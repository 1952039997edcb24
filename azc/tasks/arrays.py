"""Tasks from arrays in an npz file: all of them, or a set's part."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import numpy.typing as npt

from azc.arguments import a_path, takes
from azc.errors import AzcError
from azc.settings import TEXT, one_of, whole
from azc.tasks.declared import SEED, TASK
from azc.tasks.division import parts
from azc.tasks.npz import read_npz
from azc.tasks.parameters import parameter, parameter_of
from azc.tasks.seeds import SETS, epoch_orders, task_seed
from azc.tasks.sums import Whole
from azc.tasks.task import Task

_KEYS = ("train_x", "train_y", "valid_x", "valid_y")
ALL: Final = "all"
"""Value of `set` for the whole file."""
MIN_TASKS: Final = 3
"""Minimum tasks in a file for each of three sets to get some; if there are fewer, examples are divided."""
MIN_EXAMPLES: Final = 5
"""Minimum training and validation examples of a task that is divided: a fifth of fewer is nothing."""


@attrs.frozen(kw_only=True)
class Arrays:
    """Arrays of an npz file: train_x, train_y, valid_x, valid_y, for several tasks with an axis in front."""

    path: str = parameter("the npz file, relative to the configuration", TEXT)
    eval_type: str = parameter_of(TASK["eval_type"])
    n_classes: int = parameter("number of classes, for MULTICLASS_ACCURACY; 0: none", whole(0), 0)
    set: str = parameter(
        "what to take of the file: all, or the part of search, select or final", one_of((ALL, *SETS)), ALL
    )
    division: int = parameter("seed of the division of the file, the same for all three sets", SEED, 0)
    seed: int = parameter_of(TASK["seed"])
    epochs: int = parameter_of(TASK["epochs"])
    max_abs_error: float = parameter_of(TASK["max_abs_error"])

    @property
    def evaluation(self) -> str:
        """The evaluation type."""
        return self.eval_type

    @takes(folder=a_path)
    def make(self, folder: Path = Path()) -> list[Task]:
        """The tasks of the set."""
        path = Path(folder) / Path(self.path).expanduser()
        return [
            Task(
                *task,
                eval_type=self.eval_type,
                max_abs_error=self.max_abs_error,
                epochs=self.epochs,
                train_order=epoch_orders(self.seed, number, len(task[0]), self.epochs),
                n_classes=self.n_classes or None,
                seed=task_seed(self.seed, number),
                source=f"{path}, task {number}",
            )
            for number, task in self._taken(path, list(zip(*_arrays(path), strict=True))).items()
        ]

    def _taken(self, path: Path, tasks: list[Any]) -> Mapping[int, Any]:
        """Arrays of the set's tasks, by task number in the file."""
        if self.set == ALL:
            return dict(enumerate(tasks))
        if len(tasks) >= MIN_TASKS:
            return {number: tasks[number] for number in self._part(len(tasks))}
        return {number: self._examples(path, number, *task) for number, task in enumerate(tasks)}

    def _examples(self, path: Path, number: int, *arrays: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], ...]:
        """The set's part of a task's training examples and of its validation examples."""
        for what, (x, y) in {"training": arrays[:2], "validation": arrays[2:]}.items():
            if y.ndim != 1 or len(x) != len(y):
                return arrays  # Task raises the error
            if len(y) < MIN_EXAMPLES:
                raise AzcError(
                    f"{path}, task {number}: {len(y)} {what} examples cannot be divided into search, select "
                    f"and final; at least {MIN_EXAMPLES} are needed, or a file of its own (path) for each set"
                )
        train, valid = self._part(len(arrays[1])), self._part(len(arrays[3]))
        return arrays[0][train], arrays[1][train], arrays[2][valid], arrays[3][valid]

    def _part(self, n: int) -> Whole:
        """The numbers below n that belong to the set, in their order."""
        part = parts(n, self.division)[self.set]
        part.sort()
        return part


def _arrays(path: Path) -> list[npt.NDArray[Any]]:
    """The four arrays, their first axis counting tasks."""
    if path.suffix == ".csv":
        raise AzcError(f'{path}: is a table; take kind = "table"')
    stored = read_npz(path, number_bytes=8)
    if missing := [key for key in _KEYS if key not in stored]:
        raise AzcError(f"{path}: has no array {missing[0]}; expected {', '.join(_KEYS)}")
    arrays = [stored[key] for key in _KEYS]
    if arrays[0].ndim == 2:
        arrays = [array[None] for array in arrays]
    if [array.ndim for array in arrays] != [3, 2, 3, 2]:
        raise AzcError(
            f"{path}: the arrays have the shapes {[stored[key].shape for key in _KEYS]}; expected "
            "train_x (n, F), train_y (n,), valid_x (m, F) and valid_y (m,), or all with one axis more"
        )
    if len({len(array) for array in arrays}) != 1:
        raise AzcError(f"{path}: the arrays hold different numbers of tasks: {[a.shape for a in arrays]}")
    if not len(arrays[0]):
        raise AzcError(f"{path}: holds no tasks; expected at least one along the first axis of its arrays")
    for name, array in zip(_KEYS, arrays, strict=True):
        if not array.shape[1]:
            raise AzcError(f"{path}: {name} has no examples; at least one is needed")
    return arrays
