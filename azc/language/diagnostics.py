"""Diagnostics: complaints about lines that are not azl: what was expected, what came, the nearest name."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import partial
from typing import Final
from unicodedata import name as unicode_name

from azc.ir import KINDS, LITERAL, MAX_ADDRESSES, OPS, SUPERVISED, Op, forms
from azc.language.errors import Complaint
from azc.language.idioms import ELSEWHERE, LOOK_ALIKES, RENAMED
from azc.language.spelling import ALIASES, NAMES, form_of, form_text
from azc.language.syntax import MAX_TOKENS, Scan

ADDRESS_RANGE: Final = "addresses are " + ", ".join(f"{kind}0 to {kind}{MAX_ADDRESSES - 1}" for kind in KINDS)
KIND_WORDS: Final = {"s": "scalar", "v": "vector", "m": "matrix", LITERAL: "number"}

_TOKENS: Final = {
    "_DEF": "def",
    "_PASS": "pass",
    "_NO_OP": "NoOp()",
    "ADDRESS": "an address",
    "NUMBER": "a number",
    "NAME": "a name",
    "SIGN": "an operator (+ - * /)",
    "_V0": "v0",
    "_S0": "s0",
    "N_FEATURES": "n_features",
    "AXIS": "axis=",
    "DRAW": "draw=",
    "LPAR": "'('",
    "LSQB": "'['",
    "COMMA": "','",
    "EQUAL": "'='",
    "COLON": "':'",
    "RPAR": "')'",
    "RSQB": "']'",
    "$END": "the end of the line",
}
"""Tokens of the grammar in words, in the order in which messages list them."""
_AFTER_EQUAL: Final = frozenset({"ADDRESS", "NUMBER", "NAME"})
_KEYWORDS: Final = frozenset({"_DEF", "_PASS", "_NO_OP", "N_FEATURES", "AXIS", "DRAW"})

_SHOWN_OPERANDS: Final = 4


def syntax_complaint(line: str, stop: Scan) -> Complaint:
    """Complaint about a line that does not follow the grammar."""
    accepts, column = stop.accepts or frozenset(), stop.column
    if len(stop.tokens) > MAX_TOKENS:
        return Complaint(f"a statement has at most {MAX_TOKENS} names and numbers; this is one more", column)
    if stop.after_name and (name := stop.tokens[-1]).text not in (*NAMES, *ALIASES):
        return _unexpected(name.text, _AFTER_EQUAL, name.column)
    return _unexpected(line[column:].partition("#")[0].rstrip(" \t"), accepts, column)


def _unexpected(rest: str, accepts: frozenset[str], column: int) -> Complaint:
    """Complaint about the text at a column where something else was expected."""
    found = partial(_found, rest, accepts)
    return Complaint(lambda: found()[0], column, lambda: found()[1])


def _found(rest: str, accepts: frozenset[str]) -> tuple[str, str]:
    """Message and advice: what was expected, what came, and what to do."""
    match = re.match(r"\w[\w.]*|\.[\w.]+|.?", rest, re.DOTALL)
    word = match.group() if match else ""
    if word.isidentifier():
        return _unknown_word(word, accepts)
    not_a_number = ", which is not a number" if word[:1].isdigit() and "NUMBER" in accepts else ""
    return f"expected {_expected(accepts)}, found {_shown(word)}{not_a_number}", _hint(word, accepts)


def unknown_name(name: str, known: Iterable[str], what: str, column: int) -> Complaint:
    """Complaint about an unknown name, with the nearest known name, or else all of them."""
    known = tuple(known)

    def advice() -> str:
        near = nearest(name, known)
        return f"did you mean {near}?" if near else f"there are {listed(known, 'and')}"

    return Complaint(f"there is no {what} {clipped(name)}", column, advice)


def unknown_function(name: str, known: tuple[str, ...], column: int) -> Complaint:
    """Complaint about a function that the signature does not have."""

    def advice() -> str:
        near = nearest(name, known)
        own = "; others need a signature, in comments from # [signature] on" if known == SUPERVISED else ""
        return f"did you mean {near}?" if near else f"there are {listed(known, 'and')}{own}"

    return Complaint(f"there is no function {clipped(name)}", column, advice)


def nearest(name: str, known: Sequence[str]) -> str | None:
    """Nearest known name; None if none is near, or if other libraries use the name for something else."""
    word = name.lower()
    folded = {other.lower(): other for other in known}
    if RENAMED.get(word) in known:
        return RENAMED[word]
    if word in ELSEWHERE and word not in folded:
        return None
    near = get_close_matches(word[:40], folded, n=1)
    return folded[near[0]] if near else None


def no_such_operation(
    symbol: str, axis: int | None, kinds: Sequence[str], target: str, column: int
) -> Complaint:
    """Complaint about a combination of kinds that no operation has, with those that exist."""

    def what() -> str:
        words = [KIND_WORDS[kind] if kind == LITERAL else kind for kind in kinds[:_SHOWN_OPERANDS]]
        written = form_text(symbol, axis, words + ["…"] * (len(kinds) > len(words)))
        return f"{written} gives no {KIND_WORDS[target]}"

    def advice() -> str:
        existing = [f"{form_of(op)} -> {op.result}" for op in forms(symbol)]
        return f"{'there is' if len(existing) == 1 else 'there are'} {', '.join(existing)}"

    return Complaint(what, column, advice)


def ambiguous(found: Sequence[Op], column: int) -> Complaint:
    """Complaint about a statement that several operations fit."""
    candidates = listed([f"{form_of(op)} -> {op.result} ({op.name})" for op in found], "or")
    return Complaint(f"this could be {candidates}", column, "write an address in place of the number")


def ways_to_make(kind: str, source: str) -> str:
    """Operations that make an address of one kind from one of another, as a phrase."""
    written = [form_of(op) for op in OPS if (op.operands, op.result) == (source, kind)]
    kinds = f"a {KIND_WORDS[kind]} from a {KIND_WORDS[source]}"
    return f"{kinds} is made by {listed(written, 'or')}" if written else f"nothing makes {kinds} alone"


def listed(words: Sequence[str], last: str) -> str:
    """Words as a list in a sentence: `a, b or c`."""
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def clipped(word: str) -> str:
    """A word, cut off if it is very long."""
    return word if len(word) <= 40 else f"{word[:40]}…"


def _unknown_word(word: str, accepts: frozenset[str]) -> tuple[str, str]:
    """Message and advice on a word that cannot stand in this position."""
    expected = f"expected {_expected(accepts)}, found {clipped(word)}"
    if word in (*NAMES, *ALIASES) and "ADDRESS" in accepts:
        return expected, f"a statement holds one operation: put {word}(...) into an address first"
    if re.fullmatch(r"[A-Za-z][0-9]+", word) and "ADDRESS" in accepts:
        return f"there is no address {clipped(word)}", ADDRESS_RANGE
    words = [_TOKENS[token].rstrip("=()") for token in sorted(accepts & _KEYWORDS)]
    words += ["inf", "nan"] if "NUMBER" in accepts else []
    words += [*NAMES, *ALIASES] if {"NAME", "NUMBER"} <= accepts else []
    near = nearest(word, words)
    return expected, f"did you mean {near}?" if near else ""


def _expected(accepts: frozenset[str]) -> str:
    return listed([word for token, word in _TOKENS.items() if token in accepts], "or")


def _hint(word: str, accepts: frozenset[str]) -> str:
    if LOOK_ALIKES.get(word, "").strip():
        return f"write {LOOK_ALIKES[word]}"
    if word == "-" and "NUMBER" in accepts:
        return "a sign belongs to a number: write -1 * x for the negative of x"
    if word in ("+", "-", "*", "/") and "$END" in accepts:
        return "a statement holds one operation"
    return ""


def _shown(word: str) -> str:
    if word == "":
        return "the end of the line"
    if len(word) == 1 and not (word.isascii() and word.isprintable()):
        return f"U+{ord(word):04X} ({unicode_name(word, 'a control character')})"
    return clipped(word) if word.isalnum() else f"'{clipped(word)}'"
