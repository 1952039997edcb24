"""`Site`: what an operation reads and writes. The lowering of operations that move, set or draw numbers."""

from collections.abc import Callable
from typing import Final

import attrs
from llvmlite import ir

from azc.backends.llvm.lower.emitter import Cells, Emitter, Index
from azc.backends.llvm.lower.shape import VectorSpan
from azc.backends.llvm.lower.values import broadcast
from azc.ir import MEANINGS, Op


@attrs.frozen
class Site:
    """Operands and result of an operation: pointers to cells, constants, and the needs of sums and draws."""

    out: ir.Value
    cells: Index
    """Number of cells of the result."""
    operands: tuple[Cells, ...]
    constants: tuple[ir.Value, ...]
    scratch: ir.Value
    seeds: ir.Value
    step: ir.Value


Family = Callable[[Emitter, Op, Site], None]
"""Emits an operation of a family at the builder's position."""


def rows_of(e: Emitter, body: Callable[[Index, Index], None]) -> None:
    """Run the body for every row of a matrix.

    It gets two indexes into flat memory: of the element with the row's number in a vector, and of the row's
    first element in the matrix.
    """
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


def _columns(e: Emitter, op: Op, site: Site) -> None:
    def row(cell: Index, start: Index) -> None:
        tile = e.tiles(site.operands[0], cell)
        e.each_unit(e.shape.features, lambda index, part: e.store(tile(part), site.out, e.plus(start, index)))

    rows_of(e, row)


def _rows(e: Emitter, op: Op, site: Site) -> None:
    def row(cell: Index, start: Index) -> None:
        copy(e, site.operands[0], 0, site.out, start, e.shape.features)

    rows_of(e, row)


def _transpose(e: Emitter, op: Op, site: Site) -> None:
    shape = e.shape
    copy(e, site.operands[0], 0, site.scratch, 0, shape.cells("m"))

    def row(cell: Index, start: Index) -> None:
        def element(j: Index) -> None:
            source = e.plus(e.times(j, shape.features * shape.lanes), cell)
            into = e.plus(start, e.times(j, shape.lanes))
            e.each_part(
                lambda part: e.store(
                    e.load(site.scratch, e.plus(source, part.lane), part.width),
                    site.out,
                    e.plus(into, part.lane),
                )
            )

        e.each(shape.features, len(shape.parts), element)

    rows_of(e, row)


def _constant(e: Emitter, op: Op, site: Site) -> None:
    # Setting an element is the same: tape and native code add the element's offset to `out`.
    value = e.narrow(site.constants[-1])
    e.each_part(lambda part: e.store(broadcast(e.builder, value, part.width), site.out, part.lane))


def _draw(e: Emitter, op: Op, site: Site) -> None:
    first, second, number = site.constants

    def cell(i: Index) -> None:
        def draw(part: VectorSpan) -> None:
            words = [broadcast(e.builder, w, part.width) for w in (e.index(i), number, site.step)]
            parameters = [broadcast(e.builder, x, part.width) for x in (first, second)]
            seeds = e.load_words(site.seeds, part)
            value = e.call(MEANINGS[op.meaning].calls, part.width, seeds, *words, *parameters)
            e.store(e.narrow(value), site.out, e.plus(e.times(i, e.shape.lanes), part.lane))

        e.each_part(draw)

    e.repeat(site.cells, cell)


MOVES: Final[dict[str, Family]] = {
    "no_op": lambda e, op, site: None,
    "columns": _columns,
    "rows": _rows,
    "transpose": _transpose,
    "constant": _constant,
    "element": _constant,
    "uniform": _draw,
    "gaussian": _draw,
}
"""The lowering of operations that move, set or draw numbers, by meaning."""
