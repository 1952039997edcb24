"""Copies of arrays to memory: an array (lanes, …) has its lanes as rows, memory, [cell][lane], as columns.

NumPy copies from one to the other number by number; here squares that fill registers are transposed.
"""

from collections.abc import Callable, Sequence
from typing import Final

from llvmlite import ir

from azc.backends.llvm.lower.emitter import Emitter, Index
from azc.backends.llvm.lower.shape import Shape
from azc.backends.llvm.lower.values import WORD, byte_offset, wide

COPY: Final = ir.FunctionType(ir.VoidType(), [ir.PointerType(), ir.PointerType(), *[WORD] * 4])
"""Type of `columns`: its arguments are the first cell in memory, the array's first number, the bytes from
lane to lane and from cell to cell in the array, and the numbers of cells and lanes."""
_LINE: Final = 64
"""Bytes of a cache line."""


def columns_name(shape: Shape) -> str:
    """Symbol of the function that copies columns; it depends on the precision and the registers alone."""
    return f"azc_columns_{shape.precision}_{shape.vector_bytes}"


def columns_module(shape: Shape) -> ir.Module:
    """A module of the function that copies columns."""
    module = ir.Module("columns")
    function = ir.Function(module, COPY, columns_name(shape))
    for pointer in function.args[:2]:
        pointer.add_attribute("noalias")
    builder = ir.IRBuilder(function.append_basic_block())
    _ColumnCopy(Emitter(builder, shape), *function.args).write()
    builder.ret_void()
    return module


class _ColumnCopy:
    """Emits the copy."""

    def __init__(self, e: Emitter, out: ir.Value, data: ir.Value, *numbers: ir.Value):
        self._e, self._out, self._data = e, out, data
        self._from_lane, self._from_cell, self._cells, self._lanes = numbers

    def write(self) -> None:
        """Emit one copy for lanes side by side, one for cells side by side, and one for any array."""

        def neither() -> None:
            self._numbers(0, self._cells, 0, self._lanes)

        self._choose(
            self._from_lane, self._runs, lambda: self._choose(self._from_cell, self._squares, neither)
        )

    def _choose(self, stride: ir.Value, near: Callable[[], None], far: Callable[[], None]) -> None:
        """Emit both copies, for numbers that are neighbours along an axis and for those that are not."""
        builder = self._e.builder
        size = ir.Constant(WORD, self._e.shape.number_bytes)
        with builder.if_else(builder.icmp_signed("==", stride, size)) as (then, otherwise):
            with then:
                near()
            with otherwise:
                far()

    def _load(self, cell: Index, lane: Index, width: int = 1) -> ir.Value:
        e, builder = self._e, self._e.builder
        across = builder.mul(e.index(lane), self._from_lane)
        offset = builder.add(across, builder.mul(e.index(cell), self._from_cell))
        type_ = wide(e.shape.number, width)
        return builder.load(byte_offset(builder, self._data, offset), typ=type_, align=1)

    def _store(self, value: ir.Value, cell: Index, lane: Index) -> None:
        start = self._e.builder.mul(self._e.index(cell), self._lanes)
        self._e.store(value, self._out, self._e.plus(start, lane))

    def _runs(self) -> None:
        """Copy each cell's lanes, which are adjacent."""
        e = self._e
        e.repeat(
            self._cells,
            lambda cell: e.each_vector(
                self._lanes, lambda lane, width: self._store(self._load(cell, lane, width), cell, lane)
            ),
        )

    def _numbers(self, cell: Index, cells: Index, lane: Index, lanes: Index) -> None:
        """Copy number by number, from a cell and a lane to others."""
        e = self._e

        def column(i: ir.Value) -> None:
            here = e.plus(i, cell)

            def number(j: ir.Value) -> None:
                across = e.plus(j, lane)
                self._store(self._load(here, across), here, across)

            e.repeat(e.minus(lanes, lane), number)

        e.repeat(e.minus(cells, cell), column)

    def _squares(self) -> None:
        """Copy squares of as many cells and lanes as a register has numbers; the rest number by number."""
        e, width, done = self._e, self._e.shape.vector, ir.Constant(WORD, 0)
        lanes = self._whole(self._lanes, width)
        # Whole cache lines of the array first, so that each is read once.
        for count in (max(width, _LINE // e.shape.number_bytes), width):
            more = self._whole(e.minus(self._cells, done), count)
            self._groups(done, more, count, lanes)
            done = e.plus(done, more)
        self._numbers(done, self._cells, 0, self._lanes)
        self._numbers(0, done, lanes, self._lanes)

    def _whole(self, n: Index, size: int) -> ir.Value:
        builder, divisor = self._e.builder, ir.Constant(WORD, size)
        return builder.mul(builder.udiv(self._e.index(n), divisor), divisor)

    def _groups(self, first: Index, cells: ir.Value, count: int, lanes: ir.Value) -> None:
        """Copy groups of `count` cells each, a register of lanes at a time."""
        e, width = self._e, self._e.shape.vector

        def group(i: ir.Value) -> None:
            start = e.plus(e.times(i, count), first)

            def squares(j: ir.Value) -> None:
                for offset in range(0, count, width):
                    self._square(e.plus(start, offset), e.times(j, width))

            e.repeat(e.builder.udiv(lanes, ir.Constant(WORD, width)), squares)

        e.repeat(e.builder.udiv(cells, ir.Constant(WORD, count)), group)

    def _square(self, cell: Index, lane: Index) -> None:
        e, width = self._e, self._e.shape.vector
        rows = [self._load(cell, e.plus(lane, i), width) for i in range(width)]
        for i, column in enumerate(_transposed(e.builder, rows)):
            self._store(column, e.plus(cell, i), lane)


def _transposed(builder: ir.IRBuilder, rows: Sequence[ir.Value]) -> list[ir.Value]:
    """The columns of a square whose rows are vectors; their number is a power of two.

    Eklundh's method (1972): swap off-diagonal squares of one number, of two by two, and so on.
    """
    found, n, size = list(rows), len(rows), 1
    order = ir.VectorType(ir.IntType(32), n)
    while size < n:
        upper = ir.Constant(order, [j if not j & size else n + j - size for j in range(n)])
        lower = ir.Constant(order, [j + size if not j & size else n + j for j in range(n)])
        for i in (i for i in range(n) if not i & size):
            pair = found[i], found[i + size]
            found[i] = builder.shuffle_vector(*pair, upper)
            found[i + size] = builder.shuffle_vector(*pair, lower)
        size *= 2
    return found
