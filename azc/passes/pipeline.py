"""The passes in the order in which they run, and the levels of optimization."""

from collections.abc import Callable
from itertools import islice
from typing import Final

from azc.arguments import one_of, takes, whole
from azc.ir import Interface, Program, a_program, an_interface
from azc.passes.algebra import algebra
from azc.passes.canonical import canonical
from azc.passes.constants import constants
from azc.passes.copies import copies
from azc.passes.dead_code import dead_code
from azc.passes.hoist import hoist
from azc.passes.subexpressions import subexpressions

Pass = Callable[[Program, Interface], Program]

PASSES: Final[dict[str, Pass]] = {
    run.__name__: run
    for run in (
        dead_code,  # first, so that no other pass spends time on it
        constants,  # makes the literals that rules and copies are recognized by
        algebra,
        copies,  # before subexpressions, which are equal when they read the same
        subexpressions,
        hoist,
        canonical,  # last: it leaves out what the others left without use, and names the rest
    )
}
"""All passes by name, in order."""

LEVELS: Final[dict[int, tuple[Pass, ...]]] = {
    0: (),
    1: (dead_code,),
    2: tuple(PASSES.values()),
}
"""What runs at each level of optimization, round after round until nothing changes."""

ROUNDS: Final = 100
"""Never seen to be reached: a round with changes leaves a cheaper program, and few are needed."""


@takes(program=a_program, interface=an_interface, level=whole(0, max(LEVELS)))
def optimize(program: Program, interface: Interface, level: int = 2) -> Program:
    """The program at a level of optimization, 0 to 2; every level gives the same bits."""
    for _ in range(ROUNDS):
        before = program
        for run in LEVELS[level]:
            program = run(program, interface)
        if program == before:
            break
    return program


@takes(program=a_program, interface=an_interface, name=one_of(PASSES))
def after(program: Program, interface: Interface, name: str) -> Program:
    """The program after the first round of all passes up to and including one."""
    for run in islice(PASSES.values(), list(PASSES).index(name) + 1):
        program = run(program, interface)
    return program
