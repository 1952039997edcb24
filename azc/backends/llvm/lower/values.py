"""LLVM types, constants and instructions that hold for one number and for a vector alike."""

from collections.abc import Sequence
from functools import reduce
from typing import Final

from llvmlite import ir

F64: Final = ir.DoubleType()
F32: Final = ir.FloatType()
WORD: Final = ir.IntType(64)
BIT: Final = ir.IntType(1)
INDEX: Final = ir.IntType(64)


def wide(element: ir.Type, width: int) -> ir.Type:
    """The type of `width` numbers; the element's own type for one number."""
    return element if width == 1 else ir.VectorType(element, width)


def width_of(type_: ir.Type) -> int:
    """Number of elements of a type: 1 for a scalar."""
    return type_.count if isinstance(type_, ir.VectorType) else 1


def element_of(type_: ir.Type) -> ir.Type:
    """Type of one element."""
    return type_.element if isinstance(type_, ir.VectorType) else type_


def splat(type_: ir.Type, value: float | int) -> ir.Constant:
    """A constant of a type, repeated in every lane if that is a vector."""
    number = ir.Constant(element_of(type_), value)
    return ir.Constant(type_, [number] * width_of(type_)) if isinstance(type_, ir.VectorType) else number


def broadcast(builder: ir.IRBuilder, value: ir.Value, width: int) -> ir.Value:
    """Repeat a scalar in every lane of a vector."""
    if width == 1:
        return value
    vector = wide(value.type, width)
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), width), None)
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), zeros)


def any_of(builder: ir.IRBuilder, mask: ir.Value) -> ir.Value:
    """Whether any element of a mask is true."""
    width = width_of(mask.type)
    if width == 1:
        return mask
    bits = ir.IntType(width)
    return builder.icmp_unsigned("!=", builder.bitcast(mask, bits), ir.Constant(bits, 0))


def any_of_all(builder: ir.IRBuilder, masks: Sequence[ir.Value]) -> ir.Value:
    """Whether any element of any mask is true."""
    by_width: dict[int, ir.Value] = {}
    for mask in masks:
        width = width_of(mask.type)
        by_width[width] = builder.or_(by_width[width], mask) if width in by_width else mask
    return reduce(builder.or_, [any_of(builder, mask) for mask in by_width.values()])


def byte_offset(builder: ir.IRBuilder, pointer: ir.Value, offset: ir.Value) -> ir.Value:
    """A pointer moved by an offset in bytes."""
    return builder.gep(pointer, [offset], inbounds=True, source_etype=ir.IntType(8))


def square_root(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The square root: an instruction of its own on every target, correctly rounded as IEEE asks."""
    return _intrinsic(builder, "llvm.sqrt", x)


def absolute(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The absolute value: the sign bit cleared."""
    return _intrinsic(builder, "llvm.fabs", x)


def _intrinsic(builder: ir.IRBuilder, name: str, x: ir.Value) -> ir.Value:
    number = "f64" if isinstance(element_of(x.type), ir.DoubleType) else "f32"
    vector = f"v{x.type.count}" if isinstance(x.type, ir.VectorType) else ""
    full = f"{name}.{vector}{number}"
    found = builder.module.globals.get(full)
    return builder.call(found or ir.Function(builder.module, ir.FunctionType(x.type, [x.type]), full), [x])
