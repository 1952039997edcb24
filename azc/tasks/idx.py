"""Data sets in IDX files, the format of MNIST and Fashion-MNIST, with or without gzip."""

import gzip
import math
import zlib
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from azc.errors import AzcError
from azc.memory import gib
from azc.reading import data_bytes
from azc.tasks.images import Images, arranged, flattened

_PREFIXES = (("train", False), ("t10k", True), ("test", True))
_BYTES = 0x08


def is_idx_folder(path: Path) -> bool:
    """Whether a folder holds files like `train-images-idx3-ubyte.gz`."""
    return any(_file(path, prefix, "images") for prefix, _ in _PREFIXES)


def read_idx_folder(path: Path) -> Images:
    """Read `train-images-idx3-ubyte`, `t10k-images-idx3-ubyte` or both, and their labels."""
    parts = []
    for prefix, test in _PREFIXES:
        if images := _file(path, prefix, "images"):
            labels = _file(path, prefix, "labels")
            if labels is None:
                raise AzcError(f"{images}: has no labels beside it; put {prefix}-labels-idx1-ubyte there")
            x, y = read_idx(images), read_idx(labels)
            if y.ndim != 1 or len(x) != len(y):
                raise AzcError(
                    f"{labels}: expected {len(x)} labels, one an image, but the shape is {y.shape}"
                )
            parts.append((flattened(x, str(images)), y.astype(np.int64), test))
    n_classes = 1 + max(int(y.max()) for _, y, _ in parts)
    n = sum(len(y) for _, y, _ in parts)
    return arranged(parts, tuple(map(str, range(n_classes))), f"{n} images in IDX files ({path})")


def read_idx(path: Path) -> npt.NDArray[Any]:
    """Read the array of integers 0-255 in an IDX file, gzipped or not; AzcError if the file is damaged."""
    try:
        with path.open("rb") as file:
            if file.peek(2)[:2] != b"\x1f\x8b":
                return _numbers(file, path)
            with gzip.GzipFile(fileobj=file) as unpacked:
                return _numbers(unpacked, path)
    except (OSError, EOFError, zlib.error) as error:
        raise AzcError(f"{path}: cannot be read: {error}") from None


def _numbers(file: BufferedIOBase, path: Path) -> npt.NDArray[Any]:
    """Numbers of an IDX file; no more is unpacked than the header announces."""
    start = file.read(4)
    if len(start) < 4 or start[:2] != b"\0\0":
        raise AzcError(f"{path}: is not an IDX file: it begins with {start.hex() or 'nothing'}, not 0000")
    if start[2] != _BYTES:
        raise AzcError(f"{path}: holds numbers of IDX type {start[2]:#04x}; azc reads 0x08, unsigned bytes")
    lengths = file.read(4 * start[3])
    shape = tuple(int.from_bytes(lengths[i : i + 4], "big") for i in range(0, len(lengths), 4))
    size = math.prod(shape) if shape else 0
    if size > data_bytes():
        raise AzcError(
            f"{path}: is damaged, or too large: its header announces {size} numbers {shape}, "
            f"and azc reads at most {gib(data_bytes())}"
        )
    data = file.read(size + 1)
    if len(data) != size or size == 0:
        follow = f"{len(data)} follow" if len(data) <= size else f"more than {size} follow"
        raise AzcError(f"{path}: is damaged: its header announces {size} numbers {shape}, but {follow}")
    return np.frombuffer(data, np.uint8, size).reshape(shape)


def _file(folder: Path, prefix: str, what: str) -> Path | None:
    found = sorted(folder.glob(f"{prefix}-{what}*idx*")) if folder.is_dir() else []
    return found[0] if found else None
