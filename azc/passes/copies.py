"""Copy propagation: what reads a copy reads what it was copied from.

The language has no operation that copies, but some copy under circumstances: `s3 = s2 * 1`. Which, the table
of equations says whose right side is an operand.
"""

from typing import Final

from azc.ir import Address, Instruction, Interface, Program
from azc.passes.available import Known, reading, rewritten
from azc.passes.checked import checked
from azc.passes.equations import RuleIndex
from azc.passes.rules import COPIES

_RULES: Final = RuleIndex(COPIES)


def copied(instruction: Instruction, known: Known) -> Address | None:
    """The oldest address whose value an instruction copies; what it writes itself if the value is there."""
    for rule, bound in _RULES.applied(instruction, known):
        assert isinstance(rule.right, str)
        source = known.root(bound[rule.right])
        if isinstance(source, Address) and instruction.out and source.kind == instruction.out.kind:
            return instruction.out if source == known.root(instruction.out) else source
    return None


def _rewritten(instruction: Instruction, known: Known) -> Instruction | None:
    there = instruction.out is not None and copied(instruction, known) == instruction.out
    return None if there else reading(instruction, known)


@checked
def copies(program: Program, interface: Interface) -> Program:
    """Read originals instead of copies, and leave out what copies a value to where it is."""
    return rewritten(program, interface, copied, _rewritten)
