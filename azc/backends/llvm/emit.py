"""The lowering of every operation, stated once: an emitter a family, for any features, lanes and precision.

`emit` writes one operation at the builder's place; kernels and whole programs are both made of it. What it
must compute is stated in `ir/semantics.py`: same operations, same order, one rounding each.
"""

from collections.abc import Callable
from typing import Final

import attrs
from llvmlite import ir

from azc.backends.llvm.emitter import Cells, Emitter, Index
from azc.backends.llvm.functions import ELEMENTARY
from azc.backends.llvm.shape import UNROLLED, Part, Shape
from azc.backends.llvm.sums import SHORT, fold, fold_flat, halved
from azc.backends.llvm.values import absolute, broadcast, splat, square_root, width_of
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


# --- families -------------------------------------------------------------------------------------------

Pure = Callable[..., ir.Value]
Put = Callable[[Index, ir.Value], None]
"""Takes numbers of a result, and their place in flat memory."""
Flow = Callable[[Emitter, Op, "Site", Put], None]


def _compare_select(sign: str, of: str) -> Pure:
    """`b` where `b sign a`, else `a` (of "first"); or `a` where `a sign b`, else `b` (of "second")."""

    def pure(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
        if of == "first":
            x, y = y, x
        return b.select(b.fcmp_ordered(sign, x, y), x, y)

    return pure


def _step(sign: str) -> Pure:
    return lambda b, x: b.select(
        b.fcmp_ordered(sign, x, splat(x.type, 0.0)), splat(x.type, 1.0), splat(x.type, 0.0)
    )


ELEMENTWISE: Final[dict[str, Pure]] = {
    "add": lambda b, x, y: b.fadd(x, y),
    "subtract": lambda b, x, y: b.fsub(x, y),
    "multiply": lambda b, x, y: b.fmul(x, y),
    "divide": lambda b, x, y: b.fdiv(x, y),
    "reciprocal": lambda b, x: b.fdiv(splat(x.type, 1.0), x),
    "absolute": absolute,
    "step_from_zero": _step(">="),
    "step_above_zero": _step(">"),
    "minimum_or_first": _compare_select("<", "first"),
    "minimum_or_second": _compare_select("<", "second"),
    "maximum_or_first": _compare_select(">", "first"),
    "maximum_or_second": _compare_select(">", "second"),
}


def _elementwise(e: Emitter, op: Op, site: Site, put: Put) -> None:
    pure = ELEMENTWISE[op.meaning]

    def vector(place: Index, width: int) -> None:
        values = [e.load(operand, place, width) for operand in site.operands[: len(op.operands)]]
        put(place, pure(e.builder, *values))

    if is_long(op, e.shape):
        e.each_vector(e.times(site.cells, e.shape.lanes), vector)
    else:
        e.each_unit(e.shape.cells(op.result), lambda place, part: vector(place, part.width))


def is_long(op: Op, shape: Shape) -> bool:
    """Whether an operation element by element is a loop that needs not know how long it is."""
    return op.meaning in ELEMENTWISE and op.result != "s" and shape.features > UNROLLED


def _scale(e: Emitter, op: Op, site: Site, put: Put) -> None:
    tile = e.tiles(site.operands[0], 0)
    e.each_unit(
        e.shape.cells(op.result),
        lambda place, part: put(
            place, e.builder.fmul(tile(part), e.load(site.operands[1], place, part.width))
        ),
    )


def _outer(e: Emitter, op: Op, site: Site, put: Put) -> None:
    a, b, *_ = site.operands

    def row(cell: Index, start: Index) -> None:
        tile = e.tiles(a, cell)
        e.each_unit(
            e.shape.features,
            lambda place, part: put(
                e.plus(start, place), e.builder.fmul(tile(part), e.load(b, place, part.width))
            ),
        )

    _rows_of(e, row)


FLOWING: Final[dict[str, Flow]] = {
    **dict.fromkeys(ELEMENTWISE, _elementwise),
    "scale": _scale,
    "outer": _outer,
}
"""Families that compute each number from inputs that no earlier number of theirs has overwritten: what they
give can go into memory or straight into another operation."""


def _stored(flow: Flow) -> "Family":
    return lambda e, op, site: flow(e, op, site, lambda place, value: e.store(value, site.out, place))


def emit_pair(e: Emitter, first: Op, second: Op, taken: int, site: Site) -> None:
    """Write two operations as one: the second, element by element, takes the first's result as its operand
    `taken`; its other operand is the site's last, after the first's."""
    pure, other = ELEMENTWISE[second.meaning], site.operands[-1]

    def put(place: Index, value: ir.Value) -> None:
        values = [value]
        if len(second.operands) == 2:
            values.insert(1 - taken, e.load(other, place, width_of(value.type)))
        e.store(pure(e.builder, *values), site.out, place)

    FLOWING[first.meaning](e, first, site, put)


def _elementary(e: Emitter, op: Op, site: Site) -> None:
    for part in e.shape.parts:
        x = e.widen(e.load(site.operands[0], part.lane, part.width))
        e.store(e.narrow(e.call(op.meaning, part.width, x)), site.out, part.lane)


def _fill(e: Emitter, op: Op, site: Site) -> None:
    tile = e.tiles(site.operands[0], 0)
    e.each_unit(e.shape.cells(op.result), lambda place, part: e.store(tile(part), site.out, place))


def _rows_of(e: Emitter, body: Callable[[Index, Index], None]) -> None:
    """Run the body for every row of a matrix: the row's vector cell and its first place in flat memory."""
    shape = e.shape
    e.repeat(
        shape.features, lambda i: body(e.times(i, shape.lanes), e.times(i, shape.features * shape.lanes))
    )


def _columns(e: Emitter, op: Op, site: Site) -> None:
    def row(cell: Index, start: Index) -> None:
        tile = e.tiles(site.operands[0], cell)
        e.each_unit(e.shape.features, lambda place, part: e.store(tile(part), site.out, e.plus(start, place)))

    _rows_of(e, row)


def _rows(e: Emitter, op: Op, site: Site) -> None:
    def row(cell: Index, start: Index) -> None:
        copy(e, site.operands[0], 0, site.out, start, e.shape.features)

    _rows_of(e, row)


def copy(e: Emitter, source: Cells, start: Index, out: ir.Value, out_start: Index, cells: int) -> None:
    """Copy a row of cells."""
    e.each_unit(
        cells,
        lambda place, part: e.store(
            e.load(source, e.plus(start, place), part.width), out, e.plus(out_start, place)
        ),
    )


def _transpose(e: Emitter, op: Op, site: Site) -> None:
    shape = e.shape
    copy(e, site.operands[0], 0, site.scratch, 0, shape.cells("m"))

    def row(cell: Index, start: Index) -> None:
        def element(j: Index) -> None:
            source = e.plus(e.times(j, shape.features * shape.lanes), cell)
            for part in shape.parts:
                value = e.load(site.scratch, e.plus(source, part.lane), part.width)
                e.store(value, site.out, e.plus(start, e.plus(e.times(j, shape.lanes), part.lane)))

        e.each(shape.features, len(shape.parts), element)

    _rows_of(e, row)


def _dot(e: Emitter, op: Op, site: Site) -> None:
    a, b = site.operands
    fold_flat(
        e,
        e.shape.features,
        lambda place, width: e.builder.fmul(e.load(a, place, width), e.load(b, place, width)),
        lambda place, part, value: e.store(value, site.out, place),
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
            lambda place, part, value: e.store(value, site.scratch, e.plus(cell, place)),
            sums,
        )

    _rows_of(e, row)
    copy(e, site.scratch, 0, site.out, 0, e.shape.features)


def _matrix_vector_in_few_lanes(e: Emitter, site: Site) -> None:
    """The same where several sums fill a register: they are stored together, as they are read again."""
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
        def product(k: Index, place: Index, part: Part) -> ir.Value:
            weight = e.tile(a, e.plus(start, e.times(k, shape.lanes)), part)
            return e.builder.fmul(weight, e.load(b, e.plus(e.times(k, length), place), part.width))

        fold(
            e,
            shape.features,
            shape.features,
            product,
            lambda place, part, value: e.store(value, site.scratch, e.plus(start, place)),
            sums,
        )

    _rows_of(e, row)
    copy(e, site.scratch, 0, site.out, 0, shape.cells("m"))


def _square(e: Emitter, cells: Cells, start: Index) -> Callable[[Index, int], ir.Value]:
    def get(place: Index, width: int) -> ir.Value:
        x = e.load(cells, e.plus(start, place), width)
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
    # The mean waits in the place of the result: that is no operand's, their kinds differ.
    _mean_of(e, n, source, start, site, cell)

    def finish(place: Index, part: Part, value: ir.Value) -> None:
        b = e.builder
        mean = e.load(site.out, e.plus(cell, place), part.width)
        variance = b.fsub(_over(e, value, n), b.fmul(mean, mean))
        e.store(square_root(b, variance), site.out, e.plus(cell, place))

    fold_flat(e, n, _square(e, source, start), finish, site.scratch)


Summary = Callable[[Emitter, int, Cells, Index, Site, Index], None]


def _whole(summary: Summary) -> "Family":
    return lambda e, op, site: summary(e, e.shape.cells(op.operands), site.operands[0], 0, site, 0)


def _by_row(summary: Summary) -> "Family":
    return lambda e, op, site: _rows_of(
        e, lambda cell, start: summary(e, e.shape.features, site.operands[0], start, site, cell)
    )


def _column_norms(e: Emitter, op: Op, site: Site) -> None:
    length = e.shape.features * e.shape.lanes

    def square(i: Index, place: Index, part: Part) -> ir.Value:
        x = e.load(site.operands[0], e.plus(e.times(i, length), place), part.width)
        return e.builder.fmul(x, x)

    fold(
        e,
        e.shape.features,
        e.shape.features,
        square,
        lambda place, part, value: e.store(square_root(e.builder, value), site.out, place),
        site.scratch,
    )


def _constant(e: Emitter, op: Op, site: Site) -> None:
    # An element write is the same: whoever places it has added the element's offset.
    value = e.narrow(site.constants[-1])
    for part in e.shape.parts:
        e.store(broadcast(e.builder, value, part.width), site.out, part.lane)


def _draw(e: Emitter, op: Op, site: Site) -> None:
    first, second, number = site.constants

    def cell(i: Index) -> None:
        for part in e.shape.parts:
            words = [broadcast(e.builder, w, part.width) for w in (e.index(i), number, site.step)]
            parameters = [broadcast(e.builder, x, part.width) for x in (first, second)]
            seeds = e.load_words(site.seeds, part)
            value = e.call(op.meaning, part.width, seeds, *words, *parameters)
            e.store(e.narrow(value), site.out, e.plus(e.times(i, e.shape.lanes), part.lane))

    e.repeat(site.cells, cell)


Family = Callable[[Emitter, Op, Site], None]
FAMILIES: Final[dict[str, Family]] = {
    "no_op": lambda e, op, site: None,
    **{name: _stored(flow) for name, flow in FLOWING.items()},
    **dict.fromkeys(ELEMENTARY, _elementary),
    "fill": _fill,
    "columns": _columns,
    "rows": _rows,
    "transpose": _transpose,
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
    "constant": _constant,
    "element": _constant,
    "uniform": _draw,
    "gaussian": _draw,
}


def emit(e: Emitter, op: Op, site: Site) -> None:
    """Write one operation at the builder's place."""
    FAMILIES[op.meaning](e, op, site)
