"""Uniform values: a number, or a vector or matrix filled with one; and the results of operations on them.

Results are computed by the definitions in `azc.ir.semantics`, in both precisions. A literal is one number
that each precision rounds for itself, so a result counts only if both precisions agree on such a number.
"""

import math
from functools import lru_cache
from typing import Any, Final

import attrs

from azc.ir import ELEMENT_SETS, MEANINGS, OPS, Instruction, Literal, Op, instruction_faults

Value = Literal | None
"""A uniform value, or None if it is unknown or not uniform."""
ZERO: Final = Literal(0.0)
SET: Final = next(op for op in OPS if op.symbol == "=")
FILLS: Final = {op.result: op for op in reversed(OPS) if op.symbol == "bcast"}
"""Operation that fills a vector with a number, or a matrix with a vector that is a literal, by kind."""
_SIDE: Final = 2
"""Number of features in the computation."""


def filled(instruction: Instruction, value: Literal) -> Instruction:
    """Instruction that sets the output address of another one to a uniform value."""
    assert instruction.out is not None
    if instruction.out.kind == "s":
        return Instruction(SET, instruction.out, (), (value.value,))
    return Instruction(FILLS[instruction.out.kind], instruction.out, (value,))


def result(instruction: Instruction, before: Value, operands: list[Value]) -> Value:
    """Result of an instruction, from the value before at its output address, and the operands."""
    op = instruction.op
    if op == SET:
        return Literal(float(instruction.constants[0]))
    if op in ELEMENT_SETS:
        return before if before == Literal(float(instruction.constants[-1])) else None
    if op.random or not op.operands or None in operands:
        return None
    values = tuple(value for value in operands if value is not None)
    # Sums depend on the number of features, except for numbers that adding to themselves does not change.
    if MEANINGS[op.meaning].sums and any(Literal(v.value + v.value) != v for v in values):
        return None
    return _computed(op, values)


@lru_cache(maxsize=4096)
def _computed(op: Op, values: tuple[Literal, ...]) -> Value:
    """Result of an operation on uniform values; None unless it is one number in both precisions."""
    import numpy as np

    with np.errstate(all="ignore"):
        wide = _in_precision(op, values, np.float64)
        narrow = _in_precision(op, values, np.float32)
        value = math.nan if math.isnan(wide) else wide
        return Literal(value) if Literal(float(np.float32(value))) == Literal(narrow) else None


def _in_precision(op: Op, values: tuple[Literal, ...], number: Any) -> float:
    """Element of the result in one precision."""
    import numpy as np

    from azc.ir import semantics

    shapes = {"s": (), "v": (_SIDE,), "m": (_SIDE, _SIDE)}
    arguments: list[Any] = [
        number(value.value) if kind == "s" else np.full(shapes[kind], value.value, number)
        for kind, value in zip(op.operands, values, strict=True)
    ]
    extra = [_SIDE] if op.meaning == "fill" else []
    found = np.asarray(getattr(semantics, op.meaning)(*arguments, *extra)).astype(number)
    return float(found.reshape(-1)[0])


def with_literals(instruction: Instruction, operands: list[Value]) -> Instruction:
    """Instruction with literals for operands of known value, if the language has such an instruction."""
    if not any(operands):
        return instruction
    pairs = zip(instruction.operands, operands, strict=True)
    read = tuple(operand if value is None else value for operand, value in pairs)
    return next(
        (form for form in _forms(instruction, read) if not any(instruction_faults(form))), instruction
    )


def _forms(instruction: Instruction, read: tuple[Any, ...]) -> list[Instruction]:
    """The instruction with other operands, and equivalent ones that allow a literal."""
    op = instruction.op
    forms = [attrs.evolve(instruction, operands=read)]
    if op.meaning == "multiply" and op.result != "s":
        # A product with a uniform vector is the product with its number.
        scale = next(o for o in OPS if o.meaning == "scale" and o.result == op.result)
        forms += [Instruction(scale, instruction.out, pair) for pair in (read, read[::-1])]
    if op.meaning == "divide" and read[0] == Literal(1.0):
        reciprocal = next(o for o in OPS if o.meaning == "reciprocal" and o.result == op.result)
        forms.append(Instruction(reciprocal, instruction.out, read[1:]))
    return forms
