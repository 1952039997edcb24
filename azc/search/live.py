"""Which instructions matter: evolved programs are mostly dead code, and need not run it to be scored.

Backwards over the fixed control flow (Setup; Predict and Learn over and over; Predict over and over), with
addresses as bits. What is left out changes no error, so no stop and not one bit of fitness.
"""

from collections.abc import Iterable
from typing import Final

import attrs

from azc.ir import ELEMENT_SETS, KINDS, Address, Instruction, Operand, Program, interface_of

ROWS_KEPT: Final = 100_000
"""Instructions remembered: a search makes new constants without end."""
FUNCTIONS_KEPT: Final = 20_000


@attrs.frozen(eq=False)
class Row:
    """An instruction as liveness sees it: what it writes and reads, as bits, and a number of its own."""

    instruction: Instruction
    number: int
    out: int
    reads: int


class _Rows(dict[Instruction, Row]):
    """The rows of instructions, made when first asked for; equal ones have one number while remembered."""

    numbered = 0

    def __missing__(self, instruction: Instruction) -> Row:
        if len(self) >= ROWS_KEPT:
            self.clear()
        out = bit(instruction.out) if instruction.out is not None else 0
        reads = bits(instruction.operands)
        # An element write leaves the other elements as they were, so it reads what it writes.
        row = Row(instruction, self.numbered, out, reads | out if instruction.op in ELEMENT_SETS else reads)
        self.numbered += 1
        self[instruction] = row
        return row


class Liveness:
    """The live instructions of programs of an evaluation type."""

    def __init__(self, eval_type: str):
        interface = interface_of(eval_type)
        self._rows = _Rows()
        self._functions: dict[int, tuple[tuple[Instruction, ...], list[Row]]] = {}
        self._kept = ~bits(interface.overwritten)
        self._prediction = bit(interface.prediction)

    def rows(self, program: Program) -> tuple[list[Row], list[Row], list[Row]]:
        """The rows of the live instructions of Setup, Predict and Learn."""
        setup, predict, learn = map(self._backwards, program.functions)
        before_predict = before_learn = 0
        while True:
            # After Predict comes Learn, or in validation Predict again; both find the data put in anew.
            after_predict = self._prediction | ((before_learn | before_predict) & self._kept)
            first = _before(predict, after_predict)
            second = _before(learn, first & self._kept)
            if first == before_predict and second == before_learn:
                break
            before_predict, before_learn = first, second
        entry = before_predict & self._kept
        return _alive(setup, entry), _alive(predict, after_predict), _alive(learn, entry)

    def _backwards(self, function: tuple[Instruction, ...]) -> list[Row]:
        """The rows of a function, last first; children share most with their parents."""
        kept = self._functions.get(id(function))
        if kept is not None and kept[0] is function:
            return kept[1]
        rows = [self._rows[instruction] for instruction in reversed(function)]
        if len(self._functions) >= FUNCTIONS_KEPT:
            self._functions.clear()
        # Whoever is here stays alive, so no other function gets its id.
        self._functions[id(function)] = (function, rows)
        return rows


def bit(place: Address) -> int:
    """The bit of an address; low ones are small numbers."""
    return 1 << (place.index * len(KINDS) + KINDS.index(place.kind))


def bits(places: Iterable[Operand]) -> int:
    """The bits of some addresses; literals have none."""
    total = 0
    for place in places:
        if isinstance(place, Address):
            total |= bit(place)
    return total


def _before(backwards: list[Row], live: int) -> int:
    """What is live before some instructions, given what is live after them."""
    for row in backwards:
        if live & row.out:
            live = live & ~row.out | row.reads
    return live


def _alive(backwards: list[Row], live: int) -> list[Row]:
    """Those of some instructions that are live, in order."""
    found = []
    for row in backwards:
        if live & row.out:
            found.append(row)
            live = live & ~row.out | row.reads
    return found[::-1]
