"""Hoisting: values that are the same in every call are computed once, at the end of the first function.

An instruction of another function can move if it draws nothing; its operands are changed by none of the
others, nor from outside; it alone writes its address there; and whatever runs after the first function does
not read the address before. Then the first call sees the same as all later ones.
"""

from collections import Counter

from azc.ir import ELEMENT_SETS, MAX_INSTRUCTIONS, Address, Instruction, Program, Signature
from azc.passes.checked import checked
from azc.passes.dead_code import liveness


def _moving(program: Program, signature: Signature) -> list[Instruction]:
    """Instructions that can move, ordered so that operands are computed before use."""
    loop = [instruction for function in program.functions[1:] for instruction in function]
    writes = Counter(instruction.out for instruction in loop)
    for edge in signature.follows:
        writes.update(signature.overwritten(*edge))
    live, first = liveness(program, signature), signature.names[0]
    entered = [target for source, target in signature.follows if source == first]
    read_before = frozenset[Address]().union(*(live[target][0] for target in entered))
    candidates = [
        i
        for i in loop
        if i.op.operands or i.op.symbol == "="
        if not (i.op.random or i.op in ELEMENT_SETS)
        if writes[i.out] == 1 and i.out not in read_before
    ]
    moving: list[Instruction] = []
    changing = set(writes)
    while ready := [i for i in candidates if i not in moving and changing.isdisjoint(i.operands)]:
        moving += ready
        changing -= {i.out for i in ready}
    return moving[: max(0, MAX_INSTRUCTIONS - len(program.functions[0]))]


@checked
def hoist(program: Program, signature: Signature) -> Program:
    """Move instructions with equal results in every call to the first function."""
    moving = _moving(program, signature)
    first, *others = program.functions
    return program.having(
        [[*first, *moving], *([i for i in function if i not in moving] for function in others)]
    )
