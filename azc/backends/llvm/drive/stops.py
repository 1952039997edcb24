"""Early stops of lanes: stores the step and, if wanted, their memory, to restore it after the epoch."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from llvmlite import ir

from azc.backends.llvm.drive.frame import Frame
from azc.backends.llvm.lower.values import WORD, any_of_all, broadcast, splat


@contextmanager
def stop(frame: Frame, living: str, errors: list[ir.Value]) -> Iterator[None]:
    """Stop the lanes whose error is nan or above the maximum; the body is emitted for when there are any.

    living: row of the context with the lanes still running, `training` or `validating`.
    """
    b, parts = frame.e.builder, frame.e.shape.parts
    failed = [
        b.and_(frame.mask(living, part), b.fcmp_unordered(">", error, frame.row("max_abs_error", part)))
        for part, error in zip(parts, errors, strict=True)
    ]
    with b.if_then(any_of_all(b, failed), likely=False):
        mark(frame, living, failed)
        yield


def mark(frame: Frame, living: str, failed: Sequence[ir.Value]) -> None:
    """Mark lanes as stopped, with the step at which they stopped; copy their memory to `stopped_memory`."""
    b, step = frame.e.builder, frame.get("step")
    for part, now in zip(frame.e.shape.parts, failed, strict=True):
        frame.set_mask(living, part, b.and_(frame.mask(living, part), b.not_(now)))
        here = broadcast(b, step, part.width)
        stopped = frame.row("first_stop", part, WORD)
        first = b.and_(now, b.icmp_signed("==", stopped, splat(stopped.type, 0)))
        frame.set_row("first_stop", part, b.select(first, here, stopped))
        if living == "training":
            frame.set_row("training_stop", part, b.select(now, here, frame.row("training_stop", part, WORD)))
    copied = frame.get("stopped_memory")
    with b.if_then(frame.is_set("stopped_memory")):
        _copy_lanes(frame, frame.memory, copied, failed)


def put_back(frame: Frame) -> None:
    """Restore the memory of lanes that stopped in the epoch; other lanes' instructions have changed it."""
    b, copied = frame.e.builder, frame.get("stopped_memory")
    with b.if_then(frame.is_set("stopped_memory"), likely=False):
        stopped = [b.not_(frame.mask("validating", part)) for part in frame.e.shape.parts]
        _copy_lanes(frame, copied, frame.memory, stopped)


def _copy_lanes(frame: Frame, source: ir.Value, out: ir.Value, chosen: Sequence[ir.Value]) -> None:
    """Copy all cells of the lanes that a mask chooses."""
    e = frame.e

    def cell(i: ir.Value) -> None:
        start = e.times(i, e.shape.lanes)
        for part, mask in zip(e.shape.parts, chosen, strict=True):
            at = e.plus(start, part.lane)
            value = e.builder.select(mask, e.load(source, at, part.width), e.load(out, at, part.width))
            e.store(value, out, at)

    e.repeat(frame.get("cells"), cell)
