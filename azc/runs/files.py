"""Files of a run: whole or not there, and those that others build on outlast a power cut."""

from collections.abc import Callable
from pathlib import Path
from typing import IO

from azc.errors import AzcError
from azc.storage import replace_file


def write_durably(path: Path, data: bytes, *, sync: bool = True) -> None:
    """Write a file so that readers and crashes, with `sync` power cuts too, find the old one or the new."""
    write_with(path, lambda file: file.write(data), sync=sync)


def make_folder(path: Path) -> None:
    """Make a folder that may be there already."""
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise AzcError(f"cannot make the folder {path}: {error.strerror or error}") from None


def write_with(path: Path, write: Callable[[IO[bytes]], object], *, sync: bool = True) -> None:
    """Like `write_durably`; `write` is given the file, opened for bytes."""
    try:
        replace_file(path, write, sync=sync)
    except OSError as error:
        raise AzcError(
            f"cannot write {path}: {error.strerror or error}; what was there before stands"
        ) from None
