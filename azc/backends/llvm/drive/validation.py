"""Validation of a batch of examples at once, if Predict carries nothing from one example to the next.

A batch has memory of its own, whose lanes are examples times tasks. The inputs of Predict are copied into it
when validation begins. Losses are summed example by example, so that no bit changes.
"""

from collections.abc import Callable

import attrs
from llvmlite import ir

from azc.backends.llvm.code.context import BATCH_ROWS
from azc.backends.llvm.code.kernels import call_kernel
from azc.backends.llvm.drive.frame import Frame
from azc.backends.llvm.drive.loop import Loop, record, unless
from azc.backends.llvm.drive.loss import LossLowering
from azc.backends.llvm.lower.emitter import Emitter
from azc.backends.llvm.lower.shape import VectorSpan
from azc.backends.llvm.lower.values import F64, WORD, absolute, any_of_all, byte_offset


def validate_batches(frame: Frame, lowering: LossLowering, errors_to: ir.Value) -> None:
    """Validate whole batches, up to one in which a lane stops; a loop over single examples does the rest."""
    b, n_train, n_valid = frame.e.builder, frame.get("n_train"), frame.get("n_valid")
    with b.if_then(_can_begin(frame)):
        wide = _wide(frame)
        _spread(frame, wide)
        scores = _Scores(frame, attrs.evolve(lowering, frame=wide))
        loop = Loop(frame, "batch_x", "valid_y", n_train, n_valid, None, frame.e.shape.batch)
        with loop as examples:
            call_kernel(b, frame.get("batch_predict"), wide.memory, frame.context, examples.x)
            errors = scores.errors(examples.y)
            number = b.sdiv(examples.row, ir.Constant(WORD, frame.e.shape.batch))
            record(wide, errors_to, errors, number)
            if lowering.interface.valid_stops:
                unless(b, b.not_(scores.any_stops(errors)), loop.through)
            scores.add()


def _can_begin(frame: Frame) -> ir.Value:
    """Whether Predict can run on batches, and a whole batch begins at the context's position."""
    b, size = frame.e.builder, ir.Constant(WORD, frame.e.shape.batch)
    done = b.sub(frame.get("position"), frame.get("n_train"))
    begins = b.icmp_signed("==", b.srem(done, size), ir.Constant(WORD, 0))
    whole = b.icmp_signed(">=", b.sub(frame.get("n_valid"), done), size)
    return b.and_(frame.is_set("batch_predict"), b.and_(begins, whole))


def _wide(frame: Frame) -> Frame:
    """The frame of a batch's memory, whose offsets are those of memory times the batch."""
    shape = frame.e.shape
    offsets = {where: offset * shape.batch for where, offset in frame.offsets.items()}
    return Frame(Emitter(frame.e.builder, shape.of_batch), frame.get("batch_memory"), frame.context, offsets)


def _spread(frame: Frame, wide: Frame) -> None:
    """Copy the inputs of Predict into a batch's memory, once for each example."""
    b, before = frame.e.builder, frame.e.builder.block
    head, inside, after = (b.append_basic_block(name) for name in ("inputs", "input", "spread"))
    start = frame.get("batch_inputs")
    b.branch(head)
    b.position_at_end(head)
    here = b.phi(start.type)
    here.add_incoming(start, before)
    offset, cells = (
        b.load(b.gep(here, [ir.Constant(WORD, n)], inbounds=True, source_etype=WORD), typ=WORD, align=8)
        for n in range(2)
    )
    b.cbranch(b.icmp_signed("==", cells, ir.Constant(WORD, 0)), after, inside)
    b.position_at_end(inside)
    _spread_cells(frame, wide, offset, cells)
    here.add_incoming(byte_offset(b, here, ir.Constant(WORD, 16)), b.block)
    b.branch(head)
    b.position_at_end(after)


def _spread_cells(frame: Frame, wide: Frame, offset: ir.Value, cells: ir.Value) -> None:
    e, b, shape = frame.e, frame.e.builder, frame.e.shape
    source = byte_offset(b, frame.memory, offset)
    out = byte_offset(b, wide.memory, b.mul(offset, ir.Constant(WORD, shape.batch)))

    def cell(i: ir.Value) -> None:
        start, to = e.times(i, shape.lanes), e.times(i, shape.batch * shape.lanes)
        _repeat_lanes(
            e,
            lambda part: e.load(source, e.plus(start, part.lane), part.width),
            lambda index, value: e.store(value, out, e.plus(to, index)),
        )

    e.repeat(cells, cell)


def _repeat_lanes(
    e: Emitter, load: Callable[[VectorSpan], ir.Value], store: Callable[[int, ir.Value], None]
) -> None:
    """Store a row of lanes once for each example of a batch, as many at once as fill a register."""
    shape = e.shape
    group = shape.group if shape.batch % shape.group == 0 else 1
    for part in shape.parts:
        value = e.repeated(load(part), group)
        for example in range(0, shape.batch, group):
            store(example * shape.lanes + part.lane, value)


class _Scores:
    """Errors of a batch and their sum; rows have a number for each example and lane."""

    def __init__(self, frame: Frame, lowering: LossLowering):
        self._frame, self._lowering, self._wide = frame, lowering, lowering.frame
        rows = frame.get("batch_rows")
        self._squares, self._living, self._max_errors = (
            self._wide.example(rows, n) for n in range(BATCH_ROWS)
        )
        if lowering.interface.valid_stops:
            self._repeat("validating", WORD, self._living)
            self._repeat("max_abs_error", F64, self._max_errors)

    def _repeat(self, name: str, type_: ir.Type, row: ir.Value) -> None:
        """Copy a row of the context once for each example."""
        frame = self._frame
        _repeat_lanes(
            frame.e,
            lambda part: frame.row(name, part, type_),
            lambda index, value: frame.set_part(row, VectorSpan(index, 1, 1), value),
        )

    def errors(self, labels: ir.Value) -> list[ir.Value]:
        """Absolute errors of a batch, in parts; their squares are stored for `add`."""
        b, parts = self._frame.e.builder, self._wide.e.shape.parts
        errors = self._lowering.errors(self._lowering.interface.valid_error, labels)
        for part, error in zip(parts, errors, strict=True):
            self._wide.set_part(self._squares, part, b.fmul(error, error))
        return [absolute(b, error) for error in errors]

    def any_stops(self, errors: list[ir.Value]) -> ir.Value:
        """Whether an error stops a lane."""
        b, found = self._frame.e.builder, []
        for part, error in zip(self._wide.e.shape.parts, errors, strict=True):
            living = self._wide.part(self._living, part, WORD)
            lives = b.icmp_signed("<", living, ir.Constant(living.type, None))
            limits = self._wide.part(self._max_errors, part)
            found.append(b.and_(lives, b.fcmp_unordered(">", error, limits)))
        return any_of_all(b, found)

    def add(self) -> None:
        """Add the squares to the loss, example by example."""
        frame, b = self._frame, self._frame.e.builder
        for part in frame.e.shape.parts:
            loss = frame.row("loss", part)
            for example in range(frame.e.shape.batch):
                loss = b.fadd(loss, frame.part(frame.example(self._squares, example), part))
            frame.set_row("loss", part, loss)
