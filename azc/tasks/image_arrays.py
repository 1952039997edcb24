"""Data sets as arrays: npz files, csv files, and scikit-learn's digits."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from azc.errors import AzcError
from azc.tasks.csv_files import csv_rows
from azc.tasks.decoded import cached
from azc.tasks.images import Images, arranged, flattened
from azc.tasks.npz import Arrays, read_npz
from azc.tasks.sums import Whole

_NPZ_KEYS = (
    ("x", "y", False),
    ("train_x", "train_y", False), ("x_train", "y_train", False), ("train_images", "train_labels", False),
    ("test_x", "test_y", True), ("x_test", "y_test", True), ("test_images", "test_labels", True),
)  # fmt: skip
_LABEL_COLUMNS = ("label", "class", "target", "y")
_MAX_CLASSES = 10_000


def read_npz_images(path: Path) -> Images:
    """Images in x, y (all training), or in train_x, train_y, test_x, test_y; class_names are optional."""
    arrays = read_npz(path)
    found = [row for row in _NPZ_KEYS if row[0] in arrays and row[1] in arrays]
    if not found:
        raise AzcError(
            f"{path}: expected the arrays x and y, or train_x, train_y, test_x and test_y; "
            f"it has {', '.join(arrays) or 'none'}"
        )
    raw = [(flattened(arrays[x], f"{path}, {x}"), arrays[y].reshape(-1), test) for x, y, test in found]
    for (pixels, y, _), (_, key, _) in zip(raw, found, strict=True):
        if len(y) != len(pixels) or y.dtype.kind not in "iuU":
            raise AzcError(
                f"{path}, {key}: expected {len(pixels)} class numbers or names, "
                f"but it has {len(y)} of {y.dtype}"
            )
    names, labels = _numbered(np.concatenate([y for _, y, _ in raw]), path)
    given = arrays.get("class_names", np.array([])).reshape(-1)
    if given.size:
        if given.size < len(names):
            raise AzcError(f"{path}, class_names: has {given.size} names for {len(names)} classes")
        names = tuple(map(str, given))
    splits = np.split(labels, np.cumsum([len(y) for _, y, _ in raw])[:-1])
    parts = [(pixels, y, test) for (pixels, _, test), y in zip(raw, splits, strict=True)]
    return arranged(parts, names, f"{len(labels)} images in npz ({path})")


def read_csv_images(path: Path) -> Images:
    """Images in a csv file, one a row: the label in column `label`, else in the first; the rest pixels 0-255.

    The first row is a header if its last field is not a number. All images are training images.
    """
    stat = path.stat()
    files = [(path.name, stat.st_size, stat.st_mtime_ns)]
    arrays = cached(path, files, lambda: _parsed(path))
    names, labels = _numbered(arrays["labels"], path)
    return arranged([(arrays["pixels"], labels, False)], names, f"{len(labels)} images in csv ({path})")


def read_digits() -> Images:
    """scikit-learn's 1797 digits of 8 x 8, pixels from 0 to 16, all training images."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise AzcError("the digits come with scikit-learn: pip install 'azc[digits]'") from None
    data, target = load_digits(return_X_y=True)
    pixels = flattened(data.astype(np.uint8), "digits")
    return arranged(
        [(pixels, target, False)], tuple("0123456789"), f"{len(target)} images of 8 x 8 from scikit-learn"
    )


def _parsed(path: Path) -> Arrays:
    label, labels, rows = 0, [], []
    for number, (line, fields) in enumerate(csv_rows(path, ",")):
        if number == 0 and not fields[-1].strip().isdigit():
            names = [name.strip().lower() for name in fields]
            label = next((names.index(name) for name in _LABEL_COLUMNS if name in names), 0)
            continue
        labels.append(fields.pop(label).strip())
        try:
            rows.append(bytes(map(int, fields)))
        except ValueError:
            raise AzcError(f"{path}, line {line}: pixels must be whole numbers from 0 to 255") from None
    if not rows or not rows[0]:
        raise AzcError(f"{path}: holds no images; expected rows of a label and pixels")
    pixels = np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), -1)
    whole = all(label.isdecimal() for label in labels)
    return {"pixels": pixels, "labels": np.array([int(x) for x in labels] if whole else labels)}


def _numbered(labels: npt.NDArray[Any], path: Path) -> tuple[tuple[str, ...], Whole]:
    """Names and numbers of classes: integers number themselves, names are numbered in sorted order."""
    if labels.dtype.kind == "U":
        names, numbers = np.unique(labels, return_inverse=True)
        return tuple(map(str, names)), numbers.astype(np.int64)
    if labels.min() < 0 or labels.max() >= _MAX_CLASSES:
        raise AzcError(
            f"{path}: class numbers must be from 0 to {_MAX_CLASSES - 1}, "
            f"but are from {labels.min()} to {labels.max()}"
        )
    return tuple(map(str, range(int(labels.max()) + 1))), labels.astype(np.int64)
