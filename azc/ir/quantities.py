"""Quantities: the numbers of a program that may be other numbers, as learning rates and spreads of draws."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeGuard

import attrs

from azc.arguments import real, several, takes
from azc.ir.program import Instruction, Literal, Operand, Program, a_program

FIXED: Final = ("index", "row", "column", "draw")
"""Names of constants that are no quantities."""


@takes(program=a_program)
def quantities(program: Program) -> list[float]:
    """Quantities of a program, in order: constants but for indices and draws, and literals; finite ones."""
    return [number for instruction in program.instructions() for number in quantities_of(instruction)]


def quantities_of(instruction: Instruction) -> Iterator[float]:
    """Quantities of an instruction."""
    yield from (float(instruction.constants[index]) for index in _tunable(instruction))
    yield from (one.value for one in instruction.operands if _is_quantity(one))


@takes(program=a_program, numbers=several(real(nan=True), "a sequence of numbers"))
def with_quantities(program: Program, numbers: Sequence[float]) -> Program:
    """The program with other quantities, in the order of `quantities`.

    A standard deviation loses its sign, and bounds of a uniform draw that are in order stay so.
    """
    left = iter(numbers)
    return program.having([_changed(i, left.__next__) for i in function] for function in program.functions)


def _tunable(instruction: Instruction) -> list[int]:
    """Indexes of the constants that may change."""
    pairs = zip(instruction.op.constants, instruction.constants, strict=True)
    return [index for index, (name, value) in enumerate(pairs) if name not in FIXED and math.isfinite(value)]


def _is_quantity(operand: Operand) -> TypeGuard[Literal]:
    return isinstance(operand, Literal) and math.isfinite(operand.value)


def _changed(instruction: Instruction, number: Callable[[], float]) -> Instruction:
    constants = list(instruction.constants)
    for index in _tunable(instruction):
        constants[index] = float(number())
        if instruction.op.constants[index] == "sd":
            constants[index] = abs(constants[index])
    low, high = instruction.constants[:2] if instruction.op.meaning == "uniform" else (0, 0)
    if low < high:
        constants[:2] = sorted(constants[:2])
    operands = tuple(Literal(number()) if _is_quantity(one) else one for one in instruction.operands)
    return attrs.evolve(instruction, constants=tuple(constants), operands=operands)
