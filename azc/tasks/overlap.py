"""Overlap of sets of tasks: with common examples, a result on one set proves nothing for the other."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np

from azc.arguments import a_path, a_table, fault, kind_of, several, takes
from azc.tasks.arrays import ALL, Arrays
from azc.tasks.division import TableTasks
from azc.tasks.regression import Linear
from azc.tasks.task import Task

_AMOUNTS: Final = frozenset({"tasks", "train", "valid", "epochs", "max_abs_error"})
"""Parameters that tell how many examples are drawn and how they are used, not which."""


def _a_maker(name: str, value: Any) -> Any:
    if attrs.has(type(value)) and hasattr(value, "make"):
        return value
    raise fault(name, "a maker of tasks", value, "azc.tasks.maker_from_table gives one")


def _a_folder(name: str, value: Any) -> Path:
    return Path(a_path(name, value))


_TASKS: Final = several(kind_of(Task), "a sequence of Tasks")


@takes(one=_a_maker, other=_a_maker, folder=_a_folder)
def overlap(one: Any, other: Any, folder: Path) -> str:
    """Reason why two makers draw the same examples, as a phrase; empty if their parameters rule it out."""
    if isinstance(one, Arrays | TableTasks) and isinstance(other, Arrays | TableTasks):
        return _of_one_file(one, other, folder)
    if isinstance(one, Linear) and isinstance(other, Linear):
        # Regressions with the same seed have weights in common, whatever their kind and number of features.
        same = one.seed == other.seed
    else:
        same = type(one) is type(other) and _source(one, folder) == _source(other, folder)
    if not same:
        return ""
    return f"are drawn alike, with the same seed {one.seed}: give another seed, or none"


@takes(one=_a_maker, other=_a_maker, folder=_a_folder)
def may_be_copies(one: Any, other: Any, folder: Path) -> bool:
    """Whether only the examples can tell if two sets are the same: arrays in different files."""
    return (
        isinstance(one, Arrays)
        and isinstance(other, Arrays)
        and _file(folder, one.path) != _file(folder, other.path)
    )


def _source(maker: Any, folder: Path) -> Mapping[str, Any]:
    values = {name: value for name, value in attrs.asdict(maker).items() if name not in _AMOUNTS}
    if values.get("path"):
        values["path"] = _file(folder, values["path"])
    return values


def _of_one_file(one: Arrays | TableTasks, other: Arrays | TableTasks, folder: Path) -> str:
    file = _file(folder, one.path)
    if file != _file(folder, other.path):
        return ""
    if one.division == other.division and one.set != other.set and ALL not in (one.set, other.set):
        return ""
    return (
        f"take the same examples of one file ({one.path}): give another file, or leave out path, set and "
        "division, so that the three sets divide the search's"
    )


def _file(folder: Path, path: str) -> object:
    """Identity of a file, the same for all its names, links included."""
    file = folder / Path(path).expanduser()
    try:
        status = file.stat()
    except (OSError, ValueError):
        return os.path.realpath(file)
    return status.st_dev, status.st_ino


@takes(tasks=_TASKS, others=a_table("sets of tasks by name", _TASKS))
def first_seen(tasks: Iterable[Task], others: Mapping[str, Sequence[Task]]) -> tuple[int, str, int] | None:
    """First task that validates on all training examples or all validation examples of another task.

    Returns its index, and the other's set and index; None if there is no such task.
    """
    known: dict[bytes, list[tuple[str, int, Any]]] = {}
    for name, some in others.items():
        for number, task in enumerate(some):
            for x, y in ((task.train_x, task.train_y), (task.valid_x, task.valid_y)):
                known.setdefault(y.tobytes(), []).append((name, number, x))
    for index, task in enumerate(tasks):
        for name, number, x in known.get(task.valid_y.tobytes(), ()):
            if np.array_equal(task.valid_x, x, equal_nan=True):
                return index, name, number
    return None
