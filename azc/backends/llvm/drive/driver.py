"""`Driver`: the code of a whole evaluation of a block of lanes, from Setup to fitness.

`begin(memory, context)` clears memory and state and runs Setup. `go(memory, context)` runs training,
validation and further epochs. It returns DONE, or MORE when its budget of examples is spent, or EPOCH when
the next epoch needs its examples in another order; a further call continues there.
"""

from collections.abc import Callable
from typing import Final

import attrs
from llvmlite import ir

from azc.backends.llvm.drive.frame import Frame
from azc.backends.llvm.drive.loop import Loop, record, unless
from azc.backends.llvm.drive.loss import LossLowering
from azc.backends.llvm.drive.stops import put_back, stop
from azc.backends.llvm.drive.validation import validate_batches
from azc.backends.llvm.lower.emitter import Emitter
from azc.backends.llvm.lower.shape import Shape, VectorSpan
from azc.backends.llvm.lower.values import F64, WORD, absolute, broadcast, splat, wide
from azc.ir import Address, Interface

DONE, MORE, EPOCH = range(3)
"""Results of `go`: the evaluation ended; the budget is spent; another epoch's examples are needed."""
ENTRIES: Final = ("begin", "go")
"""Names of a driver's functions."""

Run = Callable[[Frame, ir.Value], None]
"""Emits a call of Setup, Predict or Learn with a pointer to the features."""


@attrs.frozen
class Driver:
    """Parameters of a driver: shape, interface, number of classes, and how the functions are called."""

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
            returns = WORD if name == "go" else ir.VoidType()
            function = ir.Function(module, ir.FunctionType(returns, [pointer, pointer]), name)
            for argument in function.args:
                argument.add_attribute("noalias")
            builder = ir.IRBuilder(function.append_basic_block())
            memory, context = function.args
            frame = Frame(Emitter(builder, self.shape), memory, context, self.offsets)
            _ENTRIES[name](self, frame, LossLowering(frame, self.interface, self.n_classes))
            if name != "go":
                builder.ret_void()


def _begin(driver: Driver, frame: Frame, lowering: LossLowering) -> None:
    b = frame.e.builder
    _clear_memory(frame)
    used = frame.get("used")
    for part in driver.shape.parts:
        lanes = ir.Constant(wide(WORD, part.width), [*range(part.lane, part.lane + part.width)])
        if part.width == 1:
            lanes = ir.Constant(WORD, part.lane)
        frame.set_mask("training", part, b.icmp_signed("<", lanes, broadcast(b, used, part.width)))
        for name in ("fitness", "first_stop", "training_stop"):
            frame.set_row(name, part, splat(wide(WORD, part.width), 0))
    for name, value in (("step", 0), ("first_step", 1), ("position", 0), ("epoch", 0)):
        frame.set(name, value)
    driver.setup(frame, frame.memory)


def _clear_memory(frame: Frame) -> None:
    e, image = frame.e, frame.get("image")
    numbers = e.times(frame.get("cells"), e.shape.lanes)
    with e.builder.if_else(frame.is_set("image"), likely=False) as (given, zero):
        with given:
            e.each_vector(
                numbers, lambda index, width: e.store(e.load(image, index, width), frame.memory, index)
            )
        with zero:
            e.each_vector(
                numbers,
                lambda index, width: e.store(splat(wide(e.shape.number, width), 0.0), frame.memory, index),
            )


def _put_label(driver: Driver, frame: Frame, labels: ir.Value) -> None:
    """Copy the label into memory, where Learn reads it."""
    interface, shape, e = driver.interface, driver.shape, frame.e
    label = frame.cell(interface.label)
    if not interface.classes:
        for part in shape.parts:
            e.store(e.narrow(frame.part(labels, part)), label, part.lane)
        return
    e.each_unit(
        shape.cells(interface.label.kind),
        lambda index, part: e.store(splat(wide(shape.number, part.width), 0.0), label, index),
    )
    one = ir.Constant(shape.number, 1.0)
    for lane in range(shape.lanes):
        number = e.builder.fptosi(frame.part(labels, VectorSpan(lane, 1, 1)), WORD)
        e.store(one, label, e.plus(e.times(number, shape.lanes), lane))


# --- a whole evaluation ---------------------------------------------------------------------------------


@attrs.frozen
class _Blocks:
    """The blocks of `go` between which an evaluation branches."""

    train: ir.Block
    valid: ir.Block
    dead: ir.Block
    score: ir.Block
    close: ir.Block
    done: ir.Block
    more: ir.Block
    epoch: ir.Block


def _go(driver: Driver, frame: Frame, lowering: LossLowering) -> None:
    b = frame.e.builder
    to = _Blocks(*(b.append_basic_block(field.name) for field in attrs.fields(_Blocks)))
    training = b.icmp_signed("<", frame.get("position"), frame.get("n_train"))
    b.cbranch(training, to.train, to.valid)
    _train(driver, frame, lowering, to)
    _validate(driver, frame, lowering, to)
    _score(frame, lowering, to)
    _close(frame, to)
    for block, code in ((to.done, DONE), (to.more, MORE), (to.epoch, EPOCH)):
        b.position_at_end(block)
        b.ret(ir.Constant(WORD, code))


def _train(driver: Driver, frame: Frame, lowering: LossLowering, to: _Blocks) -> None:
    """Train on one example after the other; once all lanes have stopped, the evaluation ends."""
    b = frame.e.builder
    b.position_at_end(to.train)
    errors_to = _first_epochs(frame, "train_errors")
    learns = frame.is_set("learn")
    with Loop(frame, "train_x", "train_y", ir.Constant(WORD, 0), frame.get("n_train"), to.more) as example:
        driver.predict(frame, example.x)
        lowering.follow()
        errors = lowering.errors(driver.interface.train_error, example.y)
        record(frame, errors_to, errors, example.row)
        with stop(frame, "training", errors):
            unless(b, frame.any_lane("training"), to.dead)
        with b.if_then(learns, likely=True):
            _put_label(driver, frame, example.y)
            driver.learn(frame, example.x)
    b.branch(to.valid)

    b.position_at_end(to.dead)
    for part in driver.shape.parts:
        frame.set_row("validating", part, splat(wide(WORD, part.width), 0))
    b.branch(to.close)


def _validate(driver: Driver, frame: Frame, lowering: LossLowering, to: _Blocks) -> None:
    """Validate one example after the other, in the lanes that training has not stopped."""
    b = frame.e.builder
    b.position_at_end(to.valid)
    n_train = frame.get("n_train")
    with b.if_then(b.icmp_signed("==", frame.get("position"), n_train)):
        for part in driver.shape.parts:
            frame.set_row("validating", part, frame.row("training", part, WORD))
            frame.set_row("loss", part, splat(wide(F64, part.width), 0.0))
    errors_to = _first_epochs(frame, "valid_errors")
    if driver.shape.batch > 1:
        validate_batches(frame, lowering, errors_to)
    with Loop(frame, "valid_x", "valid_y", n_train, frame.get("n_valid"), to.more) as example:
        driver.predict(frame, example.x)
        errors = lowering.errors(driver.interface.valid_error, example.y)
        for part, error in zip(driver.shape.parts, errors, strict=True):
            frame.set_row("loss", part, b.fadd(frame.row("loss", part), b.fmul(error, error)))
        errors = [absolute(b, error) for error in errors]
        record(frame, errors_to, errors, example.row)
        if driver.interface.valid_stops:
            with stop(frame, "validating", errors):
                unless(b, frame.any_lane("validating"), to.score)
    b.branch(to.score)


def _first_epochs(frame: Frame, name: str) -> ir.Value:
    """Load a pointer of the context in the first epoch; null in later ones."""
    b, pointer = frame.e.builder, frame.get(name)
    first = b.icmp_signed("==", frame.get("epoch"), ir.Constant(WORD, 0))
    return b.select(first, pointer, ir.Constant(pointer.type, None))


def _score(frame: Frame, lowering: LossLowering, to: _Blocks) -> None:
    """Store the epoch's fitness where it is the best so far and validation did not stop the lane."""
    b = frame.e.builder
    b.position_at_end(to.score)
    for part in frame.e.shape.parts:
        fitness, best = lowering.fitness(part, frame.row("loss", part)), frame.row("fitness", part)
        better = b.and_(frame.mask("validating", part), b.fcmp_ordered(">", fitness, best))
        frame.set_row("fitness", part, b.select(better, fitness, best))
    b.branch(to.close)


def _close(frame: Frame, to: _Blocks) -> None:
    """End the epoch: put back the memory of stopped lanes, then begin the next epoch if there is one."""
    b, one = frame.e.builder, ir.Constant(WORD, 1)
    b.position_at_end(to.close)
    put_back(frame)
    unless(b, frame.any_lane("training"), to.done)
    following = b.add(frame.get("epoch"), one)
    unless(b, b.icmp_signed("<", following, frame.get("n_epochs")), to.done)
    frame.set("epoch", following)
    frame.set("position", 0)
    examples = b.add(frame.get("n_train"), frame.get("n_valid"))
    frame.set("first_step", b.add(frame.get("first_step"), examples))
    b.cbranch(frame.is_set("ordered"), to.epoch, to.train)


_ENTRIES: Final = {"begin": _begin, "go": _go}
