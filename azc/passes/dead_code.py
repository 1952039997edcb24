"""Dead-code elimination: instructions without effect on an output go, across functions and calls."""

from azc.ir import ELEMENT_SETS, Address, Instruction, Program, Signature
from azc.passes.checked import checked
from azc.passes.dataflow import Analysis, Facts, Function, backward

Live = frozenset[Address]


def reads(instruction: Instruction) -> Live:
    """Addresses that an instruction reads; setting an element reads the other elements of its address."""
    addresses = {operand for operand in instruction.operands if isinstance(operand, Address)}
    if instruction.op in ELEMENT_SETS and instruction.out is not None:
        addresses.add(instruction.out)
    return frozenset(addresses)


@checked
def liveness(program: Program, signature: Signature) -> Facts[Live]:
    """Live addresses before and after each function: a later output depends on them."""

    return backward(
        program,
        signature,
        Analysis(
            begins=lambda name: signature[name].read,
            join=frozenset.union,
            through=lambda _, function, live: _live_code(function, live)[1],
            along=lambda source, target, live: live - signature.overwritten(source, target),
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
def dead_code(program: Program, signature: Signature) -> Program:
    """Delete the instructions that change no output."""
    after = [after for _, after in liveness(program, signature).values()]
    return program.having(_live_code(*pair)[0] for pair in zip(program.functions, after, strict=True))
