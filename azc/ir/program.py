"""Programs: functions of instructions over typed addresses, compared and hashed by value."""

import math
import re
import struct
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from itertools import chain, count
from typing import Any, Final

import attrs

from azc.arguments import fault, kind_of, one_of, takes, whole
from azc.errors import AzcError
from azc.ir.ops import KINDS, NO_OP, Op
from azc.problems import nearest, shown

Constant = float | int
"""A float; or an int that names an element absolutely or numbers a draw."""

_NAN_BITS: Final = 0x7FF8_0000_0000_0000


def float_bits(value: float) -> int:
    """The 64 bits of a float64 as an int, all nans alike: 0.0 and -0.0 differ, nan equals nan."""
    try:
        return _NAN_BITS if math.isnan(value) else int.from_bytes(struct.pack("<d", value), "little")
    except Exception:  # arguments are checked only after a failure, since comparisons of programs call this
        raise fault("value", "a number that a float64 holds", value) from None


def _bits_of(value: Constant) -> tuple[bool, int]:
    return (True, value) if isinstance(value, int) else (False, float_bits(value))


def _bits_of_all(values: tuple[Constant, ...]) -> tuple[tuple[bool, int], ...]:
    return tuple(map(_bits_of, values))


@attrs.frozen(cache_hash=True)
class Address:
    """Address of memory: `Address("v", 2)` is v2. Made by `address`, which keeps one object for each."""

    kind: str
    index: int

    def __str__(self) -> str:
        return f"{self.kind}{self.index}"

    def __reduce__(self) -> tuple[Any, ...]:
        return address, (self.kind, self.index)


def address(kind: str, index: int) -> Address:
    """The address of a kind (`s`, `v` or `m`) with an index; AzcError if there is none."""
    try:
        return _address(kind, index)
    except Exception:  # the cache raises TypeError for unhashable arguments; this names the argument
        return _made_address(kind, index)


@takes(kind=one_of(KINDS), index=whole())
def _made_address(kind: str, index: int) -> Address:
    return Address(kind, index)


_address: Final = cache(_made_address)


def _float(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except Exception:
        raise fault("value", "a number that a float64 holds", value) from None


@attrs.frozen
class Literal:
    """Number as an operand: a scalar, or a vector or matrix filled with it."""

    value: float = attrs.field(eq=float_bits, converter=_float)


Operand = Address | Literal


@attrs.frozen(cache_hash=True)
class Instruction:
    """Operation with the address that it writes, its operands and its constants, both in order."""

    op: Op
    out: Address | None = None
    operands: tuple[Operand, ...] = ()
    constants: tuple[Constant, ...] = attrs.field(default=(), eq=_bits_of_all)

    @property
    def draw(self) -> int | None:
        """Number of the draw of a random instruction; None for all others."""
        return int(self.constants[-1]) if self.op.random else None

    def with_draw(self, draw: int) -> "Instruction":
        """The same random instruction with another draw."""
        return attrs.evolve(self, constants=(*self.constants[:-1], draw))


SETUP, PREDICT, LEARN = SUPERVISED = ("Setup", "Predict", "Learn")
"""Names of the functions of supervised learning, in the order in which they run."""
FUNCTIONS: Final = tuple(name.lower() for name in SUPERVISED)
"""The same names as keys of a configuration."""

FUNCTION_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""Names of functions, inputs and outputs."""
Function = tuple[Instruction, ...]
"""Instructions in the order in which they run."""


@attrs.frozen(init=False)
class Program:
    """Straight-line functions by name, in the order of a signature; compared by value.

    `Program(setup, predict, learn)` is one of supervised learning, `Program(setup, update, names=("Setup",
    "Update"))` one of another signature. Functions that are left out are empty.
    """

    functions: tuple[Function, ...]
    names: tuple[str, ...]

    def __init__(self, *functions: Function, names: tuple[str, ...] = SUPERVISED) -> None:
        missing = len(names) - len(functions) if isinstance(names, tuple) else 0
        self.__attrs_init__((*functions, *((),) * missing), names)

    def __getitem__(self, name: str) -> Function:
        """The function of a name; AzcError if there is none."""
        try:
            return self.functions[self.names.index(name)]
        except Exception:
            raise AzcError(f"there is no function {shown(name)}; {nearest(name, self.names)}") from None

    @cached_property
    def _hash(self) -> int:
        return hash((self.functions, self.names))

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[Any, ...]:
        return _program, (self.functions, self.names)

    def having(self, functions: Iterable[Iterable[Instruction]]) -> "Program":
        """A program with the same names and other functions, given in the same order."""
        try:
            return _program(tuple(map(tuple, functions)), self.names)
        except AzcError:
            raise
        except Exception:  # a user's own class may raise anything
            raise fault("functions", "a sequence of functions, each one of Instructions", functions) from None

    def instructions(self) -> Iterator[Instruction]:
        """All instructions, in the order of the functions."""
        return chain.from_iterable(self.functions)

    def addresses(self) -> set[Address]:
        """Addresses that instructions read or write."""
        found = {i.out for i in self.instructions() if i.out is not None}
        for instruction in self.instructions():
            found.update(o for o in instruction.operands if isinstance(o, Address))
        return found


def _program(functions: tuple[Function, ...], names: tuple[str, ...]) -> Program:
    return Program(*functions, names=names)


def _verify(program: Program) -> None:
    from azc.ir.verifier import verify

    verify(program)


def _verify_instruction(instruction: Instruction) -> None:
    from azc.ir.verifier import instruction_faults

    for found in instruction_faults(instruction):
        raise AzcError(f"the instruction {found}")


an_instruction: Final = kind_of(Instruction, expected="an Instruction", inside=_verify_instruction)
a_program: Final = kind_of(
    Program, expected="a Program", advice="read one with azc.parse or azc.load", inside=_verify
)
"""Checks of arguments: an instruction, a program."""


def no_op() -> Instruction:
    """An instruction that does nothing."""
    return Instruction(NO_OP)


def smallest_free_draws(taken: set[int]) -> Iterator[int]:
    """Numbers of draws that are not taken, smallest first, without end."""
    if not isinstance(taken, (set, frozenset)):
        raise fault("taken", "a set of whole numbers", taken)
    return (number for number in count() if number not in taken)


@takes(program=a_program)
def draw_numbers(program: Program) -> set[int]:
    """Numbers of the program's draws."""
    return {i.draw for i in program.instructions() if i.draw is not None}


@takes(program=a_program)
def numbered_afresh(program: Program) -> Program:
    """Number all draws as a text without any `draw=` would: 0, 1, 2 … in the order of functions."""
    fresh = count()
    return program.having(
        [i.with_draw(next(fresh)) if i.op.random else i for i in function] for function in program.functions
    )
