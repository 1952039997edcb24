"""Where an operation stands, and the moves over rows of a matrix that families share."""

from collections.abc import Callable

import attrs
from llvmlite import ir

from azc.backends.llvm.emitter import Cells, Emitter, Index
from azc.ir import Op


@attrs.frozen
class Site:
    """Where an operation stands: pointers to its cells, its constants and what draws and sums need."""

    out: ir.Value
    cells: Index
    """How many cells the result has."""
    operands: tuple[Cells, ...]
    constants: tuple[ir.Value, ...]
    scratch: ir.Value
    seeds: ir.Value
    step: ir.Value


Family = Callable[[Emitter, Op, Site], None]
"""Writes the operations of a family where the builder stands."""


def rows_of(e: Emitter, body: Callable[[Index, Index], None]) -> None:
    """Run the body for every row of a matrix: the row's vector cell and its first index in flat memory."""
    shape = e.shape
    e.repeat(
        shape.features, lambda i: body(e.times(i, shape.lanes), e.times(i, shape.features * shape.lanes))
    )


def copy(e: Emitter, source: Cells, start: Index, out: ir.Value, out_start: Index, cells: int) -> None:
    """Copy a row of cells."""
    e.each_unit(
        cells,
        lambda index, part: e.store(
            e.load(source, e.plus(start, index), part.width), out, e.plus(out_start, index)
        ),
    )
