"""Memory limits: how much azc may use, and whether a program's memory fits."""

import ctypes
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from azc.errors import AzcError

SHARE: Final = 0.8
"""Maximum share of the available memory that a program may take."""
NEGLIGIBLE: Final = 2**20
"""Bytes for which nobody looks up the limits: that takes longer than to compile a small program."""
_CGROUP_LIMITS: Final = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def available_memory() -> int:
    """Bytes available to this process, within the limits of machine, container and `ulimit -v`."""
    return min(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), *_limits())


def _limits() -> list[int]:
    found = []
    with suppress(ImportError, OSError):
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        found += [soft] * (soft != resource.RLIM_INFINITY)
    for name in _CGROUP_LIMITS:
        with suppress(OSError, ValueError):  # ValueError: the file says `max`, so there is no limit
            found.append(int(Path(name).read_text()))
    return found or [2**63 - 1]


def give_back() -> None:
    """Return freed memory to the system if the C library can; glibc keeps it otherwise."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim is not None:
        trim(0)


def gib(size: int) -> str:
    """A number of bytes as text for people."""
    return f"{size / 2**30:.1f} GiB"


class MemoryLimitError(AzcError):
    """A program needs more memory than azc may use; nothing was allocated for it."""


def most_bytes() -> int:
    """Maximum bytes for a program on all its tasks."""
    return int(SHARE * available_memory())


def check_fits(needed: int, what: str, most: int | None = None) -> None:
    """Raise MemoryLimitError if `needed` bytes exceed `most`, by default what a program may take."""
    if most is None and needed < NEGLIGIBLE:
        return
    there, limit = (available_memory(), most_bytes()) if most is None else (most, most)
    if needed > limit:
        raise MemoryLimitError(
            f"{what} takes {gib(needed)} and azc may use {gib(there)}; "
            "use fewer features, matrix addresses, tasks or examples, or precision float32"
        )


def at_features(features: int) -> str:
    """Phrase on what takes a program's memory with `features` features."""
    return f"the program's memory at {features} features"
