"""The lowering of every operation, stated once: an emitter a family, for any features, lanes and precision.

`emit` writes one operation at the builder's place; kernels and whole programs are both made of it. What it
must compute is stated in `ir/semantics.py`: same operations, same order, one rounding each.
"""

from collections.abc import Callable
from typing import Any, Final

import attrs
from llvmlite import ir

from azc.backends.llvm.shape import UNROLLED, Part, Shape
from azc.backends.llvm.values import (
    F64,
    INDEX,
    WORD,
    Arithmetic,
    Value,
    absolute,
    broadcast,
    splat,
    square_root,
    wide,
    width_of,
)
from azc.ir import Op, draws, elementary

Index = int | ir.Value
"""A place in flat memory: known now, or when the code runs."""
UNROLLED_UNITS: Final = 32
"""A loop of at most so many vectors is written out."""


@attrs.frozen
class Site:
    """Where an operation stands: pointers to its cells, its constants and what draws and sums need."""

    out: ir.Value
    operands: tuple[ir.Value, ...]
    constants: tuple[ir.Value, ...]
    scratch: ir.Value
    seeds: ir.Value
    step: ir.Value


@attrs.define
class Emitter:
    """A builder with the few moves that all operations are made of."""

    builder: ir.IRBuilder
    shape: Shape

    # --- numbers and places ---------------------------------------------------------------------------

    def index(self, value: Index) -> ir.Value:
        """A place as an LLVM value."""
        return ir.Constant(INDEX, value) if isinstance(value, int) else value

    def plus(self, a: Index, b: Index) -> Index:
        """The sum of two places."""
        if isinstance(a, int) and isinstance(b, int):
            return a + b
        return a if b == 0 else b if a == 0 else self.builder.add(self.index(a), self.index(b))

    def times(self, a: Index, b: int) -> Index:
        """A multiple of a place."""
        return a * b if isinstance(a, int) else self.builder.mul(a, self.index(b))

    def at(self, pointer: ir.Value, place: Index) -> ir.Value:
        """The address of a number in flat memory."""
        if isinstance(place, int) and place == 0:
            return pointer
        return self.builder.gep(pointer, [self.index(place)], inbounds=True, source_etype=self.shape.number)

    def load(self, pointer: ir.Value, place: Index, width: int) -> ir.Value:
        """`width` numbers from a place on."""
        type_ = wide(self.shape.number, width)
        return self.builder.load(self.at(pointer, place), typ=type_, align=self.shape.number_bytes)

    def store(self, value: ir.Value, pointer: ir.Value, place: Index) -> None:
        """Numbers into memory from a place on."""
        self.builder.store(value, self.at(pointer, place), align=self.shape.number_bytes)

    def load_words(self, pointer: ir.Value, part: Part) -> ir.Value:
        """A part's 64-bit words from an array with one a lane."""
        place = self.builder.gep(pointer, [self.index(part.lane)], inbounds=True, source_etype=WORD)
        return self.builder.load(place, typ=wide(WORD, part.width), align=8)

    def widen(self, value: ir.Value) -> ir.Value:
        """Numbers of memory as float64."""
        if self.shape.precision == "float64":
            return value
        return self.builder.fpext(value, wide(F64, width_of(value.type)))

    def narrow(self, value: ir.Value) -> ir.Value:
        """Float64 as numbers of memory, rounded once."""
        if self.shape.precision == "float64":
            return value
        return self.builder.fptrunc(value, wide(self.shape.number, width_of(value.type)))

    # --- loops ----------------------------------------------------------------------------------------

    def repeat(self, n: Index, body: Callable[[ir.Value], None]) -> None:
        """Run the body for 0, 1, … n - 1."""

        def step(i: ir.Value) -> list[ir.Value]:
            body(i)
            return []

        self.carry(n, [], step)

    def carry(
        self, n: Index, start: list[ir.Value], body: Callable[..., list[ir.Value]]
    ) -> list[ir.Value]:
        """Run the body for 0, 1, … n - 1, each time with what it returned before; return its last."""
        builder = self.builder
        before = builder.block
        head, inside, after = (builder.append_basic_block(name) for name in ("head", "body", "after"))
        builder.branch(head)
        builder.position_at_end(head)
        places = [builder.phi(value.type) for value in (ir.Constant(INDEX, 0), *start)]
        for phi, value in zip(places, (ir.Constant(INDEX, 0), *start), strict=True):
            phi.add_incoming(value, before)
        i, *carried = places
        builder.cbranch(builder.icmp_unsigned("<", i, self.index(n)), inside, after)
        builder.position_at_end(inside)
        results = body(i, *carried)
        following = builder.add(i, ir.Constant(INDEX, 1))
        for phi, value in zip(places, (following, *results), strict=True):
            phi.add_incoming(value, builder.block)
        builder.branch(head)
        builder.position_at_end(after)
        return carried

    def each(self, n: int, size: int, body: Callable[[Index], None]) -> None:
        """The same, written out if n bodies of `size` vectors are short, else several in each step of a loop."""
        if n * size <= UNROLLED_UNITS:
            for i in range(n):
                body(i)
            return
        unroll = max(1, 4 // size)

        def step(i: ir.Value) -> None:
            start = self.times(i, unroll)
            for offset in range(unroll):
                body(self.plus(start, offset))

        self.repeat(n // unroll, step)
        for i in range(n - n % unroll, n):
            body(i)

    def each_unit(self, cells: int, body: Callable[[Index, Part], None]) -> None:
        """Run the body over rows of cells, a vector at a time: place in flat memory, and which lanes it holds."""
        shape = self.shape
        group = shape.group
        if 1 < group <= cells:
            whole = Part(0, shape.lanes, shape.lanes * group)
            self.each(cells // group, 1, lambda i: body(self.times(i, whole.width), whole))
            rest = range(cells - cells % group, cells)
            for cell in rest:
                body(cell * shape.lanes, shape.parts[0])
            return

        def cell_parts(i: Index) -> None:
            for part in shape.parts:
                body(self.plus(self.times(i, shape.lanes), part.lane), part)

        self.each(cells, len(shape.parts), cell_parts)

    def tile(self, pointer: ir.Value, place: Index, part: Part) -> ir.Value:
        """One cell in the form of a part: repeated where the part spans several cells."""
        value = self.load(pointer, self.plus(place, part.lane), part.lanes)
        return self.repeated(value, part.width // part.lanes)

    def tiles(self, pointer: ir.Value, place: Index) -> Callable[[Part], ir.Value]:
        """One cell, loaded now, to be had in the form of any part."""
        shape = self.shape
        parts = [*shape.parts]
        if shape.group > 1:
            parts.append(Part(0, shape.lanes, shape.lanes * shape.group))
        found = {part: self.tile(pointer, place, part) for part in parts}
        return found.__getitem__

    def repeated(self, vector: ir.Value, times: int) -> ir.Value:
        """A vector several times in a row."""
        width = width_of(vector.type)
        if width == 1 or times == 1:
            return broadcast(self.builder, vector, times) if width == 1 else vector
        order = ir.Constant(ir.VectorType(ir.IntType(32), width * times), list(range(width)) * times)
        return self.builder.shuffle_vector(vector, ir.Constant(vector.type, ir.Undefined), order)

    # --- sums -----------------------------------------------------------------------------------------

    def fold(
        self,
        n: int,
        cells: int,
        get: Callable[[Index, Index, Part], ir.Value],
        put: Callable[[Index, Part, ir.Value], None],
        scratch: ir.Value,
    ) -> None:
        """Sum n rows of `cells` cells in the order of `semantics.fold`.

        `get(i, place, part)` is part of row i, `put(place, part, sum)` takes part of the result.
        """
        if n <= UNROLLED:
            self.each_unit(cells, lambda place, part: put(place, part, self.tree(n, lambda i: get(i, place, part))))
            return
        row = cells * self.shape.lanes

        def partial(i: Index, place: Index, part: Part) -> ir.Value:
            return self.load(scratch, self.plus(self.times(i, row), place), part.width)

        def keep(i: Index, place: Index, value: ir.Value) -> None:
            self.store(value, scratch, self.plus(self.times(i, row), place))

        half = (n + 1) // 2

        def first(i: Index) -> None:
            self.each_unit(
                cells,
                lambda place, part: keep(
                    i, place, self.builder.fadd(get(i, place, part), get(self.plus(i, half), place, part))
                ),
            )

        self.repeat(n - half, first)
        if n % 2:
            self.each_unit(cells, lambda place, part: keep(half - 1, place, get(half - 1, place, part)))

        def level(rows: Index, h: Index) -> None:
            def add_row(i: Index) -> None:
                self.each_unit(
                    cells,
                    lambda place, part: keep(
                        i,
                        place,
                        self.builder.fadd(partial(i, place, part), partial(self.plus(i, h), place, part)),
                    ),
                )

            self.repeat(self.builder.sub(self.index(rows), self.index(h)), add_row)

        rest = self.halve(half, level)
        self.fold(rest, cells, partial, put, scratch)

    def fold_flat(
        self,
        n: int,
        get: Callable[[Index, int], ir.Value],
        put: Callable[[Index, Part, ir.Value], None],
        scratch: ir.Value,
    ) -> None:
        """Sum n cells that lie side by side: `get(place, width)` is part of their flat memory.

        With fewer lanes than a register holds, long sums run over elements side by side.
        """
        shape = self.shape
        lanes = shape.lanes
        if n <= UNROLLED or shape.group == 1:
            self.fold(n, 1, lambda i, p, part: get(self.plus(self.times(i, lanes), p), part.width), put, scratch)
            return

        def add_halves(rows: Index, h: Index, of: Callable[[Index, int], ir.Value]) -> None:
            upper = self.times(h, lanes)
            self.each_vector(
                self.times(self.builder.sub(self.index(rows), self.index(h)), lanes),
                lambda place, width: self.store(
                    self.builder.fadd(of(place, width), of(self.plus(place, upper), width)), scratch, place
                ),
            )

        half = (n + 1) // 2
        add_halves(n, half, get)
        if n % 2:
            middle = (half - 1) * lanes
            self.store(get(middle, lanes), scratch, middle)

        def partial(place: Index, width: int) -> ir.Value:
            return self.load(scratch, place, width)

        rest = self.halve(half, lambda rows, h: add_halves(rows, h, partial))
        self.fold_flat(rest, partial, put, scratch)

    def each_vector(self, n: Index, body: Callable[[Index, int], None]) -> None:
        """Run the body over n numbers, a register at a time, then one by one."""
        builder, width = self.builder, self.shape.vector
        whole = builder.udiv(self.index(n), ir.Constant(INDEX, width))
        self.repeat(whole, lambda i: body(self.times(i, width), width))
        start = builder.mul(whole, ir.Constant(INDEX, width))
        self.repeat(builder.sub(self.index(n), start), lambda i: body(builder.add(start, i), 1))

    def halve(self, n: int, level: Callable[[ir.Value, ir.Value], None]) -> int:
        """Run a level of a sum, rows and half of them, until few enough rows are left to write out; how many."""
        rest, levels = n, 0
        while rest > UNROLLED:
            rest, levels = (rest + 1) // 2, levels + 1
        if levels == 0:
            return rest
        builder, one = self.builder, ir.Constant(INDEX, 1)

        def step(_: ir.Value, rows: ir.Value) -> list[ir.Value]:
            h = builder.lshr(builder.add(rows, one), one)
            level(rows, h)
            return [h]

        self.carry(levels, [ir.Constant(INDEX, n)], step)
        return rest

    def tree(self, n: int, get: Callable[[int], ir.Value]) -> ir.Value:
        """The same sum written out, depth first, so that few partial sums are alive at a time."""
        sizes = [n]
        while sizes[-1] > 1:
            sizes.append((sizes[-1] + 1) // 2)

        def node(level: int, i: int) -> ir.Value:
            if level == 0:
                return get(i)
            h = sizes[level]
            left = node(level - 1, i)
            return self.builder.fadd(left, node(level - 1, h + i)) if i + h < sizes[level - 1] else left

        return node(len(sizes) - 1, 0)

    # --- functions ------------------------------------------------------------------------------------

    def call(self, function: Callable[..., Value], width: int, *arguments: ir.Value) -> ir.Value:
        """Call an elementary function or draw, emitted once a width as a function of its own."""
        module = self.builder.module
        name = f"{function.__name__}_{width}"
        if name not in module.globals:
            _define(module, name, function, width, [a.type for a in arguments])
        return self.builder.call(module.globals[name], arguments)


def _define(module: ir.Module, name: str, function: Callable[..., Any], width: int, types: list[ir.Type]) -> None:
    made = ir.Function(module, ir.FunctionType(wide(F64, width), types), name)
    made.linkage = "internal"
    made.attributes.add("noinline")
    builder = ir.IRBuilder(made.append_basic_block())
    values = [Value(builder, argument) for argument in made.args]
    builder.ret(function(Arithmetic(builder, width), *values).raw)


# --- families -------------------------------------------------------------------------------------------

Pure = Callable[..., ir.Value]


def _compare_select(sign: str, of: str) -> Pure:
    """`b` where `b sign a`, else `a` (of "first"); or `a` where `a sign b`, else `b` (of "second")."""

    def pure(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
        if of == "first":
            x, y = y, x
        return b.select(b.fcmp_ordered(sign, x, y), x, y)

    return pure


def _step(sign: str) -> Pure:
    return lambda b, x: b.select(b.fcmp_ordered(sign, x, splat(x.type, 0.0)), splat(x.type, 1.0), splat(x.type, 0.0))


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


def _elementwise(e: Emitter, op: Op, site: Site) -> None:
    pure = ELEMENTWISE[op.meaning]

    def unit(place: Index, part: Part) -> None:
        values = [e.load(operand, place, part.width) for operand in site.operands]
        e.store(pure(e.builder, *values), site.out, place)

    e.each_unit(e.shape.cells(op.result), unit)


ELEMENTARY: Final = {
    name: getattr(elementary, name) for name in ("sin", "cos", "tan", "arcsin", "arccos", "arctan", "exp", "log")
}


def _elementary(e: Emitter, op: Op, site: Site) -> None:
    for part in e.shape.parts:
        x = e.widen(e.load(site.operands[0], part.lane, part.width))
        e.store(e.narrow(e.call(ELEMENTARY[op.meaning], part.width, x)), site.out, part.lane)


def _scale(e: Emitter, op: Op, site: Site) -> None:
    tile = e.tiles(site.operands[0], 0)
    e.each_unit(
        e.shape.cells(op.result),
        lambda place, part: e.store(
            e.builder.fmul(tile(part), e.load(site.operands[1], place, part.width)), site.out, place
        ),
    )


def _fill(e: Emitter, op: Op, site: Site) -> None:
    tile = e.tiles(site.operands[0], 0)
    e.each_unit(e.shape.cells(op.result), lambda place, part: e.store(tile(part), site.out, place))


def _rows_of(e: Emitter, body: Callable[[Index, Index], None]) -> None:
    """Run the body for every row of a matrix: the row's vector cell and its first place in flat memory."""
    shape = e.shape
    e.repeat(
        shape.features, lambda i: body(e.times(i, shape.lanes), e.times(i, shape.features * shape.lanes))
    )


def _outer(e: Emitter, op: Op, site: Site) -> None:
    a, b = site.operands

    def row(cell: Index, start: Index) -> None:
        tile = e.tiles(a, cell)
        e.each_unit(
            e.shape.features,
            lambda place, part: e.store(
                e.builder.fmul(tile(part), e.load(b, place, part.width)), site.out, e.plus(start, place)
            ),
        )

    _rows_of(e, row)


def _columns(e: Emitter, op: Op, site: Site) -> None:
    def row(cell: Index, start: Index) -> None:
        tile = e.tiles(site.operands[0], cell)
        e.each_unit(
            e.shape.features, lambda place, part: e.store(tile(part), site.out, e.plus(start, place))
        )

    _rows_of(e, row)


def _rows(e: Emitter, op: Op, site: Site) -> None:
    def row(cell: Index, start: Index) -> None:
        copy(e, site.operands[0], 0, site.out, start, e.shape.features)

    _rows_of(e, row)


def copy(e: Emitter, source: ir.Value, start: Index, out: ir.Value, out_start: Index, cells: int) -> None:
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
    e.fold_flat(
        e.shape.features,
        lambda place, width: e.builder.fmul(e.load(a, place, width), e.load(b, place, width)),
        lambda place, part, value: e.store(value, site.out, place),
        site.scratch,
    )


def _matrix_vector(e: Emitter, op: Op, site: Site) -> None:
    a, b = site.operands
    sums = e.at(site.scratch, e.shape.features * e.shape.lanes)

    def row(cell: Index, start: Index) -> None:
        e.fold_flat(
            e.shape.features,
            lambda p, width: e.builder.fmul(e.load(a, e.plus(start, p), width), e.load(b, p, width)),
            lambda place, part, value: e.store(value, site.scratch, e.plus(cell, place)),
            sums,
        )

    _rows_of(e, row)
    copy(e, site.scratch, 0, site.out, 0, e.shape.features)


def _matmul(e: Emitter, op: Op, site: Site) -> None:
    a, b = site.operands
    shape = e.shape
    length = shape.features * shape.lanes
    sums = e.at(site.scratch, shape.features * length)

    def row(cell: Index, start: Index) -> None:
        def product(k: Index, place: Index, part: Part) -> ir.Value:
            weight = e.tile(a, e.plus(start, e.times(k, shape.lanes)), part)
            return e.builder.fmul(weight, e.load(b, e.plus(e.times(k, length), place), part.width))

        e.fold(
            shape.features,
            shape.features,
            product,
            lambda place, part, value: e.store(value, site.scratch, e.plus(start, place)),
            sums,
        )

    _rows_of(e, row)
    copy(e, site.scratch, 0, site.out, 0, shape.cells("m"))


def _square(e: Emitter, pointer: ir.Value, start: Index) -> Callable[[Index, int], ir.Value]:
    def get(place: Index, width: int) -> ir.Value:
        x = e.load(pointer, e.plus(start, place), width)
        return e.builder.fmul(x, x)

    return get


def _over(e: Emitter, value: ir.Value, n: int) -> ir.Value:
    return e.builder.fdiv(value, splat(value.type, float(n)))


def _norm_of(e: Emitter, n: int, source: ir.Value, start: Index, site: Site, cell: Index) -> None:
    e.fold_flat(
        n,
        _square(e, source, start),
        lambda p, part, value: e.store(square_root(e.builder, value), site.out, e.plus(cell, p)),
        site.scratch,
    )


def _mean_of(e: Emitter, n: int, source: ir.Value, start: Index, site: Site, cell: Index) -> None:
    e.fold_flat(
        n,
        lambda p, width: e.load(source, e.plus(start, p), width),
        lambda p, part, value: e.store(_over(e, value, n), site.out, e.plus(cell, p)),
        site.scratch,
    )


def _std_of(e: Emitter, n: int, source: ir.Value, start: Index, site: Site, cell: Index) -> None:
    # The mean waits in the place of the result: that is no operand's, their kinds differ.
    _mean_of(e, n, source, start, site, cell)

    def finish(place: Index, part: Part, value: ir.Value) -> None:
        b = e.builder
        mean = e.load(site.out, e.plus(cell, place), part.width)
        variance = b.fsub(_over(e, value, n), b.fmul(mean, mean))
        e.store(square_root(b, variance), site.out, e.plus(cell, place))

    e.fold_flat(n, _square(e, source, start), finish, site.scratch)


Summary = Callable[[Emitter, int, ir.Value, Index, Site, Index], None]


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

    e.fold(
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
    function = {"uniform": draws.uniform, "gaussian": draws.gaussian}[op.meaning]
    first, second, number = site.constants

    def cell(i: Index) -> None:
        for part in e.shape.parts:
            words = [broadcast(e.builder, w, part.width) for w in (e.index(i), number, site.step)]
            parameters = [broadcast(e.builder, x, part.width) for x in (first, second)]
            seeds = e.load_words(site.seeds, part)
            value = e.call(function, part.width, seeds, *words, *parameters)
            e.store(e.narrow(value), site.out, e.plus(e.times(i, e.shape.lanes), part.lane))

    e.repeat(e.shape.cells(op.result), cell)


Family = Callable[[Emitter, Op, Site], None]
FAMILIES: Final[dict[str, Family]] = {
    "no_op": lambda e, op, site: None,
    **dict.fromkeys(ELEMENTWISE, _elementwise),
    **dict.fromkeys(ELEMENTARY, _elementary),
    "scale": _scale,
    "fill": _fill,
    "outer": _outer,
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
