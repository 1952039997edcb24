"""Files of a run: complete or absent, and safe from power cuts where other files depend on them."""

from collections.abc import Callable
from pathlib import Path
from typing import IO

from azc.errors import AzcError
from azc.storage import replace_file


def write_durably(path: Path, data: bytes, *, sync: bool = True) -> None:
    """Replace a file atomically: after a crash it is the old one or the new one.

    sync: safe from power cuts too. AzcError if it cannot be written.
    """
    write_with(path, lambda file: file.write(data), sync=sync)


def make_folder(path: Path) -> None:
    """Make a folder unless it exists."""
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise AzcError(f"cannot make the folder {path}: {error.strerror or error}") from None


def write_with(path: Path, write: Callable[[IO[bytes]], object], *, sync: bool = True) -> None:
    """Like `write_durably`; `write` is called with the file, opened for bytes."""
    try:
        replace_file(path, write, sync=sync)
    except OSError as error:
        raise AzcError(
            f"cannot write {path}: {error.strerror or error}; what was there before is kept"
        ) from None
