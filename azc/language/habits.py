"""Advice on wrong lines: the azl for lines of Python, NumPy, or azl as documents change it."""

import ast
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterable
from typing import Any, Final

import attrs

from azc.ir import INTERFACES, MAX_ADDRESSES, SUPERVISED
from azc.language import idioms
from azc.language.lowering import NoWayError, Writer, address_text, indexes_of, is_number, kind_of, reads
from azc.language.spelling import NAMES

MAX_LENGTH: Final = 200
"""Maximum number of characters in a line that gets advice, to bound the time."""
_ADDRESSES: Final = re.compile(rb"[svmSVM][0-9]+")
_COMMENT: Final = re.compile(rb"#[^\r\n]*")
_HEADER: Final = re.compile(
    r"(?:def|function|func|fn)\s+(\w+)\s*(?:\([^)]*\)?)?\s*(?:->\s*\w+\s*)?[:{]?\s*(.*)"
)
_KEYWORD: Final = re.compile(r"[}\s]*([A-Za-z]+)\b(.*)", re.DOTALL)
_CONDITION: Final = ("if", "elif")
_THEN: Final = re.compile(r"\s*(:|\bthen\b|\{).*")
_NUMBER_THEN_WORD: Final = re.compile(r"(?<![\w.])(?![0-9.]+[eE][+-]?[0-9]+(?!\w))[0-9.]+[A-Za-z_]")
"""A number and a word without a blank, which Python warns of: `1if`."""


@attrs.frozen
class Advice:
    """Advice on a line."""

    sentence: str = ""
    lines: tuple[str, ...] = ()
    """Lines to write instead."""
    notes: tuple[str, ...] = ()
    """Conditions under which those lines mean the same; empty if they always do."""
    guess: bool = False
    """Whether it is a guess, given only without better advice."""

    def __str__(self) -> str:
        note = f" ({', '.join(self.notes)})" if self.notes else ""
        write = f"write {', then '.join(self.lines)}{note}" if self.lines else ""
        return "; ".join(filter(None, [self.sentence, write]))


def addresses_in(data: bytes) -> frozenset[str]:
    """Addresses that a text names, and those of all interfaces."""
    named = {found.decode().lower() for found in _ADDRESSES.findall(_COMMENT.sub(b"", data))}
    met = {str(address) for row in INTERFACES.values() for address in row.addresses}
    return frozenset(named | met)


def advice_on(line: str, taken: Iterable[str]) -> Advice | None:
    """Advice on a wrong line, with addresses that are not taken; None if there is none."""
    if len(line) > MAX_LENGTH:
        return None
    text = repaired(line)
    if text != line.strip() and reads(text):
        return Advice(lines=(text,))
    return next(filter(None, (source(text, taken) for source in _SOURCES)), None)


def _header(text: str, taken: Iterable[str]) -> Advice | None:
    """Advice on a function's head, perhaps with a statement on its line."""
    header = _HEADER.fullmatch(text)
    if header is None or header[1].capitalize() not in SUPERVISED:
        return None
    body = _statements(header[2], taken) if header[2] else Advice()
    return body and attrs.evolve(body, lines=(f"def {header[1].capitalize()}():", *body.lines))


def _keyword(text: str, taken: Iterable[str]) -> Advice | None:
    """Advice on a statement that azl lacks; a condition becomes a number."""
    word = _KEYWORD.fullmatch(text)
    if word is None or word[1] not in idioms.KEYWORDS:
        return None
    advice = _statements(text, taken)
    if advice is None and word[1] in _CONDITION:
        condition = _THEN.sub("", word[2])
        advice = _written(lambda: _parsed(f"_ = {condition.strip()}"), taken)
    return attrs.evolve(advice or Advice(), sentence=idioms.KEYWORDS[word[1]])


def _statements(text: str, taken: Iterable[str]) -> Advice | None:
    """Advice on Python statements on one line."""
    return _written(lambda: _parsed(text), taken)


def _names(text: str, taken: Iterable[str]) -> Advice | None:
    """Advice on variables that have names of their own."""
    try:
        statements = _parsed(text)
    except NoWayError:
        return None
    if not all(isinstance(statement, ast.Assign | ast.AugAssign) for statement in statements):
        return None
    nodes = [node for statement in statements for node in ast.walk(statement)]
    libraries = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    for node in nodes:
        if isinstance(node, ast.Name) and id(node) not in libraries | called and _is_variable(node.id):
            free = next((one for one in map("s{}".format, range(MAX_ADDRESSES)) if one not in taken), None)
            like = f", as {free}" if free else ""
            sentence = f"variables have no names of their own: for {node.id} take a free address{like}"
            return Advice(sentence, guess=True)
    return None


def _is_variable(name: str) -> bool:
    known = (idioms.CONSTANTS, idioms.KEYWORDS, NAMES, ("n_features", "axis", "draw"))
    return not any(name in words for words in known) and not re.fullmatch(r"[A-Za-z][0-9]+", name)


_SOURCES: Final = (_header, _keyword, _statements, _names)
"""Sources of advice, the first one first."""


def repaired(line: str) -> str:
    """A line without its comment, with ASCII signs for those of documents and other languages."""
    text = "".join(map(_plain, line.partition("#")[0])).strip()
    for pattern, replacement in idioms.REPAIRS:
        text = re.sub(pattern, replacement, text)
    return text + ")" * (text.count("(") - text.count(")"))


def _plain(character: str) -> str:
    """ASCII for a character."""
    if character.isascii() and character not in idioms.LOOK_ALIKES:
        return character
    if character in idioms.LOOK_ALIKES:
        return idioms.LOOK_ALIKES[character]
    if unicodedata.category(character) == "Zs":
        return " "
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    wide = unicodedata.normalize("NFKC", character)
    return wide if unicodedata.category(character)[0] in "LPS" and wide.isascii() else character


def _written(statements: Callable[[], list[Any]], taken: Iterable[str]) -> Advice | None:
    """Advice to write Python statements as lines of azl; None if that is impossible."""
    writer = Writer(taken)
    try:
        for statement in statements():
            _STATEMENTS.get(type(statement), _unknown)(writer, statement)
    except (NoWayError, RecursionError):
        return None
    return Advice(lines=tuple(writer.lines), notes=tuple(writer.notes)) if writer.lines else None


def _parsed(text: str) -> list[ast.stmt]:
    if not text or _NUMBER_THEN_WORD.search(text):
        raise NoWayError
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NoWayError from None


# --- a function a kind of statement -----------------------------------------------------------------------


def _assign(writer: Writer, node: ast.Assign) -> None:
    first, *others = node.targets
    _put(writer, first, node.value)
    for target in others:
        atom = isinstance(node.value, ast.Constant)
        _put(writer, target, node.value if atom else first)


def _annotated(writer: Writer, node: ast.AnnAssign) -> None:
    if node.value is None:
        raise NoWayError
    _put(writer, node.target, node.value)


def _augmented(writer: Writer, node: ast.AugAssign) -> None:
    _put(writer, node.target, ast.BinOp(node.target, node.op, node.value))


def _expression(writer: Writer, node: ast.Expr) -> None:
    value = node.value
    if isinstance(value, ast.Compare) and isinstance(value.ops[0], ast.Eq) and len(value.ops) == 1:
        _put(writer, value.left, value.comparators[0])
    else:
        writer.operand(value)


def _unknown(writer: Writer, node: ast.stmt) -> None:
    raise NoWayError


def _return(writer: Writer, node: ast.Return) -> None:
    if node.value is None:
        raise NoWayError
    operand = writer.operand(node.value)
    writer.copied(operand, idioms.PREDICTION[kind_of(operand)])


def _branch(writer: Writer, node: ast.If) -> None:
    """Lower `if a: b = c` to a choice between c and b's value."""
    body, otherwise = node.body, node.orelse
    if len(body) != 1 or otherwise or not isinstance(body[0], ast.Assign) or len(body[0].targets) != 1:
        raise NoWayError
    target = body[0].targets[0]
    _put(writer, target, ast.IfExp(node.test, body[0].value, target))


def _put(writer: Writer, target: ast.expr, value: ast.expr) -> None:
    """Write the lines that assign a value to a target."""
    if isinstance(target, ast.Tuple | ast.List):
        _unpack(writer, target, value)
    elif isinstance(target, ast.Subscript):
        _set_element(writer, target, value)
    elif isinstance(target, ast.Name):
        writer.operand(value, None if target.id == "_" else address_text(target.id))
    else:
        raise NoWayError


def _unpack(writer: Writer, target: ast.Tuple | ast.List, value: ast.expr) -> None:
    if not isinstance(value, ast.Tuple | ast.List) or len(value.elts) != len(target.elts):
        raise NoWayError
    written = {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}
    read = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    values = value.elts
    if written & read:
        # All values are copied before the first target changes.
        values = [ast.Name(writer.must(f"1 * {writer.operand(one)}")) for one in values]
    for one, its_value in zip(target.elts, values, strict=True):
        _put(writer, one, its_value)


def _set_element(writer: Writer, target: ast.Subscript, value: ast.expr) -> None:
    if not isinstance(target.value, ast.Name):
        raise NoWayError
    out, indexes = address_text(target.value.id), [index for index in indexes_of(target.slice) if index]
    operand = writer.operand(value)
    if is_number(operand):
        writer.write(f"{out}[{', '.join(indexes)}] = {operand}")
        return
    if len(indexes) != {"v": 1, "m": 2}.get(out[0]):
        raise NoWayError
    units = [writer.unit(index) for index in indexes]
    unit = units[0] if len(units) == 1 else writer.must(f"outer({units[0]}, {units[1]})")
    new = writer.must(f"{operand} * {unit}")
    kept = writer.must(f"{out} * {writer.must(f'1 - {unit}')}")
    writer.must(f"{kept} + {new}", out)


_STATEMENTS: Final[dict[type[ast.stmt], Callable[[Writer, Any], None]]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Expr: _expression,
    ast.Return: _return,
    ast.If: _branch,
}
