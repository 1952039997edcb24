"""Elementary functions and draws as LLVM functions, emitted from `ir/elementary.py` and `ir/draws.py`.

Both are written over an abstract arithmetic: here its numbers are LLVM values, whose operators emit one
instruction each, with one rounding. No flag lets LLVM fuse, reassociate or assume anything.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from llvmlite import ir

from azc.backends.llvm.lower.shape import Shape
from azc.backends.llvm.lower.values import F64, WORD, any_of, element_of, splat, square_root, wide
from azc.ir import INTERFACE_FUNCTIONS, MEANINGS, RANDOM, Op, draws, elementary


class Value:
    """An LLVM value with Python's operators: floats, 64-bit words or truth values."""

    __slots__ = ("builder", "raw")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, builder: ir.IRBuilder, raw: ir.Value):
        self.builder = builder
        self.raw = raw

    @property
    def is_float(self) -> bool:
        """Whether the elements are floats."""
        return isinstance(element_of(self.raw.type), ir.DoubleType | ir.FloatType)

    def _of(self, other: Any) -> ir.Value:
        return other.raw if isinstance(other, Value) else splat(self.raw.type, other)

    def _emit(self, float_name: str, word_name: str, left: Any, right: Any) -> "Value":
        name = float_name if self.is_float else word_name
        return Value(self.builder, getattr(self.builder, name)(self._of(left), self._of(right)))

    def __add__(self, other: Any) -> "Value":
        return self._emit("fadd", "add", self, other)

    def __radd__(self, other: Any) -> "Value":
        return self._emit("fadd", "add", other, self)

    def __sub__(self, other: Any) -> "Value":
        return self._emit("fsub", "sub", self, other)

    def __rsub__(self, other: Any) -> "Value":
        return self._emit("fsub", "sub", other, self)

    def __mul__(self, other: Any) -> "Value":
        return self._emit("fmul", "mul", self, other)

    def __rmul__(self, other: Any) -> "Value":
        return self._emit("fmul", "mul", other, self)

    def __truediv__(self, other: Any) -> "Value":
        return self._emit("fdiv", "udiv", self, other)

    def __rtruediv__(self, other: Any) -> "Value":
        return self._emit("fdiv", "udiv", other, self)

    def __neg__(self) -> "Value":
        return Value(self.builder, self.builder.fneg(self.raw))

    def __and__(self, other: Any) -> "Value":
        return self._emit("and_", "and_", self, other)

    __rand__ = __and__

    def __or__(self, other: Any) -> "Value":
        return self._emit("or_", "or_", self, other)

    __ror__ = __or__

    def __xor__(self, other: Any) -> "Value":
        return self._emit("xor", "xor", self, other)

    __rxor__ = __xor__

    def __invert__(self) -> "Value":
        return Value(self.builder, self.builder.not_(self.raw))

    def __lshift__(self, other: Any) -> "Value":
        return self._emit("shl", "shl", self, other)

    def __rlshift__(self, other: Any) -> "Value":
        return self._emit("shl", "shl", other, self)

    def __rshift__(self, other: Any) -> "Value":
        return self._emit("lshr", "lshr", self, other)

    def __rrshift__(self, other: Any) -> "Value":
        return self._emit("lshr", "lshr", other, self)

    def _compare(self, sign: str, other: Any) -> "Value":
        if not self.is_float:
            return Value(self.builder, self.builder.icmp_unsigned(sign, self.raw, self._of(other)))
        compare = self.builder.fcmp_unordered if sign == "!=" else self.builder.fcmp_ordered
        return Value(self.builder, compare(sign, self.raw, self._of(other)))

    def __lt__(self, other: Any) -> "Value":
        return self._compare("<", other)

    def __le__(self, other: Any) -> "Value":
        return self._compare("<=", other)

    def __gt__(self, other: Any) -> "Value":
        return self._compare(">", other)

    def __ge__(self, other: Any) -> "Value":
        return self._compare(">=", other)

    def __eq__(self, other: Any) -> "Value":  # type: ignore[override]
        return self._compare("==", other)

    def __ne__(self, other: Any) -> "Value":  # type: ignore[override]
        return self._compare("!=", other)


class Arithmetic:
    """The arithmetic `o` of `ir/elementary.py` and `ir/draws.py`, which emits code."""

    def __init__(self, builder: ir.IRBuilder, width: int):
        self.builder = builder
        self.width = width

    def _value(self, number: Any) -> ir.Value:
        if isinstance(number, Value):
            return number.raw
        return splat(wide(F64 if isinstance(number, float) else WORD, self.width), number)

    def where(self, mask: Value, a: Any, b: Any) -> Value:
        """`a` where the mask holds, else `b`."""
        return Value(self.builder, self.builder.select(mask.raw, self._value(a), self._value(b)))

    def bits(self, x: Value) -> Value:
        """The 64 bits of a float64, as a word."""
        return Value(self.builder, self.builder.bitcast(x.raw, wide(WORD, self.width)))

    def floats(self, w: Any) -> Value:
        """The float64 with these 64 bits."""
        return Value(self.builder, self.builder.bitcast(self._value(w), wide(F64, self.width)))

    def sqrt(self, x: Value) -> Value:
        """The square root, correctly rounded."""
        return Value(self.builder, square_root(self.builder, x.raw))

    def to_float(self, w: Value) -> Value:
        """A word below 2^53, converted to float64."""
        return Value(self.builder, self.builder.uitofp(w.raw, wide(F64, self.width)))

    def lookup(self, table: tuple[int, ...], w: Value) -> Value:
        """The table's words at these indexes."""
        array = _constant_table(self.builder.module, table)
        if self.width == 1:
            return Value(self.builder, self._entry(array, w.raw))
        found = ir.Constant(wide(WORD, self.width), ir.Undefined)
        for lane in range(self.width):
            index = ir.Constant(ir.IntType(32), lane)
            entry = self._entry(array, self.builder.extract_element(w.raw, index))
            found = self.builder.insert_element(found, entry, index)
        return Value(self.builder, found)

    def _entry(self, array: ir.GlobalVariable, index: ir.Value) -> ir.Value:
        pointer = self.builder.gep(array, [ir.Constant(WORD, 0), index], inbounds=True)
        return self.builder.load(pointer)

    def rarely(self, mask: Value, compute: Callable[[], Any], otherwise: Any) -> Value:
        """`compute()` where the mask holds, else `otherwise`; skipped where it holds in no lane."""
        usual = self._value(otherwise)
        before = self.builder.block
        with self.builder.if_then(any_of(self.builder, mask.raw), likely=False):
            chosen = self.builder.select(mask.raw, self._value(compute()), usual)
            after = self.builder.block
        result = self.builder.phi(usual.type)
        result.add_incoming(usual, before)
        result.add_incoming(chosen, after)
        return Value(self.builder, result)


def _constant_table(module: ir.Module, table: tuple[int, ...]) -> ir.GlobalVariable:
    name = f"table_{abs(hash(table)):x}"
    if name in module.globals:
        return module.globals[name]
    type_ = ir.ArrayType(WORD, len(table))
    array = ir.GlobalVariable(module, type_, name)
    array.initializer = ir.Constant(type_, list(table))
    array.global_constant = True
    array.linkage = "internal"
    return array


_DRAWS: Final = {MEANINGS[op.meaning].calls for op in RANDOM}
ELEMENTARY: Final = {*(m.calls for m in MEANINGS.values()), *INTERFACE_FUNCTIONS.values()} - _DRAWS - {""}
"""Elementary functions that operations or the rows of an interface call."""
ELEMENTARY_MEANINGS: Final = frozenset(name for name, row in MEANINGS.items() if name == row.calls) - _DRAWS
"""Meanings that are an elementary function of each element."""
DEFINITIONS: Final[dict[str, tuple[Any, tuple[ir.Type, ...]]]] = {
    **{name: (getattr(elementary, name), (F64,)) for name in ELEMENTARY},
    **{name: (getattr(draws, name), (WORD, WORD, WORD, WORD, F64, F64)) for name in _DRAWS},
}
"""The Python definition of each elementary function and draw, and the types of its arguments."""


def function_module(shape: Shape, name: str, width: int) -> ir.Module:
    """An LLVM module with one function, for vectors of `width` float64."""
    module = ir.Module(name)
    function, types = DEFINITIONS[name]
    signature = ir.FunctionType(wide(F64, width), [wide(type_, width) for type_ in types])
    made = ir.Function(module, signature, shape.function(name, width))
    builder = ir.IRBuilder(made.append_basic_block())
    values = [Value(builder, argument) for argument in made.args]
    builder.ret(function(Arithmetic(builder, width), *values).raw)
    return module


def called_by(ops: Iterable[Op]) -> set[str]:
    """Names of the elementary functions and draws that operations call."""
    return {MEANINGS[op.meaning].calls for op in ops} - {""}
