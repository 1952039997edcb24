"""Compilation of the inner loop, and operations on pointers and bits that plain Python does not have."""

from collections.abc import Callable
from types import FunctionType
from typing import Any, Final, TypeVar, cast

import numba
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic

from azc.search.engine.entries import EntryPoint

types: Any = numba.types
Function = TypeVar("Function", bound=Callable[..., Any])


_INNER: Final[dict[str, Any]] = {
    "error_model": "numpy",
    # Only compiled code calls it: what Python would need takes half of the time to compile.
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "_nrt": False,
}


def compiled(function: Function) -> Function:
    """Compile a function into its callers: no objects, no interpreter lock, IEEE arithmetic as written.

    Called apart, all the pointers that it is given would go through memory.
    """
    return cast(Function, numba.njit(**_INNER, inline="always")(function))


def apart(function: Function) -> Function:
    """Compile a function that is called, not inlined: one that is long or called from several places."""
    return cast(Function, numba.njit(**_INNER)(function))


def entry(function: Function) -> Function:
    """Compile a function that Python calls; it is cached on disk with all that it calls."""
    return cast(Function, EntryPoint(cast(FunctionType, function)))


def is_cached(function: Callable[..., Any]) -> bool:
    """Whether an entry was compiled before."""
    return cast(EntryPoint, function).is_cached


def prepare(function: Callable[..., Any], *arguments: Any) -> None:
    """Compile or load an entry for such arguments, if that was not done before."""
    cast(EntryPoint, function).prepare(*arguments)


def _emitted(function: Callable[..., Any]) -> Any:
    """A function that is called in compiled code, where its result is typed, and emits its instructions."""
    return intrinsic(function)


@_emitted
def pointers(typingctx: Any, arrays: Any) -> Any:
    """A named tuple with pointers in place of arrays, in tuples inside it too.

    Inside the loop an array is its first number's address and nothing else: no count of references to keep,
    no shape to pass along. Whoever holds the arrays keeps them alive.
    """

    def pointer_type(type_: Any) -> Any:
        if isinstance(type_, types.Array):
            return types.CPointer(type_.dtype)
        if isinstance(type_, types.BaseNamedTuple):
            return types.BaseTuple.from_types([*map(pointer_type, type_.types)], type_.instance_class)
        return type_

    def pointer(context: Any, builder: ir.IRBuilder, type_: Any, value: ir.Value) -> ir.Value:
        if isinstance(type_, types.Array):
            return context.make_array(type_)(context, builder, value).data
        if isinstance(type_, types.BaseNamedTuple):
            parts = [builder.extract_value(value, index) for index in range(len(type_.types))]
            made = [pointer(context, builder, t, v) for t, v in zip(type_.types, parts, strict=True)]
            return context.make_tuple(builder, pointer_type(type_), made)
        return value

    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        return pointer(context, builder, arrays, arguments[0])

    return pointer_type(arrays)(arrays), emit


@_emitted
def at(typingctx: Any, pointer: Any, index: Any) -> Any:
    """Pointer to element `index` of an array."""

    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        return builder.gep(arguments[0], [arguments[1]])

    return pointer(pointer, types.int64), emit


@_emitted
def record_at(typingctx: Any, pointer: Any, index: Any) -> Any:
    """Record `index` of an array; its fields are read and written by name."""

    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        found = builder.gep(arguments[0], [arguments[1]])
        return builder.bitcast(found, context.get_value_type(signature.return_type))

    return pointer.dtype(pointer, types.int64), emit


@_emitted
def copy_record(typingctx: Any, source: Any, to: Any) -> Any:
    """Copy all fields of a record to another of the same dtype."""

    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        cgutils.raw_memcpy(builder, arguments[1], arguments[0], ir.Constant(ir.IntType(64), 1), source.size)
        return context.get_dummy_value()

    return (types.void(source, to), emit) if source == to else None


@_emitted
def words_at(typingctx: Any, address: Any) -> Any:
    """A pointer to the words of 64 bits at an address."""

    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return types.CPointer(types.int64)(types.int64), emit


@_emitted
def bits_of(typingctx: Any, x: Any) -> Any:
    """The 64 bits of a float64."""

    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), emit


@_emitted
def float_of(typingctx: Any, word: Any) -> Any:
    """The float64 with these 64 bits."""

    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), emit


@_emitted
def count_bits(typingctx: Any, word: Any) -> Any:
    """Number of bits that are 1."""

    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), emit


@_emitted
def lowest_bit(typingctx: Any, word: Any) -> Any:
    """Index of the lowest bit that is 1; 64 for zero."""

    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.int64), emit


@_emitted
def call_number(typingctx: Any, function: Any, x: Any) -> Any:
    """Call machine code at an address: float64 to float64."""

    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        double = ir.DoubleType()
        return _call(builder, ir.FunctionType(double, [double]), *arguments)

    return types.float64(types.int64, types.float64), emit


@_emitted
def call_entry(typingctx: Any, function: Any, memory: Any, context: Any) -> Any:
    """Call a driver's function at an address, with the addresses of memory and context; its status."""

    def emit(_context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        word = ir.IntType(64)
        return _call(builder, ir.FunctionType(word, [word, word]), *arguments)

    return types.int64(types.int64, types.int64, types.int64), emit


def _call(
    builder: ir.IRBuilder, type_: ir.FunctionType, function: ir.Value, *arguments: ir.Value
) -> ir.Value:
    return builder.call(builder.inttoptr(function, type_.as_pointer()), arguments)
