"""Verifier: the rules that every program must keep, even one made by hand."""

from collections.abc import Iterator

from azc.errors import AzcError
from azc.ir.ops import ELEMENT_SETS, MAX_ADDRESSES, NO_OP, Op
from azc.ir.program import FUNCTION_NAME, Address, Instruction, Literal, Program, a_program
from azc.ir.resolution import LITERAL, Reading, is_one_over, readings
from azc.problems import shown

MAX_INSTRUCTIONS = 1000
"""Maximum number of instructions in a function."""
MAX_DRAW = 2**31
"""Exclusive bound of draw numbers and absolute indexes."""


def verify(program: Program) -> Program:
    """Return the program if it is sound; AzcError with all its faults if not."""
    found = list(faults(program))
    if found:
        raise AzcError("\n".join(found))
    return program


def faults(program: Program) -> Iterator[str]:
    """Faults of a program, a sentence each."""
    a_program("program", program)
    if not _are_names(program.names):
        yield f"its names are {shown(program.names)}, expected a tuple of different names of functions"
        return
    if len(program.functions) != len(program.names):
        yield f"it has {len(program.functions)} functions and {len(program.names)} names; each has one"
    for name, function in zip(program.names, program.functions, strict=False):
        if not isinstance(function, tuple):
            yield f"{name} is {shown(function)}, expected a tuple of instructions"
            continue
        if len(function) > MAX_INSTRUCTIONS:
            yield f"{name} has {len(function)} instructions; at most {MAX_INSTRUCTIONS} are allowed"
        for number, instruction in enumerate(function, 1):
            for fault in instruction_faults(instruction):
                yield f"{name}, instruction {number} ({_op_name(instruction)}): {fault}"


def _are_names(names: object) -> bool:
    return (
        isinstance(names, tuple)
        and all(isinstance(name, str) and FUNCTION_NAME.fullmatch(name) for name in names)
        and len({name.lower() for name in names}) == len(names)
    )


def instruction_faults(instruction: Instruction) -> Iterator[str]:
    """Faults of an instruction, a phrase each."""
    try:
        yield from _faults_of(instruction)
    except (AttributeError, TypeError, ValueError):  # checking types first would take half as long again
        yield "is not an Instruction of an Op, an Address or None, a tuple of operands and a tuple of numbers"


def _faults_of(instruction: Instruction) -> Iterator[str]:
    op, out, operands = instruction.op, instruction.out, instruction.operands
    if not op.in_table:
        yield "is not an operation of the table"
        return
    if op.code == NO_OP.code:
        if out is not None or operands or instruction.constants:
            yield "takes nothing and writes nothing"
        return
    if out is None or out.kind != op.result:
        yield f"writes {out}, expected an address of kind {op.result}"
    if len(operands) != len(op.operands):
        yield f"has {len(operands)} operands, expected {len(op.operands)}"
        return
    if out is not None and not (type(out.index) is int and 0 <= out.index < MAX_ADDRESSES):
        yield _no_address(out)
    literals = False
    for operand, kind in zip(operands, op.operands, strict=True):
        if isinstance(operand, Address):
            if operand.kind != kind:
                yield f"reads {operand}, expected an address of kind {kind}"
            if not (type(operand.index) is int and 0 <= operand.index < MAX_ADDRESSES):
                yield _no_address(operand)
        elif isinstance(operand, Literal):
            literals = True
        else:
            yield f"reads {shown(operand)}, expected an Address or a Literal"
            return
    if op.constants or instruction.constants:
        yield from _constant_faults(instruction)
    if literals:
        yield from _literal_faults(instruction)


def _no_address(address: Address) -> str:
    return f"names {address}; addresses go from {address.kind}0 to {address.kind}{MAX_ADDRESSES - 1}"


def _op_name(instruction: Instruction) -> str:
    op = getattr(instruction, "op", None)
    return op.name if isinstance(op, Op) else shown(instruction)


def _constant_faults(instruction: Instruction) -> Iterator[str]:
    op, constants = instruction.op, instruction.constants
    if len(constants) != len(op.constants):
        yield f"has {len(constants)} constants, expected {len(op.constants)} ({', '.join(op.constants)})"
        return
    indexes = len(constants) - 1 if op in ELEMENT_SETS else 0
    for index, (name, value) in enumerate(zip(op.constants, constants, strict=True)):
        if name == "draw":
            if not (type(value) is int and 0 <= value < MAX_DRAW):
                yield f"has {shown(value)} as draw, expected a whole number from 0 to {MAX_DRAW - 1}"
        elif type(value) is int:
            if index >= indexes:
                yield f"has a whole number as {name}, expected a float"
            elif not 0 <= value < MAX_DRAW:
                yield f"has {shown(value)} as {name}, expected a whole number from 0 to {MAX_DRAW - 1}"
        elif not isinstance(value, float):
            yield f"has {shown(value)} as {name}, expected a float"


def _literal_faults(instruction: Instruction) -> Iterator[str]:
    op = instruction.op
    kinds = [LITERAL if isinstance(o, Literal) else o.kind for o in instruction.operands]
    first = instruction.operands[0]
    if is_one_over(op.symbol, first.value if isinstance(first, Literal) else None):
        yield "divides the literal 1, which reads as a reciprocal"
    elif readings(op.symbol, op.axis, kinds, op.result) != [Reading(op)]:
        yield "has a literal where its text would be read as another operation"
