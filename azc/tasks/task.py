"""One task: training and validation examples, and how a program is scored on them."""

import math
from operator import index
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from azc.errors import AzcError
from azc.ir.interface import Interface, interface_of
from azc.tasks.sums import Floats, Whole

MAX_FEATURES = 3072
"""Features an example, at most: a colour image of 32 x 32."""
_INTEGRAL, _NUMERIC = "iu", "fiub"


@attrs.frozen(eq=False, init=False, repr=False)
class Task:
    """What a program is evaluated on; arrays are read-only copies of what was given.

    `train_x` (n_train, F) and `valid_x` (n_valid, F) are float32 if both came so, else float64; `train_y`
    and `valid_y` are float64 (n,), class numbers from 0 for MULTICLASS_ACCURACY. `train_order` is None (the
    given order in every epoch) or for every epoch, the first included, the example indexes as visited
    (epochs, n_train). `seed` is the key of the program's own draws, 0 <= seed < 2^64. `source` says where
    the numbers come from, for reports. Two tasks are equal only if they are the same object.

    Raises AzcError for anything else; nan and infinite numbers are allowed in x and y.
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
        eval_type: str = "RMS_ERROR",
        max_abs_error: float = 100.0,
        epochs: int = 1,
        train_order: npt.ArrayLike | None = None,
        n_classes: int | None = None,
        seed: int = 0,
        source: str = "",
    ) -> None:
        interface = interface_of(eval_type)
        train, valid = _examples("train_x", train_x), _examples("valid_x", valid_x)
        if train.shape[1] != valid.shape[1]:
            raise AzcError(
                f"valid_x has {valid.shape[1]} features and train_x {train.shape[1]}; give both the same"
            )
        x_type = np.float32 if train.dtype == valid.dtype == np.float32 else np.float64
        classes = _n_classes(n_classes, interface, train.shape[1])
        n_epochs = _whole("epochs", epochs, 1, 2**31)
        self.__attrs_init__(
            _kept(train, x_type),
            _labels("train_y", train_y, len(train), classes),
            _kept(valid, x_type),
            _labels("valid_y", valid_y, len(valid), classes),
            eval_type,
            _max_abs_error(max_abs_error),
            n_epochs,
            None if train_order is None else _order(train_order, n_epochs, len(train)),
            classes,
            _whole("seed", seed, 0, 2**64 - 1),
            source,
        )

    def __repr__(self) -> str:
        return f"Task({self.eval_type}, {self.features} features, {self.n_train} + {self.n_valid} examples)"

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
        """How a program meets the data: the evaluation type's row."""
        return interface_of(self.eval_type)


def _numbers(name: str, value: npt.ArrayLike, kinds: str, expected: str) -> npt.NDArray[Any]:
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise AzcError(f"{name} is no array of numbers (are its rows equally long?): {error}") from None
    if array.dtype.kind not in kinds:
        came = "nothing" if array.size == 0 else f"{array.dtype} like {array.flat[0]!r}"
        raise AzcError(f"{name} must hold {expected}, but holds {came}; convert it first")
    return array


def _kept(array: npt.NDArray[Any], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """A read-only copy, row by row."""
    with np.errstate(over="ignore"):
        copy = np.array(array, dtype=dtype, order="C", copy=True)
    copy.setflags(write=False)
    return copy


def _examples(name: str, value: npt.ArrayLike) -> npt.NDArray[Any]:
    array = _numbers(name, value, _NUMERIC, "numbers")
    if array.ndim != 2:
        raise AzcError(f"{name} must have the shape (examples, features), but has {array.shape}; reshape it")
    if array.shape[0] == 0:
        raise AzcError(f"{name} has no examples; at least one is needed")
    if not 1 <= array.shape[1] <= MAX_FEATURES:
        raise AzcError(
            f"{name} has {array.shape[1]} features; from 1 to {MAX_FEATURES} are possible: project or select"
        )
    return array


def _labels(name: str, value: npt.ArrayLike, n: int, n_classes: int | None) -> Floats:
    array = _numbers(name, value, _NUMERIC, "numbers")
    if array.shape != (n,):
        raise AzcError(
            f"{name} must hold one label an example, shape ({n},), but has the shape {array.shape}"
        )
    labels: Floats = _kept(array, np.float64)
    if n_classes is not None:
        wrong = labels[~((labels >= 0) & (labels < n_classes) & (labels == np.floor(labels)))]
        if wrong.size:
            raise AzcError(
                f"{name} must hold class numbers from 0 to {n_classes - 1} (n_classes = {n_classes}), "
                f"but holds {float(wrong[0])}; number the classes from 0"
            )
    return labels


def _n_classes(value: int | None, interface: Interface, features: int) -> int | None:
    if not interface.classes:
        if value is not None:
            raise AzcError(
                f"n_classes belongs to MULTICLASS_ACCURACY; {interface.name} takes none: leave it out"
            )
        return None
    if value is None:
        raise AzcError(f"{interface.name} needs n_classes, the number of classes; give it")
    if features < 2:
        raise AzcError(f"{interface.name} needs at least 2 features, one a class; here is {features}")
    return _whole(
        "n_classes", value, 2, features, f" (the number of features); the task has {features} features"
    )


def _order(value: npt.ArrayLike, epochs: int, n_train: int) -> Whole:
    array = _numbers("train_order", value, _INTEGRAL, "whole numbers, the examples' indexes")
    if array.shape != (epochs, n_train):
        raise AzcError(
            f"train_order must name {n_train} examples for each of {epochs} epochs, shape "
            f"({epochs}, {n_train}), but has the shape {array.shape}"
        )
    if array.min() < 0 or array.max() >= n_train:
        wrong = array[(array < 0) | (array >= n_train)][0]
        raise AzcError(f"train_order names example {wrong}; there are examples from 0 to {n_train - 1}")
    order: Whole = _kept(array, np.int64)
    return order


def _max_abs_error(value: float) -> float:
    if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            raise AzcError("max_abs_error must be a number from 0 to inf, but no float64 holds it") from None
        if not math.isnan(number) and number >= 0:
            return number
    raise AzcError(f"max_abs_error must be a number from 0 to inf, but is {value!r}")


def _whole(name: str, value: object, low: int, high: int, why: str = "") -> int:
    try:
        number = None if isinstance(value, (bool, np.bool_)) else index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or not low <= number <= high:
        raise AzcError(f"{name} must be a whole number from {low} to {high}{why}, but is {value!r}")
    return number
