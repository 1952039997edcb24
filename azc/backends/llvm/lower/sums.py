"""Sums in the order of `semantics.fold`: written out as a tree, or level by level in scratch memory."""

from collections.abc import Callable
from typing import Final

from llvmlite import ir

from azc.backends.llvm.lower.emitter import Emitter, Index
from azc.backends.llvm.lower.shape import UNROLLED, VectorSpan
from azc.backends.llvm.lower.values import INDEX

SHORT: Final = (2, 4, 8, 16, 32)
"""Lengths of sums that stay in registers."""
LAST_LEVEL: Final = 8
"""Maximum number of rows unrolled after a loop over levels, so that the code of long sums stays short."""


def fold(
    e: Emitter,
    n: int,
    cells: int,
    get: Callable[[Index, Index, VectorSpan], ir.Value],
    put: Callable[[Index, VectorSpan, ir.Value], None],
    scratch: ir.Value,
) -> None:
    """Sum n rows of `cells` cells in the order of `semantics.fold`.

    `get(i, index, part)` returns part of row i, `put(index, part, sum)` takes part of the result.
    """
    if n <= UNROLLED:
        e.each_unit(
            cells, lambda index, part: put(index, part, tree(e, n, lambda i: get(i, index, part))), size=n
        )
        return
    row = cells * e.shape.lanes

    def partial(i: Index, index: Index, part: VectorSpan) -> ir.Value:
        return e.load(scratch, e.plus(e.times(i, row), index), part.width)

    def keep(i: Index, index: Index, value: ir.Value) -> None:
        e.store(value, scratch, e.plus(e.times(i, row), index))

    def add_halves(rows: Index, h: Index, of: Callable[[Index, Index, VectorSpan], ir.Value]) -> None:
        def add_row(i: Index) -> None:
            e.each_unit(
                cells,
                lambda index, part: keep(
                    i, index, e.builder.fadd(of(i, index, part), of(e.plus(i, h), index, part))
                ),
            )

        e.repeat(e.minus(rows, h), add_row)

    half = (n + 1) // 2
    add_halves(n, half, get)
    if n % 2:
        e.each_unit(cells, lambda index, part: keep(half - 1, index, get(half - 1, index, part)))
    rest = halve(e, half, lambda rows, h: add_halves(rows, h, partial))
    fold(e, rest, cells, partial, put, scratch)


def fold_flat(
    e: Emitter,
    n: int,
    get: Callable[[Index, int], ir.Value],
    put: Callable[[Index, VectorSpan, ir.Value], None],
    scratch: ir.Value,
) -> None:
    """Sum n adjacent cells in the order of `semantics.fold`: `get(index, width)` returns part of them.

    With fewer lanes than a register holds, vectors span several cells: long sums are kept in scratch memory,
    those of a length in `SHORT` in registers.
    """
    shape = e.shape
    lanes = shape.lanes
    if shape.group > 1 and n in SHORT:
        put(0, shape.parts[0], halved(e, n, get(0, n * lanes)))
        return
    if n <= UNROLLED or shape.group == 1:
        fold(e, n, 1, lambda i, p, part: get(e.plus(e.times(i, lanes), p), part.width), put, scratch)
        return

    def add_halves(rows: Index, h: Index, of: Callable[[Index, int], ir.Value]) -> None:
        upper = e.times(h, lanes)
        e.each_vector(
            e.times(e.minus(rows, h), lanes),
            lambda index, width: e.store(
                e.builder.fadd(of(index, width), of(e.plus(index, upper), width)), scratch, index
            ),
        )

    half = (n + 1) // 2
    add_halves(n, half, get)
    if n % 2:
        middle = (half - 1) * lanes
        e.store(get(middle, lanes), scratch, middle)

    def partial(index: Index, width: int) -> ir.Value:
        return e.load(scratch, index, width)

    rest = halve(e, half, lambda rows, h: add_halves(rows, h, partial))
    fold_flat(e, rest, partial, put, scratch)


def halved(e: Emitter, n: int, cells: ir.Value) -> ir.Value:
    """Sum the n cells of one vector, n a power of two, by adding the upper half to the lower."""
    while n > 1:
        n //= 2
        width = n * e.shape.lanes
        lower, upper = (e.piece(cells, start, width) for start in (0, width))
        cells = e.builder.fadd(lower, upper)
    return cells


def halve(e: Emitter, n: int, level: Callable[[ir.Value, ir.Value], None]) -> int:
    """Emit a loop over the levels of a sum of n rows; return how many rows are left to write out.

    `level(rows, h)` adds the upper rows to the first h, h being half of them.
    """
    rest, levels = n, 0
    while rest > LAST_LEVEL:
        rest, levels = (rest + 1) // 2, levels + 1
    if levels == 0:
        return rest
    builder, one = e.builder, ir.Constant(INDEX, 1)

    def step(_: ir.Value, rows: ir.Value) -> list[ir.Value]:
        h = builder.lshr(builder.add(rows, one), one)
        level(rows, h)
        return [h]

    e.carry(levels, [ir.Constant(INDEX, n)], step)
    return rest


def tree(e: Emitter, n: int, get: Callable[[int], ir.Value]) -> ir.Value:
    """Write out the sum of `get(0)` to `get(n - 1)` in the order of `semantics.fold`.

    It goes depth first, so that few partial sums are alive at a time.
    """
    sizes = [n]
    while sizes[-1] > 1:
        sizes.append((sizes[-1] + 1) // 2)

    def node(level: int, i: int) -> ir.Value:
        if level == 0:
            return get(i)
        h = sizes[level]
        left = node(level - 1, i)
        return e.builder.fadd(left, node(level - 1, h + i)) if i + h < sizes[level - 1] else left

    return node(len(sizes) - 1, 0)
