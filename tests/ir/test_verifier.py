"""Verifier: each fault of a program made by hand has its sentence."""

from typing import Any

import numpy as np
import pytest

from azc.errors import AzcError
from azc.ir import (
    BY_NAME,
    MAX_INSTRUCTIONS,
    NO_OP,
    Address,
    Instruction,
    Literal,
    Program,
    address,
    faults,
    instruction_faults,
    no_op,
    verify,
)

S1, S2, V1 = address("s", 1), address("s", 2), address("v", 1)
SUM, QUOTIENT = BY_NAME["SCALAR_SUM"], BY_NAME["SCALAR_DIVISION"]
SET, DRAW = BY_NAME["SCALAR_CONST_SET"], BY_NAME["SCALAR_GAUSSIAN_SET"]
ELEMENT, CELL = BY_NAME["VECTOR_CONST_SET"], BY_NAME["MATRIX_CONST_SET"]
MALFORMED = "is not an Instruction of an Op, an Address or None, a tuple of operands and a tuple of numbers"
NO_DRAW = "has {} as draw, expected a whole number from 0 to 2147483647"
NO_S = "addresses go from s0 to s63"

FAULTY: dict[str, tuple[Any, list[str]]] = {
    "text": ("s1 = s2", [MALFORMED]),
    "operands that are a number": (Instruction(SUM, S1, 5), [MALFORMED]),  # type: ignore[arg-type]
    "constants in an array": (Instruction(SUM, S1, (S2, S2), np.ones(2)), [MALFORMED]),  # type: ignore[arg-type]
    "NO_OP with a target": (Instruction(NO_OP, S1), ["takes nothing and writes nothing"]),
    "NO_OP with an operand": (Instruction(NO_OP, None, (S1,)), ["takes nothing and writes nothing"]),
    "NO_OP with a constant": (Instruction(NO_OP, None, (), (1.0,)), ["takes nothing and writes nothing"]),
    "no target": (Instruction(SUM, None, (S1, S2)), ["writes None, expected an address of kind s"]),
    "target of another kind": (Instruction(SUM, V1, (S1, S2)), ["writes v1, expected an address of kind s"]),
    "too few operands": (Instruction(SUM, S1, (S2,)), ["has 1 operands, expected 2"]),
    "target beyond the last": (Instruction(SUM, Address("s", 64), (S1, S2)), [f"names s64; {NO_S}"]),
    "operand of another kind": (Instruction(SUM, S1, (S2, V1)), ["reads v1, expected an address of kind s"]),
    "operand below the first": (Instruction(SUM, S1, (Address("s", -1), S2)), [f"names s-1; {NO_S}"]),
    "index True": (Instruction(SUM, S1, (Address("s", True), S2)), [f"names sTrue; {NO_S}"]),
    "number as operand": (
        Instruction(SUM, S1, (2.0, S2)),  # type: ignore[arg-type]
        ["reads 2.0, expected an Address or a Literal"],
    ),
    "constants of an operation without": (
        Instruction(SUM, S1, (S1, S2), (1.0,)),
        ["has 1 constants, expected 0 ()"],
    ),
    "too few constants": (
        Instruction(DRAW, S1, (), (0.0, 1.0)),
        ["has 2 constants, expected 3 (mean, sd, draw)"],
    ),
    "draw too large": (Instruction(DRAW, S1, (), (0.0, 1.0, 2**31)), [NO_DRAW.format(2147483648)]),
    "draw as float": (Instruction(DRAW, S1, (), (0.0, 1.0, 0.0)), [NO_DRAW.format(0.0)]),
    "draw True": (Instruction(DRAW, S1, (), (0.0, 1.0, True)), [NO_DRAW.format(True)]),
    "index as True": (
        Instruction(CELL, address("m", 1), (), (0, True, 3.0)),
        ["has True as column, expected a float"],
    ),
    "integer as constant": (
        Instruction(SET, S1, (), (3,)),
        ["has a whole number as value, expected a float"],
    ),
    "integer as value of an element": (
        Instruction(ELEMENT, V1, (), (0, 3)),
        ["has a whole number as value, expected a float"],
    ),
    "negative index": (
        Instruction(CELL, address("m", 1), (), (0, -1, 3.0)),
        ["has -1 as column, expected a whole number from 0 to 2147483647"],
    ),
    "text as constant": (Instruction(SET, S1, (), ("x",)), ["has 'x' as value, expected a float"]),  # type: ignore[arg-type]
    "literal 1 divided": (
        Instruction(QUOTIENT, S1, (Literal(1.0), S2)),
        ["divides the literal 1, which reads as a reciprocal"],
    ),
    "literal for a vector": (
        Instruction(BY_NAME["VECTOR_PRODUCT"], V1, (Literal(2.0), V1)),
        ["has a literal where its text would be read as another operation"],
    ),
    "several": (
        Instruction(SUM, V1, (V1, V1)),
        ["writes v1, expected an address of kind s", *["reads v1, expected an address of kind s"] * 2],
    ),
}


@pytest.mark.parametrize(("instruction", "expected"), FAULTY.values(), ids=FAULTY.keys())
def test_faulty_instruction(instruction: Any, expected: list[str]) -> None:
    """A faulty instruction has exactly the expected faults."""
    assert list(instruction_faults(instruction)) == expected


@pytest.mark.parametrize("names", [None, "AB", ("A", "a"), ("A b", "C"), (1, 2), ("", "B")])
def test_functions_have_different_names(names: Any) -> None:
    """Names that no text could have are a fault."""
    assert "expected a tuple of different names" in next(faults(Program(names=names)))


def test_all_faults_of_a_program_are_reported() -> None:
    """The error has a line for each fault, with function, number and operation of the instruction."""
    program = Program((no_op(), Instruction(SUM, S1, (S2,))), (), ("x",))  # type: ignore[arg-type]
    with pytest.raises(AzcError) as caught:
        verify(program)
    assert str(caught.value).splitlines() == [
        "Setup, instruction 2 (SCALAR_SUM): has 1 operands, expected 2",
        f"Learn, instruction 1 ('x'): {MALFORMED}",
    ]


def test_function_is_a_tuple_of_limited_length() -> None:
    """A function that is a list is a fault, and so are more than 1000 instructions."""
    program = Program([no_op()], (no_op(),) * MAX_INSTRUCTIONS, (no_op(),) * (MAX_INSTRUCTIONS + 1))  # type: ignore[arg-type]
    first, second = faults(program)
    assert first.startswith("Setup is [")
    assert first.endswith(", expected a tuple of instructions")
    assert second == "Learn has 1001 instructions; at most 1000 are allowed"
