"""The cache folder: files that can be made again, checked before they are used. Deleting it loses nothing.

A digest in front of every file finds damage. The check of owner and mode keeps out what others may have
written, since machine code and pickles lie there.
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
    """There is no folder for the cache, or none that is safe to use."""


def cache_folder(*names: str) -> Path:
    """The platform's folder for files that can be made again, below it `azc` and `names`; else OSError.

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
    """What was kept in a folder of the cache under a name; None if nothing was, or not for this key.

    A file that is damaged, or that others could have written, is as good as none.
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
    """Write a file of the cache, for its owner alone, if it can be written.

    A full disk or a read-only folder is no error: a warning says once that it is made again next time.
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
    """The names of the files in a folder of the cache that a glob matches."""
    try:
        return [path.name for path in cache_folder(folder).glob(pattern)]
    except OSError:
        return []


def _opened(path: str, flags: int) -> int:
    """Open without waiting, as a pipe in the place of a file would let one."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _is_private(about: os.stat_result) -> bool:
    """Whether only this user and root may write what this is about."""
    return os.name != "posix" or (about.st_uid in (os.geteuid(), 0) and not about.st_mode & 0o022)


def _digest(data: bytes, name: str, key: str) -> bytes:
    """A digest of a file that also says which one it is, so that none can stand for another."""
    which = blake2b(f"{name}\n{key}".encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()
    return blake2b(data, digest_size=_DIGEST_BYTES, key=which).digest()


_warned: Final[list[OSError]] = []
"""Why nothing could be kept, once it was said."""


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
