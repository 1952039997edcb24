"""Common subexpressions: values that an address already holds are not computed again.

The second of two equal computations becomes a copy: its readers read the first while both last, across
functions too. Draws are equal only within a step: Predict and Learn of one example.
"""

from azc.ir import ELEMENT_SETS, Address, Instruction, Program, Signature
from azc.passes.available import Known, reading, rewritten, value
from azc.passes.checked import checked


def _copied(instruction: Instruction, known: Known) -> Address | None:
    """Oldest address that holds an instruction's value; its own output address if that holds it."""
    out = instruction.out
    if out is None or instruction.op in ELEMENT_SETS:
        return None
    wanted = value(reading(instruction, known))
    holders = [known.root(address) for address, made in known.made.items() if made == wanted]
    found = out if known.root(out) in holders else next(iter(holders), None)
    return found if isinstance(found, Address) else None


def _rewritten(instruction: Instruction, known: Known) -> Instruction | None:
    there = instruction.out is not None and _copied(instruction, known) == instruction.out
    return None if there else reading(instruction, known)


@checked
def subexpressions(program: Program, signature: Signature) -> Program:
    """Read the first of equal values, and delete computations of values already there."""
    return rewritten(program, signature, _copied, _rewritten)
