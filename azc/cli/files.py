"""Files that a command writes: whole or not at all, and known to be possible before the work begins."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from azc.errors import AzcError


def check_writable(name: str) -> None:
    """Raise an error if a file of this name cannot be written."""
    path = _target(name)
    if _is_special(path):
        if path.is_dir():
            raise AzcError(f"cannot write {name}: it is a folder; name a file")
        return
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise _cannot(name, error) from None


def write(name: str, text: str) -> None:
    """Write a text file so that nobody ever sees half of it; what is no plain file is written as it is."""
    path, data = _target(name), text.encode()
    try:
        if _is_special(path):
            path.write_bytes(data)
        else:
            _replace(path, data)
    except OSError as error:
        raise _cannot(name, error) from None


def _target(name: str) -> Path:
    # A link stays a link: what it points to is replaced.
    return Path(os.path.realpath(name))


def _is_special(path: Path) -> bool:
    """Whether it is there and no plain file: a folder, a terminal, a pipe."""
    return path.exists() and not path.is_file()


def _replace(path: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, _mode(path))
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _mode(path: Path) -> int:
    """The permissions that the file has, or that a new file gets."""
    if path.exists():
        return path.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _cannot(name: str, error: OSError) -> AzcError:
    return AzcError(f"cannot write {name}: {error.strerror or error}")
