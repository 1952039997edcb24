"""`Loop`: the loop over the examples of training or validation; index and pointers stay in registers."""

from types import TracebackType
from typing import Final

import attrs
from llvmlite import ir

from azc.backends.llvm.code.layout import ALIGNMENT
from azc.backends.llvm.drive.frame import Frame
from azc.backends.llvm.lower.values import WORD, byte_offset

AHEAD: Final = 12
"""Number of examples by which features are prefetched."""
FETCHED_FROM, FETCHED_TO = 512, 2048
"""Minimum and maximum bytes of an example that is prefetched: smaller ones are in a cache, and the processor
itself prefetches larger ones."""


@attrs.frozen
class Example:
    """The current example of a loop: its index, and pointers to its features and to its row of labels."""

    row: ir.Value
    x: ir.Value
    y: ir.Value


class Loop:
    """Emits a loop over examples, from the context's position until examples or budget end.

    The body is emitted in a `with`; code behind it runs after the last example. If the budget ends before it,
    the loop leaves to the block `more`, if one is given. Position and budget are stored in any case.
    Each step of the loop takes `at_once` examples, and never fewer: the last step may exceed the budget.
    """

    def __init__(
        self,
        frame: Frame,
        x: str,
        y: str,
        first: ir.Value,
        count: ir.Value,
        more: ir.Block | None,
        at_once: int = 1,
    ):
        self._frame, self._first, self._count, self._more = frame, first, count, more
        self._at_once = at_once
        b = self._b = frame.e.builder
        self._start = b.sub(frame.get("position"), first)
        left, budget = b.sub(count, self._start), frame.get("budget")
        if at_once > 1:
            left, budget = self._whole(left), self._whole(b.add(budget, ir.Constant(WORD, at_once - 1)))
        enough = b.icmp_signed("<", left, budget)
        self._end = b.add(self._start, b.select(enough, left, budget))
        size = ir.Constant(WORD, frame.e.shape.example_bytes)
        self._x = byte_offset(b, frame.get(x), b.mul(self._start, size))
        self._y = frame.example(frame.get(y), self._start)
        self._step = b.add(frame.get("first_step"), first)

    def _whole(self, examples: ir.Value) -> ir.Value:
        rest = self._b.srem(examples, ir.Constant(WORD, self._at_once))
        return self._b.sub(examples, rest)

    def __enter__(self) -> Example:
        b, before = self._b, self._b.block
        self._head, inside, self._after = (
            b.append_basic_block(name) for name in ("next", "example", "through")
        )
        b.branch(self._head)
        b.position_at_end(self._head)
        self._phis = [b.phi(value.type) for value in (self._start, self._x, self._y)]
        for phi, value in zip(self._phis, (self._start, self._x, self._y), strict=True):
            phi.add_incoming(value, before)
        b.cbranch(b.icmp_signed("<", self._phis[0], self._end), inside, self._after)
        b.position_at_end(inside)
        self._frame.set("step", b.add(self._step, self._phis[0]))
        fetch_ahead(self._frame, self._phis[1])
        return Example(*self._phis)

    @property
    def through(self) -> ir.Block:
        """The block behind the loop; the body may leave to it before it has changed anything that counts."""
        return self._after

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        b, e, row = self._b, self._frame.e, self._phis[0]
        size = ir.Constant(WORD, e.shape.example_bytes * self._at_once)
        following = (
            b.add(row, ir.Constant(WORD, self._at_once)),
            byte_offset(b, self._phis[1], size),
            self._frame.example(self._phis[2], self._at_once),
        )
        for phi, value in zip(self._phis, following, strict=True):
            phi.add_incoming(value, b.block)
        b.branch(self._head)
        b.position_at_end(self._after)
        self._frame.set("position", b.add(row, self._first))
        spent = b.sub(row, self._start)
        self._frame.set("budget", b.sub(self._frame.get("budget"), spent))
        if self._more is not None:
            unless(b, b.icmp_signed("==", row, self._count), self._more)


def fetch_ahead(frame: Frame, x: ir.Value) -> None:
    """Prefetch the features of a later example, where the processor does not do so itself."""
    b, size = frame.e.builder, frame.e.shape.example_bytes
    if not FETCHED_FROM <= size <= FETCHED_TO:
        return
    word = ir.IntType(32)
    type_ = ir.FunctionType(ir.VoidType(), [ir.PointerType(), word, word, word])
    prefetch = b.module.globals.get("llvm.prefetch.p0") or ir.Function(b.module, type_, "llvm.prefetch.p0")
    for offset in range(0, size, ALIGNMENT):
        ahead = byte_offset(b, x, ir.Constant(WORD, AHEAD * size + offset))
        b.call(prefetch, [ahead, *(ir.Constant(word, n) for n in (0, 3, 1))])


def unless(b: ir.IRBuilder, condition: ir.Value, other: ir.Block) -> None:
    """Branch to the other block unless the condition holds; emission continues where it does."""
    here = b.append_basic_block("on")
    b.cbranch(condition, here, other)
    b.position_at_end(here)


def record(frame: Frame, errors_to: ir.Value, errors: list[ir.Value], row: ir.Value) -> None:
    """Store an example's errors in an array [example][lane], unless that is null."""
    b = frame.e.builder
    asked = b.icmp_unsigned("!=", errors_to, ir.Constant(errors_to.type, None))
    with b.if_then(asked, likely=False):
        out = frame.example(errors_to, row)
        for part, error in zip(frame.e.shape.parts, errors, strict=True):
            frame.set_part(out, part, error)
