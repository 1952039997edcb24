"""Canonical form: programs that differ only in names, order of operands and dead code become equal.

Inputs and outputs keep their addresses. Other written addresses are numbered by kind, in order
of their first write. Addresses never written are all zero, so each kind needs only one, numbered last.
Numbers of draws stay, since they decide the random numbers.
"""

from itertools import count

import attrs

from azc.ir import Address, Instruction, Operand, Program, Signature, address
from azc.passes.available import ordered
from azc.passes.checked import checked
from azc.passes.dead_code import dead_code

Names = dict[Address, Address]


@checked
def canonical(program: Program, signature: Signature) -> Program:
    """Canonical form of a program."""
    live = dead_code(program, signature)
    names = _names(live, signature)
    return live.having([_renamed(i, names) for i in function] for function in live.functions)


def _names(program: Program, signature: Signature) -> Names:
    """New name of every address of a program."""
    names: Names = {address: address for address in signature.addresses}
    for instruction in program.instructions():
        if instruction.out is not None and instruction.out not in names:
            names[instruction.out] = _free(instruction.out.kind, names)
    zeros = {address for address in program.addresses() if address not in names}
    zero_of = {kind: _free(kind, names) for kind in {address.kind for address in zeros}}
    return names | {address: zero_of[address.kind] for address in zeros}


def _free(kind: str, names: Names) -> Address:
    """First address of a kind that is not in use."""
    taken = {name.index for name in names.values() if name.kind == kind}
    return address(kind, next(index for index in count() if index not in taken))


def _renamed(instruction: Instruction, names: Names) -> Instruction:
    """Instruction with new names, and the operands of a commutative operation in a fixed order."""

    def new(operand: Operand) -> Operand:
        return names[operand] if isinstance(operand, Address) else operand

    out = None if instruction.out is None else names[instruction.out]
    return ordered(attrs.evolve(instruction, out=out, operands=tuple(map(new, instruction.operands))))
