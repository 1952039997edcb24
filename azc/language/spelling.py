"""How operations are spelt: their names, and a right side from its parts; for reader, printer and errors."""

from collections.abc import Sequence
from typing import Final

from azc.ir import OPS, Op

ALIASES: Final = {"gauss": "gaussian"}
NAMES: Final = tuple(sorted({op.symbol for op in OPS if op.symbol.isalpha() and op.result}))
"""The names of operations written as calls."""


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
