"""Check of a pass's arguments, a program and a signature, in a tenth of the time of `azc.arguments.takes`: a
search runs some passes for each program that it shows."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from azc.arguments import explained
from azc.ir import Program, Signature, SignatureLike, a_program, a_signature_like, check_names, signature_of

T = TypeVar("T")
Run = Callable[[Program, Signature], T]


def checked(run: Run[T]) -> Callable[[Program, SignatureLike], T]:
    """Wrap a pass or analysis: AzcError for wrong arguments; their contents are examined if it fails.

    An interface stands for its signature.
    """

    @wraps(run)
    def call(program: Program, signature: SignatureLike) -> T:
        if not (isinstance(program, Program) and isinstance(signature, SignatureLike)):
            a_program("program", program)
            a_signature_like("signature", signature)
        try:
            declared = signature_of(signature)
            check_names(program, declared)
            return run(program, declared)
        except Exception as error:
            raise explained(
                error, (a_program, "program", program), (a_signature_like, "signature", signature)
            ) from None

    return call
