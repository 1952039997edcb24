"""A line's tree to what it says: the head of a function, or a statement and the instruction that it means."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from azc.ir import (
    ELEMENT_SETS,
    KINDS,
    LITERAL,
    RANDOM,
    Address,
    Instruction,
    Literal,
    Operand,
    forms,
    is_one_over,
    no_op,
    readings,
)
from azc.language.diagnostics import (
    KIND_WORDS,
    ambiguous,
    clipped,
    instead_of_copy,
    instead_of_fill,
    listed,
    no_such_operation,
    unknown_name,
)
from azc.language.errors import Complaint
from azc.language.lines import Header, Line, Pass, Statement
from azc.language.numbers import number
from azc.language.operands import address_of, index_of, operand_of, place_of, whole_number
from azc.language.spelling import ALIASES, NAMES, form_of
from azc.language.syntax import tree_of

if TYPE_CHECKING:
    from lark import Token, Tree

    Clause = Tree[Token] | None

_CONSTANT: Final = forms("=")[0]
_ELEMENT: Final = {op.result: op for op in ELEMENT_SETS}
_RANDOM: Final = {(op.symbol, op.result): op for op in RANDOM}
_RANDOM_NAMES: Final = tuple(sorted({op.symbol for op in RANDOM}))
_SECOND_ARGUMENTS: Final = {"heaviside": Literal(1.0)}
"""Operations with a second argument, as NumPy writes them, of which only one value is meant."""
_SHAPES: Final = {"s": "no shape", "v": "the shape n_features", "m": "the shape (n_features, n_features)"}
_REMEMBERED_LENGTH: Final = 200


def read_line(text: str) -> Line:
    """What one line says; raises a `Complaint`. Short lines are remembered: programs repeat them."""
    return _read_short(text) if len(text) <= _REMEMBERED_LENGTH else _read(text)


def _read(text: str) -> Line:
    content, comment = tree_of(text).children
    start = len(text) - len(text.lstrip(" \t"))
    return Line(_content(content), None if comment is None else str(comment).rstrip(" \t"), start)


_read_short = lru_cache(maxsize=4096)(_read)


def _content(tree: Any) -> Header | Statement | Pass | None:
    return None if tree is None else _READERS[tree.data](*tree.children)


def _header(name: "Token") -> Header:
    return Header(str(name), place_of(name))


def _no_op() -> Statement:
    return Statement(no_op())


def _constant(target: "Token", value: "Token") -> Statement:
    out, operand = address_of(target), operand_of(value)
    if isinstance(operand, Address):
        advice = instead_of_copy(out, operand)
        raise Complaint(f"there is no operation that only copies; {advice}", place_of(value))
    if out.kind != _CONSTANT.result:
        advice = instead_of_fill(out, operand.value)
        raise Complaint(f"{out} is a {KIND_WORDS[out.kind]}, not a scalar; {advice}", place_of(value))
    return Statement(Instruction(_CONSTANT, out, (), (operand.value,)))


def _element(target: "Token", *literals: "Token") -> Statement:
    out = address_of(target)
    *indexes, value = literals
    op = _ELEMENT.get(out.kind)
    if op is None:
        raise Complaint(
            f"{out} is a scalar and has no elements; write {out} = {clipped(value)}", place_of(target)
        )
    wanted = op.constants[:-1]
    if len(indexes) != len(wanted):
        place = place_of(indexes[min(len(wanted), len(indexes) - 1)])
        raise Complaint(
            f"{out} is a {KIND_WORDS[out.kind]}: expected {out}[{', '.join(wanted)}] = value", place
        )
    return Statement(Instruction(op, out, (), (*map(index_of, indexes), number(value))))


def _infix(target: "Token", left: "Token", sign: "Token", right: "Token") -> Statement:
    out, first, second = address_of(target), operand_of(left), operand_of(right)
    if is_one_over(sign, first.value if isinstance(first, Literal) else None):
        return _resolved("1/", None, (second,), out, place_of(sign))
    return _resolved(str(sign), None, (first, second), out, place_of(sign))


def _call(target: "Token", word: "Token", *rest: Any) -> Statement:
    *arguments, shape, axis, draw = rest
    name = ALIASES.get(word, str(word))
    if name not in NAMES:
        raise unknown_name(word, NAMES, "operation", place_of(word))
    if name in _RANDOM_NAMES:
        return _random(target, name, arguments, shape, axis, draw)
    for clause, what in ((shape, "shape"), (draw, "draw=")):
        if clause is not None:
            users = listed(_RANDOM_NAMES, "and")
            raise Complaint(f"{name} takes no {what}; only {users} take one", place_of(clause))
    out, operands = address_of(target), tuple(map(operand_of, arguments))
    if name in _SECOND_ARGUMENTS and len(operands) == 2:
        if operands[1] != _SECOND_ARGUMENTS[name]:
            raise Complaint(f"the second argument of {name} is 1.0 or left out", place_of(arguments[1]))
        operands = operands[:1]
    number_of_axis = None if axis is None else whole_number(_last(axis), "axis=")
    return _resolved(name, number_of_axis, operands, out, place_of(word))


def _random(
    target: "Token", name: str, arguments: list["Token"], shape: "Clause", axis: "Clause", draw: "Clause"
) -> Statement:
    out = address_of(target)
    op = _RANDOM[name, out.kind]
    if axis is not None:
        raise Complaint(f"{name} takes no axis=", place_of(axis))
    for argument in arguments:
        if argument.type != "NUMBER":
            raise Complaint(
                f"expected {form_of(op)} with numbers, found {clipped(argument)}", place_of(argument)
            )
    wanted = len(op.constants) - 1
    if len(arguments) != wanted:
        place = place_of(arguments[min(wanted, len(arguments) - 1)])
        raise Complaint(f"expected {form_of(op)}, {wanted} numbers, found {len(arguments)}", place)
    if shape is not None and KINDS[len(shape.children)] != out.kind:
        raise Complaint(f"{out} is a {KIND_WORDS[out.kind]} and has {_SHAPES[out.kind]}", place_of(shape))
    number_of_draw = 0 if draw is None else whole_number(_last(draw), "draw=")
    return Statement(Instruction(op, out, (), (*map(number, arguments), number_of_draw)), draw is not None)


def _last(tree: Any) -> "Token":
    token: Token = tree.children[-1]
    return token


def _resolved(
    symbol: str, axis: int | None, operands: tuple[Operand, ...], out: Address, place: int
) -> Statement:
    """The one operation that a form means, from the kinds of its operands and of its target."""
    kinds = [LITERAL if isinstance(operand, Literal) else operand.kind for operand in operands]
    found = readings(symbol, axis, kinds, out.kind)
    if not found:
        raise no_such_operation(symbol, axis, kinds, out.kind, place)
    if len(found) > 1:
        raise ambiguous([reading.op for reading in found], place)
    return Statement(Instruction(found[0].op, out, operands[::-1] if found[0].swapped else operands))


_READERS: Final[dict[str, Any]] = {
    "header": _header,
    "pass": Pass,
    "no_op": _no_op,
    "constant": _constant,
    "infix": _infix,
    "call": _call,
    "element": _element,
}
"""The grammar's rules, and what reads their trees."""
