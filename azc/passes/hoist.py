"""Hoisting: values that are the same for every example are computed once, at the end of Setup.

An instruction of Predict or Learn can move if it draws nothing; its operands are changed by neither them
nor the interface; it alone writes its address there; and no Predict reads the address before. Then the
first Predict or Learn sees the same as all later ones.
"""

from collections import Counter

from azc.ir import ELEMENT_SETS, MAX_INSTRUCTIONS, Instruction, Interface, Program
from azc.passes.checked import checked
from azc.passes.dataflow import overwritten_on
from azc.passes.dead_code import liveness


def _moving(program: Program, interface: Interface) -> list[Instruction]:
    """Instructions that can move into Setup, ordered so that operands are computed before use."""
    loop = (*program.predict, *program.learn)
    writes = Counter(instruction.out for instruction in loop)
    for edge in interface.signature.edges:
        writes.update(overwritten_on(interface, *edge))
    read_before = liveness(program, interface)["predict"][0]
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
    return moving[: max(0, MAX_INSTRUCTIONS - len(program.setup))]


@checked
def hoist(program: Program, interface: Interface) -> Program:
    """Move instructions with equal results for every example from Predict and Learn to Setup."""
    moving = _moving(program, interface)
    stays = [tuple(i for i in function if i not in moving) for function in program.functions[1:]]
    return Program((*program.setup, *moving), *stays)
