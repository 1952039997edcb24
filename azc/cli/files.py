"""What a command writes: whole files, checked before the work begins; streams that may lose their reader."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from azc.errors import AzcError


def check_writable(name: str) -> None:
    """Raise an error if a file of this name cannot be written."""
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
    """Write a text file atomically; a pipe or a terminal is written directly."""
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
    # A link stays a link: what it points to is replaced.
    return Path(os.path.realpath(name))


def _is_special(path: Path) -> bool:
    """Whether it is there and no plain file: a folder, a terminal, a pipe."""
    return path.exists() and not path.is_file()


def _cannot(name: str, error: OSError) -> AzcError:
    return AzcError(f"cannot write {name}: {error.strerror or error}")


def let_go(stream: TextIO) -> None:
    """Point a stream without a reader to the null device, so that Python's last flush does not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def outlived(stream: TextIO) -> Iterator[None]:
    """Write into a stream, also after its reader has ended."""
    try:
        yield
    except OSError:
        let_go(stream)
