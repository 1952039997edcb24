"""Entries that read NumPy's arrays: each stores the inputs of a call in memory and runs a function."""

import sys
from ctypes import c_int, c_ssize_t
from functools import cache
from typing import Final

import numpy as np
from llvmlite import ir

from azc.backends.llvm.code.context import field_pointer
from azc.backends.llvm.code.jit import MachineCode, cached, publish
from azc.backends.llvm.code.kernels import POINTER, call_kernel, clear
from azc.backends.llvm.code.layout import Layout
from azc.backends.llvm.code.target import LOCK, Target, target
from azc.backends.llvm.lower.columns import COPY, columns_module, columns_name
from azc.backends.llvm.lower.emitter import Emitter, Index
from azc.backends.llvm.lower.shape import Shape
from azc.backends.llvm.lower.values import INDEX, WORD, byte_offset
from azc.ir import KINDS, Address, Declaration

_INT: Final = ir.IntType(32)
_HEAD: Final = object.__basicsize__
# Part of NumPy's binary interface (PyArrayObject): data, number of axes, shape, strides.
_DATA, _AXES, _STRIDES = _HEAD, _HEAD + 8, _HEAD + 24


def entry(module: ir.Module, name: str, declared: Declaration, layout: Layout) -> None:
    """Emit a declared function's entry; its arguments are a record and an array for each input.

    A record is three words: the addresses of memory, of the context and of the function's tape. Arrays have
    memory's precision and the shape (lanes, …), or that of one lane if all get the same, and share no numbers
    with memory: nothing is checked here.
    """
    type_ = ir.FunctionType(ir.VoidType(), [POINTER] * (1 + len(declared.inputs)))
    function = ir.Function(module, type_, name)
    record, *arrays = function.args
    e = Emitter(ir.IRBuilder(function.append_basic_block()), layout.shape)
    words = [byte_offset(e.builder, record, e.index(8 * i)) for i in range(3)]
    memory, context, tape = (e.builder.load(word, typ=POINTER, align=8) for word in words)
    if declared.opens_step:
        step = field_pointer(e.builder, context, "step")
        e.builder.store(e.builder.add(e.builder.load(step, typ=WORD, align=8), e.index(1)), step, align=8)

    def cells(where: Address) -> ir.Value:
        return byte_offset(e.builder, memory, e.index(layout.offsets[where]))

    for (_, where), array in zip(declared.inputs, arrays, strict=True):
        _store(e, array, where.kind, cells(where))
    for where in declared.clears:
        clear(e, cells(where), e.shape.cells(where.kind))
    call_kernel(e.builder, tape, memory, context, ir.Constant(POINTER, None))
    e.builder.ret_void()


def _store(e: Emitter, array: ir.Value, kind: str, out: ir.Value) -> None:
    """Store an array's numbers in the cells of an address."""
    builder, axes = e.builder, KINDS.index(kind)

    def load(pointer: ir.Value, offset: Index, type_: ir.Type) -> ir.Value:
        return builder.load(byte_offset(builder, pointer, e.index(offset)), typ=type_, align=8)

    data, strides = load(array, _DATA, POINTER), load(array, _STRIDES, POINTER)
    has_lanes = builder.icmp_signed("==", load(array, _AXES, _INT), ir.Constant(_INT, axes + 1))
    # An array without axes has no strides to load; any word of it will do.
    first = builder.load(builder.select(has_lanes, strides, array), typ=WORD, align=8)
    lane = builder.select(has_lanes, first, ir.Constant(WORD, 0))
    skipped = builder.zext(has_lanes, INDEX)
    along = [load(strides, e.times(e.plus(skipped, axis), 8), WORD) for axis in range(axes)]
    cell = along[-1] if along else ir.Constant(WORD, 0)
    cells, lanes = (e.shape.features if axes else 1), e.shape.lanes
    how = (lane, cell, e.index(cells), e.index(lanes))
    if lanes == 1:  # the cells are what is adjacent in memory
        how = (cell, lane, e.index(lanes), e.index(cells))

    def row(i: ir.Value) -> None:
        into = byte_offset(builder, out, e.times(i, cells * lanes * e.shape.number_bytes))
        builder.call(copy, [into, byte_offset(builder, data, builder.mul(i, along[0])), *how])

    copy = _columns(builder.module, e.shape)
    if axes == 2:
        e.repeat(cells, row)
    else:
        builder.call(copy, [out, data, *how])


def _columns(module: ir.Module, shape: Shape) -> ir.Function:
    name = columns_name(shape)
    return module.globals.get(name) or ir.Function(module, COPY, name)


def provide_columns(shape: Shape) -> None:
    """Publish the function with which entries copy arrays, once for the life of the process."""
    with LOCK:
        _published(shape.precision, shape.vector_bytes, target())


@cache
def _published(precision: str, vector_bytes: int, cpu: Target) -> MachineCode:
    shape = Shape(1, 1, precision, vector_bytes)
    name = columns_name(shape)
    code = cached(name, lambda: columns_module(shape), [name])
    publish(code)
    return code


@cache
def arrays_are_read() -> bool:
    """Whether arrays of this Python and this NumPy have their fields where entries read them."""
    if sys.implementation.name != "cpython":
        return False
    array = np.zeros((2, 3)).T
    data, strides = (c_ssize_t.from_address(id(array) + offset).value for offset in (_DATA, _STRIDES))
    axes = c_int.from_address(id(array) + _AXES).value
    return (data, axes) == (array.ctypes.data, 2) and (c_ssize_t * 2).from_address(strides)[:] == [8, 24]
