"""Algebraic simplification: the equations of `rules.py` applied wherever an instruction is of a left side.

Inner operations are looked up among what memory is known to hold, so a rule reaches across instructions and
functions. What this makes of an instruction may leave others without use, and equal to others.
"""

from typing import Final

from azc.ir import Instruction, Interface, Program
from azc.passes.available import Known, rewritten
from azc.passes.checked import checked
from azc.passes.equations import RuleIndex, built
from azc.passes.rules import SIMPLER

_RULES: Final = RuleIndex(SIMPLER)


def _no_copy(_instruction: Instruction, _known: Known) -> None:
    """Copies are not this pass's concern."""


def _simpler(instruction: Instruction, known: Known) -> Instruction:
    """The instruction that the first fitting equation makes of it, or itself."""
    for rule, bound in _RULES.applied(instruction, known):
        made = built(rule.right, instruction, bound)
        if made is not None:
            return made
    return instruction


@checked
def algebra(program: Program, interface: Interface) -> Program:
    """Simplify by rules that keep every bit."""
    return rewritten(program, interface, _no_copy, _simpler)
