"""Resolution: the operation that a written form means, decided by the kinds of its operands and its target.

Derived from the table of operations. The parser uses it to read statements, the verifier to ensure that a
program can be written as text, the diagnostics to list what exists.
"""

from collections.abc import Sequence
from typing import Final

import attrs

from azc.arguments import a_text, explained, fault, one_of, optional, real, takes, whole
from azc.ir.ops import KINDS, OPS, Op

LITERAL: Final = "#"
"""Kind of an operand that is a number: it fits a scalar, a vector or a matrix."""

_BY_FORM: Final[dict[tuple[str, int | None], list[Op]]] = {}
for _op in OPS:
    _BY_FORM.setdefault((_op.symbol, _op.axis), []).append(_op)


@attrs.frozen
class Reading:
    """One way to read a statement: the operation, and whether its operands are written in exchanged order."""

    op: Op
    swapped: bool = False


@takes(symbol=a_text)
def forms(symbol: str) -> list[Op]:
    """All operations written with a symbol, whatever their axis."""
    return [op for op in OPS if op.symbol == symbol]


def _kinds(name: str, value: object) -> Sequence[str]:
    if isinstance(value, (str, list, tuple)) and all(isinstance(kind, str) for kind in value):
        return value
    raise fault(name, "a sequence of kinds, a letter each", value)


def readings(symbol: str, axis: int | None, kinds: Sequence[str], target: str) -> list[Reading]:
    """Operations that a written form can mean, after the rule for literals.

    `kinds` has a letter for each operand, `LITERAL` for a number. A clear statement has one reading, an
    ambiguous one several, a statement without an operation none.
    """
    try:
        return _readings(symbol, axis, kinds, target)
    except Exception as error:
        raise explained(
            error,
            (a_text, "symbol", symbol),
            (optional(whole()), "axis", axis),
            (_kinds, "kinds", kinds),
            (one_of((*KINDS, "")), "target", target),
        ) from None


def _readings(symbol: str, axis: int | None, kinds: Sequence[str], target: str) -> list[Reading]:
    fitting = [
        reading
        for op in _BY_FORM.get((symbol, axis), ())
        if op.result == target and len(op.operands) == len(kinds)
        for reading in (Reading(op), Reading(op, swapped=True))
        if _fits(reading, kinds)
    ]
    most = max((_scalars(r, kinds) for r in fitting), default=0)
    fitting = [r for r in fitting if _scalars(r, kinds) == most]
    straight = [r for r in fitting if not r.swapped]
    return straight if len(straight) == 1 else fitting


def _wanted(reading: Reading) -> str:
    return reading.op.operands[::-1] if reading.swapped else reading.op.operands


def _fits(reading: Reading, kinds: Sequence[str]) -> bool:
    # Only scalar times vector or matrix may be written in both orders.
    if reading.swapped and reading.op.meaning != "scale":
        return False
    return all(have in (want, LITERAL) for have, want in zip(kinds, _wanted(reading), strict=True))


def _scalars(reading: Reading, kinds: Sequence[str]) -> int:
    """Number of literals that stand for a scalar."""
    return sum(have == LITERAL and want == "s" for have, want in zip(kinds, _wanted(reading), strict=True))


def is_one_over(symbol: str, numerator: float | None) -> bool:
    """Whether a quotient is written as a reciprocal: its numerator is exactly 1."""
    try:
        return bool(symbol == "/" and numerator == 1.0)
    except Exception as error:
        numbers = optional(real(nan=True))
        raise explained(error, (a_text, "symbol", symbol), (numbers, "numerator", numerator)) from None
