"""Tables: csv files with a header, in which all columns but the target are numbers."""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import attrs
import numpy as np

from azc.arguments import a_path, a_text, an_array, several, takes
from azc.errors import AzcError
from azc.problems import nearest
from azc.tasks.csv_files import csv_rows
from azc.tasks.declared import MAX_FEATURES
from azc.tasks.sums import Floats

_MISSING = {"", "na", "n/a", "#n/a", "nan", "null", "?"}


_names = several(a_text, "the names of columns", into=tuple)


@takes(
    source=a_text,
    features=_names,
    x=an_array("fiub", 2, "an array (rows, columns) of numbers"),
    target_name=a_text,
    target=several(a_text, "the texts of a column", into=tuple),
)
@attrs.frozen(eq=False, repr=False)
class Table:
    """A table: its features x (n, F), and its target, n texts as the file writes them."""

    source: str
    features: tuple[str, ...]
    x: Floats
    target_name: str
    target: tuple[str, ...]

    def __attrs_post_init__(self) -> None:
        if self.x.shape != (len(self.target), len(self.features)):
            raise AzcError(
                f"{self.source}: x has the shape {self.x.shape}; expected ({len(self.target)}, "
                f"{len(self.features)}), the lengths of target and features"
            )

    def __len__(self) -> int:
        return len(self.target)


@takes(path=a_path, target=a_text)
def read_table(path: str | Path, target: str) -> Table:
    """Read a csv file with a header; all columns but the target are features.

    AzcError for missing values, values that are not finite numbers, rows of unequal length, and columns
    without a name or with the same: it names line and column, and what to do.
    """
    names, lines, rows = _read(Path(path))
    column = _column(path, names, target)
    return Table(
        str(path),
        tuple(name for name in names if name != target),
        _numbers(path, names, lines, rows, [i for i in range(len(names)) if i != column]),
        target,
        tuple(_present(path, lines[i], target, row[column]) for i, row in enumerate(rows)),
    )


@takes(path=a_path, features=_names)
def read_features(path: str | Path, features: Sequence[str]) -> Floats:
    """Read the named columns (n, F) of a csv file, in the order given; others, like a target, are ignored."""
    names, lines, rows = _read(Path(path))
    return _numbers(path, names, lines, rows, [_column(path, names, name) for name in features])


def _read(path: Path) -> tuple[list[str], list[int], list[list[str]]]:
    rows = list(csv_rows(path))
    if len(rows) < 2:
        raise AzcError(f"{path}: has no rows; expected a header with the columns' names and rows below it")
    names = [name.strip() for name in rows[0][1]]
    for column, name in enumerate(names, 1):
        if not name:
            raise AzcError(
                f"{path}: column {column} has no name; name it, or remove it if it only numbers the rows"
            )
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        raise AzcError(f"{path}: two columns are named {twice[0]!r}; rename one")
    return (
        names,
        [line for line, _ in rows[1:]],
        [[field.strip() for field in fields] for _, fields in rows[1:]],
    )


def _column(path: str | Path, names: Sequence[str], wanted: str) -> int:
    if wanted not in names:
        raise AzcError(f"{path}: has no column {wanted!r}; {nearest(wanted, names)}")
    return names.index(wanted)


def _present(path: str | Path, line: int, column: str, field: str) -> str:
    if field.lower() in _MISSING:
        raise AzcError(
            f"{path}, line {line}: the value of column {column!r} is missing ({field!r}); "
            "fill it in or remove the row"
        )
    return field


def _numbers(
    path: str | Path,
    names: Sequence[str],
    lines: Sequence[int],
    rows: Sequence[Sequence[str]],
    columns: Sequence[int],
) -> Floats:
    if not 1 <= len(columns) <= MAX_FEATURES:
        raise AzcError(
            f"{path}: has {len(columns)} columns of features; from 1 to {MAX_FEATURES} are possible"
        )
    x = np.empty((len(rows), len(columns)))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            number = as_number(row[column])
            if number is None:
                _present(path, lines[i], names[column], row[column])
                raise AzcError(
                    f"{path}, line {lines[i]}: column {names[column]!r} holds text ({row[column]!r}); "
                    "azc reads numbers: make it a column of 0 and 1 for each of its values, or remove it"
                )
            if not math.isfinite(number):
                _present(path, lines[i], names[column], row[column])
                raise AzcError(
                    f"{path}, line {lines[i]}: column {names[column]!r} is not finite ({row[column]!r}); "
                    "fill in a number or remove the row"
                )
            x[i, j] = number
    return x


def as_number(field: str) -> float | None:
    """Number in a field of a table; None for text."""
    try:
        return None if "_" in field else float(field)
    except ValueError:
        return None
