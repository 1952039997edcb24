"""`Kernels`: the machine code of every form in `forms.py`, which tapes thread together.

A kernel is called with a record of a tape (`tape.py`), memory, the context and the features of the current
example. It ends by jumping to the kernel of the next record; the kernel `END` returns.
"""

from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import Final

import numpy as np
from llvmlite import ir

from azc.arguments import takes
from azc.backends.llvm.code.context import field, lane_row
from azc.backends.llvm.code.forms import (
    CLEAR,
    END,
    FORMS,
    PUT_FEATURES,
    KernelForm,
    numbers_for,
    numbers_of_sets,
)
from azc.backends.llvm.code.functions import provide_for
from azc.backends.llvm.code.jit import MachineCode, assembly, cached, is_cached
from azc.backends.llvm.code.target import LOCK
from azc.backends.llvm.lower.emit import emit, emit_pair, is_long
from azc.backends.llvm.lower.emitter import Emitter, Features, Index
from azc.backends.llvm.lower.moves import Site, copy
from azc.backends.llvm.lower.shape import Shape, a_shape
from azc.backends.llvm.lower.values import F64, WORD, byte_offset, splat, wide
from azc.ir import Op

RECORD: Final = np.dtype(
    [
        ("kernel", "<u8"),
        ("out", "<i8"),
        ("a", "<i8"),
        ("b", "<i8"),
        ("first", "<f8"),
        ("second", "<f8"),
        ("c", "<u8"),
        ("cells", "<i8"),
    ]
)
"""A record of a tape, 64 bytes: one step of a program."""
POINTER: Final = ir.PointerType()
KERNEL: Final = ir.FunctionType(ir.VoidType(), [POINTER] * 4)
"""Type of a kernel: its arguments are a record, memory, the context and the features of the example."""


def kernel_name(number: int, shape: Shape) -> str:
    """Symbol of a kernel; kernels that differ only in the number of cells that they write share one."""
    form = FORMS[number]
    if form is None:
        return _SPECIAL[number][0]
    if form.second is not None:
        return "_".join(
            ["fused", form.first.name, form.second.name, str(form.taken), *map(str, form.features)]
        )
    return "_".join([_plain_name(form.first, shape), *(f"x{index}" for index in form.features)])


def _plain_name(op: Op, shape: Shape) -> str:
    if op.random or is_long(op, shape):
        return f"kernel_{op.meaning}"
    if op.meaning in ("constant", "element"):
        return "kernel_constant"
    return f"kernel_{op.meaning}_{op.operands}_{op.result}"


def _load(builder: ir.IRBuilder, record: ir.Value, name: str, type_: ir.Type) -> ir.Value:
    offset = RECORD.fields[name][1]  # type: ignore[index]
    pointer = builder.gep(record, [ir.Constant(WORD, offset)], inbounds=True, source_etype=ir.IntType(8))
    return builder.load(pointer, typ=type_, align=8)


def _kernel(module: ir.Module, number: int, shape: Shape) -> None:
    function = ir.Function(module, KERNEL, kernel_name(number, shape))
    record, memory, context, x = function.args
    builder = ir.IRBuilder(function.append_basic_block())
    form = FORMS[number]
    if form is not None:
        emit_form(Emitter(builder, shape), form, _site(builder, form, shape, function))
    else:
        out = byte_offset(builder, memory, _load(builder, record, "out", WORD))
        cells = _load(builder, record, "cells", WORD)
        _SPECIAL[number][1](Emitter(builder, shape), out, cells, Features(x))
    if number == END:
        builder.ret_void()
        return
    following = byte_offset(builder, record, ir.Constant(WORD, RECORD.itemsize))
    call_kernel(builder, following, memory, context, x, tail="musttail")
    builder.ret_void()


def _site(builder: ir.IRBuilder, form: KernelForm, shape: Shape, function: ir.Function) -> Site:
    record, memory, context, x = function.args
    op = form.first
    long = op.random or is_long(op, shape)

    def cells(name: str) -> ir.Value:
        return byte_offset(builder, memory, _load(builder, record, name, WORD))

    constants = []
    if op.constants:
        constants = [_load(builder, record, "first", F64)]
    if op.random:
        constants += [_load(builder, record, "second", F64), _load(builder, record, "c", WORD)]
    out = cells("out") if op.result else memory
    return Site(
        out=out,
        cells=_load(builder, record, "cells", WORD) if long else 0,
        operands=tuple(
            Features(x) if index in form.features else cells(_OPERANDS[index]) for index in form.operands
        ),
        constants=tuple(constants),
        scratch=field(builder, context, "scratch") if shape.scratch_cells(op) else out,
        seeds=lane_row(builder, context, shape, "seeds") if op.random else out,
        step=field(builder, context, "step") if op.random else ir.Constant(WORD, 0),
    )


_OPERANDS: Final = ("a", "b", "c")
"""Fields of a record with the offsets of the first, second and third operand; nothing that draws has any, so
that `c` holds the number of a draw there."""


def emit_form(e: Emitter, form: KernelForm, site: Site) -> None:
    """Emit a form at the builder's position."""
    if form.second is None:
        emit(e, form.first, site)
    else:
        emit_pair(e, form.first, form.second, form.taken, site)


def put_features(e: Emitter, out: ir.Value, cells: Index, x: Features) -> None:
    """Copy the features into memory."""
    copy(e, x, 0, out, 0, e.shape.features)


def clear(e: Emitter, out: ir.Value, cells: Index, x: Features | None = None) -> None:
    """Set cells to zero."""
    e.each_vector(
        e.times(cells, e.shape.lanes),
        lambda index, width: e.store(splat(wide(e.shape.number, width), 0.0), out, index),
    )


Special = Callable[[Emitter, ir.Value, Index, Features], None]
_SPECIAL: Final[dict[int, tuple[str, Special]]] = {
    END: ("kernel_end", lambda e, out, cells, x: None),
    PUT_FEATURES: ("kernel_put_features", put_features),
    CLEAR: ("kernel_clear", clear),
}
"""Symbols and code of the kernels that are no operations."""


def call_kernel(
    builder: ir.IRBuilder,
    record: ir.Value,
    memory: ir.Value,
    context: ir.Value,
    x: ir.Value,
    tail: str | bool = False,
) -> None:
    """Call the kernel of a record."""
    kernel = builder.load(record, typ=ir.PointerType(KERNEL), align=8)
    builder.call(kernel, [record, memory, context, x], tail=tail)


def module(shape: Shape, numbers: Iterable[int] = range(len(FORMS))) -> ir.Module:
    """An LLVM module of the kernels of these numbers."""
    made = ir.Module("kernels")
    for number in {kernel_name(number, shape): number for number in numbers}.values():
        _kernel(made, number, shape)
    return made


class Kernels:
    """The kernels of a shape, compiled when they are first needed and kept in the cache folder.

    The first request compiles the kernels that it names. The next that needs more compiles all kernels of the
    smallest set of operations that has them: one program waits for few kernels, a search waits once.
    """

    def __init__(self, shape: Shape):
        self.shape: Final = shape
        self.addresses: Final = [0] * len(FORMS)
        """Addresses by kernel number; 0 if the kernel was not needed yet."""
        self._codes: list[MachineCode] = []

    def require(self, numbers: Collection[int]) -> None:
        """Provide the kernels of these numbers, and `END`."""
        wanted = {*numbers, END}
        with LOCK:
            if not all(self.addresses[number] for number in wanted):
                everything = next(numbers for numbers in numbers_of_sets() if wanted <= numbers)
                self._build(everything if self._codes or is_cached(self._key(everything)) else wanted)

    def _key(self, numbers: Iterable[int]) -> str:
        return f"kernels {self.shape} {sorted({kernel_name(number, self.shape) for number in numbers})}"

    def _build(self, numbers: Collection[int]) -> None:
        forms = [form for form in (FORMS[number] for number in numbers) if form is not None]
        provide_for(self.shape, {op for form in forms for op in form.ops})
        names = {kernel_name(number, self.shape) for number in numbers}
        code = cached(self._key(numbers), lambda: module(self.shape, numbers), names)
        self._codes.append(code)
        for number in numbers:
            self.addresses[number] = code.addresses[kernel_name(number, self.shape)]


@takes(shape=a_shape)
def kernels(shape: Shape) -> Kernels:
    """The kernels of a shape, for one example at a time; the last shapes' are remembered."""
    return _kernels(shape.of_one)


def kernels_for(shape: Shape, ops: Collection[Op]) -> tuple[Kernels, Kernels]:
    """The kernels of a shape and of its batches, with all that programs of some operations need."""
    code, of_batch = kernels(shape), kernels(shape.of_batch)
    code.require(numbers_for(ops))
    if shape.batch > 1:
        of_batch.require(numbers_for([op for op in ops if not op.random]))
    return code, of_batch


_kernels: Final = lru_cache(maxsize=32)(Kernels)


@takes(shape=a_shape)
def kernel_text(shape: Shape) -> tuple[str, str]:
    """All kernels of a shape as LLVM's text and as assembly."""
    return assembly(module(shape))
