"""Cache of decoded images: one file for each source, made again when the source has changed."""

import hashlib
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import numpy as np

from azc.cache import keep, read
from azc.tasks.npz import Arrays

_FOLDER: Final = "images"
_VERSION: Final = "2"


def cached(source: Path, files: Iterable[tuple[str, int, int]], make: Callable[[], Arrays]) -> Arrays:
    """Arrays that `make` returns, cached for a source's files with the same names, sizes and mtimes (ns).

    A damaged or foreign cache file counts as none.
    """
    path = str(source.resolve())
    key = "\n".join([_VERSION, path, *map(str, files)])
    name = hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:24] + ".arrays"
    if (stored := read(_FOLDER, name, key)) is not None:
        return _unpacked(stored)
    arrays = make()
    keep(_FOLDER, name, _packed(arrays), key)
    return arrays


def _packed(arrays: Arrays) -> bytes:
    """Bytes of the names, then of the arrays, each as in NumPy's npy files."""
    buffer = io.BytesIO()
    for array in (np.array(list(arrays)), *arrays.values()):
        np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _unpacked(stored: bytes) -> Arrays:
    buffer = io.BytesIO(stored)
    return {str(name): np.load(buffer, allow_pickle=False) for name in np.load(buffer, allow_pickle=False)}
