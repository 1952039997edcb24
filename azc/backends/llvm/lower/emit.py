"""The lowering of every operation, stated once, for any features, lanes and precision: `FAMILIES`.

`emit` writes one operation at the builder's position; kernels and native code are made of it. It must compute
what `ir/semantics.py` states: same operations, same order, one rounding each.
"""

from collections.abc import Callable
from typing import Final

from llvmlite import ir

from azc.backends.llvm.lower.elementary import ELEMENTARY_MEANINGS
from azc.backends.llvm.lower.emitter import Emitter, Index
from azc.backends.llvm.lower.moves import MOVES, Family, Site, rows_of
from azc.backends.llvm.lower.reductions import REDUCTIONS
from azc.backends.llvm.lower.shape import UNROLLED, Shape, VectorSpan
from azc.backends.llvm.lower.values import absolute, splat, square_root, width_of
from azc.ir import Op

Pure = Callable[..., ir.Value]
Put = Callable[[Index, ir.Value], None]
"""Takes numbers of a result and their index in flat memory."""
Flow = Callable[[Emitter, Op, Site, Put], None]


def _compare_select(sign: str, of: str) -> Pure:
    """The operand that compares true with the other by `sign`, else the other.

    of: "first": the second operand is compared with the first; "second": the first with the second.
    """

    def pure(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
        if of == "first":
            x, y = y, x
        return b.select(b.fcmp_ordered(sign, x, y), x, y)

    return pure


def _step(sign: str) -> Pure:
    return lambda b, x: b.select(
        b.fcmp_ordered(sign, x, splat(x.type, 0.0)), splat(x.type, 1.0), splat(x.type, 0.0)
    )


def _sign(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    zero, one = splat(x.type, 0.0), splat(x.type, 1.0)
    below = b.select(b.fcmp_ordered("<", x, zero), splat(x.type, -1.0), x)
    return b.select(b.fcmp_ordered(">", x, zero), one, below)


ELEMENTWISE: Final[dict[str, Pure]] = {
    "add": lambda b, x, y: b.fadd(x, y),
    "subtract": lambda b, x, y: b.fsub(x, y),
    "multiply": lambda b, x, y: b.fmul(x, y),
    "divide": lambda b, x, y: b.fdiv(x, y),
    "reciprocal": lambda b, x: b.fdiv(splat(x.type, 1.0), x),
    "absolute": absolute,
    "step_from_zero": _step(">="),
    "step_above_zero": _step(">"),
    "sign": _sign,
    "sqrt": square_root,
    "minimum_or_first": _compare_select("<", "first"),
    "minimum_or_second": _compare_select("<", "second"),
    "maximum_or_first": _compare_select(">", "first"),
    "maximum_or_second": _compare_select(">", "second"),
    "where": lambda b, c, x, y: b.select(b.fcmp_ordered(">", c, splat(c.type, 0.0)), x, y),
}
SPREADING: Final[dict[str, Pure]] = {
    "fill": lambda b, x: x,
    "scale": ELEMENTWISE["multiply"],
    "choose": ELEMENTWISE["where"],
}
"""Operations whose first operand is one number for all elements."""
BY_ELEMENT: Final = frozenset(ELEMENTWISE) | ELEMENTARY_MEANINGS
"""Meanings computed element by element: by a few instructions or by an elementary function."""


def computed(e: Emitter, meaning: str, *values: ir.Value) -> ir.Value:
    """Compute numbers of a result from numbers of operands; a spread operand is as wide as the others."""
    pure = ELEMENTWISE.get(meaning) or SPREADING.get(meaning)
    if pure is not None:
        return pure(e.builder, *values)
    wide = [e.widen(value) for value in values]
    return e.narrow(e.call(meaning, width_of(values[0].type), *wide))


def _elementwise(e: Emitter, op: Op, site: Site, put: Put) -> None:
    def vector(index: Index, width: int) -> None:
        values = [e.load(operand, index, width) for operand in site.operands[: len(op.operands)]]
        put(index, computed(e, op.meaning, *values))

    if is_long(op, e.shape):
        e.each_vector(e.times(site.cells, e.shape.lanes), vector)
    else:
        e.each_unit(e.shape.cells(op.result), lambda index, part: vector(index, part.width))


def is_long(op: Op, shape: Shape) -> bool:
    """Whether an operation is emitted as a loop whose length comes from the site.

    Vectors and matrices then share a kernel.
    """
    return op.meaning in BY_ELEMENT and op.result != "s" and shape.features > UNROLLED


def _spread(e: Emitter, op: Op, site: Site, put: Put) -> None:
    tile = e.tiles(site.operands[0], 0)

    def unit(index: Index, part: VectorSpan) -> None:
        values = [e.load(operand, index, part.width) for operand in site.operands[1 : len(op.operands)]]
        put(index, computed(e, op.meaning, tile(part), *values))

    e.each_unit(e.shape.cells(op.result), unit)


def _outer(e: Emitter, op: Op, site: Site, put: Put) -> None:
    a, b, *_ = site.operands

    def row(cell: Index, start: Index) -> None:
        tile = e.tiles(a, cell)
        e.each_unit(
            e.shape.features,
            lambda index, part: put(
                e.plus(start, index), e.builder.fmul(tile(part), e.load(b, index, part.width))
            ),
        )

    rows_of(e, row)


FLOWING: Final[dict[str, Flow]] = {
    **dict.fromkeys(BY_ELEMENT, _elementwise),
    **dict.fromkeys(SPREADING, _spread),
    "outer": _outer,
}
"""Families that may overwrite their operands: no element of a result reads what an earlier element
overwrote. So each goes into memory, or straight into another operation, as soon as it is computed."""


def _stored(flow: Flow) -> Family:
    return lambda e, op, site: flow(e, op, site, lambda index, value: e.store(value, site.out, index))


def emit_pair(e: Emitter, first: Op, second: Op, taken: int, site: Site) -> None:
    """Emit two operations as one loop: each element of the first one's result goes straight into the second.

    taken: index of the operand of the second that it replaces; the site's last operand is the other one.
    """
    other = site.operands[-1]

    def put(index: Index, value: ir.Value) -> None:
        values = [value]
        if len(second.operands) == 2:
            values.insert(1 - taken, e.load(other, index, width_of(value.type)))
        e.store(computed(e, second.meaning, *values), site.out, index)

    FLOWING[first.meaning](e, first, site, put)


FAMILIES: Final[dict[str, Family]] = {
    **{name: _stored(flow) for name, flow in FLOWING.items()},
    **MOVES,
    **REDUCTIONS,
}


def emit(e: Emitter, op: Op, site: Site) -> None:
    """Write one operation at the builder's position."""
    FAMILIES[op.meaning](e, op, site)
