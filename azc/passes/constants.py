"""Constant folding and propagation: values that never change are written as literals.

Memory is zero at first, so addresses that are never written are constants, and so are addresses that are
only ever set to one value. An address is a constant if all its elements are one number.
"""

from azc.ir import Address, Instruction, Literal, Operand, Program, Signature
from azc.passes.checked import checked
from azc.passes.dataflow import Analysis, Facts, Function, forward
from azc.passes.uniform import ZERO, filled, result, with_literals

Values = dict[Address, Literal | None]
"""Address to its value; None means unknown, an absent address is zero."""


@checked
def constant_values(program: Program, signature: Signature) -> Facts[Values]:
    """Known values before and after each function."""

    def along(source: str, target: str, values: Values) -> Values:
        entering: Values = dict.fromkeys(signature.overwritten(source, target))
        entering |= dict.fromkeys(signature[target].clears, ZERO)
        return _without_zeros(values | entering)

    def through(_: str, function: Function, values: Values) -> Values:
        return _folded(function, values)[1]

    return forward(program, signature, Analysis(lambda _: {}, _join, through, along))


def value_of(operand: Operand, values: Values) -> Literal | None:
    """Value of an operand; None if it is unknown."""
    return operand if isinstance(operand, Literal) else values.get(operand, ZERO)


def step(instruction: Instruction, values: Values) -> Literal | None:
    """Value that an instruction writes; None if it is unknown."""
    assert instruction.out is not None
    operands = [value_of(operand, values) for operand in instruction.operands]
    return result(instruction, values.get(instruction.out, ZERO), operands)


def _join(one: Values, other: Values) -> Values:
    """Values that agree on both of two joining paths."""
    both = {address: one.get(address, ZERO) for address in one | other}
    return {p: value if value == other.get(p, ZERO) else None for p, value in both.items()}


def _without_zeros(values: Values) -> Values:
    return {address: value for address, value in values.items() if value != ZERO}


def _folded(function: Function, values: Values) -> tuple[Function, Values]:
    """Function with its constants as literals, and the values after it."""
    folded, values = [], dict(values)
    for instruction in function:
        if instruction.out is None:
            folded.append(instruction)
            continue
        value = step(instruction, values)
        if value is None:
            known = [value_of(operand, values) for operand in instruction.operands]
            folded.append(with_literals(instruction, known))
        elif values.get(instruction.out, ZERO) != value:
            folded.append(filled(instruction, value))
        values[instruction.out] = value
    return tuple(folded), _without_zeros(values)


@checked
def constants(program: Program, signature: Signature) -> Program:
    """Fold constants, replace known operands by literals, and delete writes of values already there."""
    before = [before for before, _ in constant_values(program, signature).values()]
    return program.having(_folded(*pair)[0] for pair in zip(program.functions, before, strict=True))
