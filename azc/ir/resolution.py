"""Which operation a written form means: decided by the kinds of its operands and of its target.

Derived from the table of operations. The parser asks it to read a statement, the verifier to make sure
that a program can be written down, the diagnostics to say what exists.
"""

from collections.abc import Sequence
from typing import Final

import attrs

from azc.arguments import a_text, explained, fault, one_of, optional, real, takes, whole
from azc.ir.ops import KINDS, OPS, Op

LITERAL: Final = "#"
"""Stands for the kind of an operand that is a number: it fits a scalar, a vector or a matrix."""

_BY_FORM: Final[dict[tuple[str, int | None], list[Op]]] = {}
for _op in OPS:
    _BY_FORM.setdefault((_op.symbol, _op.axis), []).append(_op)


@attrs.frozen
class Reading:
    """One way to read a statement: the operation, and whether its operands stand in exchanged order."""

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
    """The operations that a form can mean, after the rule for literals; one reading is a clear statement.

    `kinds` has a letter an operand, `LITERAL` for a number. Several readings left mean that the statement
    is ambiguous, none that no such operation exists.
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
    """How many of the literals stand for a scalar."""
    return sum(have == LITERAL and want == "s" for have, want in zip(kinds, _wanted(reading), strict=True))


def is_one_over(symbol: str, numerator: float | None) -> bool:
    """Whether a quotient is written as a reciprocal: numerator exactly 1."""
    try:
        return bool(symbol == "/" and numerator == 1.0)
    except Exception as error:
        numbers = optional(real(nan=True))
        raise explained(error, (a_text, "symbol", symbol), (numbers, "numerator", numerator)) from None
