"""Data sets in IDX files, as MNIST and Fashion-MNIST are published, with or without gzip."""

import gzip
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from azc.errors import AzcError
from azc.tasks.images import Images, arranged, flattened

_PREFIXES = (("train", False), ("t10k", True), ("test", True))
_BYTES = 0x08


def is_idx_folder(path: Path) -> bool:
    """Whether a folder holds files like `train-images-idx3-ubyte.gz`."""
    return any(_file(path, prefix, "images") for prefix, _ in _PREFIXES)


def read_idx_folder(path: Path) -> Images:
    """The images of `train-images-idx3-ubyte`, `t10k-images-idx3-ubyte` or both, and their labels."""
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
    """The array of whole numbers 0-255 that an IDX file holds, unpacked if it is gzipped."""
    data = _bytes(path)
    if len(data) < 4 or data[:2] != b"\0\0":
        raise AzcError(f"{path}: is no IDX file: it begins with {data[:4].hex() or 'nothing'}, not 0000")
    if data[2] != _BYTES:
        raise AzcError(f"{path}: holds numbers of IDX type {data[2]:#04x}; azc reads 0x08, unsigned bytes")
    dimensions = data[3]
    start = 4 + 4 * dimensions
    shape = tuple(int.from_bytes(data[i : i + 4], "big") for i in range(4, min(start, len(data)), 4))
    size = int(np.prod(shape, dtype=object)) if dimensions else 0
    if len(data) != start + size or size == 0:
        raise AzcError(
            f"{path}: is damaged: its header announces {size} numbers {shape}, but "
            f"{max(len(data) - start, 0)} follow"
        )
    return np.frombuffer(data, np.uint8, size, start).reshape(shape)


def _file(folder: Path, prefix: str, what: str) -> Path | None:
    found = sorted(folder.glob(f"{prefix}-{what}*idx*")) if folder.is_dir() else []
    return found[0] if found else None


def _bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (OSError, EOFError, zlib.error) as error:
        raise AzcError(f"{path}: cannot be read: {error}") from None
