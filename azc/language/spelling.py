"""Spelling of operations and numbers: names, right sides, digits that read back to the same number."""

import math
from collections.abc import Sequence
from typing import Final

from azc.ir import OPS, Constant, Op

ALIASES: Final = {"gauss": "gaussian"}
NAMES: Final = tuple(sorted({op.symbol for op in OPS if op.symbol.isalpha() and op.result}))
"""Names of operations that are written as calls."""
_SPACES: Final = str.maketrans("", "", " \t")


def form_of(op: Op) -> str:
    """Written form of an operation, with kinds for operands: `dot(m, v)`, `norm(m, axis=1)`."""
    return form_text(op.symbol, op.axis, [*op.operands] or [name for name in op.constants if name != "draw"])


def form_text(symbol: str, axis: int | None, operands: Sequence[str]) -> str:
    """Right side of a statement, from its symbol and the texts of its operands."""
    if symbol == "1/":
        return f"1 / {operands[0]}"
    if not symbol.isalpha():
        return f" {symbol} ".join(operands)
    return f"{symbol}({', '.join(operands)}{'' if axis is None else f', axis={axis}'})"


def number(literal: str) -> float:
    """Float64 for a literal of the grammar; all nans are one value."""
    value = float(literal.translate(_SPACES))
    return math.nan if math.isnan(value) else value


def is_whole(literal: str) -> bool:
    """Whether a literal is an absolute index: without point or exponent, and no infinity or nan."""
    return not any(sign in literal for sign in ".eEn")


def constant_text(value: float) -> str:
    """The fewest digits that read back to the same float64: `0.1`, `2`, `-0`, `1e-10`, `inf`, `nan`."""
    return fraction_text(value).removesuffix(".0")


def fraction_text(value: float) -> str:
    """Like `constant_text`, with a point or exponent to tell a fraction from an absolute index: `1.0`."""
    return repr(float(value)).replace("-nan", "nan")


def index_text(index: Constant) -> str:
    """Text of an element's index: its number, or a fraction with all its digits and a point."""
    return str(int(index)) if isinstance(index, int) else fraction_text(index)
