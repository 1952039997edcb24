"""How operations and numbers are spelt: names, right sides from their parts, digits that read back."""

import math
from collections.abc import Sequence
from typing import Final

from azc.ir import OPS, Constant, Op

ALIASES: Final = {"gauss": "gaussian"}
NAMES: Final = tuple(sorted({op.symbol for op in OPS if op.symbol.isalpha() and op.result}))
"""The names of operations written as calls."""
_SPACES: Final = str.maketrans("", "", " \t")


def form_of(op: Op) -> str:
    """How an operation is written, with kinds for operands: `dot(m, v)`, `norm(m, axis=1)`."""
    return form_text(op.symbol, op.axis, [*op.operands] or [name for name in op.constants if name != "draw"])


def form_text(symbol: str, axis: int | None, operands: Sequence[str]) -> str:
    """A statement's right side from its symbol and the texts of its operands."""
    if symbol == "1/":
        return f"1 / {operands[0]}"
    if not symbol.isalpha():
        return f" {symbol} ".join(operands)
    return f"{symbol}({', '.join(operands)}{'' if axis is None else f', axis={axis}'})"


def number(literal: str) -> float:
    """The float64 that a literal of the grammar means; all nans are one value."""
    value = float(literal.translate(_SPACES))
    return math.nan if math.isnan(value) else value


def is_whole(literal: str) -> bool:
    """Whether a literal has neither point nor exponent and is no infinity or nan: an absolute index."""
    return not any(sign in literal for sign in ".eEn")


def constant_text(value: float) -> str:
    """The fewest digits that read back to the same float64: `0.1`, `2`, `-0`, `1e-10`, `inf`, `nan`."""
    return fraction_text(value).removesuffix(".0")


def fraction_text(value: float) -> str:
    """The same with a point or an exponent, which tells a fraction from an absolute index: `1.0`."""
    return repr(float(value)).replace("-nan", "nan")


def index_text(index: Constant) -> str:
    """An element's index: its number, or a fraction with all its digits and a point."""
    return str(int(index)) if isinstance(index, int) else fraction_text(index)
