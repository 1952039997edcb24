"""Runs Learn as machine code, on memory that a test writes and reads."""

from collections.abc import Sequence

import numpy as np

from azc.backends.llvm import (
    Binder,
    Block,
    Data,
    Layout,
    Native,
    Shape,
    Tape,
    layout,
    locations,
    plan,
    scratch_cells,
    target,
)
from azc.ir import INTERFACES, Address, Program

RMS_ERROR = INTERFACES["RMS_ERROR"]
FORMS = ("kernels", "native")
Cells = dict[Address, np.ndarray]
"""Contents of addresses, [cell][lane]."""


def shape_of(features: int, lanes: int, precision: str = "float64", stored: str = "") -> Shape:
    """A shape with this machine's vectors."""
    return Shape(features, lanes, precision, target().vector_bytes, stored or precision)


def layout_of(program: Program, shape: Shape) -> Layout:
    """Layout of a program's memory."""
    return layout(shape, RMS_ERROR.addresses, locations(program.instructions()))


def tapes_of(program: Program, made: Layout, form: str, exposed: bool) -> tuple[object, list[bytes]]:
    """The three tapes of a program, and the object that must outlive them."""
    steps = plan(program, RMS_ERROR, exposed)
    if form == "native":
        code = Native(steps, made)
        return code, code.tapes
    binder = Binder(made)
    binder.admit(binder.unknown(steps))
    return binder, [binder.bind(function) for function in steps.functions]


def block_of(program: Program, made: Layout, seeds: Sequence[int]) -> Block:
    """A block with memory for a program and a seed for each lane; all examples are zero."""
    shape = made.shape
    block = Block(shape, seeds, [np.inf] * len(seeds), 1, 1)
    block.use(made, scratch_cells(shape, 0, {i.op for i in program.instructions()}))
    x = np.zeros((1, shape.features, shape.lanes), shape.stored)
    y = np.zeros((1, shape.lanes))
    block.show(Data(train_x=x, train_y=y, valid_x=x, valid_y=y))
    return block


def learned(
    program: Program,
    shape: Shape,
    form: str,
    cells: Cells,
    seeds: Sequence[int],
    x: np.ndarray | None = None,
    exposed: bool = True,
    scratch: np.ndarray | None = None,
) -> Cells:
    """Memory after Learn has run once in every lane on these cells and features; the label is zero.

    `scratch`: the caller's own scratch memory.
    """
    made = layout_of(program, shape)
    block = block_of(program, made, seeds)
    if scratch is not None:
        block.point("scratch", scratch)
    code, tapes = tapes_of(program, made, form, exposed)
    block.load(tapes, True, code)
    if x is not None:
        block.point("train_x", np.ascontiguousarray(x, dtype=shape.stored))
    block.clear()
    block.set("step", 1)
    memory = block.cells()
    for where, value in cells.items():
        _rows(made, memory, where)[...] = value
    _rows(made, memory, RMS_ERROR.label)[...] = 0
    features = block.get("train_x")
    block.call(lambda memory, context: Tape(tapes[2]).run(memory, context, features))
    return {where: _rows(made, memory, where).copy() for where in made.offsets if isinstance(where, Address)}


def _rows(made: Layout, memory: np.ndarray, where: Address) -> np.ndarray:
    first = made.offsets[where] // (made.shape.lanes * made.shape.number_bytes)
    return memory[first : first + made.shape.cells(where.kind)]


def filled_cells(program: Program, shape: Shape, seed: int) -> Cells:
    """Normally distributed numbers for every address."""
    generator = np.random.default_rng(seed)
    return {
        where: generator.normal(size=(shape.cells(where.kind), shape.lanes)).astype(shape.precision)
        for where in sorted(program.addresses(), key=str)
    }
