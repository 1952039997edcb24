"""Tapes of programs that are evaluated one after the other, on a memory layout that grows as needed."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

import attrs

from azc.backends.llvm import (
    BatchBinder,
    Batched,
    Binder,
    Entries,
    Location,
    Plan,
    Shape,
    driver,
    layout,
    locations,
    plan,
    scratch_cells,
)
from azc.evaluation.lanes import GroupKey
from azc.ir import LEARN, MAX_INSTRUCTIONS, PREDICT, Op, Program, instruction_faults, verify


@attrs.frozen
class Bound:
    """A program's tapes for one shape, with the driver and memory that they need."""

    tapes: list[bytes]
    learns: bool
    binder: Binder
    scratch: int
    entries: Entries
    batched: Batched | None


@attrs.frozen
class _TapeLayout:
    """Layout and driver that all tapes for one shape share."""

    binder: Binder
    scratch: int
    entries: Entries
    batches: BatchBinder | None


class Tapes:
    """Makes the tapes of programs; a layout is shared for each shape, and grows when a program needs more."""

    LITERALS: Final = 64
    """Maximum number of literals with cells; beyond it those of earlier programs are forgotten."""

    def __init__(self, key: GroupKey, on_growth: Callable[[Program], None] = lambda program: None):
        self.key = key
        self._on_growth = on_growth
        self._layouts: dict[Shape, _TapeLayout] = {}
        self.forget()

    def forget(self) -> None:
        """Forget the locations and operations of all programs."""
        self._locations: set[Location] = {*self.key.interface.addresses}
        self.ops: set[Op] = set()
        """Operations for which scratch memory is reserved."""
        self._layouts.clear()

    def together(self, wanted: set[Location]) -> set[Location]:
        """Locations of the layout for a program that needs `wanted`."""
        together = self._locations | wanted
        crowded = sum(isinstance(location, tuple) for location in together) > self.LITERALS
        return wanted if crowded and not wanted <= self._locations else together

    def bound(self, program: Program, shape: Shape, exposed: bool) -> Bound:
        """Tapes of a program; AzcError if the program is invalid."""
        if max(map(len, program.functions)) > MAX_INSTRUCTIONS:
            verify(program)
        steps = plan(program, self.key.interface, exposed)
        if shape in self._layouts:
            with suppress(KeyError):
                return self._bound(program, steps, shape, exposed)
        self._admit(program, steps, shape)
        return self._bound(program, steps, shape, exposed)

    def _bound(self, program: Program, steps: Plan, shape: Shape, exposed: bool) -> Bound:
        shared = self._layouts[shape]
        tapes = [shared.binder.bind(function) for function in steps.functions]
        # Batches leave memory other than the last example would, so not if memory is reported.
        batches = None if exposed else shared.batches
        batched = batches.bind(program, steps[PREDICT]) if batches is not None else None
        return Bound(tapes, bool(steps[LEARN]), shared.binder, shared.scratch, shared.entries, batched)

    def _admit(self, program: Program, steps: Plan, shape: Shape) -> None:
        """Prepare for new steps of a program: verify their instructions, and grow the layout if need be."""
        known = self._layouts.get(shape)
        if known is not None:
            known.binder.forget()
        new = known.binder.unknown(steps) if known else [s for function in steps.functions for s in function]
        instructions = [i for step in new for i in step.instructions]
        if any(fault for instruction in instructions for fault in instruction_faults(instruction)):
            verify(program)
        wanted, ops = set(locations(instructions)), {instruction.op for instruction in instructions}
        if not (wanted <= self._locations and ops <= self.ops):
            self._on_growth(program)
            self._grow(program, ops)
        if shape not in self._layouts:
            self._layouts[shape] = self._shared(shape)
        binder = self._layouts[shape].binder
        binder.admit(binder.unknown(steps))

    def _shared(self, shape: Shape) -> _TapeLayout:
        interface = self.key.interface
        made = layout(shape, interface.addresses, self._locations)
        return _TapeLayout(
            Binder(made),
            scratch_cells(shape, self.key.n_classes, self.ops),
            driver(made, interface, self.key.n_classes),
            BatchBinder(made, interface) if shape.batch > 1 else None,
        )

    def _grow(self, program: Program, ops: set[Op]) -> None:
        """Add a program's locations and operations; all tapes become invalid, since offsets change."""
        self._locations = self.together(set(locations(program.instructions())))
        self.ops |= ops
        self._layouts.clear()
