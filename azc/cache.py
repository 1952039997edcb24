"""Cache folder for files that can be made again, checked before they are used. Deleting it loses nothing.

A digest at the start of every file reveals damage. The check of owner and mode refuses what others may have
written, since the folder holds machine code and pickles.
"""

import os
import stat
import sys
import warnings
from hashlib import blake2b
from pathlib import Path
from typing import IO, Final

from azc.errors import CacheWarning
from azc.storage import replace_file

_DIGEST_BYTES: Final = 32
_KEY_BYTES: Final = 64


class _NoFolderError(OSError):
    """Raised if there is no folder for the cache, or none that is safe to use."""


def cache_folder(*names: str) -> Path:
    """Folder of the cache, `azc` and `names` in the platform's cache folder; OSError if none is safe to use.

    The environment variable AZC_CACHE names another folder.
    """
    if named := os.environ.get("AZC_CACHE"):
        root = Path(named)
    elif sys.platform == "darwin":
        root = _home() / "Library" / "Caches" / "azc"
    elif sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        root = (Path(local) if local else _home() / "AppData" / "Local") / "azc" / "Cache"
    else:
        kept = os.environ.get("XDG_CACHE_HOME")
        root = (Path(kept) if kept else _home() / ".cache") / "azc"
    return root.joinpath(*names)


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        raise _NoFolderError("this user has no home folder") from None


def read(folder: str, name: str, key: str = "") -> bytes | None:
    """Read a file of the cache; None if there is none, or none for this key.

    A file that is damaged, or that others could have written, counts as none.
    """
    try:
        below = cache_folder(folder)
        if not _is_private(os.stat(below)):
            return None
        with open(below / name, "rb", opener=_opened) as file:
            about = os.fstat(file.fileno())
            if not (stat.S_ISREG(about.st_mode) and _is_private(about)):
                return None
            digest, data = file.read(_DIGEST_BYTES), file.read()
    except (OSError, MemoryError):
        return None
    return data if digest == _digest(data, name, key) else None


def keep(folder: str, name: str, data: bytes, key: str = "") -> None:
    """Write a file of the cache, for its owner alone.

    Failure is not an error: one warning says that the cache does not work, as with a full disk.
    """

    def write(file: IO[bytes]) -> None:
        file.write(_digest(data, name, key))
        file.write(data)

    try:
        below = cache_folder(folder)
        below.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_private(os.stat(below)):
            raise _NoFolderError(
                f"{below}: it belongs to another user, or others may write to it (chmod go-w)"
            )
        replace_file(below / name, write, mode=0o600)
    except OSError as error:
        _warn_once(error)


def names_of(folder: str, pattern: str) -> list[str]:
    """Names of the files in a folder of the cache that match a glob."""
    try:
        return [path.name for path in cache_folder(folder).glob(pattern)]
    except OSError:
        return []


def _opened(path: str, flags: int) -> int:
    """Open without waiting; a pipe in place of the file would block otherwise."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _is_private(about: os.stat_result) -> bool:
    """Whether only this user and root may write a file or folder."""
    return os.name != "posix" or (about.st_uid in (os.geteuid(), 0) and not about.st_mode & 0o022)


def _digest(data: bytes, name: str, key: str) -> bytes:
    """Digest of a file, its name and its key, so that no file can replace another."""
    which = blake2b(f"{name}\n{key}".encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()
    return blake2b(data, digest_size=_DIGEST_BYTES, key=which).digest()


_warned: Final[list[OSError]] = []
"""First reason why the cache does not work, once a warning has given it."""


def _warn_once(error: OSError) -> None:
    if _warned:
        return
    _warned.append(error)
    try:
        where = f" {cache_folder()}"
    except OSError:
        where = ""
    warnings.warn(
        f"nothing can be kept in the cache folder{where}: {error.strerror or error}; so the next start "
        "compiles again what this one compiled. AZC_CACHE names another folder",
        CacheWarning,
        stacklevel=4,
    )
