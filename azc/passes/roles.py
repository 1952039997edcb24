"""Roles of instructions: live or dead, constant or not; and the addresses that carry state."""

import attrs

from azc.ir import Address, Instruction, Literal, Program, Signature
from azc.passes.checked import checked
from azc.passes.constants import Values, constant_values, step
from azc.passes.dead_code import dead_code, liveness, reads


@attrs.frozen
class Role:
    """An instruction, whether it is live, and its value if that is constant."""

    instruction: Instruction
    live: bool
    value: Literal | None


@checked
def roles(program: Program, signature: Signature) -> dict[str, list[Role]]:
    """Roles of all instructions, by function."""
    live, values = liveness(program, signature), constant_values(program, signature)
    functions = zip(signature.names, program.functions, strict=True)
    return {
        name: [
            Role(*row)
            for row in zip(
                function, _lives(function, live[name][1]), _given(function, values[name][0]), strict=True
            )
        ]
        for name, function in functions
    }


@checked
def carried(program: Program, signature: Signature) -> dict[str, frozenset[Address]]:
    """Addresses that carry state from one step to the next, by the function that writes them.

    If Predict writes none, examples can be validated in any order and at once.
    """
    live, before = dead_code(program, signature), liveness(program, signature)
    steps = (before[one.name][0] for one in signature.functions[1:] if one.opens_step)
    needed = frozenset[Address]().union(*steps) - signature.written
    writes = {name: {i.out for i in live[name]} for name in signature.names[1:]}
    for _, target, where in signature.replaced:
        writes[target].add(where)
    return {name: needed & addresses for name, addresses in writes.items()}


def _lives(function: tuple[Instruction, ...], live: frozenset[Address]) -> list[bool]:
    """Whether each instruction is live, given the addresses live after the function."""
    found = []
    for instruction in reversed(function):
        found.append(instruction.out in live)
        if found[-1]:
            live = live - {instruction.out} | reads(instruction)
    return found[::-1]


def _given(function: tuple[Instruction, ...], values: Values) -> list[Literal | None]:
    """Constant value of each instruction, or None, given the values before the function."""
    found: list[Literal | None] = []
    for instruction in function:
        value = None
        if instruction.out is not None:
            value = step(instruction, values)
            values = {**values, instruction.out: value}
        found.append(value)
    return found
