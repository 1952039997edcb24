"""Instructions as Python statements over `s`, `v`, `m`, `memory` and `n_features`."""

import ast
import math
from collections.abc import Sequence

import numpy as np

from azc.backends.python.library import as_expression
from azc.ir import ELEMENT_SETS, NO_OP, OPS, Address, Constant, Instruction, Literal, Op, Operand

PRECISIONS = {"float64": float, "float32": lambda value: float(np.float32(value))}
"""Function that rounds a number to each precision, by its name."""

_ELEMENTWISE = {op.symbol for op in OPS if op.result == "s" and set(op.operands) == {"s"}}
"""Symbols that compute element by element, since scalars have them too: there a literal may stay a number."""

_NUMBERS = {
    "s": "np.uint64(0)",
    "v": "np.arange(n_features, dtype=np.uint64)",
    "m": "np.arange(n_features * n_features, dtype=np.uint64).reshape(n_features, n_features)",
}
"""Numbers of a draw's elements, by kind, as source text."""

_LOAD = ast.Load()
_SHAPES = {"v": "n_features", "m": "(n_features, n_features)"}


def statement(instruction: Instruction, precision: str) -> tuple[ast.stmt, frozenset[str]]:
    """Statement for an instruction, and the keys of the definitions that it uses."""
    op = instruction.op
    if op == NO_OP:
        return ast.Pass(), frozenset()
    assert instruction.out is not None
    target = cell(instruction.out, ast.Store())
    if op in ELEMENT_SETS:
        *indexes, value = instruction.constants
        elements = [_element_of(index) for index in indexes]
        target.slice = ast.Tuple([target.slice, *elements], _LOAD)
        uses = frozenset({"indexing.fraction_element"} if any(isinstance(i, float) for i in indexes) else ())
        return ast.Assign([target], number(_rounded(float(value), precision))), uses
    if op.symbol == "=":
        return ast.Assign([target], number(_rounded(float(instruction.constants[0]), precision))), frozenset()
    expression, uses = as_expression(op.meaning, _arguments(instruction, precision))
    return ast.Assign([target], expression), uses


def _arguments(instruction: Instruction, precision: str) -> list[ast.expr]:
    op = instruction.op
    if op.random:
        *parameters, draw = map(number, instruction.constants)
        # NumPy numbers overflow to inf, where Python's raise an exception.
        return [*map(_float64, parameters), draw, _parsed("memory"), _parsed(_NUMBERS[op.result])]
    arguments = _operands(op, instruction.operands, precision)
    return [*arguments, _parsed("n_features")] if op.meaning == "fill" else arguments


def _operands(op: Op, operands: Sequence[Operand], precision: str) -> list[ast.expr]:
    spread = op.symbol in _ELEMENTWISE
    # Two bare floats would be computed in float64, and by Python's rules.
    bare = any(isinstance(operand, Address) for operand in operands)
    return [
        cell(operand)
        if isinstance(operand, Address)
        else _literal(operand, "s" if spread else kind, precision, bare)
        for operand, kind in zip(operands, op.operands, strict=True)
    ]


def _literal(literal: Literal, kind: str, precision: str, bare: bool) -> ast.expr:
    value = number(_rounded(literal.value, precision))
    if kind == "s" and bare:
        return value
    typed = ast.Call(_parsed(f"np.{precision}"), [value], [])
    return typed if kind == "s" else ast.Call(_parsed("np.full"), [_parsed(_SHAPES[kind]), typed], [])


def _element_of(index: Constant) -> ast.expr:
    if isinstance(index, int):
        return number(index)
    return ast.Call(ast.Name("fraction_element", _LOAD), [number(index), _parsed("n_features")], [])


def cell(address: Address, context: ast.expr_context = _LOAD) -> ast.Subscript:
    """Memory of an address as an expression: `s[1]`, or the row `v[1]` or `m[1]`."""
    return ast.Subscript(ast.Name(address.kind, _LOAD), ast.Constant(address.index), context)


def number(value: Constant) -> ast.expr:
    """A number as an expression: nan and the infinities by NumPy's names, a sign before the digits."""
    if math.isnan(value):
        return _parsed("np.nan")
    size = _parsed("np.inf") if math.isinf(value) else ast.Constant(abs(value))
    return ast.UnaryOp(ast.USub(), size) if math.copysign(1.0, value) < 0 else size


def _rounded(value: float, precision: str) -> float:
    with np.errstate(over="ignore"):
        return PRECISIONS[precision](value)


def _float64(value: ast.expr) -> ast.expr:
    return ast.Call(_parsed("np.float64"), [value], [])


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body
