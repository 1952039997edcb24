"""Machine code in memory, freed with the object that owns it; its object code is cached on disk.

Object code in the cache is keyed by azc's sources, versions, target and the caller's key.
"""

import hashlib
import sys
from collections.abc import Callable, Iterable
from functools import cache
from typing import Final

import llvmlite
import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir

from azc.backends.llvm.code.target import LOCK, target, target_machine
from azc.cache import keep, names_of, read
from azc.signals import held_back
from azc.sources import checksum

_FOLDER: Final = "kernels"


class MachineCode:
    """Compiled functions and their addresses by name; their memory is freed with the object."""

    def __init__(self, object_code: bytes, names: Iterable[str]):
        with LOCK:
            self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine())
            self._engine.add_object_file(llvm.ObjectFileRef.from_data(object_code))
            self._engine.finalize_object()
            self.addresses: Final = {name: self._engine.get_function_address(name) for name in names}

    def __del__(self) -> None:
        engine = getattr(self, "_engine", None)
        if engine is not None and llvm is not None and not sys.is_finalizing():
            with LOCK:
                engine.close()


def publish(code: MachineCode) -> None:
    """Let other machine code call these functions by name; the code must stay as long as the process."""
    with LOCK:
        for name, address in code.addresses.items():
            llvm.add_symbol(name, address)


def compile_module(module: ir.Module) -> bytes:
    """Compile a module to object code for the target.

    LLVM's passes over its own representation are left out: the modules consist of vectors and loops already,
    the code generator forwards and combines within a block, and measured, code ran no faster with them. They
    took half of the time, and llvmlite's pass managers keep some 150 KB a run.
    """
    # Inside, LLVM's objects are freed, too: Python forgets an exception in a `__del__`, Ctrl-C included.
    with held_back(), LOCK:
        return _object_code(_text(module))


def _object_code(text: str) -> bytes:
    machine = target_machine()
    return bytes(machine.emit_object(llvm.parse_assembly(text)))


def assembly(module: ir.Module) -> tuple[str, str]:
    """The module as LLVM's text and as the target's assembly."""
    with LOCK:
        machine = target_machine()
        parsed = llvm.parse_assembly(_text(module))
        return str(parsed), machine.emit_assembly(parsed)


def _text(module: ir.Module) -> str:
    module.triple = llvm.get_process_triple()
    return str(module)


@cache
def _made_by() -> str:
    """Checksum of azc's sources, with versions: what decides the machine code, besides key and target."""
    python = sys.implementation.cache_tag
    versions = python, np.__version__, llvmlite.__version__, llvm.llvm_version_info
    return f"{checksum('azc.backends.llvm')} {versions} {llvm.get_process_triple()}"


def cached(key: str, make: Callable[[], ir.Module], names: Iterable[str]) -> MachineCode:
    """Machine code from the cache folder; if there is none, `make` returns the module to compile and keep."""
    name = _name(key)
    code = read(_FOLDER, name)
    if code is None:
        code = compile_module(make())
        keep(_FOLDER, name, code)
    return MachineCode(code, names)


def is_cached(key: str) -> bool:
    """Whether the cache folder has machine code for a key."""
    return bool(names_of(_FOLDER, _name(key)))


def _name(key: str) -> str:
    return hashlib.sha256(f"{_made_by()} {target()} {key}".encode()).hexdigest()[:40] + ".o"
