"""Atomic files: complete or absent."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import IO, Final

ASIDE: Final = ".azc-part"
"""Suffix of incomplete files, before they are renamed."""


def sweep(folder: Path, names: str) -> None:
    """Delete temporary files left by killed writers, for files whose names match a glob."""
    for path in folder.glob(f".{names}.*{ASIDE}"):
        path.unlink(missing_ok=True)


def replace_file(
    path: Path, write: Callable[[IO[bytes]], object], *, mode: int | None = None, sync: bool = False
) -> None:
    """Replace a file atomically, safe from readers, other writers and crashes; OSError if that fails.

    mode: permissions; without it the file keeps its own, or gets a new file's. sync: survives power cuts too.
    """
    temporary = path.with_name(f".{path.name}.{token_hex(4)}{ASIDE}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else mode)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            if sync:
                file.flush()
                os.fsync(handle)
        if path.exists() and mode is None:
            os.chmod(temporary, path.stat().st_mode & 0o7777)
        os.replace(temporary, path)
        if sync:
            _sync_folder(path.parent)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
