"""Task: training and validation examples, and how a program is scored on them."""

from collections.abc import Callable
from typing import Any, TypeVar

import attrs
import numpy as np
import numpy.typing as npt

from azc.arguments import a_text
from azc.errors import AzcError
from azc.ir import Interface, interface_of
from azc.tasks import checks
from azc.tasks.declared import TASK
from azc.tasks.sums import Floats, Whole

_HASHED = 8
"""Numbers of an array in a task's hash: enough to tell tasks apart, quick for tasks of any size."""

T = TypeVar("T")


@attrs.frozen(eq=False, init=False, repr=False)
class Task:
    """A task to evaluate programs on; its arrays are read-only copies of the arguments.

    `train_x` (n_train, F) and `valid_x` (n_valid, F) are float32 if both came so, else float64; `train_y`
    and `valid_y` are float64 (n,): numbers for RMS_ERROR, 0 and 1 for ACCURACY, class numbers from 0 for
    MULTICLASS_ACCURACY. `train_order` is None (the given order in every epoch) or for every epoch, the first
    included, the example indexes as visited (epochs, n_train). `seed` is the key of the program's own draws,
    0 <= seed < 2^64. `source` says where the numbers come from, for reports.

    Tasks are values: they compare by the bits of their arrays and by all other fields but `source`, hash
    accordingly, and can be pickled; a copy is the task itself.

    AzcError lists all that is wrong, a line each; nan, infinite and masked features and labels are wrong
    too. Numbers that float64 cannot hold exactly are rounded to the nearest.
    """

    train_x: npt.NDArray[np.floating[Any]]
    train_y: Floats
    valid_x: npt.NDArray[np.floating[Any]]
    valid_y: Floats
    eval_type: str
    max_abs_error: float
    epochs: int
    train_order: Whole | None
    n_classes: int | None
    seed: int
    source: str

    def __init__(
        self,
        train_x: npt.ArrayLike,
        train_y: npt.ArrayLike,
        valid_x: npt.ArrayLike,
        valid_y: npt.ArrayLike,
        *,
        eval_type: str = TASK["eval_type"].default,
        max_abs_error: float = TASK["max_abs_error"].default,
        epochs: int = TASK["epochs"].default,
        train_order: npt.ArrayLike | None = None,
        n_classes: int | None = None,
        seed: int = TASK["seed"].default,
        source: str = "",
    ) -> None:
        found = _TaskProblems()
        interface = found.of(interface_of, eval_type)
        train = found.of(checks.examples, "train_x", train_x)
        valid = found.of(checks.examples, "valid_x", valid_x)
        if train is not None and valid is not None and train.shape[1] != valid.shape[1]:
            found.problems.append(
                f"valid_x has {valid.shape[1]} features and train_x {train.shape[1]}; give both the same"
            )
        types = {x.dtype for x in (train, valid) if x is not None}
        x_type = np.float32 if types == {np.dtype(np.float32)} else np.float64
        classes = None
        if interface is not None and train is not None:
            classes = found.of(checks.number_of_classes, n_classes, interface, train.shape[1])
        n_epochs = found.of(checks.of_task, "epochs", epochs)
        fields: tuple[Any, ...] = (
            None if train is None else found.of(checks.features, "train_x", train, x_type),
            found.of(checks.labels, "train_y", train_y, train, interface, classes),
            None if valid is None else found.of(checks.features, "valid_x", valid, x_type),
            found.of(checks.labels, "valid_y", valid_y, valid, interface, classes),
            eval_type,
            found.of(checks.of_task, "max_abs_error", max_abs_error),
            n_epochs,
            None if train_order is None else found.of(checks.order, train_order, n_epochs, train),
            classes,
            found.of(checks.of_task, "seed", seed),
            found.of(a_text, "source", source),
        )
        if found.problems:
            where = f"{source}: " if isinstance(source, str) and source else ""
            raise AzcError("\n".join(where + problem for problem in found.problems))
        self.__attrs_init__(*fields)

    def __repr__(self) -> str:
        return f"Task({self.eval_type}, {self.features} features, {self.n_train} + {self.n_valid} examples)"

    def __eq__(self, other: object) -> bool:
        if self is other or not isinstance(other, Task):
            return self is other or NotImplemented
        return self._settings() == other._settings() and all(map(_same_bits, self._arrays(), other._arrays()))

    def __hash__(self) -> int:
        first = (self.train_x[0, :_HASHED], self.train_y[:_HASHED])
        return hash((self._settings(), self.train_x.shape, self.valid_x.shape, *(x.tobytes() for x in first)))

    def __copy__(self) -> "Task":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Task":
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), *(getattr(self, field.name) for field in attrs.fields(Task)))

    def _settings(self) -> tuple[Any, ...]:
        """Fields other than arrays on which results depend."""
        return (self.eval_type, self.max_abs_error, self.epochs, self.n_classes, self.seed)

    def _arrays(self) -> tuple[npt.NDArray[Any] | None, ...]:
        return (self.train_x, self.train_y, self.valid_x, self.valid_y, self.train_order)

    @property
    def features(self) -> int:
        """F, the number of features of an example."""
        return int(self.train_x.shape[1])

    @property
    def n_train(self) -> int:
        """The number of training examples of an epoch."""
        return len(self.train_x)

    @property
    def n_valid(self) -> int:
        """The number of validation examples."""
        return len(self.valid_x)

    @property
    def interface(self) -> Interface:
        """Interface of the evaluation type."""
        return interface_of(self.eval_type)


class _TaskProblems:
    """Problems of a task, collected from one check after the other."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def of(self, check: Callable[..., T], *arguments: Any) -> T | None:
        """Result of a check; None if it fails, and then its error is collected."""
        try:
            return check(*arguments)
        except AzcError as error:
            self.problems.append(str(error))
            return None


def _restored(kind: type[Task], *fields: Any) -> Task:
    """Restore a task from its pickle: it was checked before; arrays become read-only again."""
    task = kind.__new__(kind)
    for value in fields:
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    task.__attrs_init__(*fields)
    return task


def _same_bits(one: npt.NDArray[Any] | None, other: npt.NDArray[Any] | None) -> bool:
    if one is None or other is None:
        return one is other
    if (one.dtype, one.shape) != (other.dtype, other.shape):
        return False
    bits = np.dtype(f"i{one.dtype.itemsize}")
    return np.array_equal(one.view(bits), other.view(bits))
