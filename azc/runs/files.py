"""Files that are whole or not there, and that last: written aside, synced, renamed, the folder synced."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from azc.errors import AzcError


def write_durably(path: Path, data: bytes, *, sync: bool = True) -> None:
    """Write a file so that a reader, a crash and a power cut find the old one or the new one."""

    def write(file: IO[bytes]) -> Any:
        return file.write(data)

    write_with(path, write, sync=sync)


def write_with(path: Path, write: Any, *, sync: bool = True) -> None:
    """The same with a function that writes into a file."""
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            if sync:
                os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
        if sync:
            _sync_folder(path.parent)
    except OSError as error:
        raise AzcError(
            f"cannot write {path}: {error.strerror or error}; what was there before stands"
        ) from None
    finally:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
