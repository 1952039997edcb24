"""Dead-code elimination: instructions without effect on a prediction go, across functions and iterations."""

from azc.ir import ELEMENT_SETS, Address, Instruction, Interface, Program
from azc.passes.checked import checked
from azc.passes.dataflow import Analysis, Facts, Function, backward, overwritten_on

Live = frozenset[Address]


def reads(instruction: Instruction) -> Live:
    """Addresses that an instruction reads; setting an element reads the other elements of its address."""
    addresses = {operand for operand in instruction.operands if isinstance(operand, Address)}
    if instruction.op in ELEMENT_SETS and instruction.out is not None:
        addresses.add(instruction.out)
    return frozenset(addresses)


@checked
def liveness(program: Program, interface: Interface) -> Facts[Live]:
    """Live addresses before and after each function: a later prediction depends on them."""

    return backward(
        program,
        interface.signature,
        Analysis(
            begins=lambda name: interface.signature[name].read,
            join=frozenset.union,
            through=lambda _, function, live: _live_code(function, live)[1],
            along=lambda source, target, live: live - overwritten_on(interface, source, target),
        ),
    )


def _live_code(function: Function, live: Live) -> tuple[Function, Live]:
    """Live instructions of a function, and the addresses live before it."""
    kept = []
    for instruction in reversed(function):
        if instruction.out in live:
            kept.append(instruction)
            live = live - {instruction.out} | reads(instruction)
    return tuple(reversed(kept)), live


@checked
def dead_code(program: Program, interface: Interface) -> Program:
    """Delete the instructions that change no prediction."""
    after = [after for _, after in liveness(program, interface).values()]
    return Program(*(_live_code(*pair)[0] for pair in zip(program.functions, after, strict=True)))
