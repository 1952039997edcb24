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
    to = _Blocks(*(b.append_basic_block(field.name) for field in attrs.fields(_Blocks)))
    resumed = frame.is_set("at_learn")
    frame.set("at_learn", 0)
    b.cbranch(resumed, to.learn, to.train)
    _train(driver, frame, judge, to)
    _validate(driver, frame, judge, to)
    _score(frame, judge, to)
    for block, code in ((to.done, DONE), (to.more, MORE), (to.paused, PAUSED)):
        b.position_at_end(block)
        b.ret(ir.Constant(WORD, code))


@attrs.frozen
class _Blocks:
    """Where an epoch can go on."""

    train: ir.Block
    learn: ir.Block
    valid: ir.Block
    validate: ir.Block
    score: ir.Block
    done: ir.Block
    more: ir.Block
    paused: ir.Block


def _train(driver: Driver, frame: Frame, judge: Judge, to: _Blocks) -> None:
    """Predict, judge and learn an example after the other; lanes that all have stopped end the epoch."""
    b = frame.e.builder
    b.position_at_end(to.train)
    position = frame.get("position")
    _unless(b, b.icmp_signed("<", position, frame.get("n_train")), to.valid)
    _spend(frame, to.more)
    _put(driver, frame, "train_x", position)
    driver.predict(frame)
    judge.follow()
    errors = judge.errors(driver.interface.train_error, "train_y", position)
    _record(frame, "train_errors", errors, position)
    with b.if_then(_stop(frame, "alive", errors), likely=False):
        with b.if_then(frame.is_set("pause")):
            frame.set("at_learn", 1)
            b.branch(to.paused)
        _unless(b, frame.any_lane("alive"), to.done)
    b.branch(to.learn)

    b.position_at_end(to.learn)
    _put(driver, frame, "train_x", frame.get("position"), "train_y")
    driver.learn(frame)
    _advance(frame)
    b.branch(to.train)


def _validate(driver: Driver, frame: Frame, judge: Judge, to: _Blocks) -> None:
    """Predict and judge an example after the other; what counts are the lanes that training left alive."""
    b = frame.e.builder
    b.position_at_end(to.valid)
    with b.if_then(b.icmp_signed("==", frame.get("position"), frame.get("n_train"))):
        for part in driver.shape.parts:
            frame.set_row("valid_alive", part, frame.row("alive", part, type_=WORD))
            frame.set_row("loss", part, splat(wide(F64, part.width), 0.0))
    b.branch(to.validate)

    b.position_at_end(to.validate)
    row = b.sub(frame.get("position"), frame.get("n_train"))
    _unless(b, b.icmp_signed("<", row, frame.get("n_valid")), to.score)
    _spend(frame, to.more)
    _put(driver, frame, "valid_x", row)
    driver.predict(frame)
    errors = judge.errors(driver.interface.valid_error, "valid_y", row)
    for part, error in zip(driver.shape.parts, errors, strict=True):
        frame.set_row("loss", part, b.fadd(frame.row("loss", part), b.fmul(error, error)))
    errors = [absolute(b, error) for error in errors]
    _record(frame, "valid_errors", errors, row)
    stopped = _stop(frame, "valid_alive", errors) if driver.interface.valid_stops else None
    _advance(frame)
    if stopped is not None:
        with b.if_then(stopped, likely=False):
            with b.if_then(frame.is_set("pause")):
                b.branch(to.paused)
            _unless(b, frame.any_lane("valid_alive"), to.score)
    b.branch(to.validate)


def _score(frame: Frame, judge: Judge, to: _Blocks) -> None:
    """Keep the best of the epochs' fitnesses, where validation went through."""
    b = frame.e.builder
    b.position_at_end(to.score)
    for part in frame.e.shape.parts:
        fitness, best = judge.fitness(part, frame.row("loss", part)), frame.row("fitness", part)
        better = b.and_(frame.mask("valid_alive", part), b.fcmp_ordered(">", fitness, best))
        frame.set_row("fitness", part, b.select(better, fitness, best))
    b.branch(to.done)


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
