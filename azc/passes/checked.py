"""Check of a pass's arguments, a program and an interface, in a tenth of the time of `azc.arguments.takes`: a
search runs some passes for each program that it shows."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from azc.arguments import explained
from azc.ir import Interface, Program, a_program, an_interface

T = TypeVar("T")
Run = Callable[[Program, Interface], T]


def checked(run: Run[T]) -> Run[T]:
    """Wrap a pass or analysis: AzcError for wrong arguments; their contents are examined if it fails."""

    @wraps(run)
    def call(program: Program, interface: Interface) -> T:
        if not (isinstance(program, Program) and isinstance(interface, Interface)):
            a_program("program", program)
            an_interface("interface", interface)
        try:
            return run(program, interface)
        except Exception as error:
            raise explained(
                error, (a_program, "program", program), (an_interface, "interface", interface)
            ) from None

    return call
