"""A program as a tape: a record an instruction, for kernels to follow; made in about a microsecond."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from azc.backends.llvm.kernels import END, RECORD, kernels
from azc.backends.llvm.layout import Layout
from azc.ir import ELEMENT_SETS, Instruction, Literal, Program, element_number


def record(instruction: Instruction, layout: Layout) -> NDArray[np.void]:
    """One instruction's record, with the operation's number where the kernel's address will stand."""
    op, made = instruction.op, np.zeros((), dtype=RECORD)
    made["kernel"] = op.code
    if instruction.out is not None:
        made["out"] = layout.offsets[instruction.out]
        made["cells"] = layout.shape.cells(op.result)
    for name, kind, operand in zip("ab", op.operands, instruction.operands, strict=False):
        made[name] = layout.offsets[(kind, operand) if isinstance(operand, Literal) else operand]
    if op in ELEMENT_SETS:
        size = layout.shape.lanes * layout.shape.number_bytes
        made["out"] += element_number(instruction, layout.shape.features) * size
        made["first"] = instruction.constants[-1]
    elif op.constants:
        made["first"], made["second"] = (*instruction.constants, 0.0)[:2]
    if op.random:
        made["draw"] = instruction.constants[-1]
    return made


def tape(program: Program, layout: Layout) -> dict[str, NDArray[np.void]]:
    """The three functions' tapes, not yet bound: they can be stored, shown and shipped."""
    end = np.zeros((), dtype=RECORD)
    end["kernel"] = END
    return {
        name: np.array([*(record(i, layout) for i in getattr(program, name)), end], dtype=RECORD)
        for name in ("setup", "predict", "learn")
    }


class Binder:
    """Makes bound tapes for a layout: remembers each instruction's record with its kernel's address."""

    LIMIT: Final = 100_000
    """Records kept: a search makes new constants without end."""

    def __init__(self, layout: Layout):
        self.layout = layout
        # Held as long as tapes are made: the code behind the addresses goes with it.
        self._kernels = kernels(layout.shape)
        self._records: dict[Instruction, bytes] = {}
        end = np.zeros((), dtype=RECORD)
        end["kernel"] = self._kernels.addresses[END]
        self._end = end.tobytes()

    def bind(self, function: tuple[Instruction, ...]) -> bytes:
        """One function's tape; a KeyError names an instruction that was not admitted."""
        records = self._records
        return b"".join([records[i] for i in function]) + self._end

    def admit(self, instructions: Iterable[Instruction]) -> None:
        """Make the records of a program's instructions, whose places the layout has."""
        if len(self._records) >= self.LIMIT:
            self._records.clear()
        for instruction in instructions:
            if instruction not in self._records:
                made = record(instruction, self.layout)
                made["kernel"] = self._kernels.addresses[instruction.op.code]
                self._records[instruction] = made.tobytes()
