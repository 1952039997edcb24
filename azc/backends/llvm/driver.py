"""The loop over examples, compiled: what an epoch of training and validation does to the lanes of a block.

`start(memory, context)` runs Setup. `epoch(memory, context)` goes on with the epoch where it stands and
returns DONE, or MORE when its budget of examples is used up, or PAUSED when a lane has just stopped and the
caller wants to look at memory before the others go on. `predict` and `learn` run half a step each.
"""

from collections.abc import Callable
from typing import Final

import attrs
from llvmlite import ir

from azc.backends.llvm.context import Frame
from azc.backends.llvm.emitter import Emitter
from azc.backends.llvm.judge import Judge
from azc.backends.llvm.shape import Part, Shape
from azc.backends.llvm.values import F64, WORD, absolute, any_of_all, broadcast, splat, wide
from azc.ir import Address, Interface

DONE, MORE, PAUSED = range(3)
ENTRIES: Final = ("start", "epoch", "predict", "follow", "learn")
"""The functions of a driver."""

Run = Callable[[Frame], None]
"""Emits a run of Setup, Predict or Learn."""


@attrs.frozen
class Driver:
    """What is driven: a shape, an interface (with its number of classes), and how the three functions run."""

    shape: Shape
    interface: Interface
    n_classes: int
    offsets: dict[Address, int]
    setup: Run
    predict: Run
    learn: Run

    def build(self, module: ir.Module) -> None:
        """Emit the functions into a module."""
        pointer = ir.PointerType()
        for name in ENTRIES:
            returns = WORD if name == "epoch" else ir.VoidType()
            function = ir.Function(module, ir.FunctionType(returns, [pointer, pointer]), name)
            for argument in function.args:
                argument.add_attribute("noalias")
            builder = ir.IRBuilder(function.append_basic_block())
            memory, context = function.args
            frame = Frame(Emitter(builder, self.shape), memory, context, self.offsets)
            _ENTRIES[name](self, frame, Judge(frame, self.interface, self.n_classes))
            if name != "epoch":
                builder.ret_void()


def _start(driver: Driver, frame: Frame, judge: Judge) -> None:
    frame.set("step", 0)
    driver.setup(frame)


def _predict(driver: Driver, frame: Frame, judge: Judge) -> None:
    _put(driver, frame, "train_x", 0)
    driver.predict(frame)


def _follow(driver: Driver, frame: Frame, judge: Judge) -> None:
    judge.follow()


def _learn(driver: Driver, frame: Frame, judge: Judge) -> None:
    _put(driver, frame, "train_x", 0, "train_y")
    driver.learn(frame)


def _put(driver: Driver, frame: Frame, x: str, row: ir.Value | int, y: str = "") -> None:
    """Features into memory, and the label, or zero where there is none to see."""
    interface, shape, e = driver.interface, driver.shape, frame.e
    source, out = frame.get(x), frame.cell(interface.features)
    start = e.times(row, shape.features * shape.lanes)
    e.each_unit(
        shape.features,
        lambda place, part: e.store(e.load(source, e.plus(start, place), part.width), out, place),
    )
    label = frame.cell(interface.label)
    if y and not interface.classes:
        for part in shape.parts:
            e.store(e.narrow(frame.row(y, part, row)), label, part.lane)
        return
    e.each_unit(
        shape.cells(interface.label.kind),
        lambda place, part: e.store(splat(wide(shape.number, part.width), 0.0), label, place),
    )
    if y:
        one = ir.Constant(shape.number, 1.0)
        for lane in range(shape.lanes):
            number = e.builder.fptosi(frame.row(y, Part(lane, 1, 1), row), WORD)
            e.store(one, label, e.plus(e.times(number, shape.lanes), lane))


def _epoch(driver: Driver, frame: Frame, judge: Judge) -> None:
    b = frame.e.builder
    train, learn, to_valid, valid, finish, done, more, paused = (
        b.append_basic_block(name)
        for name in ("train", "learn", "to_valid", "valid", "finish", "done", "more", "paused")
    )
    resumed = frame.is_set("at_learn")
    frame.set("at_learn", 0)
    b.cbranch(resumed, learn, train)

    b.position_at_end(train)
    position = frame.get("position")
    _unless(b, b.icmp_signed("<", position, frame.get("n_train")), to_valid)
    _spend(frame, more)
    _put(driver, frame, "train_x", position)
    driver.predict(frame)
    judge.follow()
    errors = judge.errors(driver.interface.train_error, "train_y", position)
    _record(frame, "train_errors", errors, position)
    with b.if_then(_stop(frame, "alive", errors), likely=False):
        with b.if_then(frame.is_set("pause")):
            frame.set("at_learn", 1)
            b.branch(paused)
        _unless(b, frame.any_lane("alive"), done)
    b.branch(learn)

    b.position_at_end(learn)
    _put(driver, frame, "train_x", frame.get("position"), "train_y")
    driver.learn(frame)
    _advance(frame)
    b.branch(train)

    b.position_at_end(to_valid)
    with b.if_then(b.icmp_signed("==", frame.get("position"), frame.get("n_train"))):
        for part in driver.shape.parts:
            frame.set_row("valid_alive", part, frame.row("alive", part, type_=WORD))
            frame.set_row("loss", part, splat(wide(F64, part.width), 0.0))
    b.branch(valid)

    b.position_at_end(valid)
    row = b.sub(frame.get("position"), frame.get("n_train"))
    _unless(b, b.icmp_signed("<", row, frame.get("n_valid")), finish)
    _spend(frame, more)
    _put(driver, frame, "valid_x", row)
    driver.predict(frame)
    errors = judge.errors(driver.interface.valid_error, "valid_y", row)
    for part, error in zip(driver.shape.parts, errors, strict=True):
        frame.set_row("loss", part, b.fadd(frame.row("loss", part), b.fmul(error, error)))
    errors = [absolute(b, error) for error in errors]
    _record(frame, "valid_errors", errors, row)
    if driver.interface.valid_stops:
        stopped = _stop(frame, "valid_alive", errors)
        _advance(frame)
        with b.if_then(stopped, likely=False):
            with b.if_then(frame.is_set("pause")):
                b.branch(paused)
            _unless(b, frame.any_lane("valid_alive"), finish)
    else:
        _advance(frame)
    b.branch(valid)

    b.position_at_end(finish)
    for part in driver.shape.parts:
        fitness, best = judge.fitness(part, frame.row("loss", part)), frame.row("fitness", part)
        better = b.and_(frame.mask("valid_alive", part), b.fcmp_ordered(">", fitness, best))
        frame.set_row("fitness", part, b.select(better, fitness, best))
    b.branch(done)
    for block, code in ((done, DONE), (more, MORE), (paused, PAUSED)):
        b.position_at_end(block)
        b.ret(ir.Constant(WORD, code))


_ENTRIES: Final = {"start": _start, "epoch": _epoch, "predict": _predict, "follow": _follow, "learn": _learn}


def _unless(b: ir.IRBuilder, condition: ir.Value, other: ir.Block) -> None:
    """Go on if the condition holds, else to the other block."""
    here = b.append_basic_block("on")
    b.cbranch(condition, here, other)
    b.position_at_end(here)


def _spend(frame: Frame, more: ir.Block) -> None:
    """Open the example's step, if the budget allows it."""
    b = frame.e.builder
    budget = frame.get("budget")
    _unless(b, b.icmp_signed(">", budget, ir.Constant(WORD, 0)), more)
    frame.set("budget", b.sub(budget, ir.Constant(WORD, 1)))
    frame.set("step", b.add(frame.get("first_step"), frame.get("position")))


def _advance(frame: Frame) -> None:
    frame.set("position", frame.e.builder.add(frame.get("position"), ir.Constant(WORD, 1)))


def _record(frame: Frame, name: str, errors: list[ir.Value], row: ir.Value) -> None:
    with frame.e.builder.if_then(frame.is_set(name), likely=False):
        for part, error in zip(frame.e.shape.parts, errors, strict=True):
            frame.set_row(name, part, error, row)


def _stop(frame: Frame, living: str, errors: list[ir.Value]) -> ir.Value:
    """Stop the living lanes whose error is nan or above the task's maximum; whether there were any."""
    b, parts = frame.e.builder, frame.e.shape.parts
    good = [
        b.fcmp_ordered("<=", error, frame.row("max_abs_error", part))
        for part, error in zip(parts, errors, strict=True)
    ]
    failed = [b.and_(frame.mask(living, p), b.not_(g)) for p, g in zip(parts, good, strict=True)]
    found = any_of_all(b, failed)
    with b.if_then(found, likely=False):
        for part, ok, now in zip(parts, good, failed, strict=True):
            frame.set_mask(living, part, b.and_(frame.mask(living, part), ok))
            here = broadcast(b, frame.get("position"), part.width)
            frame.set_row("stopped", part, b.select(now, here, frame.row("stopped", part, type_=WORD)))
    return found
