"""Programs: three tuples of instructions over typed addresses, compared and hashed by value."""

import math
import struct
from collections.abc import Iterator
from functools import cache
from itertools import count
from typing import Any, Final

import attrs

from azc.arguments import fault, kind_of, one_of, takes, whole
from azc.errors import AzcError
from azc.ir.ops import KINDS, NO_OP, Op

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


FUNCTIONS: Final = ("setup", "predict", "learn")
"""The functions of a program, in the order in which they run."""


@attrs.frozen(cache_hash=True)
class Program:
    """A learning algorithm: three straight-line functions (spec: Setup, Predict, Learn)."""

    setup: tuple[Instruction, ...] = ()
    predict: tuple[Instruction, ...] = ()
    learn: tuple[Instruction, ...] = ()

    @property
    def functions(self) -> tuple[tuple[Instruction, ...], ...]:
        """The functions in the order Setup, Predict, Learn."""
        return (self.setup, self.predict, self.learn)

    def instructions(self) -> Iterator[Instruction]:
        """All instructions in the order Setup, Predict, Learn."""
        yield from self.setup
        yield from self.predict
        yield from self.learn

    def addresses(self) -> set[Address]:
        """Addresses that instructions read or write."""
        found = {i.out for i in self.instructions() if i.out is not None}
        for instruction in self.instructions():
            found.update(o for o in instruction.operands if isinstance(o, Address))
        return found


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
    functions = [[i.with_draw(next(fresh)) if i.op.random else i for i in f] for f in program.functions]
    return Program(*map(tuple, functions))
