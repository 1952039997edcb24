"""Programs line by line, with what is alive in them."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

import attrs

from azc.errors import AzcError
from azc.ir import Interface, Literal
from azc.language import format_instruction, header_text, parse, shows_draws
from azc.passes import roles


@attrs.frozen
class ListingLine:
    """A line of a program's text."""

    function: str
    """Where it stands: `setup`, `predict` or `learn`."""
    text: str
    live: bool = True
    """Whether a prediction depends on it."""
    head: bool = False
    """Whether it is the head of a function."""
    value: float | None = None
    """What the instruction always gives, if that can be told and it reads something."""


UNREADABLE: Final = "unreadable"
"""The function of lines that are no program."""


def lines(text: str, interface: Interface, draws: bool | None = None) -> list[ListingLine]:
    """The lines of a program; as they stand where they are no program.

    `draws` says whether random instructions are written with their numbers; None: where the text needs them.
    """
    try:
        program = parse(text)
    except AzcError:
        return [ListingLine(UNREADABLE, line) for line in text.splitlines()]
    numbered = shows_draws(program) if draws is None else draws
    found = []
    for name, function in roles(program, interface).items():
        found.append(ListingLine(name, header_text(name.capitalize()), head=True))
        for role in function:
            written = f"  {format_instruction(role.instruction, numbered)}"
            found.append(
                ListingLine(name, written, role.live, value=_given(role.value, role.instruction.operands))
            )
    return found


def _given(value: Literal | None, operands: tuple[object, ...]) -> float | None:
    return value.value if value is not None and operands else None


def listing(read: Sequence[ListingLine], notes: Sequence[str] = ()) -> list[list[dict[str, str]]]:
    """The lines by function, as the page lists them: text, kind (head, live or dead) and a note."""
    noted = zip(read, notes or [""] * len(read), strict=True)
    return [
        [{"text": line.text, "kind": _kind(line), "note": note} for line, note in group]
        for _, group in groupby(noted, key=lambda pair: pair[0].function)
    ]


def _kind(line: ListingLine) -> str:
    return "head" if line.head else "live" if line.live else "dead"
