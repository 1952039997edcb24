"""Evaluation type of a program: the one given, or else one under which some instruction is live."""

from typing import Final

import attrs

from azc.arguments import one_of, takes
from azc.ir import INTERFACES, Interface, Program, a_program, interface_of
from azc.passes.dead_code import dead_code

DEFAULT: Final = "RMS_ERROR"
"""Evaluation type if none is given."""


@attrs.frozen
class EvaluationType:
    """Evaluation type's interface, and a phrase on the reason if it was guessed; else empty."""

    interface: Interface
    guess: str = ""


@takes(program=a_program, default=one_of(INTERFACES))
def evaluation_type(program: Program, *said: str | None, default: str = DEFAULT) -> EvaluationType:
    """Choose an evaluation type: the first of `said` that is not None, else the default.

    If none is given and no instruction is live under the default, but some are under another type, that
    type is guessed. AzcError for an unknown name.
    """
    name = next((name for name in said if name is not None), None)
    if name is not None:
        return EvaluationType(interface_of(name))
    usual = interface_of(default)
    if n_live(program, usual):
        return EvaluationType(usual)
    for interface in INTERFACES.values():
        if count := n_live(program, interface):
            of = sum(map(len, program.functions))
            return EvaluationType(
                interface,
                f"evaluation type {interface.name}, under which {count} of {of} instructions are live; "
                f"under {default} none is",
            )
    return EvaluationType(usual)


def n_live(program: Program, interface: Interface) -> int:
    """Number of live instructions."""
    return sum(map(len, dead_code(program, interface).functions))
