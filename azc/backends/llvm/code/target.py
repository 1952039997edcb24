"""The processor that code is made for: this machine's, or the older one that AZC_TARGET_CPU names."""

import os
import threading
from functools import cache
from typing import Final

import attrs
import llvmlite.binding as llvm

from azc.errors import AzcError

LOCK: Final = threading.RLock()
"""Lock around LLVM: its global state is not safe for two threads."""


@attrs.frozen
class Target:
    """A processor: LLVM's name for it, its features, and the bytes of its widest vectors."""

    cpu: str
    features: str
    vector_bytes: int


@cache
def _initialized() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


def target() -> Target:
    """The target that AZC_TARGET_CPU names, else this machine; AzcError if unknown or not supported here."""
    return _target(os.environ.get("AZC_TARGET_CPU", ""))


@cache
def _target(named: str) -> Target:
    host = llvm.get_host_cpu_features()
    if not named:
        width = 64 if host.get("avx512f") else 32 if host.get("avx") else 16
        return Target(llvm.get_host_cpu_name(), host.flatten(), width)
    known = {"x86-64": 16, "x86-64-v2": 16, "haswell": 32, "x86-64-v3": 32, "x86-64-v4": 64}
    if named not in known:
        raise AzcError(
            f"AZC_TARGET_CPU is {named!r}; expected one of {', '.join(known)}, or unset for this machine"
        )
    needed = {16: "sse2", 32: "avx2", 64: "avx512f"}[known[named]]
    if not host.get(needed):
        raise AzcError(
            f"AZC_TARGET_CPU is {named!r}, but this machine has no {needed}; unset it or name an older one"
        )
    return Target(named, "", known[named])


def target_machine() -> llvm.TargetMachine:
    """LLVM's code generator for the target, at the optimization level that suits small functions."""
    _initialized()
    wanted = target()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=wanted.cpu, features=wanted.features, opt=2, jit=True, codemodel="jitdefault"
    )
