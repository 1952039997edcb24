"""How much memory azc may use: the machine's, or less where the process is limited."""

import ctypes
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_CGROUP_LIMITS: Final = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def available_memory() -> int:
    """Bytes that this process may use: those of the machine, of its container and of `ulimit -v`."""
    return min(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), *_limits())


def _limits() -> list[int]:
    found = []
    with suppress(ImportError, OSError):
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        found += [soft] * (soft != resource.RLIM_INFINITY)
    for name in _CGROUP_LIMITS:
        with suppress(OSError, ValueError):  # ValueError: the file says `max`
            found.append(int(Path(name).read_text()))
    return found or [2**63 - 1]


def give_back() -> None:
    """Return freed memory to the system, where the C library can; glibc keeps what lies scattered."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim is not None:
        trim(0)


def gib(size: int) -> str:
    """A number of bytes for people."""
    return f"{size / 2**30:.1f} GiB"
