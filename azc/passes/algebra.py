"""Algebraic simplification: the equations of `rules.py`, applied from left to right.

Inner operations are looked up in the facts about memory, so a rule reaches across instructions and
functions. Simplified instructions may leave others unused, or equal to others.
"""

from typing import Final

from azc.ir import Instruction, Program, Signature
from azc.passes.available import Known, rewritten
from azc.passes.checked import checked
from azc.passes.equations import RuleIndex, built
from azc.passes.rules import SIMPLER

_RULES: Final = RuleIndex(SIMPLER)


def _no_copy(_instruction: Instruction, _known: Known) -> None:
    """Find no copy: copies are another pass's work."""


def _simpler(instruction: Instruction, known: Known) -> Instruction:
    """Instruction after the first equation that fits, or itself."""
    for rule, bound in _RULES.applied(instruction, known):
        made = built(rule.right, instruction, bound)
        if made is not None:
            return made
    return instruction


@checked
def algebra(program: Program, signature: Signature) -> Program:
    """Simplify by rules that keep every bit."""
    return rewritten(program, signature, _no_copy, _simpler)
