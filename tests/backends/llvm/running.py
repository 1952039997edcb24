"""Runs single functions as machine code, on memory that a test writes and reads cell by cell."""

from collections.abc import Sequence

import numpy as np

from azc.backends.llvm import (
    Binder,
    Block,
    Data,
    Entries,
    Layout,
    Shape,
    interface_offsets,
    layout,
    native,
    places,
    scratch_cells,
    target,
    tape_driver,
)
from azc.ir import INTERFACES, Address, Program

RMS_ERROR = INTERFACES["RMS_ERROR"]
FORMS = ("kernels", "native")
Cells = dict[Address, np.ndarray]
"""What addresses hold, [cell][lane]."""


def shape_of(features: int, lanes: int, precision: str = "float64") -> Shape:
    """A shape for this machine's vectors."""
    return Shape(features, lanes, precision, target().vector_bytes)


def layout_of(program: Program, shape: Shape) -> Layout:
    """Where a program's places lie."""
    return layout(shape, RMS_ERROR.addresses, places(program.instructions()))


def block_of(program: Program, made: Layout, form: str, seeds: Sequence[int]) -> tuple[Block, Entries]:
    """A block that is ready to run a program in kernels or native."""
    shape = made.shape
    block = Block(shape, seeds, [np.inf] * len(seeds), 1, 1)
    block.use(made, scratch_cells(shape, 0, {i.op for i in program.instructions()}))
    dtype = block.memory.dtype
    block.show(
        Data(
            train_x=np.zeros((1, shape.features, shape.lanes), dtype),
            train_y=np.zeros((1, shape.lanes)),
            valid_x=np.zeros((1, shape.features, shape.lanes), dtype),
            valid_y=np.zeros((1, shape.lanes)),
        )
    )
    if form == "native":
        return block, native(program, RMS_ERROR, 0, made)
    binder = Binder(made)
    for instruction in program.instructions():
        binder.admit(instruction)
    block.load([binder.bind(function) for function in program.functions])
    return block, tape_driver(shape, RMS_ERROR, 0, tuple(interface_offsets(made, RMS_ERROR).items()))


def learned(program: Program, shape: Shape, form: str, cells: Cells, seeds: Sequence[int]) -> Cells:
    """Memory after Learn ran once, in every lane, on these cells; features and label are zero."""
    made = layout_of(program, shape)
    block, entries = block_of(program, made, form, seeds)
    block.start(entries)
    block.set("step", 1)
    memory = block.cells()
    for where, value in cells.items():
        _rows(made, memory, where)[...] = value
    block.call(entries.learn)
    return {where: _rows(made, memory, where).copy() for where in made.offsets if isinstance(where, Address)}


def _rows(made: Layout, memory: np.ndarray, where: Address) -> np.ndarray:
    first = made.offsets[where] // (made.shape.lanes * made.shape.number_bytes)
    return memory[first : first + made.shape.cells(where.kind)]
