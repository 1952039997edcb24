"""Files and streams that commands write: complete files, checked in advance; streams that lose readers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from azc.errors import AzcError


def check_writable(name: str) -> None:
    """Raise AzcError if a file of this name cannot be written."""
    import tempfile

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
    """Write a text file atomically; write to a pipe or terminal directly."""
    from azc.storage import replace_file

    path, data = _target(name), text.encode()
    try:
        if _is_special(path):
            path.write_bytes(data)
        else:
            replace_file(path, lambda file: file.write(data))
    except OSError as error:
        raise _cannot(name, error) from None


def _target(name: str) -> Path:
    # A symbolic link stays: the file that it points to is replaced.
    return Path(os.path.realpath(name))


def _is_special(path: Path) -> bool:
    """Whether a path exists and is not a regular file: a folder, a terminal, a pipe."""
    return path.exists() and not path.is_file()


def _cannot(name: str, error: OSError) -> AzcError:
    return AzcError(f"cannot write {name}: {error.strerror or error}")


def discard_output(stream: TextIO) -> None:
    """Redirect a stream without a reader to the null device, so that Python's last flush does not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def ignoring_closed_reader(stream: TextIO) -> Iterator[None]:
    """Allow writes to a stream whose reader may have ended."""
    try:
        yield
    except OSError:
        discard_output(stream)
