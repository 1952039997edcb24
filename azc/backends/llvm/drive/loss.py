"""The lowering of the interface's rows: what follows Predict, errors and fitness, by the names that
`ir/interface.py` gives them; stated in `ir/semantics.py`."""

from collections.abc import Callable
from typing import Final

import attrs
from llvmlite import ir

from azc.backends.llvm.drive.frame import Frame
from azc.backends.llvm.lower.emitter import Emitter, Index
from azc.backends.llvm.lower.shape import VectorSpan
from azc.backends.llvm.lower.sums import fold
from azc.backends.llvm.lower.values import F64, WORD, absolute, broadcast, splat, square_root, wide, width_of
from azc.ir import RULES, Interface


@attrs.frozen
class LossLowering:
    """One evaluation type's lowering in one function."""

    frame: Frame
    interface: Interface
    n_classes: int

    @property
    def e(self) -> Emitter:
        """The emitter."""
        return self.frame.e

    def prediction(self, part: VectorSpan, cell: Index = 0) -> ir.Value:
        """A part of a cell of the prediction, as float64."""
        index = self.e.plus(self.e.times(cell, self.e.shape.lanes), part.lane)
        return self.e.widen(self.e.load(self.frame.cell(self.interface.prediction), index, part.width))

    def follow(self) -> None:
        """What replaces the prediction in memory after Predict in training."""
        if self.interface.follow is not None:
            FOLLOW[self.interface.follow](self)

    def errors(self, name: str, labels: ir.Value) -> list[ir.Value]:
        """An error a lane, in parts, for an example's row of labels."""
        return [ERRORS[name](self, part, self.frame.part(labels, part)) for part in self.e.shape.parts]

    def fitness(self, part: VectorSpan, loss: ir.Value) -> ir.Value:
        """Fitness from the loss."""
        n_valid = self.e.builder.sitofp(self.frame.get("n_valid"), F64)
        return FITNESS[self.interface.fitness](self, loss, broadcast(self.e.builder, n_valid, part.width))


# --- what follows Predict -------------------------------------------------------------------------------


def _probability(j: LossLowering, part: VectorSpan) -> ir.Value:
    return j.e.narrow(j.e.call("sigmoid", part.width, j.prediction(part)))


def _sigmoid(j: LossLowering) -> None:
    for part in j.e.shape.parts:
        j.e.store(_probability(j, part), j.frame.cell(j.interface.prediction), part.lane)


def _softmax(j: LossLowering) -> None:
    # Shares are float64, whatever memory holds, and wait in scratch: a row a class, and one for their sum.
    e, b = j.e, j.e.builder
    double = Emitter(b, attrs.evolve(e.shape, precision="float64"))
    shares, lanes, classes = j.frame.get("scratch"), e.shape.lanes, j.n_classes
    total = double.at(shares, classes * lanes)
    for part in double.shape.parts:
        greatest = _greatest(j, part)

        def exponential(i: ir.Value, part: VectorSpan = part, greatest: ir.Value = greatest) -> None:
            x = b.fsub(j.prediction(part, i), greatest)
            double.store(double.call("exp", part.width, x), shares, e.plus(e.times(i, lanes), part.lane))

        e.repeat(classes, exponential)
    fold(
        double,
        classes,
        1,
        lambda i, index, part: double.load(shares, e.plus(e.times(i, lanes), index), part.width),
        lambda index, part, value: double.store(value, total, index),
        double.at(total, lanes),
    )
    out = j.frame.cell(j.interface.prediction)

    def share(i: ir.Value) -> None:
        for part in double.shape.parts:
            index = e.plus(e.times(i, lanes), part.lane)
            value = b.fdiv(double.load(shares, index, part.width), double.load(total, part.lane, part.width))
            e.store(e.narrow(value), out, index)

    e.repeat(classes, share)
    rest = e.at(out, classes * lanes)
    e.each_unit(
        e.shape.features - classes,
        lambda index, part: e.store(splat(wide(e.shape.number, part.width), 0.0), rest, index),
    )


def _greatest(j: LossLowering, part: VectorSpan) -> ir.Value:
    def step(i: ir.Value, best: ir.Value) -> list[ir.Value]:
        x = j.prediction(part, i)
        return [j.e.builder.select(j.e.builder.fcmp_ordered(">", x, best), x, best)]

    return j.e.carry(j.n_classes, [j.prediction(part)], step)[0]


FOLLOW: Final[dict[str, Callable[[LossLowering], None]]] = {"sigmoid": _sigmoid, "softmax": _softmax}

# --- errors ---------------------------------------------------------------------------------------------


def _difference(j: LossLowering, part: VectorSpan, label: ir.Value) -> ir.Value:
    return j.e.builder.fsub(label, j.prediction(part))


def _distance(j: LossLowering, part: VectorSpan, label: ir.Value) -> ir.Value:
    return absolute(j.e.builder, _difference(j, part, label))


def _zero_or_one(b: ir.IRBuilder, wrong: ir.Value, width: int) -> ir.Value:
    return b.select(wrong, splat(wide(F64, width), 1.0), splat(wide(F64, width), 0.0))


def _wrong_side(j: LossLowering, part: VectorSpan, label: ir.Value) -> ir.Value:
    b = j.e.builder
    half = splat(label.type, 0.5)
    positive = b.fcmp_ordered(">", label, half)
    predicted = b.fcmp_ordered(">", j.e.widen(_probability(j, part)), half)
    return _zero_or_one(b, b.xor(positive, predicted), part.width)


def _missing_share(j: LossLowering, part: VectorSpan, label: ir.Value) -> ir.Value:
    # Every lane looks at its own class.
    b, shares = j.e.builder, splat(label.type, 0.0)
    for lane in range(part.width):
        index = ir.Constant(ir.IntType(32), lane)
        number = b.fptosi(b.extract_element(label, index) if part.width > 1 else label, WORD)
        share = j.prediction(VectorSpan(part.lane + lane, 1, 1), number)
        shares = b.insert_element(shares, share, index) if part.width > 1 else share
    return b.fsub(splat(label.type, 1.0), shares)


def _wrong_class(j: LossLowering, part: VectorSpan, label: ir.Value) -> ir.Value:
    b, first = j.e.builder, j.prediction(part)

    def step(i: ir.Value, best: ir.Value, number: ir.Value, bad: ir.Value) -> list[ir.Value]:
        x = j.prediction(part, i)
        greater = b.fcmp_ordered(">", x, best)
        here = broadcast(b, b.uitofp(i, F64), part.width)
        bad = b.or_(bad, b.fcmp_unordered("uno", x, x))
        return [b.select(greater, x, best), b.select(greater, here, number), bad]

    none = b.fcmp_unordered("uno", first, first)
    _, number, bad = j.e.carry(j.n_classes, [first, splat(label.type, 0.0), none], step)
    return _zero_or_one(b, b.or_(bad, b.fcmp_unordered("!=", number, label)), part.width)


ERRORS: Final[dict[str, Callable[[LossLowering, VectorSpan, ir.Value], ir.Value]]] = {
    "distance": _distance,
    "difference": _difference,
    "wrong_side": _wrong_side,
    "missing_share": _missing_share,
    "wrong_class": _wrong_class,
}

# --- fitness --------------------------------------------------------------------------------------------


def _squashed_rms(j: LossLowering, loss: ir.Value, n_valid: ir.Value) -> ir.Value:
    b = j.e.builder
    root = square_root(b, b.fdiv(loss, n_valid))
    angle = j.e.call("arctan", width_of(root.type), root)
    fitness = b.fsub(splat(root.type, 1.0), b.fmul(splat(root.type, 0.6366197723675814), angle))
    finite = b.fcmp_ordered("<", root, splat(root.type, float("inf")))
    return b.select(finite, fitness, splat(root.type, 0.0))


def _share_right(j: LossLowering, loss: ir.Value, n_valid: ir.Value) -> ir.Value:
    b = j.e.builder
    return b.fsub(splat(loss.type, 1.0), b.fdiv(loss, n_valid))


FITNESS: Final[dict[str, Callable[[LossLowering, ir.Value, ir.Value], ir.Value]]] = {
    "squashed_rms": _squashed_rms,
    "share_right": _share_right,
}


def called_for(interface: Interface) -> set[str]:
    """The elementary functions that the rows of an interface call."""
    rows = (interface.follow, interface.train_error, interface.valid_error, interface.fitness)
    return {RULES[row] for row in rows if row is not None} - {""}
