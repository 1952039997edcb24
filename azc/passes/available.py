"""What memory is known to hold: which instruction would give an address's value, and which address has it.

Both hold of the values at one moment: they are forgotten when an address that they name is written. The draws
of a step are known while it lasts, through Predict and Learn of one example.
"""

from collections.abc import Callable, Iterable, Mapping

import attrs

from azc.ir import ELEMENT_SETS, Address, Instruction, Interface, Literal, Operand, Program, float_bits
from azc.passes.dataflow import Analysis, Facts, Function, forward, overwritten_on


@attrs.frozen
class Known:
    """What is known of memory at one moment."""

    made: Mapping[Address, Instruction] = attrs.field(factory=dict)
    """Addresses with an instruction, less what it writes to, that would give what they hold."""
    same: Mapping[Address, Address] = attrs.field(factory=dict)
    """Addresses with an older one that holds the same; no address of the one kind is of the other."""

    def root(self, operand: Operand) -> Operand:
        """The oldest address that holds what an operand does."""
        return self.same.get(operand, operand) if isinstance(operand, Address) else operand

    def without(self, addresses: Iterable[Address]) -> "Known":
        """What is still known after some addresses were written."""
        gone = frozenset(addresses)
        return Known(
            {p: i for p, i in self.made.items() if p not in gone and gone.isdisjoint(i.operands)},
            {p: older for p, older in self.same.items() if p not in gone and older not in gone},
        )

    def without_draws(self) -> "Known":
        """What is still known in another step."""
        return Known({p: i for p, i in self.made.items() if not i.op.random}, self.same)

    def common(self, other: "Known") -> "Known":
        """What is known on both of two paths that meet."""
        return Known(
            {p: i for p, i in self.made.items() if other.made.get(p) == i},
            {p: older for p, older in self.same.items() if other.same.get(p) == older},
        )

    def written(self, instruction: Instruction, copied: Operand | None) -> "Known":
        """What is known after an instruction, which made a copy of an address or not."""
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
"""The address whose value an instruction copies, if it does."""


def ordered(instruction: Instruction) -> Instruction:
    """The instruction with the operands of a commutative operation in one order."""
    if not instruction.op.commutative:
        return instruction
    return attrs.evolve(instruction, operands=tuple(sorted(instruction.operands, key=_rank)))


def value(instruction: Instruction) -> Instruction:
    """What an instruction gives, wherever it writes it: equal for two that give the same."""
    return attrs.evolve(ordered(instruction), out=None)


def _rank(operand: Operand) -> tuple[bool, int]:
    """Addresses come first, by number; then literals, by their bits."""
    if isinstance(operand, Literal):
        return True, float_bits(operand.value)
    return False, operand.index


def available(program: Program, interface: Interface, copied: Copied) -> Facts[Known]:
    """What is known before and after each function, where `copied` says which instructions make copies."""
    features_kept = all(i.out != interface.features for i in program.predict)

    def along(source: str, target: str, known: Known) -> Known:
        addresses = overwritten_on(interface, source, target)
        if target == "predict":
            return known.without(addresses).without_draws()
        # Learn gets the features that Predict got.
        return known.without(addresses - {interface.features} if features_kept else addresses)

    def through(_: str, function: Function, known: Known) -> Known:
        for instruction in function:
            known = known.written(instruction, copied(instruction, known))
        return known

    return forward(program, Analysis(Known(), Known.common, through, along))


def rewritten(
    program: Program,
    interface: Interface,
    copied: Copied,
    rewrite: Callable[[Instruction, Known], Instruction | None],
) -> Program:
    """The program with every instruction rewritten, given what is known before it; None leaves it out.

    It is repeated until nothing changes: what is rewritten may let more be known. That ends, as what is read
    only gets older, and operations only simpler.
    """
    while True:
        facts = available(program, interface, copied)
        functions = []
        for function, (known, _) in zip(
            program.functions, (facts.setup, facts.predict, facts.learn), strict=True
        ):
            kept = []
            for instruction in function:
                new = rewrite(instruction, known)
                kept += [] if new is None else [new]
                known = known.written(instruction, copied(instruction, known))
            functions.append(tuple(kept))
        made = Program(*functions)
        if made == program:
            return program
        program = made


def reading(instruction: Instruction, known: Known) -> Instruction:
    """The instruction with every operand read from the oldest address that holds it."""
    operands = tuple(map(known.root, instruction.operands))
    return instruction if operands == instruction.operands else attrs.evolve(instruction, operands=operands)
