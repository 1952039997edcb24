"""What happens to lanes that stop: when they did is written down, and their memory kept and put back."""

from collections.abc import Sequence

from llvmlite import ir

from azc.backends.llvm.context import Frame
from azc.backends.llvm.values import WORD, broadcast, splat


def mark(frame: Frame, living: str, failed: Sequence[ir.Value]) -> None:
    """Lanes of which an error was too great live no more; their memory is kept as it is."""
    b, step = frame.e.builder, frame.get("step")
    for part, now in zip(frame.e.shape.parts, failed, strict=True):
        frame.set_mask(living, part, b.and_(frame.mask(living, part), b.not_(now)))
        here = broadcast(b, step, part.width)
        stopped = frame.row("stopped", part, WORD)
        first = b.and_(now, b.icmp_signed("==", stopped, splat(stopped.type, 0)))
        frame.set_row("stopped", part, b.select(first, here, stopped))
        if living == "alive":
            frame.set_row("ended", part, b.select(now, here, frame.row("ended", part, WORD)))
    kept = frame.get("kept")
    with b.if_then(frame.is_set("kept")):
        _copy_lanes(frame, frame.memory, kept, failed)


def put_back(frame: Frame) -> None:
    """Lanes that stopped in the epoch stand again as they stood then: others went on, and they with them."""
    b, kept = frame.e.builder, frame.get("kept")
    with b.if_then(frame.is_set("kept"), likely=False):
        stopped = [b.not_(frame.mask("valid_alive", part)) for part in frame.e.shape.parts]
        _copy_lanes(frame, kept, frame.memory, stopped)


def _copy_lanes(frame: Frame, source: ir.Value, out: ir.Value, chosen: Sequence[ir.Value]) -> None:
    """Copy all cells of some lanes."""
    e = frame.e

    def cell(i: ir.Value) -> None:
        start = e.times(i, e.shape.lanes)
        for part, mask in zip(e.shape.parts, chosen, strict=True):
            at = e.plus(start, part.lane)
            value = e.builder.select(mask, e.load(source, at, part.width), e.load(out, at, part.width))
            e.store(value, out, at)

    e.repeat(frame.get("cells"), cell)
