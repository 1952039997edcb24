"""Fused loops: neighbouring steps of native code that work element by element, run as one loop.

A number that a step writes is read by the next ones from a register; memory gets what stands there at the
end. No result changes: an element depends on elements of the same index only. So ten vector instructions
over many lanes read and write memory once, and there is one loop to compile.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from llvmlite import ir

from azc.backends.llvm.code.forms import FORMS
from azc.backends.llvm.code.layout import Location, operand_locations
from azc.backends.llvm.code.plan import Step
from azc.backends.llvm.lower.emit import BY_ELEMENT, SPREADING, computed
from azc.backends.llvm.lower.emitter import Cells, Emitter, Features, Index
from azc.backends.llvm.lower.shape import VectorSpan
from azc.backends.llvm.lower.values import splat, wide
from azc.ir import Address, Instruction

_BY_ELEMENT: Final = BY_ELEMENT | SPREADING.keys() | {"constant"}
CellsOf = Callable[[Address], ir.Value]
"""Emits the pointer to the cells of an address."""


class _Element(NamedTuple):
    """An instruction in a fused loop."""

    instruction: Instruction
    features: tuple[int, ...] = ()
    """Its operands that are the features, read in the data."""
    stored: bool = True
    """Whether memory gets its result; not so between the two of a fused pair."""


def fused(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """Cut steps into lists, each of which is one loop or one step.

    A step on scalars alone goes before the loop that it interrupts, if that reads none of what it writes.
    """
    loop: list[Step] = []
    for step in steps:
        kind = _kind(step)
        if kind == "s" and loop and not _reads(loop, step):
            yield [step]
            continue
        if loop and kind != _kind(loop[0]):
            yield loop
            loop = []
        if kind in ("v", "m"):
            loop.append(step)
        else:
            yield [step]
    if loop:
        yield loop


def _kind(step: Step) -> str | None:
    """The kind of a step's results, if it works element by element; else None."""
    kinds = {i.op.result if i.op.meaning in _BY_ELEMENT else None for i in step.instructions}
    return kinds.pop() if len(kinds) == 1 else None


def _reads(loop: Sequence[Step], scalars: Step) -> bool:
    written = {i.out for i in scalars.instructions}
    return any(operand in written for step in loop for i in step.instructions for operand in i.operands)


def emit_fused(e: Emitter, steps: Sequence[Step], cells_of: CellsOf, x: ir.Value) -> None:
    """Emit steps of `fused` as one loop; x: the features of the example."""
    _FusedLoop(e, [element for step in steps for element in _elements(step)], cells_of, x).emit()


def _elements(step: Step) -> list[_Element]:
    form = FORMS[step.number]
    assert form is not None
    assert step.first is not None
    own = tuple(index for index in form.features if index < len(step.first.operands))
    if step.second is None:
        return [_Element(step.first, own)]
    other = tuple(i for i, at in enumerate(step.second.operands) if at != step.first.out)
    kept = step.first.out == step.second.out
    return [_Element(step.first, own, kept), _Element(step.second, other if 2 in form.features else ())]


class _FusedLoop:
    """Emits one loop. A scalar operand is the same for all cells; it has a number a lane."""

    def __init__(self, e: Emitter, elements: list[_Element], cells_of: CellsOf, x: ir.Value):
        self._e, self._elements, self._x = e, elements, Features(x)
        self._stored = {at.instruction.out for at in elements if at.stored}
        located = {where for at in elements for where in operand_locations(at.instruction)}
        located.update(filter(None, self._stored))
        # Sorted, so that equal programs have equal machine code. Literals are part of the code.
        self._cells: dict[Address, Cells] = {
            where: cells_of(where) for where in sorted(located, key=repr) if isinstance(where, Address)
        }
        self._scalars = [where for where in self._cells if where.kind == "s"]

    def emit(self) -> None:
        """Emit it, in the form that suits the shape."""
        e, shape = self._e, self._e.shape
        kind = self._elements[0].instruction.op.result
        assert kind is not None
        cells = shape.cells(kind)
        if self._scalars:
            tiles = {where: e.tiles(self._cells[where], 0) for where in self._scalars}

            def unit(index: Index, part: VectorSpan) -> None:
                self._body(index, part.width, {where: tile(part) for where, tile in tiles.items()})

            e.each_unit(cells, unit, size=len(self._elements))
        else:
            e.each_vector(cells * shape.lanes, lambda index, width: self._body(index, width, {}))

    def _body(self, index: Index, width: int, scalars: dict[Address, ir.Value]) -> None:
        """Compute all elements at an index of flat memory, and store what memory gets."""
        known: dict[Location | None, ir.Value] = dict(scalars.items())
        for instruction, features, _ in self._elements:
            values = []
            for number, where in enumerate(operand_locations(instruction)):
                if number in features:
                    values.append(self._e.load(self._x, index, width))
                    continue
                if where not in known:
                    known[where] = self._first(where, index, width)
                values.append(known[where])
            known[instruction.out] = computed(self._e, instruction.op.meaning, *values)
        for where, cells in self._cells.items():
            if where in self._stored:
                self._e.store(known[where], cells, index)

    def _first(self, where: Location, index: Index, width: int) -> ir.Value:
        """The numbers of an address that the loop did not write before, or of a literal."""
        if isinstance(where, Address):
            return self._e.load(self._cells[where], index, width)
        with np.errstate(over="ignore"):
            rounded = float(np.dtype(self._e.shape.precision).type(where[1].value))
        return splat(wide(self._e.shape.number, width), rounded)
