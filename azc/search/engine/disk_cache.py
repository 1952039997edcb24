"""Disk cache of compiled functions, in place of Numba's own.

Numba reads its index and pickles unchecked, from one folder for the whole process that belongs to the user.
Here each function and signature has a file in azc's own cache folder, whose digest is checked before it is
used.

The few names of Numba used here are no stable interface. If one is gone or has changed, functions are
compiled at every start, and nothing else happens.
"""

import os
import pickle
import sys
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from types import FunctionType
from typing import Any, Final

import llvmlite
import llvmlite.binding as llvm
import numba
import numpy as np

from azc.cache import keep, names_of, read
from azc.sources import checksum

_FOLDER: Final = "search"
_SUFFIX: Final = ".nbc"
_HARMLESS: Final = {"NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS"}
"""Numba's environment variables that change no compiled code; one missing here costs a compilation."""


def cache_on_disk(dispatcher: Any) -> None:
    """Cache a function of Numba's on disk with all that it calls, if this version of Numba allows it.

    A dispatcher asks its cache for a signature before it compiles, and passes on the result. Without
    `cache=True` its cache does nothing; just these two methods of it are replaced.
    """
    with suppress(AttributeError):
        kept = _CompiledVersions(dispatcher.py_func)
        asked = dispatcher._cache
        asked.load_overload, asked.save_overload = kept.load, kept.save


def is_cached(function: FunctionType) -> bool:
    """Whether the cache has a function, compiled from these sources with these versions on this machine."""
    return any(
        read(_FOLDER, name) is not None for name in names_of(_FOLDER, f"{_prefix(function)}*{_SUFFIX}")
    )


class _CompiledVersions:
    """Compiled versions of a function, by signature."""

    def __init__(self, function: FunctionType):
        self._function = function

    def load(self, *asked: Any) -> Any:
        """Result of compilation for a signature and target; None if it is not in the cache."""
        with suppress(Exception):
            signature, target = asked
            target.refresh()
            stored = read(_FOLDER, self._name(signature, target.codegen()))
            if stored is not None:
                from numba.core.compiler import CompileResult

                return CompileResult._rebuild(target, *pickle.loads(stored))
        return None

    def save(self, *told: Any) -> None:
        """Write the result of compilation for a signature to the cache."""
        with suppress(Exception):
            from numba.core.serialize import dumps

            signature, result = told
            if not result.library.has_dynamic_globals:
                keep(_FOLDER, self._name(signature, result.library.codegen), dumps(result._reduce()))

    def _name(self, signature: Any, codegen: Any) -> str:
        return f"{_prefix(self._function)}{_short(f'{signature!r} {codegen.magic_tuple()}')}{_SUFFIX}"


def _prefix(function: FunctionType) -> str:
    """Prefix of a function's files: all that decides its code, except the signature."""
    names = sorted(name for name in os.environ if name.startswith("NUMBA_") and name not in _HARMLESS)
    chosen = [(name, os.environ[name]) for name in names]
    own = b"" if function.__module__.startswith("azc.") else _text(function.__code__.co_filename)
    return f"{function.__name__}-{_short(f'{function.__qualname__} {own!r} {_made_by()} {chosen}')}-"


@cache
def _text(path: str) -> bytes:
    """Source of a file outside azc that defines an entry point."""
    return Path(path).read_bytes()


@cache
def _made_by() -> str:
    versions = (sys.implementation.cache_tag, numba.__version__, llvmlite.__version__, np.__version__)
    processor = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    return f"{checksum('azc.search.engine')} {versions} {processor}"


def _short(text: str) -> str:
    return blake2b(text.encode(), digest_size=12).hexdigest()
