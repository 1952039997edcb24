"""`Frame`: memory and context as a driver's code sees them; loads and stores of fields, cells and rows."""

import attrs
from llvmlite import ir

from azc.backends.llvm.code.context import field, field_pointer, lane_row
from azc.backends.llvm.lower.emitter import Emitter, Index
from azc.backends.llvm.lower.shape import VectorSpan
from azc.backends.llvm.lower.values import F64, WORD, any_of_all, byte_offset, splat, wide
from azc.ir import Address


@attrs.define
class Frame:
    """Emits loads and stores of a function's memory and context: fields, cells, rows with a number a lane."""

    e: Emitter
    memory: ir.Value
    context: ir.Value
    offsets: dict[Address, int]
    """Offsets of the interface's addresses in memory."""

    def get(self, name: str) -> ir.Value:
        """Load a field."""
        return field(self.e.builder, self.context, name)

    def set(self, name: str, value: ir.Value | int) -> None:
        """Store a field."""
        value = ir.Constant(WORD, value) if isinstance(value, int) else value
        self.e.builder.store(value, field_pointer(self.e.builder, self.context, name), align=8)

    def is_set(self, name: str) -> ir.Value:
        """Whether a field is not zero."""
        value = field(self.e.builder, self.context, name, WORD)
        return self.e.builder.icmp_unsigned("!=", value, ir.Constant(WORD, 0))

    def cell(self, where: Address) -> ir.Value:
        """Pointer to the first cell of an address."""
        return byte_offset(self.e.builder, self.memory, ir.Constant(WORD, self.offsets[where]))

    def row(self, name: str, part: VectorSpan, type_: ir.Type = F64) -> ir.Value:
        """Load a part of a row of the context."""
        return self.part(lane_row(self.e.builder, self.context, self.e.shape, name), part, type_)

    def set_row(self, name: str, part: VectorSpan, value: ir.Value) -> None:
        """Store a part of a row of the context."""
        self.set_part(lane_row(self.e.builder, self.context, self.e.shape, name), part, value)

    def part(self, row: ir.Value, part: VectorSpan, type_: ir.Type = F64) -> ir.Value:
        """Load a part of the row at a pointer."""
        return self.e.builder.load(self._at(row, part.lane), typ=wide(type_, part.width), align=8)

    def set_part(self, row: ir.Value, part: VectorSpan, value: ir.Value) -> None:
        """Store a part of the row at a pointer."""
        self.e.builder.store(value, self._at(row, part.lane), align=8)

    def example(self, array: ir.Value, number: Index) -> ir.Value:
        """Pointer to the row of an example in an array [example][lane]."""
        return self._at(array, self.e.times(number, self.e.shape.lanes))

    def _at(self, row: ir.Value, index: Index) -> ir.Value:
        return self.e.builder.gep(row, [self.e.index(index)], inbounds=True, source_etype=WORD)

    def mask(self, name: str, part: VectorSpan) -> ir.Value:
        """Load a part of a row of -1 and 0 as truth values."""
        words = self.row(name, part, WORD)
        return self.e.builder.icmp_signed("<", words, splat(words.type, 0))

    def set_mask(self, name: str, part: VectorSpan, mask: ir.Value) -> None:
        """Store truth values as -1 and 0."""
        self.set_row(name, part, self.e.builder.sext(mask, wide(WORD, part.width)))

    def any_lane(self, name: str) -> ir.Value:
        """Whether any lane of a mask is set."""
        return any_of_all(self.e.builder, [self.mask(name, part) for part in self.e.shape.parts])
