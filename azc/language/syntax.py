"""One line of text to its tree, by the grammar; the parser is built when it is first needed."""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from azc.language.diagnostics import Stop, syntax_complaint

if TYPE_CHECKING:
    from lark import Lark, Token, Tree


def tree_of(line: str) -> "Tree[Token]":
    """The tree of one line: `start` over what it says (or None) and its comment (or None)."""
    from lark import UnexpectedInput

    try:
        return _parser().parse(line)
    except UnexpectedInput:
        raise syntax_complaint(_stop(line)) from None


@cache
def _parser() -> "Lark":
    from lark import Lark

    grammar = files("azc.grammar").joinpath("azl.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual")


def _stop(line: str) -> Stop:
    """Where a line stops to be azl: what stands there, and which tokens could go on."""
    from lark import UnexpectedInput

    parser = _parser().parse_interactive(line)
    place = len(line)
    try:
        parser.exhaust_lexer()
    except UnexpectedInput as error:
        place = error.pos_in_stream or 0
    stack = parser.parser_state.value_stack
    called = [getattr(value, "type", None) for value in stack[-2:]] == ["EQUAL", "NAME"]
    if line[place : place + 1] in ("", "#"):
        place = len(line[:place].rstrip(" \t"))
    accepts: set[str] = parser.accepts()  # type: ignore[no-untyped-call]
    rest = line[place:].partition("#")[0].rstrip(" \t")
    return Stop(rest, place, stack[-1] if called else None, frozenset(accepts))
