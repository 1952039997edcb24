"""Arrays of npz files; the announced sizes are checked before anything is unpacked."""

import io
import math
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

from azc.errors import AzcError
from azc.memory import gib
from azc.reading import data_bytes, too_long

Arrays = dict[str, npt.NDArray[Any]]
_Header = tuple[tuple[int, ...], bool, np.dtype[Any]]
_HEADERS: Final[Mapping[tuple[int, int], Callable[[IO[bytes]], _Header]]] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_ENCRYPTED: Final = 1


def read_npz(path: Path, number_bytes: int = 1) -> Arrays:
    """Read the arrays of an npz file; AzcError if it is of another format, damaged or above `data_bytes`.

    number_bytes: bytes to count at least for each number, if numbers are converted afterwards.
    """
    try:
        with path.open("rb") as file:
            return _arrays(file if file.seekable() else _copied(file, path), number_bytes)
    except AzcError as error:
        raise AzcError(f"{path}: {error}") from None
    except OSError as error:
        raise AzcError(f"{path}: cannot be read as npz: {error.strerror or error}") from None


def _copied(file: IO[bytes], path: Path) -> IO[bytes]:
    """Bytes of a pipe, copied to allow seeking."""
    data = file.read(data_bytes() + 1)
    if len(data) > data_bytes():
        raise too_long(path, data_bytes())
    return io.BytesIO(data)


def _arrays(file: IO[bytes], number_bytes: int) -> Arrays:
    start = file.read(6)
    file.seek(0)
    if start == np.lib.format.MAGIC_PREFIX:
        raise AzcError("cannot be read as npz: it is a single array, npy; save arrays by name with np.savez")
    if start[:2] != b"PK":
        raise AzcError(f"cannot be read as npz: it begins with {start.hex() or 'nothing'}; write np.savez")
    try:
        with zipfile.ZipFile(file) as stored:
            members = [info for info in stored.infolist() if info.filename.endswith(".npy")]
            _check_size(sum(_announced(stored, info, number_bytes) for info in members))
            return {info.filename.removesuffix(".npy"): _array(stored, info) for info in members}
    except (AzcError, OSError):
        raise
    except Exception as error:  # zipfile, zlib, lzma and NumPy raise a dozen types of errors
        raise AzcError(f"cannot be read as npz: it is damaged ({error})") from None


def _check_size(size: int) -> None:
    if size > data_bytes():
        raise AzcError(f"its arrays take {gib(size)}, and azc reads at most {gib(data_bytes())}; store fewer")


def _announced(stored: zipfile.ZipFile, info: zipfile.ZipInfo, number_bytes: int) -> int:
    """Bytes of an array according to its header; AzcError if header and file disagree."""
    name = info.filename.removesuffix(".npy")
    if info.flag_bits & _ENCRYPTED:
        raise AzcError(f"cannot be read as npz: {name} is encrypted; store it without a password")
    with stored.open(info) as file:
        version = np.lib.format.read_magic(file)
        if version not in _HEADERS:
            raise AzcError(f"cannot be read as npz: {name} has the npy format {version}; save it as numbers")
        shape, _, dtype = _HEADERS[version](file)
        if dtype.hasobject:
            raise AzcError(
                f"cannot be read as npz without pickled objects, which {name} holds; save it as numbers"
            )
        count = math.prod(shape)
        if min(shape, default=0) < 0 or info.file_size != file.tell() + count * dtype.itemsize:
            raise AzcError(
                f"cannot be read as npz: {name} is damaged: its header announces {count:,} numbers {shape}, "
                f"but {info.file_size - file.tell():,} bytes of {dtype} follow"
            )
    return count * max(number_bytes, dtype.itemsize)


def _array(stored: zipfile.ZipFile, info: zipfile.ZipInfo) -> npt.NDArray[Any]:
    with stored.open(info) as file:
        # Read to the end, since zipfile compares the checksum only there.
        array: npt.NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
        file.read()
        return array
