"""Checks of a task's contents: arrays of finite numbers, labels that suit the evaluation type, settings."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from azc.arguments import an_array, argument, explained, is_masked, optional
from azc.errors import AzcError
from azc.ir import Interface, an_interface
from azc.problems import CheckError, shown
from azc.settings import Check, whole
from azc.tasks.declared import MAX_FEATURES, TASK
from azc.tasks.sums import Floats, Whole

_INTEGRAL, _NUMERIC = "iu", "fiub"
_LABELS: Final = an_array(_NUMERIC, 1, "an array (n,) of labels")
_INTERFACE: Final = optional(an_interface)
_CLASSES: Final = optional(argument(whole(0, MAX_FEATURES)))


def _numbers(name: str, value: npt.ArrayLike, kinds: str, expected: str) -> npt.NDArray[Any]:
    rows = value if isinstance(value, (list, tuple)) else (value,)
    if any(is_masked(row) for row in rows):
        raise AzcError(f"{name} is a masked array; leave the masked examples out, or fill them: .filled(0.0)")
    try:
        array = np.asarray(value)
    except Exception as error:  # a user's own class may raise anything
        raise AzcError(f"{name} is not an array of numbers (are its rows equally long?): {error}") from None
    if array.dtype.kind not in kinds:
        came = "nothing" if array.size == 0 else f"{array.dtype} like {shown(array.flat[0])}"
        raise AzcError(f"{name} must hold {expected}, but holds {came}; convert it first")
    return array


def _kept(array: npt.NDArray[Any], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """A read-only copy in C order."""
    with np.errstate(over="ignore"):
        copy = np.array(array, dtype=dtype, order="C", copy=True)
    copy.setflags(write=False)
    return copy


def examples(name: str, value: npt.ArrayLike) -> npt.NDArray[Any]:
    """Examples (n, F) as an array, not yet copied; AzcError for another shape or values but numbers."""
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


def features(name: str, array: npt.NDArray[Any], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """A read-only copy of examples, all of whose numbers are finite."""
    kept = _kept(array, dtype)
    check_finite(name, kept)
    return kept


def labels(
    name: str,
    value: npt.ArrayLike,
    x: npt.NDArray[Any] | None,
    interface: Interface | None,
    n_classes: int | None,
) -> Floats:
    """A read-only copy of labels (n,), checked against examples, interface and classes if these are known."""
    array = _numbers(name, value, _NUMERIC, "numbers")
    n = array.size if x is None else len(x)
    if array.shape != (n,):
        raise AzcError(
            f"{name} must hold one label an example, shape ({n},), but has the shape {array.shape}"
        )
    kept: Floats = _kept(array, np.float64)
    if not check_classes(name, kept, interface, n_classes):
        check_finite(name, kept)
    return kept


def check_classes(name: str, y: Floats, interface: Interface | None, n_classes: int | None) -> bool:
    """Raise AzcError for a label that is not a class of the evaluation type; return whether it has classes.

    `y` are labels (n,).
    """
    try:
        return _are_classes(name, y, interface, n_classes)
    except Exception as error:  # arguments are checked only after a failure: every example comes here
        raise explained(
            error, (_LABELS, "y", y), (_INTERFACE, "interface", interface), (_CLASSES, "n_classes", n_classes)
        ) from None


def _are_classes(name: str, y: Floats, interface: Interface | None, n_classes: int | None) -> bool:
    if interface is not None and interface.binary:
        _check(name, y, (y == 0) | (y == 1), "the labels 0 and 1", "call one class 0, the other 1")
        return True
    if n_classes:
        fine = (y >= 0) & (y < n_classes) & (y == np.floor(y))
        expected = f"class numbers from 0 to {n_classes - 1} (n_classes = {n_classes})"
        _check(name, y, fine, expected, "number the classes from 0")
    return bool(n_classes)


def check_finite(name: str, array: npt.NDArray[Any]) -> None:
    """Raise AzcError that names the first number that is nan or infinite."""
    # Minimum and maximum reveal nan and infinities without another array as large as the data.
    if array.size and not (np.isfinite(array.min()) and np.isfinite(array.max())):
        _check(name, array, np.isfinite(array), "finite numbers", "leave such examples out, or fill them")


def _check(
    name: str, array: npt.NDArray[Any], fine: npt.NDArray[np.bool_], expected: str, advice: str
) -> None:
    """Raise AzcError that names the first bad number, its row and column, and the number of others."""
    wrong = array.size - int(np.count_nonzero(fine))
    if wrong:
        index = np.unravel_index(int(fine.argmin()), array.shape)
        where = ", ".join(f"{word} {number}" for word, number in zip(("row", "column"), index, strict=False))
        more = f" and {wrong - 1:,} more like it" if wrong > 1 else ""
        came = f"{float(array[index])} in {where} (counted from 0){more}"
        raise AzcError(f"{name} must hold {expected}, but holds {came}; {advice}")


def number_of_classes(value: int | None, interface: Interface, features: int) -> int | None:
    """Checked number of classes; None if the evaluation type has none."""
    if not interface.classes:
        if value is not None:
            raise AzcError(
                f"n_classes belongs to MULTICLASS_ACCURACY; {interface.name} takes none: leave it out"
            )
        return None
    if value is None:
        raise AzcError(f"{interface.name} needs n_classes, the number of classes; give it")
    if features < 2:
        raise AzcError(f"{interface.name} needs at least 2 features, one a class; there is {features}")
    why = f" (the number of features); the task has {features} features"
    found: int = _checked("n_classes", value, whole(2, features), why)
    return found


def order(value: npt.ArrayLike, epochs: int | None, train: npt.NDArray[Any] | None) -> Whole | None:
    """A read-only copy of the order of examples (epochs, n_train); None if its right shape is not known."""
    array = _numbers("train_order", value, _INTEGRAL, "whole numbers, the examples' indexes")
    if epochs is None or train is None:
        return None  # they are wrong themselves, which is reported already
    n_train = len(train)
    if array.shape != (epochs, n_train):
        raise AzcError(
            f"train_order must name {n_train} examples for each of {epochs} epochs, shape "
            f"({epochs}, {n_train}), but has the shape {array.shape}"
        )
    if array.min() < 0 or array.max() >= n_train:
        wrong = array[(array < 0) | (array >= n_train)][0]
        raise AzcError(f"train_order names example {wrong}; there are examples from 0 to {n_train - 1}")
    kept: Whole = _kept(array, np.int64)
    return kept


def of_task(name: str, value: object) -> Any:
    """Checked value of one of a task's settings."""
    return _checked(name, value, TASK[name].check)


def _checked(name: str, value: object, check: Check, why: str = "") -> Any:
    try:
        return check.take(value)
    except CheckError as wrong:
        sentence = f"{name} must be {check.expected}{why}, but is {shown(value)}"
        raise AzcError("; ".join(Check.refused(wrong, sentence).texts)) from None
