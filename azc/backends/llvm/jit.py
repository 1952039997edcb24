"""The one owner of machine code: engine, addresses and lifetime together; what is dropped is freed."""

import hashlib
import sys
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import llvmlite
import llvmlite.binding as llvm
from llvmlite import ir

from azc.backends.llvm.target import LOCK, target, target_machine
from azc.storage import cache_folder, keep

_CHECKSUM_BYTES: Final = 32


class MachineCode:
    """Functions ready to be called, by name; their memory is freed with the object."""

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
    """Let other machine code find these functions by name; the code must stay as long as the process."""
    with LOCK:
        for name, address in code.addresses.items():
            llvm.add_symbol(name, address)


def compile_module(module: ir.Module) -> bytes:
    """Make a module object code for the target.

    LLVM's passes over its own representation are left out: what we emit is vectors and loops already, the
    code generator forwards and combines within a block, and measured, code ran no faster with them. They
    took half of the time, and llvmlite's pass managers keep some 150 KB a run.
    """
    with LOCK:
        machine = target_machine()
        parsed = llvm.parse_assembly(_text(module))
        return bytes(machine.emit_object(parsed))


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
def _sources() -> bytes:
    """A checksum of everything that decides what code is made: change a line, and nothing old is used."""
    digest = hashlib.sha256(f"{llvmlite.__version__} {llvm.llvm_version_info}".encode())
    for room in ("azc.backends.llvm", "azc.ir"):
        for file in sorted(files(room).iterdir(), key=lambda file: file.name):
            if file.name.endswith(".py"):
                digest.update(file.read_bytes())
    return digest.digest()


def kept(key: str, make: Callable[[], ir.Module], names: Iterable[str]) -> MachineCode:
    """The machine code of a module that is kept on disk between runs, under everything that matters."""
    path = _path(key)
    code = _read(path)
    if code is None:
        code = compile_module(make())
        keep(path, hashlib.sha256(code).digest() + code)
    return MachineCode(code, names)


def is_kept(key: str) -> bool:
    """Whether there is something on disk under a key."""
    return _path(key).exists()


def _path(key: str) -> Path:
    digest = hashlib.sha256(_sources())
    digest.update(f"{target()} {key}".encode())
    return cache_folder("kernels", digest.hexdigest()[:40] + ".o")


def _read(path: Path) -> bytes | None:
    """What was kept, or nothing where it is missing or damaged."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    checksum, code = data[:_CHECKSUM_BYTES], data[_CHECKSUM_BYTES:]
    return code if hashlib.sha256(code).digest() == checksum else None
