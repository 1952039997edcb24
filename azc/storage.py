"""The cache folder: kernels and decoded data sets are kept there between runs; deleting it loses nothing."""

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path


def cache_folder(*names: str) -> Path:
    """The platform's place for files that can be made again, below it `azc` and `names`.

    The environment variable AZC_CACHE names another folder.
    """
    if named := os.environ.get("AZC_CACHE"):
        root = Path(named)
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches" / "azc"
    elif sys.platform == "win32":
        root = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "azc" / "Cache"
    else:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "azc"
    return root.joinpath(*names)


def write_atomically(path: Path, data: bytes) -> bool:
    """Write a file so that no reader and no other writer ever sees half of it; false if it cannot be written.

    A full disk or a read-only folder is no error: what a cache cannot keep is made again next time.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)
        return False
    return True
