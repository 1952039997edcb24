"""`Emitter`: an LLVM builder that knows the shape; indexes, loads and stores, loops over vectors, calls."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import attrs
from llvmlite import ir

from azc.backends.llvm.lower.shape import Shape, VectorSpan
from azc.backends.llvm.lower.values import F64, INDEX, WORD, broadcast, wide, width_of

Index: TypeAlias = int | ir.Value
"""An index into flat memory: a number, or an LLVM value that is known when the code runs."""
UNROLLED_UNITS: Final = 32
"""Maximum length of a loop, in vectors, that is unrolled."""
WORTH_LOOPING: Final = 4
"""Minimum number of vectors in a step of a longer loop."""


@attrs.frozen
class Features:
    """The features of the current example as an operand, read from the data in the precision stored there."""

    pointer: ir.Value


Cells: TypeAlias = ir.Value | Features
"""An operand's cells: a pointer into memory, or the features."""


@attrs.define
class Emitter:
    """An LLVM builder for code of one shape."""

    builder: ir.IRBuilder
    shape: Shape

    # --- numbers and indexes --------------------------------------------------------------------------

    def index(self, value: Index) -> ir.Value:
        """Convert an index to an LLVM value."""
        return ir.Constant(INDEX, value) if isinstance(value, int) else value

    def plus(self, a: Index, b: Index) -> Index:
        """The sum of two indexes."""
        if isinstance(a, int) and isinstance(b, int):
            return a + b
        return a if b == 0 else b if a == 0 else self.builder.add(self.index(a), self.index(b))

    def minus(self, a: Index, b: Index) -> Index:
        """The difference of two indexes."""
        if isinstance(a, int) and isinstance(b, int):
            return a - b
        return self.builder.sub(self.index(a), self.index(b))

    def times(self, a: Index, b: int) -> Index:
        """A multiple of an index."""
        return a * b if isinstance(a, int) else self.builder.mul(a, self.index(b))

    def at(self, pointer: ir.Value, index: Index) -> ir.Value:
        """Pointer to a number of flat memory."""
        if isinstance(index, int) and index == 0:
            return pointer
        return self.builder.gep(pointer, [self.index(index)], inbounds=True, source_etype=self.shape.number)

    def load(self, cells: Cells, index: Index, width: int) -> ir.Value:
        """Load `width` numbers, beginning at an index."""
        type_ = wide(self.shape.number, width)
        if isinstance(cells, Features):
            return self._feature(cells.pointer, index, type_)
        return self.builder.load(self.at(cells, index), typ=type_, align=self.shape.number_bytes)

    def _feature(self, pointer: ir.Value, index: Index, type_: ir.Type) -> ir.Value:
        stored = self.shape.stored_number
        at = self.builder.gep(pointer, [self.index(index)], inbounds=True, source_etype=stored)
        value = self.builder.load(at, typ=wide(stored, width_of(type_)), align=4)
        return value if value.type == type_ else self.builder.fpext(value, type_)

    def store(self, value: ir.Value, pointer: ir.Value, index: Index) -> None:
        """Store numbers, beginning at an index."""
        self.builder.store(value, self.at(pointer, index), align=self.shape.number_bytes)

    def load_words(self, pointer: ir.Value, part: VectorSpan) -> ir.Value:
        """Load the 64-bit words of a part from an array with one word a lane."""
        first = self.builder.gep(pointer, [self.index(part.lane)], inbounds=True, source_etype=WORD)
        return self.builder.load(first, typ=wide(WORD, part.width), align=8)

    def widen(self, value: ir.Value) -> ir.Value:
        """Convert numbers of memory to float64."""
        if self.shape.precision == "float64":
            return value
        return self.builder.fpext(value, wide(F64, width_of(value.type)))

    def narrow(self, value: ir.Value) -> ir.Value:
        """Convert float64 to numbers of memory, with one rounding."""
        if self.shape.precision == "float64":
            return value
        return self.builder.fptrunc(value, wide(self.shape.number, width_of(value.type)))

    # --- loops ----------------------------------------------------------------------------------------

    def repeat(self, n: Index, body: Callable[[ir.Value], None]) -> None:
        """Emit a loop whose body gets the index 0, 1, … n - 1."""

        def step(i: ir.Value) -> list[ir.Value]:
            body(i)
            return []

        self.carry(n, [], step)

    def carry(self, n: Index, start: list[ir.Value], body: Callable[..., list[ir.Value]]) -> list[ir.Value]:
        """Emit a loop over 0, 1, … n - 1 that carries values: the body gets and returns them."""
        builder = self.builder
        before = builder.block
        head, inside, after = (builder.append_basic_block(name) for name in ("head", "body", "after"))
        builder.branch(head)
        builder.position_at_end(head)
        phis = [builder.phi(value.type) for value in (ir.Constant(INDEX, 0), *start)]
        for phi, value in zip(phis, (ir.Constant(INDEX, 0), *start), strict=True):
            phi.add_incoming(value, before)
        i, *carried = phis
        builder.cbranch(builder.icmp_unsigned("<", i, self.index(n)), inside, after)
        builder.position_at_end(inside)
        results = body(i, *carried)
        following = builder.add(i, ir.Constant(INDEX, 1))
        for phi, value in zip(phis, (following, *results), strict=True):
            phi.add_incoming(value, builder.block)
        builder.branch(head)
        builder.position_at_end(after)
        return carried

    def each(self, n: int, size: int, body: Callable[[Index], None]) -> None:
        """Run the body for 0, 1, … n - 1: written out if n bodies of `size` vectors are short, else
        several in each step of a loop."""
        if n == 1 or n * size <= UNROLLED_UNITS:
            for i in range(n):
                body(i)
            return
        unroll = max(1, WORTH_LOOPING // size)

        def step(i: ir.Value) -> None:
            start = self.times(i, unroll)
            for offset in range(unroll):
                body(self.plus(start, offset))

        self.repeat(n // unroll, step)
        for i in range(n - n % unroll, n):
            body(i)

    def each_unit(self, cells: int, body: Callable[[Index, VectorSpan], None], size: int = 1) -> None:
        """Run the body over cells, a vector at a time: it gets the index in flat memory and the lanes there.

        `size`: vectors that the body handles each time; long code is not written out.
        """
        shape = self.shape
        group = shape.group
        if 1 < group <= cells:
            whole = VectorSpan(0, shape.lanes, shape.lanes * group)
            self.each(cells // group, size, lambda i: body(self.times(i, whole.width), whole))
            rest = range(cells - cells % group, cells)
            for cell in rest:
                body(cell * shape.lanes, shape.parts[0])
            return

        def cell_parts(i: Index) -> None:
            self.each_part(lambda part: body(self.plus(self.times(i, shape.lanes), part.lane), part))

        self.each(cells, size * len(shape.parts), cell_parts)

    def each_part(self, body: Callable[[VectorSpan], None]) -> None:
        """Run the body for each vector of a cell: written out, or a loop over registers if they are many."""
        parts, width = self.shape.parts, self.shape.vector
        if len(parts) > UNROLLED_UNITS:
            registers = self.shape.lanes // width
            self.repeat(registers, lambda i: body(VectorSpan(self.times(i, width), width, width)))
            parts = parts[registers:]
        for part in parts:
            body(part)

    def each_vector(self, n: Index, body: Callable[[Index, int], None]) -> None:
        """Run the body over n adjacent numbers, a register at a time, then one by one: index, width."""
        builder, width = self.builder, self.shape.vector
        whole = builder.udiv(self.index(n), ir.Constant(INDEX, width))
        self.repeat(whole, lambda i: body(self.times(i, width), width))
        start = builder.mul(whole, ir.Constant(INDEX, width))
        self.repeat(builder.sub(self.index(n), start), lambda i: body(builder.add(start, i), 1))

    def tile(self, pointer: Cells, index: Index, part: VectorSpan) -> ir.Value:
        """Load one cell, as wide as a part: repeated if the part spans several cells."""
        value = self.load(pointer, self.plus(index, part.lane), part.lanes)
        return self.repeated(value, part.width // part.lanes)

    def tiles(self, pointer: Cells, index: Index) -> Callable[[VectorSpan], ir.Value]:
        """Load one cell, now if it is short; return a function that gives it as wide as any part."""
        shape = self.shape
        parts = [*shape.parts]
        if len(parts) > UNROLLED_UNITS:
            return lambda part: self.tile(pointer, index, part)
        if shape.group > 1:
            parts.append(VectorSpan(0, shape.lanes, shape.lanes * shape.group))
        found = {part: self.tile(pointer, index, part) for part in parts}
        return found.__getitem__

    def repeated(self, vector: ir.Value, times: int) -> ir.Value:
        """Concatenate a vector with itself several times."""
        width = width_of(vector.type)
        if width == 1 or times == 1:
            return broadcast(self.builder, vector, times) if width == 1 else vector
        order = ir.Constant(ir.VectorType(ir.IntType(32), width * times), list(range(width)) * times)
        return self.builder.shuffle_vector(vector, ir.Constant(vector.type, ir.Undefined), order)

    def piece(self, vector: ir.Value, start: int, width: int) -> ir.Value:
        """Extract adjacent elements of a vector."""
        if width == 1:
            return self.builder.extract_element(vector, ir.Constant(ir.IntType(32), start))
        order = ir.Constant(ir.VectorType(ir.IntType(32), width), [*range(start, start + width)])
        return self.builder.shuffle_vector(vector, ir.Constant(vector.type, ir.Undefined), order)

    def joined(self, vectors: Sequence[ir.Value]) -> ir.Value:
        """Concatenate vectors of one width; their number is a power of two."""
        found = list(vectors)
        while len(found) > 1:
            width = 2 * width_of(found[0].type)
            if width == 2:
                pair = ir.Constant(wide(found[0].type, 2), ir.Undefined)
                numbers = [ir.Constant(ir.IntType(32), i) for i in range(2)]
                found = [
                    self.builder.insert_element(
                        self.builder.insert_element(pair, a, numbers[0]), b, numbers[1]
                    )
                    for a, b in zip(found[::2], found[1::2], strict=True)
                ]
                continue
            order = ir.Constant(ir.VectorType(ir.IntType(32), width), [*range(width)])
            found = [
                self.builder.shuffle_vector(a, b, order) for a, b in zip(found[::2], found[1::2], strict=True)
            ]
        return found[0]

    # --- functions ------------------------------------------------------------------------------------

    def call(self, name: str, width: int, *arguments: ir.Value) -> ir.Value:
        """Call an elementary function or a draw, which `code/functions.py` compiles, for `width` numbers."""
        symbol = self.shape.function(name, width)
        made = self.builder.module.globals.get(symbol)
        if made is None:
            type_ = ir.FunctionType(wide(F64, width), [argument.type for argument in arguments])
            made = ir.Function(self.builder.module, type_, symbol)
        return self.builder.call(made, arguments)
