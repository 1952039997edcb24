"""Tapes: a program as a list of records, one a step, that kernels follow; made in microseconds.

A record is 64 bytes: the kernel (its number in `forms.FORMS`, or on a bound tape its address), the offsets of
the result and of two operands, two float64 constants, the number of a draw or the offset of a third operand,
which for a fused pair is the other one of the second (`c`), and the number of cells of the result.
"""

from collections.abc import Collection, Sequence
from math import nan
from struct import Struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from azc.arguments import takes
from azc.backends.llvm.code.forms import END
from azc.backends.llvm.code.kernels import RECORD, kernels
from azc.backends.llvm.code.layout import Layout, a_layout, element_offset, operand_locations
from azc.backends.llvm.code.plan import Plan, Step, a_plan
from azc.ir import ELEMENT_SETS, Instruction

_RECORD: Final = Struct("<QqqqddQq")
"""`kernels.RECORD` for the struct module, which packs ten times as fast as NumPy."""


def record(step: Step, layout: Layout, kernel: int) -> bytes:
    """The record of a step. KeyError: the layout lacks the location that it names."""
    if step.first is None:
        where = step.where
        cells = layout.shape.cells(where.kind)  # type: ignore[union-attr]
        return _RECORD.pack(kernel, layout.offsets[where], 0, 0, 0.0, 0.0, 0, cells)  # type: ignore[index]
    first, last, offsets = step.first, step.second or step.first, layout.offsets
    out, cells = offsets[last.out], layout.shape.cells(last.op.result)  # type: ignore[index]
    a, b, c, *_ = (*(offsets[location] for location in operand_locations(first)), 0, 0, 0)
    if step.second is not None:
        return _RECORD.pack(kernel, out, a, b, 0.0, 0.0, _third(first, step.second, layout), cells)
    constants, c = first.constants, c if first.draw is None else first.draw
    if first.op in ELEMENT_SETS:
        out += element_offset(first, layout.shape)
        constants = constants[-1:]
    parameters = (*map(_one_nan, constants), 0.0, 0.0)
    return _RECORD.pack(kernel, out, a, b, parameters[0], parameters[1], c, cells)


def _one_nan(value: float) -> float:
    """Replace any nan by one nan, so that equal programs have equal tapes."""
    return value if value == value else nan


def _third(first: Instruction, second: Instruction, layout: Layout) -> int:
    """Offset of the second's other operand, or 0 if it has only one."""
    locations = list(operand_locations(second))
    locations.remove(first.out)  # type: ignore[arg-type]
    return layout.offsets[locations[0]] if locations else 0


@takes(plan=a_plan, layout=a_layout)
def tape(plan: Plan, layout: Layout) -> dict[str, NDArray[np.void]]:
    """The functions' tapes by name, with kernels by number, which can be stored, shown and sent."""
    return {
        name: np.frombuffer(
            b"".join([*(record(step, layout, step.number) for step in steps), _end(END)]),
            dtype=RECORD,
        )
        for name, steps in zip(plan.names, plan.functions, strict=True)
    }


def _end(kernel: int) -> bytes:
    return _RECORD.pack(kernel, 0, 0, 0, 0.0, 0.0, 0, 0)


_LAST: Final = Step(END)


class Binder:
    """Makes bound tapes for a layout: remembers each step's record with its kernel's address.

    `numbers`: kernels to provide at once; `admit` provides others when they are needed.
    """

    LIMIT: Final = 100_000
    """Most records that are remembered: a search makes new constants without end."""

    def __init__(self, layout: Layout, numbers: Collection[int] = ()):
        self.layout = layout
        # Held as long as tapes are made: it owns the code at the addresses.
        self._kernels = kernels(layout.shape)
        self._records: dict[Step, bytes] = {}
        if numbers:
            self._kernels.require(numbers)

    def bind(self, steps: Sequence[Step]) -> bytes:
        """One function's bound tape. KeyError: a step was not admitted."""
        records = self._records
        return b"".join([records[step] for step in steps]) + records[_LAST]

    def unknown(self, plan: Plan) -> list[Step]:
        """The steps of a plan that have no record."""
        return [step for steps in plan.functions for step in steps if step not in self._records]

    def admit(self, steps: Sequence[Step]) -> None:
        """Make the records of steps. KeyError: the layout lacks a location."""
        self._kernels.require({step.number for step in steps})
        addresses = self._kernels.addresses
        self._records[_LAST] = _end(addresses[END])
        for step in steps:
            self._records[step] = record(step, self.layout, addresses[step.number])

    def forget(self) -> None:
        """Forget all records if there are too many."""
        if len(self._records) >= self.LIMIT:
            self._records.clear()
