"""The verifier: what every program must fulfil, whoever made it."""

from collections.abc import Iterator

from azc.arguments import shown
from azc.errors import AzcError
from azc.ir.ops import ELEMENT_SETS, MAX_ADDRESSES, NO_OP, Op
from azc.ir.program import FUNCTIONS, Address, Instruction, Literal, Program, a_program
from azc.ir.resolution import LITERAL, Reading, is_one_over, readings

MAX_INSTRUCTIONS = 1000
"""Instructions a function."""
MAX_DRAW = 2**31
"""No number of a draw and no absolute index reaches it."""


def verify(program: Program) -> Program:
    """Return the program if it is sound, else raise an error that names every fault."""
    found = list(faults(program))
    if found:
        raise AzcError("\n".join(found))
    return program


def faults(program: Program) -> Iterator[str]:
    """What is wrong with a program, a sentence a fault."""
    a_program("program", program)
    for name, function in zip(FUNCTIONS, program.functions, strict=True):
        if not isinstance(function, tuple):
            yield f"{name} is {shown(function)}, expected a tuple of instructions"
            continue
        if len(function) > MAX_INSTRUCTIONS:
            yield f"{name} has {len(function)} instructions; at most {MAX_INSTRUCTIONS} are allowed"
        for number, instruction in enumerate(function, 1):
            for fault in instruction_faults(instruction):
                yield f"{name}, instruction {number} ({_op_name(instruction)}): {fault}"


def instruction_faults(instruction: Instruction) -> Iterator[str]:
    """What is wrong with an instruction, a phrase a fault."""
    if not _is_made_right(instruction):
        yield "is no Instruction of an Op, an Address or None, a tuple of operands and a tuple of numbers"
        return
    op = instruction.op
    if not op.in_table:
        yield "is not an operation of the table"
        return
    if op.code == NO_OP.code:
        if instruction.out is not None or instruction.operands or instruction.constants:
            yield "takes nothing and writes nothing"
        return
    if instruction.out is None or instruction.out.kind != op.result:
        yield f"writes {instruction.out}, expected an address of kind {op.result}"
    if len(instruction.operands) != len(op.operands):
        yield f"has {len(instruction.operands)} operands, expected {len(op.operands)}"
        return
    for operand, kind in zip(instruction.operands, op.operands, strict=True):
        if isinstance(operand, Address) and operand.kind != kind:
            yield f"reads {operand}, expected an address of kind {kind}"
    for place in (instruction.out, *instruction.operands):
        if isinstance(place, Address) and not (type(place.index) is int and 0 <= place.index < MAX_ADDRESSES):
            yield f"names {place}; addresses go from {place.kind}0 to {place.kind}{MAX_ADDRESSES - 1}"
    yield from _constant_faults(instruction)
    if any(isinstance(operand, Literal) for operand in instruction.operands):
        yield from _literal_faults(instruction)


def _op_name(instruction: Instruction) -> str:
    op = getattr(instruction, "op", None)
    return op.name if isinstance(op, Op) else shown(instruction)


def _is_made_right(instruction: Instruction) -> bool:
    """Whether all that an instruction holds is of the right classes."""
    if not isinstance(instruction, Instruction) or not isinstance(instruction.op, Op):
        return False
    out, operands, constants = instruction.out, instruction.operands, instruction.constants
    if not (isinstance(operands, tuple) and isinstance(constants, tuple)):
        return False
    for place in operands:
        if place.__class__ is not Address and place.__class__ is not Literal:
            return False
    for constant in constants:
        if not isinstance(constant, (float, int)):
            return False
    return out is None or out.__class__ is Address


def _constant_faults(instruction: Instruction) -> Iterator[str]:
    op, constants = instruction.op, instruction.constants
    if len(constants) != len(op.constants):
        yield f"has {len(constants)} constants, expected {len(op.constants)} ({', '.join(op.constants)})"
        return
    indexes = len(constants) - 1 if op in ELEMENT_SETS else 0
    for place, (name, value) in enumerate(zip(op.constants, constants, strict=True)):
        if name == "draw":
            if not (isinstance(value, int) and 0 <= value < MAX_DRAW):
                yield f"has a draw that is no whole number from 0 to {MAX_DRAW - 1}"
        elif isinstance(value, int):
            if place >= indexes:
                yield f"has a whole number as {name}, expected a float"
            elif not 0 <= value < MAX_DRAW:
                yield f"has a {name} that is no whole number from 0 to {MAX_DRAW - 1}"


def _literal_faults(instruction: Instruction) -> Iterator[str]:
    op = instruction.op
    kinds = [LITERAL if isinstance(o, Literal) else o.kind for o in instruction.operands]
    first = instruction.operands[0]
    if is_one_over(op.symbol, first.value if isinstance(first, Literal) else None):
        yield "divides the literal 1, which reads as a reciprocal"
    elif readings(op.symbol, op.axis, kinds, op.result) != [Reading(op)]:
        yield "has a literal where its text would be read as another operation"
