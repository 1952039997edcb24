"""What compiled code is told and tells back: a record of eight-byte fields, shared with Python."""

from typing import Final

import attrs
import numpy as np
from llvmlite import ir

from azc.backends.llvm.emitter import Emitter, Index
from azc.backends.llvm.shape import Part
from azc.backends.llvm.values import F64, WORD, any_of_all, byte_offset, splat, wide
from azc.ir import Address

_POINTERS: Final = {
    "scratch": "memory for sums and for results that must not overwrite their inputs",
    "seeds": "u64 [lane]: the tasks' seeds",
    "setup": "the tape of Setup (tapes only)",
    "predict": "the tape of Predict",
    "learn": "the tape of Learn",
    "train_x": "[example][feature][lane], the epoch's training features as visited",
    "train_y": "f64 [example][lane]",
    "valid_x": "[example][feature][lane]",
    "valid_y": "f64 [example][lane]",
    "max_abs_error": "f64 [lane]",
    "alive": "i64 [lane]: -1 while the lane trains, 0 once a training error has stopped it",
    "valid_alive": "i64 [lane]: -1 while the epoch's validation goes on",
    "stopped": "i64 [lane]: the position in the epoch at which the lane stopped in it, else -1",
    "loss": "f64 [lane]: the epoch's validation loss",
    "fitness": "f64 [lane]: the best of the epochs so far",
    "train_errors": "f64 [example][lane], or 0 where nobody asks",
    "valid_errors": "f64 [example][lane], or 0",
}
_NUMBERS: Final = {
    "step": "which draws the next instructions make",
    "first_step": "the step of the epoch's first example",
    "n_train": "training examples",
    "n_valid": "validation examples",
    "n_classes": "classes, where labels are class numbers",
    "position": "where in the epoch it stands: from 0 over training, from n_train over validation",
    "budget": "how many examples it may yet visit before it comes back",
    "pause": "whether to come back when a lane stops",
    "at_learn": "whether it comes back between Predict and Learn",
}
FIELDS: Final = (*_POINTERS, *_NUMBERS)
CONTEXT: Final = np.dtype([(name, "<i8") for name in FIELDS])
"""The record, as NumPy sees it."""


def place(builder: ir.IRBuilder, context: ir.Value, name: str) -> ir.Value:
    """The address of a field."""
    number = ir.Constant(WORD, FIELDS.index(name))
    return builder.gep(context, [number], inbounds=True, source_etype=WORD)


def field(builder: ir.IRBuilder, context: ir.Value, name: str, type_: ir.Type | None = None) -> ir.Value:
    """A field's value: a pointer or a word."""
    type_ = type_ or (ir.PointerType() if name in _POINTERS else WORD)
    return builder.load(place(builder, context, name), typ=type_, align=8)


@attrs.define
class Frame:
    """A function's view of memory and context: fields, cells and rows with a number a lane."""

    e: Emitter
    memory: ir.Value
    context: ir.Value
    offsets: dict[Address, int]
    """Where the interface's addresses lie, in bytes from the start of memory."""

    def get(self, name: str) -> ir.Value:
        """A field's value."""
        return field(self.e.builder, self.context, name)

    def set(self, name: str, value: ir.Value | int) -> None:
        """Write a field."""
        value = ir.Constant(WORD, value) if isinstance(value, int) else value
        self.e.builder.store(value, place(self.e.builder, self.context, name), align=8)

    def is_set(self, name: str) -> ir.Value:
        """Whether a field is not zero."""
        value = field(self.e.builder, self.context, name, WORD)
        return self.e.builder.icmp_unsigned("!=", value, ir.Constant(WORD, 0))

    def cell(self, where: Address) -> ir.Value:
        """The first cell of an address."""
        return byte_offset(self.e.builder, self.memory, ir.Constant(WORD, self.offsets[where]))

    def row(self, name: str, part: Part, row: Index = 0, type_: ir.Type = F64) -> ir.Value:
        """A part of a row of the array that a field points to."""
        return self.e.builder.load(self._row(name, part, row), typ=wide(type_, part.width), align=8)

    def set_row(self, name: str, part: Part, value: ir.Value, row: Index = 0) -> None:
        """Write a part of a row."""
        self.e.builder.store(value, self._row(name, part, row), align=8)

    def _row(self, name: str, part: Part, row: Index) -> ir.Value:
        start = self.e.plus(self.e.times(row, self.e.shape.lanes), part.lane)
        return self.e.builder.gep(self.get(name), [self.e.index(start)], inbounds=True, source_etype=WORD)

    def mask(self, name: str, part: Part) -> ir.Value:
        """A part of a row of -1 and 0 as truth values."""
        words = self.row(name, part, type_=WORD)
        return self.e.builder.icmp_signed("!=", words, splat(words.type, 0))

    def set_mask(self, name: str, part: Part, mask: ir.Value) -> None:
        """Write truth values as -1 and 0."""
        self.set_row(name, part, self.e.builder.sext(mask, wide(WORD, part.width)))

    def any_lane(self, name: str) -> ir.Value:
        """Whether any lane of a mask is set."""
        return any_of_all(self.e.builder, [self.mask(name, part) for part in self.e.shape.parts])
