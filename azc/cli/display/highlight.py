"""Syntax highlighting of azl for terminals, by the language's own reader; dead code is dim."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from azc.errors import AzcError

if TYPE_CHECKING:
    from rich.text import Text

    from azc.ir import SignatureLike
    from azc.passes import Role

STATEMENTS = {"header": "bold", "pass": "dim", "no_op": "dim"}
"""Styles of the grammar's statements; others have none."""
TOKENS = {
    "NAME": "magenta",
    "NUMBER": "yellow",
    "SIGN": "magenta",
    "COMMENT": "dim italic",
    "AXIS": "dim",
    "DRAW": "dim",
    "N_FEATURES": "dim",
}
"""Styles of the grammar's tokens."""
ADDRESSES = {"s": "cyan", "v": "green", "m": "blue"}
"""Styles of addresses, by kind."""
DEAD = "dim"
"""Style of dead lines, in place of all others."""
_NEWLINE = re.compile(r"\r\n|\r|\n")
"""Ends of lines."""


class HighlightedLine(NamedTuple):
    """A line of a program."""

    text: "Text"
    live: bool
    """Whether it is live; lines without an instruction count as live."""


def highlighted(text: str, declared: "SignatureLike | None" = None) -> "Text":
    """Highlight a program's text; with a signature, dead code is dim. Text that is not azl stays plain."""
    from rich.text import Text

    return Text("\n").join(line.text for line in highlighted_lines(text, declared))


def highlighted_lines(text: str, declared: "SignatureLike | None" = None) -> list[HighlightedLine]:
    """Highlight a program's lines one by one."""
    lines = _NEWLINE.split(text)
    live = [True] * len(lines) if declared is None else _live(text, declared)
    if not lines[-1]:
        del lines[-1], live[-1]
    return [_line(line, lives) for line, lives in zip(lines, live, strict=True)]


def _line(line: str, live: bool) -> HighlightedLine:
    from rich.text import Text

    from azc.language import scan

    text = Text(line, no_wrap=True)
    found = scan(line)
    if found.accepts is not None:
        return HighlightedLine(text, live)
    text.stylize(STATEMENTS.get(found.rule or "", ""), 0, len(line.partition("#")[0].rstrip()))
    for token in found.tokens:
        style = TOKENS.get(token.type) or ADDRESSES.get(token.text[0], "")
        text.stylize(style, token.column, token.column + len(token.text))
    if not live:
        text.stylize(DEAD, len(line) - len(line.lstrip()))
    return HighlightedLine(text, live)


def _live(text: str, declared: "SignatureLike") -> list[bool]:
    """Whether each line is live; all lines are, if the text is not a program."""
    from azc.ir import own_signature
    from azc.language import FunctionHead, Statement, read
    from azc.passes import roles

    try:
        source = read(text, "<azl>", own_signature(declared))
    except AzcError:
        return [True] * len(_NEWLINE.split(text))
    functions = {name: iter(function) for name, function in roles(source.program, declared).items()}
    live: list[bool] = []
    current: Iterator[Role] = iter(())
    for line in source.lines:
        if isinstance(line.content, FunctionHead):
            current = functions[line.content.name]
        live.append(next(current).live if isinstance(line.content, Statement) else True)
    return live
