"""Errors of texts, shown as the line with a caret below the column."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final
from unicodedata import category, east_asian_width

import attrs

from azc.arguments import kind_of, several, takes, whole
from azc.errors import AzcError
from azc.words import counted

MAX_PROBLEMS: Final = 100
"""Maximum number of problems listed for a text; further ones are counted."""
_BEFORE, _AFTER = 60, 60
"""Maximum number of characters of a line shown before and after the column."""


class Complaint(Exception):  # noqa: N818 - never leaves the room
    """An error in a line whose number is not known yet.

    Texts may be given as functions, called on first use: of very many wrong lines most are only counted.
    """

    def __init__(
        self, what: str | Callable[[], str], column: int, advice: str | Callable[[], str] = ""
    ) -> None:
        super().__init__()
        self._what, self._advice = what, advice
        self.column = column
        """Index into the line, from 0."""

    @cached_property
    def what(self) -> str:
        """Description of the error."""
        return self._what if isinstance(self._what, str) else self._what()

    @cached_property
    def advice(self) -> str:
        """What to do about it; empty if unknown."""
        return self._advice if isinstance(self._advice, str) else self._advice()

    @property
    def message(self) -> str:
        """Description and advice."""
        return f"{self.what}; {self.advice}" if self.advice else self.what


@attrs.frozen
class Problem:
    """An error or warning in a text. Line and column count from 1, columns in characters."""

    message: str
    line: int
    column: int
    text: str
    """The whole line."""
    filename: str
    instead: tuple[str, ...] = ()
    """Lines to write in place of this one, if known; the message contains them too."""
    severity: str = "error"
    """`error`, or `warning` for legal text that is surely not meant."""

    def __str__(self) -> str:
        text, column = _window(self.text, self.column - 1)
        shown = "".join(map(_visible, text))
        gap = "".join(map(_gap, shown[:column]))
        where = f"{self.filename}:{self.line}:{self.column}"
        message = self.message if self.severity == "error" else f"{self.severity}: {self.message}"
        return f"{where}: {message}\n    {shown}\n    {gap}^"


class AzlError(AzcError):
    """Raised for a text that is not azl; its problems are in the order of lines."""

    @takes(problems=several(kind_of(Problem), "the problems of a text, at least one", 1), unlisted=whole())
    def __init__(self, problems: Sequence[Problem], unlisted: int = 0) -> None:
        super().__init__(tuple(problems), unlisted)
        self.problems: tuple[Problem, ...] = tuple(problems)
        """The first `MAX_PROBLEMS` problems."""
        self.n_problems = len(self.problems) + unlisted
        """Number of all problems."""

    @property
    def line(self) -> int:
        """Line of the first problem, from 1."""
        return self.problems[0].line

    @property
    def column(self) -> int:
        """Column of the first problem, from 1."""
        return self.problems[0].column

    @property
    def rest(self) -> str:
        """A sentence on the problems that are not listed: `f.azl: 12 more problems`; empty if all are."""
        more = self.n_problems - len(self.problems)
        return f"{self.problems[0].filename}: {counted(more, 'more problem')}" if more else ""

    def __str__(self) -> str:
        return "\n".join(filter(None, [*map(str, self.problems), self.rest]))


def _window(text: str, column: int) -> tuple[str, int]:
    """Part of a line around a column, and the column within that part."""
    start, end = max(0, column - _BEFORE), column + _AFTER
    head, tail = "…" * (start > 0), "…" * (end < len(text))
    return head + text[start:end] + tail, column - start + len(head)


def _visible(character: str) -> str:
    # A control character must not move the cursor, nor a stray surrogate stop the line from being printed.
    return "�" if category(character) in ("Cc", "Cs", "Zl", "Zp") and character != "\t" else character


def _gap(character: str) -> str:
    """Blanks as wide as a character on a terminal; a tab stays, since its width depends on its column."""
    if character == "\t":
        return "\t"
    if category(character) in ("Mn", "Me", "Cf"):
        return ""
    return "  " if east_asian_width(character) in "WF" else " "
