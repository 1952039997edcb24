"""Printing and parsing are inverse to each other; formatting changes no meaning."""

from pathlib import Path

import pytest
from hypothesis import given
from strategies import programs

from azc.errors import AzcError
from azc.ir import ELEMENT_SETS, OPS, Instruction, Literal, Op, Program, address, verify
from azc.language import format_instruction, format_program, format_text, parse

LISTINGS = sorted((Path(__file__).parents[2] / "examples" / "programs").glob("*.azl"))


@given(programs())
def test_printed_program_parses_back(program: Program) -> None:
    """Printing loses nothing: operations, addresses, literals, constants to the bit, draws."""
    assert parse(format_program(verify(program))) == program


@given(programs(max_instructions=4))
def test_printed_program_is_formatted(program: Program) -> None:
    """The formatter does not change the printer's text."""
    text = format_program(program)
    assert format_text(text) == text


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_every_row_of_the_table_can_be_written(op: Op) -> None:
    """Each operation has a text that parses back to it."""
    operands = tuple(address(kind, number) for number, kind in enumerate(op.operands, 1))
    constants = tuple(0 if name == "draw" else 0.25 for name in op.constants)
    out = address(op.result, 3) if op.result else None
    program = Program((), (Instruction(op, out, operands, constants),))
    assert parse(format_program(program)) == program


@pytest.mark.parametrize("path", LISTINGS, ids=lambda path: path.stem)
def test_published_listings_survive_formatting(path: Path) -> None:
    """A published listing parses; formatting keeps its meaning, and formatting again changes nothing."""
    text = path.read_bytes()
    formatted = format_text(text, str(path))
    assert parse(formatted) == parse(text)
    assert format_text(formatted) == formatted


def test_there_are_listings() -> None:
    """The test above finds at least eight listings."""
    assert len(LISTINGS) >= 8


def test_unsound_programs_are_not_printed() -> None:
    """Printing a program that would read back as another one raises AzcError."""
    op = next(op for op in OPS if op.name == "VECTOR_PRODUCT")
    as_scalar = Instruction(op, address("v", 1), (Literal(2.0), address("v", 2)))
    with pytest.raises(AzcError, match="another operation"):
        format_program(Program((as_scalar,)))


@pytest.mark.parametrize("op", sorted(ELEMENT_SETS, key=lambda op: op.code), ids=lambda op: op.name)
def test_index_of_many_digits_is_unsound(op: Op) -> None:
    """Printing an absolute index of 5001 digits raises AzcError."""
    constants = (*[10**5000] * (len(op.constants) - 1), 1.0)
    with pytest.raises(AzcError, match="whole number"):
        format_program(Program((Instruction(op, address(op.result, 1), (), constants),)))


def test_one_instruction_is_printed() -> None:
    """One instruction is printed as a statement, with or without its draw."""
    (instruction,) = parse("def Setup():\n v1 = gauss(0, 1, draw=5)")["Setup"]
    assert format_instruction(instruction) == "v1 = gaussian(0, 1, draw=5)"
    assert format_instruction(instruction, draw=False) == "v1 = gaussian(0, 1)"
