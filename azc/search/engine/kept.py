"""Compiled functions kept between runs, instead of by Numba's own cache.

Numba reads its index and its pickles unchecked, and knows one folder for a whole process, which is the user's
to choose. Here a function and its signature have one file in azc's own cache folder, whose digest is checked
before anything is made of it.

The few names of Numba's that this needs are not promised to stay. Where one is gone or has changed, functions
are compiled at every start, and nothing else happens.
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
"""Variables of Numba's that change no compiled code; one that is missing here costs a compilation."""


def keep_compiled(dispatcher: Any) -> None:
    """Let a function of Numba's be kept on disk with all that it calls, if this Numba can.

    A dispatcher asks its cache for a signature before it compiles, and tells it what it compiled. Without
    `cache=True` it has one that does nothing, of which just these two are replaced.
    """
    with suppress(AttributeError):
        kept = _CompiledVersions(dispatcher.py_func)
        asked = dispatcher._cache
        asked.load_overload, asked.save_overload = kept.load, kept.save


def is_kept(function: FunctionType) -> bool:
    """Whether a function was compiled before: on such a machine, of these sources, with these versions."""
    return any(
        read(_FOLDER, name) is not None for name in names_of(_FOLDER, f"{_prefix(function)}*{_SUFFIX}")
    )


class _CompiledVersions:
    """What was compiled of a function, by signature."""

    def __init__(self, function: FunctionType):
        self._function = function

    def load(self, *asked: Any) -> Any:
        """What was compiled for a signature and a target; None where that is not known."""
        with suppress(Exception):
            signature, target = asked
            target.refresh()
            stored = read(_FOLDER, self._name(signature, target.codegen()))
            if stored is not None:
                from numba.core.compiler import CompileResult

                return CompileResult._rebuild(target, *pickle.loads(stored))
        return None

    def save(self, *told: Any) -> None:
        """Keep what was compiled for a signature."""
        with suppress(Exception):
            from numba.core.serialize import dumps

            signature, result = told
            if not result.library.has_dynamic_globals:
                keep(_FOLDER, self._name(signature, result.library.codegen), dumps(result._reduce()))

    def _name(self, signature: Any, codegen: Any) -> str:
        return f"{_prefix(self._function)}{_short(f'{signature!r} {codegen.magic_tuple()}')}{_SUFFIX}"


def _prefix(function: FunctionType) -> str:
    """How the names of a function's files begin: by what decides its code, apart from the signature."""
    names = sorted(name for name in os.environ if name.startswith("NUMBA_") and name not in _HARMLESS)
    chosen = [(name, os.environ[name]) for name in names]
    own = b"" if function.__module__.startswith("azc.") else _text(function.__code__.co_filename)
    return f"{function.__name__}-{_short(f'{function.__qualname__} {own!r} {_made_by()} {chosen}')}-"


@cache
def _text(path: str) -> bytes:
    """The text of a file that is none of azc's own, where an entry may stand as well."""
    return Path(path).read_bytes()


@cache
def _made_by() -> str:
    versions = (sys.implementation.cache_tag, numba.__version__, llvmlite.__version__, np.__version__)
    processor = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    return f"{checksum('azc.search.engine')} {versions} {processor}"


def _short(text: str) -> str:
    return blake2b(text.encode(), digest_size=12).hexdigest()
