"""Tasks from a person's own arrays in an npz file."""

from pathlib import Path

import attrs

from azc.errors import AzcError
from azc.ir.interface import INTERFACES
from azc.tasks.image_arrays import read_npz
from azc.tasks.parameters import parameter
from azc.tasks.seeds import epoch_orders, task_seed
from azc.tasks.task import Task

_KEYS = ("train_x", "train_y", "valid_x", "valid_y")


@attrs.frozen(kw_only=True)
class Arrays:
    """Arrays of an npz file: train_x, train_y, valid_x, valid_y; one more axis in front: several tasks."""

    path: str = parameter("the npz file, relative to the configuration")
    eval_type: str = parameter("evaluation type", "RMS_ERROR", choices=tuple(INTERFACES))
    n_classes: int = parameter("number of classes, for MULTICLASS_ACCURACY; 0: none", 0, 0)
    seed: int = parameter("what the programs' own draws depend on", 0, 0, 2**64 - 1)
    epochs: int = parameter("passes over the training examples; from the second on shuffled", 1, 1, 2**31)
    max_abs_error: float = parameter("a greater error stops the run", 100.0, 0.0)

    def make(self, folder: Path = Path()) -> list[Task]:
        """The tasks of the file."""
        place = folder / self.path
        if place.suffix == ".csv":
            raise AzcError(f'{place}: is a table; take kind = "table"')
        stored = read_npz(place)
        if missing := [key for key in _KEYS if key not in stored]:
            raise AzcError(f"{place}: has no array {missing[0]}; expected {', '.join(_KEYS)}")
        arrays = [stored[key] for key in _KEYS]
        if arrays[0].ndim == 2:
            arrays = [array[None] for array in arrays]
        if any(array.ndim == 0 for array in arrays) or len({len(array) for array in arrays}) != 1:
            raise AzcError(f"{place}: the arrays do not hold equally many tasks: {[a.shape for a in arrays]}")
        return [
            Task(
                *task,
                eval_type=self.eval_type,
                max_abs_error=self.max_abs_error,
                epochs=self.epochs,
                train_order=epoch_orders(self.seed, number, len(task[0]), self.epochs),
                n_classes=self.n_classes or None,
                seed=task_seed(self.seed, number),
                source=f"{place}, task {number}",
            )
            for number, task in enumerate(zip(*arrays, strict=True))
        ]
