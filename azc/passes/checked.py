"""The arguments of passes and analyses, which all take a program and an interface: checked in a tenth of what
`azc.arguments.takes` needs, as a search runs some of them for each program that it shows."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from azc.arguments import explained
from azc.ir import Interface, Program, a_program, an_interface

T = TypeVar("T")
Run = Callable[[Program, Interface], T]


def checked(run: Run[T]) -> Run[T]:
    """The same, with an AzcError for what is no program or no interface; if it fails, for what they hold."""

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
