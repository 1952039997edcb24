"""Files read up to a limit: a device or a pipe without end must not fill the memory.

Limits for all input of azc are here, except a program's: `azc.language.MAX_BYTES`.
"""

import errno
import io
from os import PathLike
from pathlib import Path
from typing import IO, Final

from azc.memory import available_memory

TEXT_BYTES: Final = 2**24
"""Maximum bytes of a configuration, or another text file that is read whole."""
ROW_CHARACTERS: Final = 2**24
"""Maximum characters of a line of a csv file."""
MAX_EXAMPLE_NUMBERS: Final = 2**24
"""Maximum numbers of an image, channels included."""


def table_bytes() -> int:
    """Maximum bytes of a csv file: its fields take some thirty times as much memory."""
    return available_memory() // 40


def data_bytes() -> int:
    """Maximum bytes of a data set's decompressed arrays, which are copied two or three times."""
    return available_memory() // 8


def read_up_to(path: str | PathLike[str], limit: int) -> bytes:
    """Bytes of a file, at most one more than the limit, which reveals a file that is too long; or OSError."""
    with Path(path).open("rb") as file:
        return file.read(limit + 1)


def read_whole(path: str | PathLike[str], limit: int = TEXT_BYTES) -> bytes:
    """Bytes of a file; OSError if it cannot be read or is longer than the limit."""
    data = read_up_to(path, limit)
    if len(data) > limit:
        raise too_long(path, limit)
    return data


def too_long(path: str | PathLike[str], limit: int) -> OSError:
    """Error for a file that is longer than a limit."""
    why = f"longer than {limit:,} bytes, the most that azc reads of such a file"
    return OSError(errno.EFBIG, why, str(path))


class Limited(io.RawIOBase):
    """Binary file with a limit on the bytes read; more are an OSError."""

    def __init__(self, file: IO[bytes], limit: int, path: str | PathLike[str]):
        self._file, self._limit, self._left, self._path = file, limit, limit, path

    def readable(self) -> bool:
        """True: the file is open for reading."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read some bytes into a buffer."""
        data = self._file.read(min(len(buffer), self._left + 1))
        if len(data) > self._left:
            raise too_long(self._path, self._limit)
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)
