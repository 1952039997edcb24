"""The tokens of one line, by the grammar, read with a finite automaton.

The grammar of a line has no recursion, so the parser's stack takes few values: each is a state of the
automaton. States and transitions are asked of the parser once, when a line first needs them; reading a line
is then one regular expression a token, whether the line is right or wrong.
"""

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from lark import Lark

MAX_TOKENS: Final = 32
"""The most tokens of a line, punctuation aside: thrice as many as the longest statement has."""
END: Final = "$END"
"""The token that stands for the end of a line."""
_KEPT: Final = frozenset({"ADDRESS", "NUMBER", "NAME", "SIGN", "N_FEATURES", "AXIS", "DRAW", "COMMENT"})
"""The tokens that say something; the others are punctuation and words that a rule implies."""


class Token(NamedTuple):
    """A terminal of the grammar in a line."""

    type: str
    text: str
    column: int
    """The index of its first character in the line."""


class Scan(NamedTuple):
    """How far a line follows the grammar."""

    rule: str | None
    """The grammar's rule for the line's content; None for an empty line, and where the line is wrong."""
    tokens: list[Token]
    """Those that say something, up to the column."""
    column: int
    """Where the line is wrong; its length where it is not."""
    accepts: frozenset[str] | None
    """The terminals that could stand at the column where the line is wrong: none behind `MAX_TOKENS`.

    None where the line is right.
    """
    after_name: bool
    """Whether a name behind `=`, an operation's, stands just before that column."""


class _SyntaxState:
    """A state of the automaton: what may follow, and the states that this leads to."""

    def __init__(self, parser: Any):
        self._parser = parser
        self.accepts: frozenset[str] = frozenset(parser.accepts())
        self.pattern = _pattern(self.accepts)
        self.next: dict[str, _SyntaxState] = {}
        self.rule: str | None = None
        if END in self.accepts:
            content = parser.copy().feed_eof().children[0]
            self.rule = None if content is None else str(content.data)
            """The rule for what came before; not known behind a comment."""

    def follow(self, terminal: str) -> "_SyntaxState":
        """The state after a terminal that is accepted here."""
        from lark import Token as LarkToken

        parser = self._parser.copy()
        parser.feed_token(LarkToken(terminal, ""))
        state = self.next[terminal] = _state(parser)
        return state


def scan(line: str) -> Scan:
    """Read the tokens of a line, as far as it follows the grammar and is no longer than a statement can be.

    A text may be one line of a million tokens, and nobody wants to wait for them.
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
    # Where something is missing, the column is behind what came last.
    column = len(line[:column].rstrip(" \t")) if rest[:1] in ("", "#") else len(line) - len(rest)
    return Scan(None, tokens, column, state.accepts, (before, last) == ("EQUAL", "NAME"))


@cache
def parser() -> "Lark":
    """The parser that the grammar describes."""
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
    """Matches one of some terminals, those of higher priority first, behind blanks."""
    terminals = sorted(parser().terminals, key=lambda terminal: -terminal.priority)
    either = [f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in terminals if t.name in accepts]
    return re.compile(rf"[ \t]*+(?:{'|'.join(either)})" if either else r"(?!)")
