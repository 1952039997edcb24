"""Pipeline: the passes in order, and the levels of optimization."""

from collections.abc import Callable
from itertools import islice
from typing import Final

from azc.arguments import one_of, takes, whole
from azc.ir import Program, SignatureLike, a_program, a_signature_like
from azc.passes.algebra import algebra
from azc.passes.canonical import canonical
from azc.passes.constants import constants
from azc.passes.copies import copies
from azc.passes.dead_code import dead_code
from azc.passes.hoist import hoist
from azc.passes.subexpressions import subexpressions

Pass = Callable[[Program, SignatureLike], Program]

PASSES: Final[dict[str, Pass]] = {
    run.__name__: run
    for run in (
        dead_code,  # first, so that no other pass spends time on it
        constants,  # makes the literals that rules and copies look for
        algebra,
        copies,  # before subexpressions, which are equal only if they read the same addresses
        subexpressions,
        hoist,
        canonical,  # last: deletes what the others left unused, and numbers the rest
    )
}
"""All passes by name, in order."""

LEVELS: Final[dict[int, tuple[Pass, ...]]] = {
    0: (),
    1: (dead_code,),
    2: tuple(PASSES.values()),
}
"""Passes of each level of optimization; they are repeated until nothing changes."""

ROUNDS: Final = 100
"""Maximum number of repetitions; never reached, since each makes the program cheaper and few are needed."""


@takes(program=a_program, signature=a_signature_like, level=whole(0, max(LEVELS)))
def optimize(program: Program, signature: SignatureLike, level: int = 2) -> Program:
    """Optimize a program at a level from 0 to 2; all levels give the same bits."""
    for _ in range(ROUNDS):
        before = program
        for run in LEVELS[level]:
            program = run(program, signature)
        if program == before:
            break
    return program


@takes(program=a_program, signature=a_signature_like, name=one_of(PASSES))
def after(program: Program, signature: SignatureLike, name: str) -> Program:
    """Program after the passes up to and including `name`, each applied once."""
    for run in islice(PASSES.values(), list(PASSES).index(name) + 1):
        program = run(program, signature)
    return program
