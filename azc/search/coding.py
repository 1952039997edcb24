"""Coding of programs as genomes and back: the numbers of addresses and literals."""

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

import attrs
import numpy as np

from azc.errors import AzcError
from azc.ir import (
    KINDS,
    OPS,
    SUPERVISED,
    Address,
    Constant,
    Instruction,
    Literal,
    Operand,
    Program,
    address,
    float_bits,
)
from azc.search.engine.genome import ABSOLUTE, MAX_CONSTANTS, MAX_NUMBERED, NONE, WORDS, Genome, Sizes


def signed(word: int) -> int:
    """A 64-bit word as the signed integer that the inner loop has."""
    return word - (1 << 64) if word >> 63 else word


def _word(value: Constant) -> int:
    return ABSOLUTE | value if isinstance(value, int) else signed(float_bits(value))


def _constant(word: int) -> Constant:
    return word ^ ABSOLUTE if word & ABSOLUTE == ABSOLUTE else float(np.int64(word).view(np.float64))


Key = TypeVar("Key")
Value = TypeVar("Value")
MAX_KEPT: Final = 100_000
"""Instructions that a coding remembers."""


@attrs.frozen(eq=False)
class Coding:
    """Numbers of a search's addresses and of the literals in its first programs."""

    counts: tuple[int, ...]
    """Number of scalars, vectors and matrices."""
    literals: tuple[tuple[str, Literal], ...] = ()
    """Kind of operand and value of each literal, ordered by the bits of the value."""
    names: tuple[str, ...] = SUPERVISED
    """Names of the programs' functions."""
    starts: tuple[int, ...] = attrs.field(init=False)
    """Number of the first address of each kind."""
    _numbers: dict[tuple[str, Operand], int] = attrs.field(init=False, factory=dict)
    _operands: dict[int, Operand] = attrs.field(init=False, factory=dict)
    # Most instructions of a search recur, and making one takes longer than looking it up.
    _packed: dict[Instruction, list[int]] = attrs.field(init=False, factory=dict)
    _unpacked: dict[tuple[int, ...], Instruction] = attrs.field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        starts = (0, self.counts[0], self.counts[0] + self.counts[1])
        object.__setattr__(self, "starts", starts)
        for kind, start, count in zip(KINDS, starts, self.counts, strict=True):
            for index in range(count):
                self._enter(kind, address(kind, index), start + index)
        for index, (kind, literal) in enumerate(self.literals):
            self._enter(kind, literal, MAX_NUMBERED + index)

    def _enter(self, kind: str, operand: Operand, number: int) -> None:
        self._numbers[kind, operand] = number
        self._operands[number] = operand

    def number(self, address: Address) -> int:
        """Number of an address; AzcError if the search does not have it."""
        return self._number(address.kind, address)

    def _number(self, kind: str, operand: Operand) -> int:
        try:
            return self._numbers[kind, operand]
        except KeyError:
            names = ", ".join(
                f"{k}0 to {k}{n - 1}" if n > 1 else f"{k}0"
                for k, n in zip(KINDS, self.counts, strict=True)
                if n
            )
            what = f"the literal {operand.value!r}" if isinstance(operand, Literal) else str(operand)
            raise AzcError(
                f"{what} is none of the search's; it has {names}, and the literals of the program that it "
                "begins with"
            ) from None

    @property
    def numbers(self) -> list[int]:
        """All numbers in use."""
        return [*self._operands]

    def numbers_of(self, kind: str, *, literals: bool = False) -> list[int]:
        """Numbers of all addresses of a kind; with `literals`, also of literals for such operands."""
        return [
            number
            for (k, operand), number in self._numbers.items()
            if k == kind and (literals or isinstance(operand, Address))
        ]

    def operand(self, number: int) -> Operand:
        """Address or literal with a number."""
        return self._operands[number]

    def pack(self, program: Program, room: int) -> tuple[Genome, Sizes]:
        """Genome and sizes of a program.

        The genome has `room` instructions, the rest of them zeros. AzcError if the program is too long, or
        names what the search does not have.
        """
        size = sum(map(len, program.functions))
        if size > room:
            raise AzcError(f"a program of {size} instructions; the search has room for {room}")
        genome = np.zeros((room, WORDS), dtype=np.int64)
        if size:
            genome[:size] = [self._row(instruction) for instruction in program.instructions()]
        return genome, np.array([len(function) for function in program.functions], dtype=np.int64)

    def _row(self, instruction: Instruction) -> list[int]:
        """Words of an instruction."""
        found = self._packed.get(instruction)
        if found is None:
            found = _kept(self._packed, instruction, self._made_row(instruction))
        return found

    def _made_row(self, instruction: Instruction) -> list[int]:
        op, out = instruction.op, instruction.out
        operands = [self._number(k, o) for k, o in zip(op.operands, instruction.operands, strict=True)]
        a, b, c = (*operands, NONE, NONE, NONE)[:3]
        first = op.code | (NONE if out is None else self.number(out)) << 8 | a << 16 | b << 24
        first |= (c + 1 & 255) << 32
        values = [_word(value) for value in instruction.constants]
        if op.random:
            values[-1] = int(instruction.constants[-1])
        return [first, *values, *[0] * (MAX_CONSTANTS - len(values))]

    def unpack(self, genome: Genome, sizes: Sequence[int] | Sizes) -> Program:
        """Program of a genome."""
        counts, start, functions = [int(size) for size in sizes], 0, []
        rows = list(map(tuple, genome[: sum(counts)].tolist()))
        for size in counts:
            functions.append(tuple(map(self._instruction, rows[start : start + size])))
            start += size
        return Program(*functions, names=self.names)

    def _instruction(self, row: tuple[int, ...]) -> Instruction:
        """The instruction of some words."""
        found = self._unpacked.get(row)
        if found is None:
            found = _kept(self._unpacked, row, self._made_instruction(row))
        return found

    def _made_instruction(self, row: tuple[int, ...]) -> Instruction:
        op = OPS[row[0] & 255]
        out, *operands = (row[0] >> shift & 255 for shift in (8, 16, 24, 32))
        operands[-1] -= 1
        constants = [_constant(word) for word in row[1 : 1 + len(op.constants)]]
        if op.random:
            constants[-1] = row[len(op.constants)]
        written = self._operands[out] if op.result else None
        assert written is None or isinstance(written, Address)
        read = tuple(self._operands[number] for number in operands[: len(op.operands)])
        return Instruction(op, written, read, tuple(constants))


def _kept(cache: dict[Key, Value], key: Key, value: Value) -> Value:
    """Keep a value, of the last ones only."""
    if len(cache) >= MAX_KEPT:
        cache.clear()
    cache[key] = value
    return value


def coding(
    counts: Sequence[int], programs: Iterable[Program] = (), names: tuple[str, ...] = SUPERVISED
) -> Coding:
    """Coding for `counts` addresses of each kind, the literals of some programs, and functions by name.

    AzcError if either are too many to be numbered.
    """
    if sum(counts) > MAX_NUMBERED:
        raise AzcError(
            f"program.addresses: {sum(counts)} in all; expected at most {MAX_NUMBERED}, as a set "
            "of them is one word"
        )
    found = {
        (kind, operand)
        for program in programs
        for instruction in program.instructions()
        for kind, operand in zip(instruction.op.operands, instruction.operands, strict=True)
        if isinstance(operand, Literal)
    }
    literals = sorted(found, key=lambda pair: (float_bits(pair[1].value), pair[0]))
    if len(literals) > NONE - MAX_NUMBERED:
        most = NONE - MAX_NUMBERED
        raise AzcError(f"program.initial: {len(literals)} literals; expected at most {most}")
    return Coding(tuple(counts), tuple(literals), names)
