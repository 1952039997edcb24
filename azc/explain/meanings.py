"""What each operation means as a formula: a row for each of `azc.ir.MEANINGS`."""

from collections.abc import Callable
from typing import Final

from azc.explain import formulas as f
from azc.explain.formulas import Formula
from azc.ir import Instruction, Op

Build = Callable[..., Formula]
"""From the operands to the result; the result's kind is that of the operands, or stands in the meaning."""


def _named(name: str) -> Build:
    def build(*arguments: Formula) -> Formula:
        return f.apply(name, *arguments)

    return build


def _of_all(name: str, kind: str) -> Build:
    def build(value: Formula) -> Formula:
        return f.apply(name, value, kind=kind)

    return build


_SAME: Final = (
    *("absolute", "step_from_zero", "step_above_zero", "sign", "sqrt"),
    *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "exp", "log", "tanh", "sigmoid"),
)
_ELEMENT: Final[dict[str, Build]] = {name: _named(name) for name in _SAME}
_ONE: Final = f.constant("v", 1.0)

BUILDERS: Final[dict[str, Build]] = _ELEMENT | {
    "add": f.plus,
    "subtract": f.minus,
    "multiply": f.times,
    "divide": lambda a, b: f.times(a, f.inverse(b)),
    "reciprocal": f.inverse,
    "minimum_or_first": f.minimum,
    "minimum_or_second": f.minimum,
    "maximum_or_first": f.maximum,
    "maximum_or_second": f.maximum,
    "where": f.where,
    "choose": f.where,
    "scale": f.times,
    "fill": lambda a: f.filled("v", a),
    "outer": f.outer,
    "columns": lambda a: f.outer(a, _ONE),
    "rows": lambda a: f.outer(_ONE, a),
    "transpose": f.transpose,
    "dot": lambda a, b: f.total(f.times(a, b)),
    "matrix_vector": f.matrix_vector,
    "matmul": f.matmul,
    "norm": f.norm,
    "column_norms": lambda a: f.row_norms(f.transpose(a)),
    "row_norms": f.row_norms,
    "mean": f.mean,
    "row_means": f.row_means,
    "std": _of_all("std", "s"),
    "row_stds": _of_all("row_stds", "v"),
}
"""For each meaning but those that `meant` makes from constants."""


def meant(instruction: Instruction, place: str, before: Formula, operands: list[Formula]) -> Formula:
    """What an instruction writes.

    `place` is the step of its draws; `before` is what its address holds.
    """
    op, constants = instruction.op, instruction.constants
    if op.meaning == "constant":
        return f.constant(op.result, float(constants[0]))
    if op.random:
        return _drawn(op, place, [float(value) for value in constants[:-1]], str(constants[-1]))
    if op.meaning == "element":
        where = tuple(map(repr, constants))
        return Formula(
            1.0, f.Node(op.result, "element", ((before.coefficient, before.node),), (op.name, *where))
        )
    return BUILDERS[op.meaning](*operands)


def _drawn(op: Op, place: str, numbers: list[float], draw: str) -> Formula:
    """A draw; draws of one step with equal numbers are equal."""
    first, second = numbers
    if op.meaning == "uniform" and not first < second:
        return f.constant(op.result, first)
    if op.meaning == "gaussian":
        second = abs(second)
    parts = tuple(
        (number.coefficient, number.node) for number in (f.constant("s", first), f.constant("s", second))
    )
    return Formula(1.0, f.Node(op.result, op.meaning, parts, (place, draw)))
