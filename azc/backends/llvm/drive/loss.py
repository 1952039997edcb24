"""The lowering of an interface's rows: what follows Predict, errors and fitness.

`ir/interface.py` names them, `ir/semantics.py` states what they compute.
"""

from collections.abc import Callable
from typing import Final

import attrs
from llvmlite import ir

from azc.backends.llvm.drive.frame import Frame
from azc.backends.llvm.lower.emitter import Emitter, Index
from azc.backends.llvm.lower.shape import VectorSpan
from azc.backends.llvm.lower.sums import fold
from azc.backends.llvm.lower.values import F64, WORD, absolute, broadcast, splat, square_root, wide, width_of
from azc.ir import INTERFACE_FUNCTIONS, Interface


@attrs.frozen
class LossLowering:
    """Emits what follows Predict, errors and fitness of an evaluation type in one function."""

    frame: Frame
    interface: Interface
    n_classes: int

    @property
    def e(self) -> Emitter:
        """The emitter."""
        return self.frame.e

    def prediction(self, part: VectorSpan, cell: Index = 0) -> ir.Value:
        """Load a part of a cell of the prediction, as float64."""
        index = self.e.plus(self.e.times(cell, self.e.shape.lanes), part.lane)
        return self.e.widen(self.e.load(self.frame.cell(self.interface.prediction), index, part.width))

    def follow(self) -> None:
        """Replace the prediction in memory by what follows Predict in training, such as its sigmoid."""
        if self.interface.follow is not None:
            FOLLOW[self.interface.follow](self)

    def errors(self, name: str, labels: ir.Value) -> list[ir.Value]:
        """The errors of all lanes, in parts, for an example's row of labels."""
        return [ERRORS[name](self, part, self.frame.part(labels, part)) for part in self.e.shape.parts]

    def fitness(self, part: VectorSpan, loss: ir.Value) -> ir.Value:
        """The fitness of a loss."""
        n_valid = self.e.builder.sitofp(self.frame.get("n_valid"), F64)
        return FITNESS[self.interface.fitness](self, loss, broadcast(self.e.builder, n_valid, part.width))


# --- what follows Predict -------------------------------------------------------------------------------


def _probability(lowering: LossLowering, part: VectorSpan) -> ir.Value:
    return lowering.e.narrow(lowering.e.call("sigmoid", part.width, lowering.prediction(part)))


def _sigmoid(lowering: LossLowering) -> None:
    for part in lowering.e.shape.parts:
        lowering.e.store(
            _probability(lowering, part), lowering.frame.cell(lowering.interface.prediction), part.lane
        )


def _softmax(lowering: LossLowering) -> None:
    # Scratch holds the shares, always as float64: a row for each class, and one for their sum.
    e, b = lowering.e, lowering.e.builder
    double = Emitter(b, attrs.evolve(e.shape, precision="float64"))
    shares, lanes, classes = lowering.frame.get("scratch"), e.shape.lanes, lowering.n_classes
    total = double.at(shares, classes * lanes)
    for part in double.shape.parts:
        greatest = _greatest(lowering, part)

        def exponential(i: ir.Value, part: VectorSpan = part, greatest: ir.Value = greatest) -> None:
            x = b.fsub(lowering.prediction(part, i), greatest)
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
    out = lowering.frame.cell(lowering.interface.prediction)

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


def _greatest(lowering: LossLowering, part: VectorSpan) -> ir.Value:
    def step(i: ir.Value, best: ir.Value) -> list[ir.Value]:
        x = lowering.prediction(part, i)
        return [lowering.e.builder.select(lowering.e.builder.fcmp_ordered(">", x, best), x, best)]

    return lowering.e.carry(lowering.n_classes, [lowering.prediction(part)], step)[0]


FOLLOW: Final[dict[str, Callable[[LossLowering], None]]] = {"sigmoid": _sigmoid, "softmax": _softmax}

# --- errors ---------------------------------------------------------------------------------------------


def _difference(lowering: LossLowering, part: VectorSpan, label: ir.Value) -> ir.Value:
    return lowering.e.builder.fsub(label, lowering.prediction(part))


def _distance(lowering: LossLowering, part: VectorSpan, label: ir.Value) -> ir.Value:
    return absolute(lowering.e.builder, _difference(lowering, part, label))


def _zero_or_one(b: ir.IRBuilder, wrong: ir.Value, width: int) -> ir.Value:
    return b.select(wrong, splat(wide(F64, width), 1.0), splat(wide(F64, width), 0.0))


def _wrong_side(lowering: LossLowering, part: VectorSpan, label: ir.Value) -> ir.Value:
    b = lowering.e.builder
    half = splat(label.type, 0.5)
    positive = b.fcmp_ordered(">", label, half)
    predicted = b.fcmp_ordered(">", lowering.e.widen(_probability(lowering, part)), half)
    return _zero_or_one(b, b.xor(positive, predicted), part.width)


def _missing_share(lowering: LossLowering, part: VectorSpan, label: ir.Value) -> ir.Value:
    # The cell to load differs from lane to lane: it is the cell of the label's class.
    b, shares = lowering.e.builder, splat(label.type, 0.0)
    for lane in range(part.width):
        index = ir.Constant(ir.IntType(32), lane)
        number = b.fptosi(b.extract_element(label, index) if part.width > 1 else label, WORD)
        share = lowering.prediction(VectorSpan(part.lane + lane, 1, 1), number)
        shares = b.insert_element(shares, share, index) if part.width > 1 else share
    return b.fsub(splat(label.type, 1.0), shares)


def _wrong_class(lowering: LossLowering, part: VectorSpan, label: ir.Value) -> ir.Value:
    b, first = lowering.e.builder, lowering.prediction(part)

    def step(i: ir.Value, best: ir.Value, number: ir.Value, bad: ir.Value) -> list[ir.Value]:
        x = lowering.prediction(part, i)
        greater = b.fcmp_ordered(">", x, best)
        here = broadcast(b, b.uitofp(i, F64), part.width)
        bad = b.or_(bad, b.fcmp_unordered("uno", x, x))
        return [b.select(greater, x, best), b.select(greater, here, number), bad]

    none = b.fcmp_unordered("uno", first, first)
    _, number, bad = lowering.e.carry(lowering.n_classes, [first, splat(label.type, 0.0), none], step)
    return _zero_or_one(b, b.or_(bad, b.fcmp_unordered("!=", number, label)), part.width)


ERRORS: Final[dict[str, Callable[[LossLowering, VectorSpan, ir.Value], ir.Value]]] = {
    "distance": _distance,
    "difference": _difference,
    "wrong_side": _wrong_side,
    "missing_share": _missing_share,
    "wrong_class": _wrong_class,
}

# --- fitness --------------------------------------------------------------------------------------------


def _squashed_rms(lowering: LossLowering, loss: ir.Value, n_valid: ir.Value) -> ir.Value:
    b = lowering.e.builder
    root = square_root(b, b.fdiv(loss, n_valid))
    angle = lowering.e.call("arctan", width_of(root.type), root)
    fitness = b.fsub(splat(root.type, 1.0), b.fmul(splat(root.type, 0.6366197723675814), angle))
    finite = b.fcmp_ordered("<", root, splat(root.type, float("inf")))
    return b.select(finite, fitness, splat(root.type, 0.0))


def _share_right(lowering: LossLowering, loss: ir.Value, n_valid: ir.Value) -> ir.Value:
    b = lowering.e.builder
    return b.fsub(splat(loss.type, 1.0), b.fdiv(loss, n_valid))


FITNESS: Final[dict[str, Callable[[LossLowering, ir.Value, ir.Value], ir.Value]]] = {
    "squashed_rms": _squashed_rms,
    "share_right": _share_right,
}


def called_for(interface: Interface) -> set[str]:
    """The elementary functions that the rows of an interface call."""
    rows = (interface.follow, interface.train_error, interface.valid_error, interface.fitness)
    return {INTERFACE_FUNCTIONS[row] for row in rows if row is not None} - {""}
