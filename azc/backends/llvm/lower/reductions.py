"""The lowering of operations that sum over elements: dot products, norms, means, standard deviations."""

from collections.abc import Callable
from typing import Final

from llvmlite import ir

from azc.backends.llvm.lower.emitter import Cells, Emitter, Index
from azc.backends.llvm.lower.moves import Family, Site, copy, rows_of
from azc.backends.llvm.lower.shape import VectorSpan
from azc.backends.llvm.lower.sums import SHORT, fold, fold_flat, halved
from azc.backends.llvm.lower.values import splat, square_root
from azc.ir import Op


def _dot(e: Emitter, op: Op, site: Site) -> None:
    a, b = site.operands
    fold_flat(
        e,
        e.shape.features,
        lambda index, width: e.builder.fmul(e.load(a, index, width), e.load(b, index, width)),
        lambda index, part, value: e.store(value, site.out, index),
        site.scratch,
    )


def _matrix_vector(e: Emitter, op: Op, site: Site) -> None:
    if e.shape.group > 1 and e.shape.features in SHORT and e.shape.features % e.shape.group == 0:
        _matrix_vector_in_few_lanes(e, site)
        return
    a, b = site.operands
    sums = e.at(site.scratch, e.shape.features * e.shape.lanes)

    def row(cell: Index, start: Index) -> None:
        fold_flat(
            e,
            e.shape.features,
            lambda p, width: e.builder.fmul(e.load(a, e.plus(start, p), width), e.load(b, p, width)),
            lambda index, part, value: e.store(value, site.scratch, e.plus(cell, index)),
            sums,
        )

    rows_of(e, row)
    copy(e, site.scratch, 0, site.out, 0, e.shape.features)


def _matrix_vector_in_few_lanes(e: Emitter, site: Site) -> None:
    """Matrix times vector where several results fill a register: they are stored together, in the width in
    which they are loaded again."""
    a, b = site.operands
    n, group = e.shape.features, e.shape.group
    row, register = n * e.shape.lanes, group * e.shape.lanes
    vector = e.load(b, 0, row)

    def rows(i: Index) -> None:
        starts = [e.times(e.plus(e.times(i, group), k), row) for k in range(group)]
        sums = [halved(e, n, e.builder.fmul(e.load(a, start, row), vector)) for start in starts]
        e.store(e.joined(sums), site.scratch, e.times(i, register))

    e.repeat(n // group, rows)
    copy(e, site.scratch, 0, site.out, 0, n)


def _matmul(e: Emitter, op: Op, site: Site) -> None:
    a, b = site.operands
    shape = e.shape
    length = shape.features * shape.lanes
    sums = e.at(site.scratch, shape.features * length)

    def row(cell: Index, start: Index) -> None:
        def product(k: Index, index: Index, part: VectorSpan) -> ir.Value:
            weight = e.tile(a, e.plus(start, e.times(k, shape.lanes)), part)
            return e.builder.fmul(weight, e.load(b, e.plus(e.times(k, length), index), part.width))

        fold(
            e,
            shape.features,
            shape.features,
            product,
            lambda index, part, value: e.store(value, site.scratch, e.plus(start, index)),
            sums,
        )

    rows_of(e, row)
    copy(e, site.scratch, 0, site.out, 0, shape.cells("m"))


def _square(e: Emitter, cells: Cells, start: Index) -> Callable[[Index, int], ir.Value]:
    def get(index: Index, width: int) -> ir.Value:
        x = e.load(cells, e.plus(start, index), width)
        return e.builder.fmul(x, x)

    return get


def _over(e: Emitter, value: ir.Value, n: int) -> ir.Value:
    return e.builder.fdiv(value, splat(value.type, float(n)))


def _norm_of(e: Emitter, n: int, source: Cells, start: Index, site: Site, cell: Index) -> None:
    fold_flat(
        e,
        n,
        _square(e, source, start),
        lambda p, part, value: e.store(square_root(e.builder, value), site.out, e.plus(cell, p)),
        site.scratch,
    )


def _mean_of(e: Emitter, n: int, source: Cells, start: Index, site: Site, cell: Index) -> None:
    fold_flat(
        e,
        n,
        lambda p, width: e.load(source, e.plus(start, p), width),
        lambda p, part, value: e.store(_over(e, value, n), site.out, e.plus(cell, p)),
        site.scratch,
    )


def _std_of(e: Emitter, n: int, source: Cells, start: Index, site: Site, cell: Index) -> None:
    # The mean is kept in the cell of the result. No operand has that cell, since their kinds differ.
    _mean_of(e, n, source, start, site, cell)

    def finish(index: Index, part: VectorSpan, value: ir.Value) -> None:
        b = e.builder
        mean = e.load(site.out, e.plus(cell, index), part.width)
        variance = b.fsub(_over(e, value, n), b.fmul(mean, mean))
        e.store(square_root(b, variance), site.out, e.plus(cell, index))

    fold_flat(e, n, _square(e, source, start), finish, site.scratch)


Summary = Callable[[Emitter, int, Cells, Index, Site, Index], None]


def _whole(summary: Summary) -> Family:
    return lambda e, op, site: summary(e, e.shape.cells(op.operands), site.operands[0], 0, site, 0)


def _by_row(summary: Summary) -> Family:
    return lambda e, op, site: rows_of(
        e, lambda cell, start: summary(e, e.shape.features, site.operands[0], start, site, cell)
    )


def _column_norms(e: Emitter, op: Op, site: Site) -> None:
    length = e.shape.features * e.shape.lanes

    def square(i: Index, index: Index, part: VectorSpan) -> ir.Value:
        x = e.load(site.operands[0], e.plus(e.times(i, length), index), part.width)
        return e.builder.fmul(x, x)

    fold(
        e,
        e.shape.features,
        e.shape.features,
        square,
        lambda index, part, value: e.store(square_root(e.builder, value), site.out, index),
        site.scratch,
    )


REDUCTIONS: Final[dict[str, Family]] = {
    "dot": _dot,
    "matrix_vector": _matrix_vector,
    "matmul": _matmul,
    "norm": _whole(_norm_of),
    "mean": _whole(_mean_of),
    "std": _whole(_std_of),
    "column_norms": _column_norms,
    "row_norms": _by_row(_norm_of),
    "row_means": _by_row(_mean_of),
    "row_stds": _by_row(_std_of),
}
"""The lowering of operations that sum, by meaning."""
