"""Decoded images kept between runs: one file a source, made anew when the source has changed."""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from azc.storage import cache_folder, keep

Arrays = dict[str, npt.NDArray[Any]]
_VERSION = "1"


def kept(source: Path, files: Iterable[tuple[str, int, int]], make: Callable[[], Arrays]) -> Arrays:
    """What `make` makes of a source, from the cache if its files (name, size, mtime in ns) are unchanged.

    A damaged or foreign cache file is as good as none.
    """
    place = str(source.resolve())
    key = hashlib.sha256(
        "\n".join([_VERSION, place, *map(str, files)]).encode("utf-8", "surrogatepass")
    ).hexdigest()
    name = hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest()[:24]
    cache = cache_folder("images", f"{name}.npz")
    if (arrays := _read(cache, key)) is None:
        arrays = make()
        buffer = io.BytesIO()
        np.savez(buffer, key=np.array(key), **arrays)  # type: ignore[arg-type]
        keep(cache, buffer.getvalue())
    return arrays


def _read(cache: Path, key: str) -> Arrays | None:
    try:
        with np.load(cache, allow_pickle=False) as stored:
            if str(stored["key"]) == key:
                # Reading an array to its end compares its checksum.
                return {name: stored[name] for name in stored.files if name != "key"}
    except (OSError, ValueError, KeyError, EOFError, AttributeError, zipfile.BadZipFile, zlib.error):
        pass
    except (MemoryError, SyntaxError, NotImplementedError):  # what a damaged header can ask for
        pass
    return None
