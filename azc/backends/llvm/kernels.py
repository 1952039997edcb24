"""Kernels: every operation once as a piece of machine code, threaded by the tape that names them.

A record of the tape is 64 bytes: the kernel's address, the byte offsets in memory of the result and of two
operands, two float64 constants, a draw's number and how many cells the result has. A kernel ends by jumping
to the next record's kernel; the last record's returns.
"""

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Final

import numpy as np
from llvmlite import ir

from azc.backends.llvm.context import field
from azc.backends.llvm.emit import Site, emit, is_long
from azc.backends.llvm.emitter import Emitter
from azc.backends.llvm.functions import called_by, provide_functions
from azc.backends.llvm.jit import MachineCode, assembly, is_kept, kept
from azc.backends.llvm.shape import Shape
from azc.backends.llvm.target import LOCK
from azc.backends.llvm.values import F64, WORD
from azc.ir import OPS, Op

RECORD: Final = np.dtype(
    [
        ("kernel", "<u8"),
        ("out", "<i8"),
        ("a", "<i8"),
        ("b", "<i8"),
        ("first", "<f8"),
        ("second", "<f8"),
        ("draw", "<u8"),
        ("cells", "<i8"),
    ]
)
"""One instruction on the tape."""
END: Final = len(OPS)
"""The number of the kernel that returns."""
END_NAME: Final = "kernel_end"
POINTER: Final = ir.PointerType()
KERNEL: Final = ir.FunctionType(ir.VoidType(), [POINTER, POINTER, POINTER])
"""Of a record, memory and the context."""


def kernel_name(op: Op, shape: Shape) -> str:
    """The kernel of an operation; those that differ only in how many cells they write share one."""
    if op.random or is_long(op, shape):
        return f"kernel_{op.meaning}"
    if op.meaning in ("constant", "element"):
        return "kernel_constant"
    return f"kernel_{op.meaning}_{op.operands}_{op.result}"


def _load(builder: ir.IRBuilder, record: ir.Value, name: str, type_: ir.Type) -> ir.Value:
    offset = RECORD.fields[name][1]  # type: ignore[index]
    place = builder.gep(record, [ir.Constant(WORD, offset)], inbounds=True, source_etype=ir.IntType(8))
    return builder.load(place, typ=type_, align=8)


def _kernel(module: ir.Module, op: Op, shape: Shape) -> None:
    function = ir.Function(module, KERNEL, kernel_name(op, shape))
    record, memory, context = function.args
    builder = ir.IRBuilder(function.append_basic_block())

    def cells(name: str) -> ir.Value:
        offset = _load(builder, record, name, WORD)
        return builder.gep(memory, [offset], inbounds=True, source_etype=ir.IntType(8))

    constants = []
    if op.constants:
        constants = [_load(builder, record, "first", F64)]
    if op.random:
        constants += [_load(builder, record, "second", F64), _load(builder, record, "draw", WORD)]
    out = cells("out")
    site = Site(
        out=out,
        cells=_load(builder, record, "cells", WORD) if op.random or is_long(op, shape) else 0,
        operands=tuple(cells(name) for name, _ in zip("ab", op.operands, strict=False)),
        constants=tuple(constants),
        scratch=field(builder, context, "scratch") if shape.scratch_cells(op) else out,
        seeds=field(builder, context, "seeds") if op.random else out,
        step=field(builder, context, "step") if op.random else ir.Constant(WORD, 0),
    )
    emit(Emitter(builder, shape), op, site)
    following = builder.gep(
        record, [ir.Constant(WORD, RECORD.itemsize)], inbounds=True, source_etype=ir.IntType(8)
    )
    call_kernel(builder, following, memory, context, tail="musttail")
    builder.ret_void()


def call_kernel(
    builder: ir.IRBuilder, record: ir.Value, memory: ir.Value, context: ir.Value, tail: str | bool = False
) -> None:
    """Go to the kernel of a record."""
    kernel = builder.load(record, typ=ir.PointerType(KERNEL), align=8)
    builder.call(kernel, [record, memory, context], tail=tail)


def module(shape: Shape, ops: Iterable[Op] = OPS) -> ir.Module:
    """The kernels of some operations for a shape, and the one that returns."""
    made = ir.Module("kernels")
    for op in {kernel_name(op, shape): op for op in ops}.values():
        _kernel(made, op, shape)
    end = ir.Function(made, KERNEL, END_NAME)
    ir.IRBuilder(end.append_basic_block()).ret_void()
    return made


class Kernels:
    """The kernels of a shape, each built when first wanted, and kept on disk.

    Who wants some for the first time gets those; who comes back for more gets all: a person who runs one
    program waits for a few, and a search is done with it once.
    """

    def __init__(self, shape: Shape):
        self.shape: Final = shape
        self.addresses: Final = [0] * (len(OPS) + 1)
        """By opcode, that of `END` last; 0 where it was not wanted yet."""
        self._codes: list[MachineCode] = []

    def require(self, ops: Collection[Op]) -> None:
        """Have the kernels of these operations."""
        with LOCK:
            if not self.addresses[END] or not all(self.addresses[op.code] for op in ops):
                self._build(OPS if self._codes or is_kept(self._key(OPS)) else ops)

    def _key(self, ops: Iterable[Op]) -> str:
        return f"kernels {self.shape} {sorted({kernel_name(op, self.shape) for op in ops})}"

    def _build(self, ops: Collection[Op]) -> None:
        provide_functions(self.shape, called_by(ops))
        names = {kernel_name(op, self.shape) for op in ops} | {END_NAME}
        code = kept(self._key(ops), lambda: module(self.shape, ops), names)
        self._codes.append(code)
        for op in ops:
            self.addresses[op.code] = code.addresses[kernel_name(op, self.shape)]
        self.addresses[END] = code.addresses[END_NAME]


@lru_cache(maxsize=32)
def kernels(shape: Shape) -> Kernels:
    """The kernels of a shape."""
    return Kernels(shape)


def kernel_text(shape: Shape) -> tuple[str, str]:
    """A shape's kernels as LLVM's text and as assembly."""
    return assembly(module(shape))
