"""Values that a literal can say, a number or a vector or matrix filled with it, and what becomes of them.

The operations are computed by their definitions in `azc.ir.semantics`, in both precisions. A literal stands
for one number that each precision rounds to itself, so a result counts only if it is one such number, too.
"""

import math
from functools import lru_cache
from typing import Any, Final

import attrs

from azc.ir import ELEMENT_SETS, MEANINGS, OPS, Instruction, Literal, Op, instruction_faults

Value = Literal | None
"""A value, or None where it is not known to be uniform."""
ZERO: Final = Literal(0.0)
SET: Final = next(op for op in OPS if op.symbol == "=")
FILLS: Final = {op.result: op for op in reversed(OPS) if op.symbol == "bcast"}
"""What fills a vector with a number, and a matrix with a vector that is a literal."""
_SIDE: Final = 2
"""Computing takes rows of so many elements."""


def filled(instruction: Instruction, value: Literal) -> Instruction:
    """The one way to set what an instruction writes to a uniform value."""
    assert instruction.out is not None
    if instruction.out.kind == "s":
        return Instruction(SET, instruction.out, (), (value.value,))
    return Instruction(FILLS[instruction.out.kind], instruction.out, (value,))


def result(instruction: Instruction, before: Value, operands: list[Value]) -> Value:
    """What an instruction gives, from what was where it writes and from its operands."""
    op = instruction.op
    if op == SET:
        return Literal(float(instruction.constants[0]))
    if op in ELEMENT_SETS:
        return before if before == Literal(float(instruction.constants[-1])) else None
    if op.random or not op.operands or None in operands:
        return None
    values = tuple(value for value in operands if value is not None)
    # A sum depends on how many features there are, unless adding such a number to itself changes nothing.
    if MEANINGS[op.meaning].sums and any(Literal(v.value + v.value) != v for v in values):
        return None
    return _computed(op, values)


@lru_cache(maxsize=4096)
def _computed(op: Op, values: tuple[Literal, ...]) -> Value:
    """What an operation makes of uniform values, if that is one number in both precisions."""
    import numpy as np

    with np.errstate(all="ignore"):
        wide = _in_precision(op, values, np.float64)
        narrow = _in_precision(op, values, np.float32)
        value = math.nan if math.isnan(wide) else wide
        return Literal(value) if Literal(float(np.float32(value))) == Literal(narrow) else None


def _in_precision(op: Op, values: tuple[Literal, ...], number: Any) -> float:
    """The element of the result in one precision."""
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
    """The instruction with literals for the operands whose values are known, if the language can say it."""
    if not any(operands):
        return instruction
    pairs = zip(instruction.operands, operands, strict=True)
    read = tuple(operand if value is None else value for operand, value in pairs)
    return next(
        (form for form in _forms(instruction, read) if not any(instruction_faults(form))), instruction
    )


def _forms(instruction: Instruction, read: tuple[Any, ...]) -> list[Instruction]:
    """The same operation over other operands, and operations that mean the same where one is a literal."""
    op = instruction.op
    forms = [attrs.evolve(instruction, operands=read)]
    if op.meaning == "multiply" and op.result != "s":
        # Elements times a uniform vector are elements times its number.
        scale = next(o for o in OPS if o.meaning == "scale" and o.result == op.result)
        forms += [Instruction(scale, instruction.out, pair) for pair in (read, read[::-1])]
    if op.meaning == "divide" and read[0] == Literal(1.0):
        reciprocal = next(o for o in OPS if o.meaning == "reciprocal" and o.result == op.result)
        forms.append(Instruction(reciprocal, instruction.out, read[1:]))
    return forms
