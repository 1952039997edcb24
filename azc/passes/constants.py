"""Constant folding and propagation: what is the same number whenever a run gets there is written as one.

Memory is zero at first, so an address that is never written is a constant, and so is one that is only ever
set to one value. An address counts as a constant if all its elements are one number.
"""

from azc.ir import Address, Instruction, Interface, Literal, Operand, Program
from azc.passes.checked import checked
from azc.passes.dataflow import Analysis, Facts, Function, forward, overwritten_on
from azc.passes.uniform import ZERO, filled, result, with_literals

Values = dict[Address, Literal | None]
"""Addresses with their values; None is any value, and those left out are zero."""


@checked
def constant_values(program: Program, interface: Interface) -> Facts[Values]:
    """The values that are known before and after each function."""

    def along(source: str, target: str, values: Values) -> Values:
        entering: Values = dict.fromkeys(overwritten_on(interface, source, target))
        if target == "predict":
            entering[interface.label] = ZERO
        return _without_zeros(values | entering)

    def through(_: str, function: Function, values: Values) -> Values:
        return _folded(function, values)[1]

    return forward(program, Analysis({}, _join, through, along))


def value_of(operand: Operand, values: Values) -> Literal | None:
    """The value of an operand, if it is known."""
    return operand if isinstance(operand, Literal) else values.get(operand, ZERO)


def step(instruction: Instruction, values: Values) -> Literal | None:
    """The value that an instruction writes, if it is known."""
    assert instruction.out is not None
    operands = [value_of(operand, values) for operand in instruction.operands]
    return result(instruction, values.get(instruction.out, ZERO), operands)


def _join(one: Values, other: Values) -> Values:
    """The values that are the same on both of two paths that meet."""
    both = {address: one.get(address, ZERO) for address in one | other}
    return {p: value if value == other.get(p, ZERO) else None for p, value in both.items()}


def _without_zeros(values: Values) -> Values:
    return {address: value for address, value in values.items() if value != ZERO}


def _folded(function: Function, values: Values) -> tuple[Function, Values]:
    """A function with its constants written as such, and the values after it."""
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
def constants(program: Program, interface: Interface) -> Program:
    """Fold constants, write known operands as literals, and leave out what sets a value that is there."""
    values = constant_values(program, interface)
    return Program(
        _folded(program.setup, values.setup[0])[0],
        _folded(program.predict, values.predict[0])[0],
        _folded(program.learn, values.learn[0])[0],
    )
