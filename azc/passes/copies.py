"""Copy propagation: readers of a copy read the original.

No operation of the language only copies, but some do in special cases, as `s3 = s2 * 1`. The cases are the
equations whose right side is an operand.
"""

from typing import Final

from azc.ir import Address, Instruction, Program, Signature
from azc.passes.available import Known, reading, rewritten
from azc.passes.checked import checked
from azc.passes.equations import RuleIndex
from azc.passes.rules import COPIES

_RULES: Final = RuleIndex(COPIES)


def copied(instruction: Instruction, known: Known) -> Address | None:
    """Oldest address that holds what an instruction copies; the instruction's output if it is one of them."""
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
def copies(program: Program, signature: Signature) -> Program:
    """Read originals in place of copies, and delete copies of values already there."""
    return rewritten(program, signature, copied, _rewritten)
