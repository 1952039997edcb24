"""Roles of instructions: live or dead, constant or not; and the addresses that carry state."""

import attrs

from azc.ir import Address, Instruction, Interface, Literal, Program
from azc.passes.checked import checked
from azc.passes.constants import Values, constant_values, step
from azc.passes.dataflow import overwritten_on
from azc.passes.dead_code import dead_code, liveness, reads


@attrs.frozen
class Role:
    """An instruction, whether it is live, and its value if that is constant."""

    instruction: Instruction
    live: bool
    value: Literal | None


@checked
def roles(program: Program, interface: Interface) -> dict[str, list[Role]]:
    """Roles of all instructions, by function."""
    live, values = liveness(program, interface), constant_values(program, interface)
    functions = zip(interface.signature.keys, program.functions, strict=True)
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
def carried(program: Program, interface: Interface) -> tuple[frozenset[Address], frozenset[Address]]:
    """Addresses that carry state from one example to the next, and those of them that Predict writes.

    Without the second kind, examples can be validated in any order and at once.
    """
    live = dead_code(program, interface)
    needed = liveness(live, interface)["predict"][0] - interface.signature.written
    by_predict = {i.out for i in live.predict}
    by_training = by_predict | {i.out for i in live.learn} | overwritten_on(interface, "predict", "learn")
    return needed & by_training, needed & by_predict


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
