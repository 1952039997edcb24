"""Syntax: the tokens of one line by the grammar, read with a finite automaton.

The grammar of a line has no recursion, so the parser's stack takes few values: each is a state of the
automaton. States and transitions are taken from the parser once, on first use; reading a line then takes one
regular expression for each token, whether the line is right or wrong.
"""

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from lark import Lark

MAX_TOKENS: Final = 32
"""Maximum number of tokens in a line, punctuation aside: three times that of the longest statement."""
END: Final = "$END"
"""Token for the end of a line."""
_KEPT: Final = frozenset({"ADDRESS", "NUMBER", "NAME", "SIGN", "N_FEATURES", "AXIS", "DRAW", "COMMENT"})
"""Tokens with content; the others are punctuation and words that a rule implies."""


class Token(NamedTuple):
    """A terminal of the grammar in a line."""

    type: str
    text: str
    column: int
    """Index of the first character in the line."""


class Scan(NamedTuple):
    """Result of reading a line's tokens."""

    rule: str | None
    """Grammar's rule for the content; None for empty and wrong lines."""
    tokens: list[Token]
    """Tokens with content, up to the column."""
    column: int
    """Column of the error; the length of the line if it is right."""
    accepts: frozenset[str] | None
    """Terminals that could stand at the column of an error; none after `MAX_TOKENS` tokens.

    None if the line is right.
    """
    after_name: bool
    """Whether an operation's name, after `=`, stands just before the column."""


class _SyntaxState:
    """State of the automaton: the terminals accepted, and the states to which they lead."""

    def __init__(self, parser: Any):
        self._parser = parser
        self.accepts: frozenset[str] = frozenset(parser.accepts())
        self.pattern = _pattern(self.accepts)
        self.next: dict[str, _SyntaxState] = {}
        self.rule: str | None = None
        if END in self.accepts:
            content = parser.copy().feed_eof().children[0]
            self.rule = None if content is None else str(content.data)
            """Rule for the tokens so far; unknown after a comment."""

    def follow(self, terminal: str) -> "_SyntaxState":
        """State after an accepted terminal."""
        from lark import Token as LarkToken

        parser = self._parser.copy()
        parser.feed_token(LarkToken(terminal, ""))
        state = self.next[terminal] = _state(parser)
        return state


def scan(line: str) -> Scan:
    """Read the tokens of a line, up to the first error or to more tokens than any statement has.

    The limit keeps a line of a million tokens from taking long.
    """
    state, column, tokens = _start(), 0, []
    before = last = ""
    rule = state.rule
    while found := state.pattern.match(line, column):
        before, last = last, found.lastgroup or ""
        if last in _KEPT:
            tokens.append(Token(last, found[last], found.start(last)))
            if len(tokens) > MAX_TOKENS:
                return Scan(None, tokens, tokens[-1].column, frozenset(), False)
        column = found.end()
        state = state.next.get(last) or state.follow(last)
        if last != "COMMENT":
            rule = state.rule
    rest = line[column:].lstrip(" \t")
    if not rest and END in state.accepts:
        return Scan(rule, tokens, len(line), None, False)
    # If something is missing, the column is right after the last token.
    column = len(line[:column].rstrip(" \t")) if rest[:1] in ("", "#") else len(line) - len(rest)
    return Scan(None, tokens, column, state.accepts, (before, last) == ("EQUAL", "NAME"))


@cache
def parser() -> "Lark":
    """Parser for the grammar."""
    from lark import Lark

    grammar = files("azc.grammar").joinpath("azl.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual")


@cache
def _start() -> _SyntaxState:
    return _state(parser().parse_interactive(""))


_states: Final[dict[tuple[int, ...], _SyntaxState]] = {}


def _state(interactive: Any) -> _SyntaxState:
    key = tuple(interactive.parser_state.state_stack)
    if key not in _states:
        _states[key] = _SyntaxState(interactive)
    return _states[key]


@cache
def _pattern(accepts: frozenset[str]) -> re.Pattern[str]:
    """Pattern that matches one of some terminals after blanks; those of higher priority come first."""
    terminals = sorted(parser().terminals, key=lambda terminal: -terminal.priority)
    either = [f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in terminals if t.name in accepts]
    return re.compile(rf"[ \t]*+(?:{'|'.join(either)})" if either else r"(?!)")
