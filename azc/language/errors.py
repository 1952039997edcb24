"""What is wrong with a text, and where: shown as a line with a caret under the place."""

from collections.abc import Sequence
from typing import Final
from unicodedata import category, east_asian_width

import attrs

from azc.errors import AzcError

_SHOWN_PROBLEMS: Final = 20
_BEFORE, _AFTER = 60, 60
"""How much of a long line is shown around the place."""


class Complaint(Exception):  # noqa: N818 - never leaves the room
    """One thing wrong with one line, before it is known which line: a message and an index into the line."""

    def __init__(self, message: str, place: int) -> None:
        super().__init__(message)
        self.message = message
        self.place = place


@attrs.frozen
class Problem:
    """One thing wrong with a text. Line and column count from 1, columns in characters."""

    message: str
    line: int
    column: int
    text: str
    """The whole line."""
    filename: str

    def __str__(self) -> str:
        text, place = _window(self.text, self.column - 1)
        shown = "".join(map(_visible, text))
        gap = "".join(map(_gap, shown[:place]))
        return f"{self.filename}:{self.line}:{self.column}: {self.message}\n    {shown}\n    {gap}^"


class AzlError(AzcError):
    """A text that is not azl: all that is wrong with it, in the order of its lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(tuple(problems))
        self.problems: tuple[Problem, ...] = tuple(problems)

    @property
    def line(self) -> int:
        """The line of the first problem, from 1."""
        return self.problems[0].line

    @property
    def column(self) -> int:
        """The column of the first problem, from 1."""
        return self.problems[0].column

    def __str__(self) -> str:
        shown = [str(problem) for problem in self.problems[:_SHOWN_PROBLEMS]]
        more = len(self.problems) - len(shown)
        if more:
            shown.append(f"{self.problems[0].filename}: {more} more problem{'s' * (more > 1)}")
        return "\n".join(shown)


def _window(text: str, place: int) -> tuple[str, int]:
    """The part of a line around a place, and the place in it."""
    start, end = max(0, place - _BEFORE), place + _AFTER
    head, tail = "…" * (start > 0), "…" * (end < len(text))
    return head + text[start:end] + tail, place - start + len(head)


def _visible(character: str) -> str:
    # A control character must not move the cursor, nor a stray surrogate stop the line from being printed.
    return "�" if category(character) in ("Cc", "Cs", "Zl", "Zp") and character != "\t" else character


def _gap(character: str) -> str:
    """What takes as much room on a terminal as a character; a tab stays: its room depends on where it is."""
    if character == "\t":
        return "\t"
    if category(character) in ("Mn", "Me", "Cf"):
        return ""
    return "  " if east_asian_width(character) in "WF" else " "
