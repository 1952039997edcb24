"""Printer: program to text, with one canonical form for every instruction."""

from azc.arguments import a_truth, takes
from azc.ir import (
    ELEMENT_SETS,
    Instruction,
    Literal,
    Operand,
    Program,
    an_instruction,
    numbered_afresh,
    verify,
)
from azc.language.spelling import constant_text, form_text, index_text

INDENT = "  "


def format_program(program: Program) -> str:
    """Text of a program, which parses back to the same program; AzcError if the program is not sound."""
    draws = shows_draws(verify(program))
    functions = [
        [header_text(name), *(INDENT + statement for statement in _body(function, draws))]
        for name, function in zip(program.names, program.functions, strict=True)
    ]
    return "\n\n".join(map("\n".join, functions)) + "\n"


@takes(instruction=an_instruction, draw=a_truth)
def format_instruction(instruction: Instruction, draw: bool = True) -> str:
    """Statement of an instruction: `v1 = s2 * v3`; `draw`: whether a random one shows `draw=`."""
    return statement_text(instruction, draw)


def statement_text(instruction: Instruction, draw: bool) -> str:
    """Statement of an instruction that is known to be sound."""
    op, out = instruction.op, instruction.out
    if out is None:
        return f"{op.symbol}()"
    if op in ELEMENT_SETS:
        *indexes, value = instruction.constants
        return f"{out}[{', '.join(map(index_text, indexes))}] = {constant_text(value)}"
    if op.random:
        *parameters, number = instruction.constants
        shown = f", draw={int(number)}" if draw else ""
        return f"{out} = {op.symbol}({', '.join(map(constant_text, parameters))}{shown})"
    if not op.operands:
        return f"{out} = {constant_text(instruction.constants[0])}"
    return f"{out} = {form_text(op.symbol, op.axis, list(map(_operand_text, instruction.operands)))}"


def header_text(name: str) -> str:
    """Head of a function."""
    return f"def {name}():"


def shows_draws(program: Program) -> bool:
    """Whether the text must write `draw=`, on all draws: unless numbering afresh gives the same program."""
    return program != numbered_afresh(program)


def _body(function: tuple[Instruction, ...], draws: bool) -> list[str]:
    return [statement_text(instruction, draws) for instruction in function] or ["pass"]


def _operand_text(operand: Operand) -> str:
    return constant_text(operand.value) if isinstance(operand, Literal) else str(operand)
