"""Preprocessing of tables: from columns to features and labels, and from predictions back to values."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
import numpy as np

from azc.arguments import a_text, an_array, argument, kind_of, optional, several, takes, takes_settings
from azc.errors import AzcError
from azc.ir import INTERFACES, interface_of
from azc.problems import MAX_PROBLEMS, Problems, nearest, shown
from azc.settings import FINITE, TEXT, list_of, one_of, setting, settings, taken
from azc.tasks.sums import Floats, Whole, mean_and_sd
from azc.tasks.tables import Table, as_number

_target = several(a_text, "a column of texts")


_NAMES: Final = list_of(TEXT, "a list of names")
_EVAL_TYPE: Final = one_of(INTERFACES)
_FINITE_NUMBERS: Final = list_of(FINITE, "a list of numbers")


@takes_settings()
@attrs.frozen
class Preprocessing:
    """Preprocessing of a table's columns, computed once, with statistics of the rows that the search sees.

    Features are (x - mean) / scale, column by column; a regression's label is (target - target_mean) /
    target_scale, a class is its index in `class_names` (of two, the second is label 1).
    """

    features: tuple[str, ...] = setting("columns of features", _NAMES)
    means: tuple[float, ...] = setting("a mean for each feature", _FINITE_NUMBERS)
    scales: tuple[float, ...] = setting("a scale above 0 for each feature", _FINITE_NUMBERS)
    target: str = setting("the column to predict", TEXT)
    eval_type: str = setting("the evaluation type", _EVAL_TYPE)
    target_mean: float = setting("the target's mean, of a regression", FINITE, 0.0)
    target_scale: float = setting("the target's scale, of a regression", FINITE, 1.0)
    class_names: tuple[str, ...] = setting("the classes, of a classification", _NAMES, ())

    @property
    def n_classes(self) -> int | None:
        """Number of classes, if the evaluation type has them; else None."""
        return len(self.class_names) if interface_of(self.eval_type).classes else None

    @takes(x=an_array("fiub", 2, "an array (rows, columns) of numbers"))
    def apply(self, x: Floats) -> Floats:
        """Standardised features (n, F) of the columns `features` (n, F)."""
        if x.shape[1] != len(self.features):
            raise AzcError(f"x has {x.shape[1]} columns; expected {len(self.features)}, as the search had")
        standard: Floats = (x - np.array(self.means)) / np.array(self.scales)
        return standard

    @takes(target=_target)
    def labels(self, target: Sequence[str]) -> Floats:
        """Labels (n,) of a target column as the table writes it; AzcError for an unknown class."""
        if not self.class_names:
            return (_numeric(self.target, target) - self.target_mean) / self.target_scale
        numbers = {_class(name): float(index) for index, name in enumerate(self.class_names)}
        for value in target:
            if _class(value) not in numbers:
                raise AzcError(
                    f"column {self.target!r} holds {value!r}, which is not a class known from the search; "
                    f"{nearest(value, self.class_names)}"
                )
        return np.array([numbers[_class(value)] for value in target])

    @takes(prediction=an_array("fiub", None, "an array of numbers"))
    def restored(self, prediction: Floats) -> Floats:
        """Predictions of a regression (n,) in the target's own units."""
        restored: Floats = prediction * self.target_scale + self.target_mean
        return restored

    def to_dict(self) -> dict[str, Any]:
        """Values for a header: texts, numbers and lists. `from_dict` reads them."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in attrs.asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Preprocessing":
        """Preprocessing from the values of `to_dict`; AzcError lists all that is wrong with them."""
        problems, keys = Problems(), settings(cls)
        if not isinstance(values, Mapping):
            raise AzcError(f"the preprocessing is damaged: expected a table, but it is {shown(values)}")
        known = {name: value for name, value in values.items() if name in keys}
        kept = taken("", known, keys, problems, str)
        if problems.found:
            told = "; ".join(map(str, problems.found[:MAX_PROBLEMS]))
            raise AzcError(f"the preprocessing is damaged: {told}")
        made = cls(**kept)
        scales = (*made.scales, made.target_scale)
        if not len(made.features) == len(made.means) == len(made.scales) > 0 or not all(
            scale > 0 for scale in scales
        ):
            raise AzcError("the preprocessing is damaged: it has a mean and a scale above 0 for each feature")
        return made


def check_rows(rows: Whole, n: int) -> None:
    """Raise AzcError unless all row numbers are from 0 to n - 1."""
    if rows.size and not (rows.min() >= 0 and rows.max() < n):
        raise AzcError(f"rows from {rows.min()} to {rows.max()} of a table whose rows go from 0 to {n - 1}")


@takes(
    table=kind_of(Table),
    rows=optional(an_array("iu", 1, "an array (n,) of the numbers of rows")),
    eval_type=optional(argument(_EVAL_TYPE)),
)
def prepare(table: Table, rows: Whole | None = None, eval_type: str | None = None) -> Preprocessing:
    """Preprocessing of a table, with statistics of some of its rows (all by default).

    Without an evaluation type a target of text or of exactly two distinct values is classes (ACCURACY; more
    than two are an error), any other a regression (RMS_ERROR). Raises AzcError also for a constant column.
    """
    chosen = np.arange(len(table)) if rows is None else rows
    check_rows(chosen, len(table))
    if not len(chosen):
        raise AzcError(f"{table.source}: no rows to prepare the columns by; give at least one")
    eval_type = eval_type or target_type(table)
    means, scales = _statistics(table, table.features, table.x[chosen])
    made = Preprocessing(table.features, tuple(means), tuple(scales), table.target_name, eval_type)
    if eval_type == "RMS_ERROR":
        y = _numeric(table.target_name, table.target)[chosen]
        (mean,), (scale,) = _statistics(table, [table.target_name], y[:, None])
        return attrs.evolve(made, target_mean=mean, target_scale=scale)
    names = class_names(table)
    interface = interface_of(eval_type)
    if not interface.classes and len(names) != 2:
        raise AzcError(f"{_classes_of(table, names)}; {eval_type} takes two. {_MORE_CLASSES}")
    if interface.classes and not 2 <= len(names) <= len(table.features):
        raise AzcError(
            f"{_classes_of(table, names)}; {eval_type} takes from 2 to "
            f"{len(table.features)}, the number of features"
        )
    return attrs.evolve(made, class_names=names)


_MORE_CLASSES = (
    "For more give MULTICLASS_ACCURACY: with --eval on the command line, or as eval_type of [tasks.search] "
    "in a configuration"
)


@takes(table=kind_of(Table))
def target_type(table: Table) -> str:
    """ACCURACY for a target of text or of exactly two distinct values, else RMS_ERROR.

    More than two classes are an AzcError that says which evaluation type takes them.
    """
    names = class_names(table)
    text = any(as_number(value) is None for value in table.target)
    if text and len(names) > 2:
        raise AzcError(
            f"{_classes_of(table, names)}; two are possible without an evaluation type. {_MORE_CLASSES}"
        )
    return "ACCURACY" if text or len(names) == 2 else "RMS_ERROR"


def class_names(table: Table) -> tuple[str, ...]:
    """The distinct values of the target, numbers by size and before text, each as first written."""
    first: dict[float | str, str] = {}
    for value in table.target:
        first.setdefault(_class(value), value)
    return tuple(first[key] for key in sorted(first, key=lambda key: (isinstance(key, str), key)))


def _class(value: str) -> float | str:
    """Key of a class, the same for all its spellings: 1 and 1.0 are one class."""
    number = as_number(value)
    return value if number is None or math.isnan(number) else number


def _classes_of(table: Table, names: Sequence[str]) -> str:
    shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
    return f"{table.source}: the target {table.target_name!r} has {len(names)} classes ({shown})"


def _numeric(column: str, values: Sequence[str]) -> Floats:
    numbers = [as_number(value) for value in values]
    for value, number in zip(values, numbers, strict=True):
        if number is None or not math.isfinite(number):
            raise AzcError(f"column {column!r} holds {value!r}; a regression's target must be finite numbers")
    return np.array(numbers, dtype=np.float64)


def _statistics(table: Table, names: Sequence[str], x: Floats) -> tuple[list[float], list[float]]:
    with np.errstate(over="ignore", invalid="ignore"):
        means, scales = mean_and_sd(x)
    for name, scale in zip(names, scales, strict=True):
        if scale == 0.0:
            raise AzcError(
                f"{table.source}: column {name!r} is constant in the {len(x)} rows that the search "
                "sees; remove it, or take more rows"
            )
        if not math.isfinite(scale):
            raise AzcError(
                f"{table.source}: column {name!r} spreads too widely to be standardised; scale it first"
            )
    return means.tolist(), scales.tolist()
