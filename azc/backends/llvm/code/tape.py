"""A program as a tape: a record a step, for kernels to follow; made in microseconds.

A record of the tape is 64 bytes: the kernel (its number in `forms.FORMS`, or where the tape is bound, its
address), the byte offsets in memory of the result and of two operands, two float64 constants, the number of a
draw or, of a fused pair, the byte offset of its third operand, and how many cells the result has.
"""

from collections.abc import Collection, Sequence
from math import nan
from struct import Struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from azc.arguments import takes
from azc.backends.llvm.code.forms import CLEAR, END, PUT_FEATURES
from azc.backends.llvm.code.kernels import RECORD, kernels
from azc.backends.llvm.code.layout import Layout, a_layout, operand_locations
from azc.backends.llvm.code.plan import Plan, Step, a_plan
from azc.ir import ELEMENT_SETS, FUNCTIONS, Instruction, Interface, an_interface, element_number

_RECORD: Final = Struct("<QqqqddQq")
"""The same bytes as `kernels.RECORD`, made ten times as fast as NumPy makes them."""


def record(step: Step, layout: Layout, interface: Interface, kernel: int) -> bytes:
    """One step's record; a KeyError names a location that the layout does not have."""
    if step.first is None:
        return _putting_in(step, layout, interface, kernel)
    first, last, offsets = step.first, step.second or step.first, layout.offsets
    out, cells = offsets[last.out], layout.shape.cells(last.op.result)  # type: ignore[index]
    a, b, *_ = (*(offsets[location] for location in operand_locations(first)), 0, 0)
    if step.second is not None:
        return _RECORD.pack(kernel, out, a, b, 0.0, 0.0, _third(first, step.second, layout), cells)
    constants, draw = first.constants, first.draw or 0
    if first.op in ELEMENT_SETS:
        size = layout.shape.lanes * layout.shape.number_bytes
        out += element_number(first, layout.shape.features) * size
        constants = constants[-1:]
    parameters = (*map(_one_nan, constants), 0.0, 0.0)
    return _RECORD.pack(kernel, out, a, b, parameters[0], parameters[1], draw, cells)


def _one_nan(value: float) -> float:
    """Equal programs have equal tapes: all nans are one value."""
    return value if value == value else nan


def _putting_in(step: Step, layout: Layout, interface: Interface, kernel: int) -> bytes:
    where = {PUT_FEATURES: interface.features, CLEAR: interface.label}[step.number]
    return _RECORD.pack(kernel, layout.offsets[where], 0, 0, 0.0, 0.0, 0, layout.shape.cells(where.kind))


def _third(first: Instruction, second: Instruction, layout: Layout) -> int:
    """Where the second's other operand lies, if it has two."""
    locations = list(operand_locations(second))
    locations.remove(first.out)  # type: ignore[arg-type]
    return layout.offsets[locations[0]] if locations else 0


@takes(plan=a_plan, layout=a_layout, interface=an_interface)
def tape(plan: Plan, layout: Layout, interface: Interface) -> dict[str, NDArray[np.void]]:
    """The three functions' tapes, kernels by number: to store, show and ship."""
    return {
        name: np.frombuffer(
            b"".join([*(record(step, layout, interface, step.number) for step in steps), _end(END)]),
            dtype=RECORD,
        )
        for name, steps in zip(FUNCTIONS, plan.functions, strict=True)
    }


def _end(kernel: int) -> bytes:
    return _RECORD.pack(kernel, 0, 0, 0, 0.0, 0.0, 0, 0)


_LAST: Final = Step(END)


class Binder:
    """Makes bound tapes for a layout: remembers each step's record with its kernel's address.

    `numbers` are the kernels that are wanted from the start; others can follow.
    """

    LIMIT: Final = 100_000
    """Records kept: a search makes new constants without end."""

    def __init__(self, layout: Layout, interface: Interface, numbers: Collection[int] = ()):
        self.layout = layout
        self._interface = interface
        # Held as long as tapes are made: the code behind the addresses goes with it.
        self._kernels = kernels(layout.shape)
        self._records: dict[Step, bytes] = {}
        if numbers:
            self._kernels.require(numbers)

    def bind(self, steps: Sequence[Step]) -> bytes:
        """One function's tape; a KeyError names a step that was not admitted."""
        records = self._records
        return b"".join([records[step] for step in steps]) + records[_LAST]

    def unknown(self, plan: Plan) -> list[Step]:
        """The steps that were not admitted, or are forgotten."""
        return [step for steps in plan.functions for step in steps if step not in self._records]

    def admit(self, steps: Sequence[Step]) -> None:
        """Make the records of steps whose locations the layout has."""
        self._kernels.require({step.number for step in steps})
        addresses = self._kernels.addresses
        self._records[_LAST] = _end(addresses[END])
        for step in steps:
            self._records[step] = record(step, self.layout, self._interface, addresses[step.number])

    def forget(self) -> None:
        """Forget all records if there are too many."""
        if len(self._records) >= self.LIMIT:
            self._records.clear()
