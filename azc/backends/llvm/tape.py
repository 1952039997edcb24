"""A program as a tape: a record an instruction, for kernels to follow; made in about a microsecond."""

from collections.abc import Collection, Iterator
from struct import Struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from azc.backends.llvm.kernels import END, RECORD, kernels
from azc.backends.llvm.layout import Layout, Place
from azc.ir import ELEMENT_SETS, FUNCTIONS, Instruction, Literal, Op, Program, element_number

_RECORD: Final = Struct("<QqqqddQq")
"""The same bytes as `kernels.RECORD`, made ten times as fast as NumPy makes them."""


def record(instruction: Instruction, layout: Layout, kernel: int) -> bytes:
    """One instruction's record; a KeyError names a place that the layout does not have."""
    op, offsets = instruction.op, layout.offsets
    constants, draw = instruction.constants, instruction.draw or 0
    if instruction.out is None:
        return _RECORD.pack(kernel, 0, 0, 0, 0.0, 0.0, 0, 0)
    out, cells = offsets[instruction.out], layout.shape.cells(op.result)
    if op in ELEMENT_SETS:
        size = layout.shape.lanes * layout.shape.number_bytes
        out += element_number(instruction, layout.shape.features) * size
        constants = constants[-1:]
    first, second, *_ = (*constants, 0.0, 0.0)
    a, b, *_ = (*(offsets[place] for place in _operands(instruction)), 0, 0)
    return _RECORD.pack(kernel, out, a, b, first, second, draw, cells)


def _operands(instruction: Instruction) -> Iterator[Place]:
    for kind, operand in zip(instruction.op.operands, instruction.operands, strict=True):
        yield (kind, operand) if isinstance(operand, Literal) else operand


def tape(program: Program, layout: Layout) -> dict[str, NDArray[np.void]]:
    """The three functions' tapes, operations' numbers in place of kernels: to store, show and ship."""
    end = _RECORD.pack(END, 0, 0, 0, 0.0, 0.0, 0, 0)
    return {
        name: np.frombuffer(b"".join([*(record(i, layout, i.op.code) for i in function), end]), dtype=RECORD)
        for name, function in zip(FUNCTIONS, program.functions, strict=True)
    }


class Binder:
    """Makes bound tapes for a layout: remembers each instruction's record with its kernel's address.

    `ops` are those whose kernels are wanted from the start; others can follow.
    """

    LIMIT: Final = 100_000
    """Records kept: a search makes new constants without end."""

    def __init__(self, layout: Layout, ops: Collection[Op]):
        self.layout = layout
        # Held as long as tapes are made: the code behind the addresses goes with it.
        self._kernels = kernels(layout.shape)
        self._records: dict[Instruction, bytes] = {}
        self._kernels.require(ops)
        self._end = _RECORD.pack(self._kernels.addresses[END], 0, 0, 0, 0.0, 0.0, 0, 0)

    def bind(self, function: tuple[Instruction, ...]) -> bytes:
        """One function's tape; a KeyError names an instruction that was not admitted."""
        records = self._records
        return b"".join([records[i] for i in function]) + self._end

    def unknown(self, program: Program) -> list[Instruction]:
        """The program's instructions that were not admitted, or are forgotten."""
        return [instruction for instruction in program.instructions() if instruction not in self._records]

    def admit(self, program: Program) -> None:
        """Make the records of a program's instructions, whose places the layout has."""
        if len(self._records) >= self.LIMIT:
            self._records.clear()
        new = self.unknown(program)
        self._kernels.require({instruction.op for instruction in new})
        addresses = self._kernels.addresses
        for instruction in new:
            self._records[instruction] = record(instruction, self.layout, addresses[instruction.op.code])
