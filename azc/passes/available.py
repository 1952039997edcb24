"""Facts about memory: an instruction that would compute an address's value, an older address equal to it.

A fact holds at one moment; it is dropped when an address in it is written. Facts about draws last for a
step: through Predict and Learn of one example.
"""

from collections.abc import Callable, Iterable, Mapping

import attrs

from azc.ir import ELEMENT_SETS, Address, Instruction, Literal, Operand, Program, Signature, float_bits
from azc.passes.dataflow import Analysis, Facts, Function, forward


@attrs.frozen
class Known:
    """Facts about memory at one moment."""

    made: Mapping[Address, Instruction] = attrs.field(factory=dict)
    """Address to an instruction, without its `out`, that would compute the address's value."""
    same: Mapping[Address, Address] = attrs.field(factory=dict)
    """Address to the oldest address of equal value; the sets of keys and values are disjoint."""

    def root(self, operand: Operand) -> Operand:
        """Oldest address with the value of an operand; a literal itself."""
        return self.same.get(operand, operand) if isinstance(operand, Address) else operand

    def without(self, addresses: Iterable[Address]) -> "Known":
        """Facts that hold after some addresses were written."""
        gone = frozenset(addresses)
        return Known(
            {p: i for p, i in self.made.items() if p not in gone and gone.isdisjoint(i.operands)},
            {p: older for p, older in self.same.items() if p not in gone and older not in gone},
        )

    def without_draws(self) -> "Known":
        """Facts that hold in the next step too."""
        return Known({p: i for p, i in self.made.items() if not i.op.random}, self.same)

    def common(self, other: "Known") -> "Known":
        """Facts that hold on both of two joining paths."""
        return Known(
            {p: i for p, i in self.made.items() if other.made.get(p) == i},
            {p: older for p, older in self.same.items() if other.same.get(p) == older},
        )

    def written(self, instruction: Instruction, copied: Operand | None) -> "Known":
        """Facts after an instruction; `copied`: the address whose value it copies, if any."""
        out = instruction.out
        if out is None or copied == out:
            return self
        after = self.without((out,))
        if instruction.op not in ELEMENT_SETS and out not in instruction.operands:
            after = attrs.evolve(after, made={**after.made, out: value(instruction)})
        if isinstance(copied, Address):
            after = attrs.evolve(after, same={**after.same, out: copied})
        return after


Copied = Callable[[Instruction, Known], Address | None]
"""Function from an instruction to the address whose value it copies, or None."""


def ordered(instruction: Instruction) -> Instruction:
    """Instruction with the operands of a commutative operation in a fixed order."""
    if not instruction.op.commutative:
        return instruction
    return attrs.evolve(instruction, operands=tuple(sorted(instruction.operands, key=_rank)))


def value(instruction: Instruction) -> Instruction:
    """Instruction without its output address: equal for instructions that compute the same."""
    return attrs.evolve(ordered(instruction), out=None)


def _rank(operand: Operand) -> tuple[bool, int]:
    """Sort key of operands: addresses by index, then literals by bits."""
    if isinstance(operand, Literal):
        return True, float_bits(operand.value)
    return False, operand.index


def available(program: Program, signature: Signature, copied: Copied) -> Facts[Known]:
    """Facts before and after each function; `copied` tells which instructions copy."""

    def along(source: str, target: str, known: Known) -> Known:
        addresses = signature.overwritten(source, target)
        if signature[target].opens_step:
            return known.without(addresses).without_draws()
        kept = signature[target].repeated - {i.out for i in program[source]}
        return known.without(addresses - kept)

    def through(_: str, function: Function, known: Known) -> Known:
        for instruction in function:
            known = known.written(instruction, copied(instruction, known))
        return known

    return forward(program, signature, Analysis(lambda _: Known(), Known.common, through, along))


def rewritten(
    program: Program,
    signature: Signature,
    copied: Copied,
    rewrite: Callable[[Instruction, Known], Instruction | None],
) -> Program:
    """Program with each instruction rewritten by the facts before it; None deletes an instruction.

    Repeated until nothing changes, since each rewrite may add facts. This ends: operands only move to older
    addresses, and operations only become simpler.
    """
    while True:
        facts = available(program, signature, copied).values()
        functions = []
        for function, (known, _) in zip(program.functions, facts, strict=True):
            kept = []
            for instruction in function:
                new = rewrite(instruction, known)
                kept += [] if new is None else [new]
                known = known.written(instruction, copied(instruction, known))
            functions.append(kept)
        made = program.having(functions)
        if made == program:
            return program
        program = made


def reading(instruction: Instruction, known: Known) -> Instruction:
    """Instruction that reads each operand from the oldest address of equal value."""
    operands = tuple(map(known.root, instruction.operands))
    return instruction if operands == instruction.operands else attrs.evolve(instruction, operands=operands)
