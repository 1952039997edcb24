"""Random instructions, and instructions with one parameter altered, as the original engine draws them.

Two deliberate differences: a constant of exactly zero is drawn afresh where the original could never change
it, and the bounds of a uniform draw are sorted from the start.
"""

import math
import struct
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

import attrs

from azc.ir import (
    NO_OP,
    OPS,
    Address,
    Constant,
    Instruction,
    Literal,
    Op,
    address,
    instruction_faults,
    smallest_free_draws,
)
from azc.search.space import Space
from azc.search.stream import Stream

SIGN_FLIPS: Final = 0.1
"""How often altering a constant flips its sign instead of scaling it."""


def single(value: float) -> float:
    """The nearest float32: the original keeps all constants but a scalar's own so."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def _fraction(stream: Stream) -> float:
    # 24 bits: a float32 as it stands, and never 1.
    return stream.below(1 << 24) * 2.0**-24


def _signed_single(stream: Stream) -> float:
    return stream.below(1 << 24) * 2.0**-23 - 1.0


def _signed(stream: Stream) -> float:
    return stream.uniform() * 2.0 - 1.0


def _flipped_or_scaled(value: float, stream: Stream) -> float:
    return -value if stream.uniform() < SIGN_FLIPS else value * stream.factor()


def _scaled(value: float, stream: Stream) -> float:
    return value * stream.factor()


@attrs.frozen
class _Rule:
    """How a constant comes about, and how it is altered; without a way to alter it, it is drawn afresh."""

    fresh: Callable[[Stream], float]
    alter: Callable[[float, Stream], float] | None = None
    rounded: bool = True

    def altered(self, value: Constant, stream: Stream) -> float:
        """Another value; zero has no scale, so it is drawn afresh."""
        if self.alter is None or value == 0.0:
            return self.fresh(stream)
        changed = self.alter(value, stream)
        return single(changed) if self.rounded else changed


_PLACE = _Rule(_fraction)
_NUMBER = _Rule(_signed_single, _flipped_or_scaled)

RULES: Final[dict[tuple[str, str], _Rule]] = {
    # meaning, constant
    ("constant", "value"): _Rule(_signed, _flipped_or_scaled, rounded=False),
    ("element", "index"): _PLACE,
    ("element", "row"): _PLACE,
    ("element", "column"): _PLACE,
    ("element", "value"): _NUMBER,
    ("uniform", "low"): _NUMBER,
    ("uniform", "high"): _NUMBER,
    ("gaussian", "mean"): _NUMBER,
    ("gaussian", "sd"): _Rule(_fraction, _scaled),
}
_RULES: Final = tuple(tuple(RULES[op.meaning, n] for n in op.constants if n != "draw") for op in OPS)
"""The rules of an operation's constants, by opcode, its draw apart."""


@lru_cache(maxsize=1 << 16)
def plain(code: int, out: int, *operands: int) -> Instruction:
    """An instruction without constants, one object for equals: what knows it recognizes it at once."""
    op = OPS[code]
    places = tuple(address(kind, i) for kind, i in zip(op.operands, operands, strict=True))
    return Instruction(op, address(op.result, out), places)


NOTHING: Final = Instruction(NO_OP)


def random_instruction(op: Op, space: Space, stream: Stream, others: Iterable[Instruction]) -> Instruction:
    """A random instruction of an operation; a draw of its own gets the smallest number that no other has."""
    if op is NO_OP:
        return NOTHING
    out = _output(op, space, stream)
    if not op.constants:
        return plain(op.code, out, *(stream.below(space.readable[kind]) for kind in op.operands))
    values = _sorted_bounds(op, [rule.fresh(stream) for rule in _RULES[op.code]])
    draws = [next(smallest_free_draws({i.draw for i in others if i.draw is not None}))] if op.random else []
    return Instruction(op, address(op.result, out), (), (*values, *draws))


def altered(instruction: Instruction, space: Space, stream: Stream) -> Instruction:
    """The instruction with one parameter drawn anew or altered; the same object if nothing changed."""
    op = instruction.op
    if op is NO_OP:
        return instruction
    choice = stream.below(1 + (len(op.operands) or 1))
    if choice == 0:
        return _moved(instruction, _output(op, space, stream))
    if not op.operands:
        return _with_constant_altered(instruction, stream)
    return _with_operand(instruction, choice - 1, stream.below(space.readable[op.operands[choice - 1]]))


def _output(op: Op, space: Space, stream: Stream) -> int:
    places = space.writable[op.result]
    return places[stream.below(len(places))]


def _sorted_bounds(op: Op, values: list[float]) -> list[float]:
    return sorted(values) if op.meaning == "uniform" else values


def _moved(instruction: Instruction, out: int) -> Instruction:
    op, before = instruction.op, instruction.out
    if before is None or before.index == out:
        return instruction
    return Instruction(op, address(op.result, out), instruction.operands, instruction.constants)


def _with_constant_altered(instruction: Instruction, stream: Stream) -> Instruction:
    op, values = instruction.op, list(instruction.constants)
    rules = _RULES[op.code]
    place = stream.below(len(rules)) if len(rules) > 1 else 0
    values[place] = rules[place].altered(values[place], stream)
    values[: len(rules)] = _sorted_bounds(op, values[: len(rules)])
    return Instruction(op, instruction.out, (), tuple(values))


def _with_operand(instruction: Instruction, place: int, index: int) -> Instruction:
    op, operands = instruction.op, list(instruction.operands)
    before = operands[place]
    if isinstance(before, Address) and before.index == index:
        return instruction
    operands[place] = address(op.operands[place], index)
    changed = Instruction(op, instruction.out, tuple(operands))
    # Of two literals that a person wrote, the one left may read as another operation.
    if any(isinstance(o, Literal) for o in operands) and any(instruction_faults(changed)):
        return instruction
    return changed
