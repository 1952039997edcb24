"""Statements from tokens: the head of a function, or a statement and its instruction."""

from functools import partial
from typing import Any, Final

from azc.ir import (
    ELEMENT_SETS,
    KINDS,
    LITERAL,
    RANDOM,
    Address,
    Instruction,
    Literal,
    forms,
    is_one_over,
    no_op,
    readings,
)
from azc.language.diagnostics import (
    KIND_WORDS,
    ambiguous,
    clipped,
    listed,
    no_such_operation,
    syntax_complaint,
    unknown_name,
    ways_to_make,
)
from azc.language.errors import Complaint
from azc.language.lines import Columns, FunctionHead, Pass, SourceLine, Statement
from azc.language.operands import address_of, index_of, operand_of, whole_number
from azc.language.spelling import ALIASES, NAMES, form_of, number
from azc.language.syntax import Token, scan

_CONSTANT: Final = forms("=")[0]
_ELEMENT: Final = {op.result: op for op in ELEMENT_SETS}
_RANDOM: Final = {(op.symbol, op.result): op for op in RANDOM}
_RANDOM_NAMES: Final = tuple(sorted({op.symbol for op in RANDOM}))
_SECOND_ARGUMENTS: Final = {"heaviside": Literal(1.0)}
"""Operations that NumPy writes with a second argument, and its only legal value."""
_CLAUSES: Final = frozenset({"N_FEATURES", "AXIS", "DRAW"})
"""Tokens that begin a shape, `axis=` and `draw=`."""
_SHAPES: Final = {"s": "no shape", "v": "the shape n_features", "m": "the shape (n_features, n_features)"}


def read_line(text: str) -> SourceLine:
    """Read one line; Complaint if it is wrong."""
    found = scan(text)
    if found.accepts is not None:
        raise syntax_complaint(text, found)
    tokens, comment = found.tokens, None
    if tokens and tokens[-1].type == "COMMENT":
        comment = tokens.pop().text.rstrip(" \t")
    content = None if found.rule is None else _READERS[found.rule](*tokens)
    return SourceLine(content, comment, len(text) - len(text.lstrip(" \t")))


def _header(name: Token) -> FunctionHead:
    return FunctionHead(name.text, name.column)


def _no_op() -> Statement:
    return Statement(no_op())


def _constant(target: Token, value: Token) -> Statement:
    out, operand = address_of(target), operand_of(value)
    if isinstance(operand, Address):
        ways = partial(ways_to_make, out.kind, operand.kind)
        raise Complaint("there is no operation that only copies", value.column, ways)
    if out.kind != _CONSTANT.result:
        indexes = ", ".join(["0.5"] * (len(_ELEMENT[out.kind].constants) - 1))
        one = f"{out}[{indexes}] = {clipped(value.text)} sets one element"
        raise Complaint(f"{out} is a {KIND_WORDS[out.kind]}, not a scalar ({one})", value.column)
    instruction = Instruction(_CONSTANT, out, (), (operand.value,))
    return Statement(instruction, columns=Columns(target.column, (), (value.column,)), numbers=(value,))


def _element(target: Token, *literals: Token) -> Statement:
    out = address_of(target)
    *indexes, value = literals
    op = _ELEMENT.get(out.kind)
    if op is None:
        advice = f"write {out} = {clipped(value.text)}"
        raise Complaint(f"{out} is a scalar and has no elements", target.column, advice)
    wanted = op.constants[:-1]
    if len(indexes) != len(wanted):
        column = indexes[min(len(wanted), len(indexes) - 1)].column
        raise Complaint(
            f"{out} is a {KIND_WORDS[out.kind]}: expected {out}[{', '.join(wanted)}] = value", column
        )
    instruction = Instruction(op, out, (), (*map(index_of, indexes), number(value.text)))
    columns = Columns(target.column, (), tuple(literal.column for literal in literals))
    return Statement(instruction, columns=columns, numbers=literals)


def _infix(target: Token, left: Token, sign: Token, right: Token) -> Statement:
    address_of(target)
    first = operand_of(left)
    one_over = is_one_over(sign.text, first.value if isinstance(first, Literal) else None)
    symbol, operands = ("1/", (right,)) if one_over else (sign.text, (left, right))
    return _resolved(symbol, None, operands, target, sign.column)


def _call(target: Token, word: Token, *rest: Token) -> Statement:
    arguments, clauses = _divided(rest)
    name = ALIASES.get(word.text, word.text)
    if name not in NAMES:
        raise unknown_name(word.text, NAMES, "operation", word.column)
    if name in _RANDOM_NAMES:
        return _random(target, name, arguments, clauses)
    for clause, what in (("N_FEATURES", "shape"), ("DRAW", "draw=")):
        if clause in clauses:
            users = listed(_RANDOM_NAMES, "and")
            raise Complaint(f"{name} takes no {what}; only {users} take one", clauses[clause][0].column)
    operands = arguments
    if name in _SECOND_ARGUMENTS and len(arguments) == 2:
        if operand_of(arguments[1]) != _SECOND_ARGUMENTS[name]:
            raise Complaint(f"the second argument of {name} is 1.0 or left out", arguments[1].column)
        operands = arguments[:1]
    axis = whole_number(clauses["AXIS"][-1], "axis=") if "AXIS" in clauses else None
    return _resolved(name, axis, operands, target, word.column)


def _divided(tokens: tuple[Token, ...]) -> tuple[tuple[Token, ...], dict[str, list[Token]]]:
    """Arguments of a call, and its clauses: the tokens after each clause's first word."""
    n_arguments = next((n for n, t in enumerate(tokens) if t.type in _CLAUSES), len(tokens))
    clauses: dict[str, list[Token]] = {}
    for token in tokens[n_arguments:]:
        if token.type in _CLAUSES:
            current = clauses.setdefault(token.type, [])
        current.append(token)
    return tokens[:n_arguments], clauses


def _random(
    target: Token, name: str, arguments: tuple[Token, ...], clauses: dict[str, list[Token]]
) -> Statement:
    out = address_of(target)
    op = _RANDOM[name, out.kind]
    if "AXIS" in clauses:
        raise Complaint(f"{name} takes no axis=", clauses["AXIS"][0].column)
    for argument in arguments:
        if argument.type != "NUMBER":
            raise Complaint(
                f"expected {form_of(op)} with numbers, found {clipped(argument.text)}", argument.column
            )
    wanted = len(op.constants) - 1
    if len(arguments) != wanted:
        column = arguments[min(wanted, len(arguments) - 1)].column
        raise Complaint(f"expected {form_of(op)}, {wanted} numbers, found {len(arguments)}", column)
    shape = clauses.get("N_FEATURES", [])
    if shape and KINDS[len(shape)] != out.kind:
        raise Complaint(f"{out} is a {KIND_WORDS[out.kind]} and has {_SHAPES[out.kind]}", shape[0].column)
    draw = whole_number(clauses["DRAW"][-1], "draw=") if "DRAW" in clauses else 0
    instruction = Instruction(op, out, (), (*(number(argument.text) for argument in arguments), draw))
    columns = Columns(target.column, (), tuple(argument.column for argument in arguments))
    return Statement(instruction, "DRAW" in clauses, columns, arguments)


def _resolved(
    symbol: str, axis: int | None, operands: tuple[Token, ...], target: Token, column: int
) -> Statement:
    """Statement of the only operation for the kinds of operands and target; Complaint if there is none."""
    out, read = address_of(target), tuple(map(operand_of, operands))
    kinds = [LITERAL if isinstance(operand, Literal) else operand.kind for operand in read]
    found = readings(symbol, axis, kinds, out.kind)
    if not found:
        raise no_such_operation(symbol, axis, kinds, out.kind, column)
    if len(found) > 1:
        raise ambiguous([reading.op for reading in found], column)
    order = -1 if found[0].swapped else 1
    columns = Columns(target.column, tuple(token.column for token in operands[::order]), ())
    numbers = tuple(token for token in operands if token.type == "NUMBER")
    return Statement(Instruction(found[0].op, out, read[::order]), columns=columns, numbers=numbers)


_READERS: Final[dict[str, Any]] = {
    "header": _header,
    "pass": Pass,
    "no_op": _no_op,
    "constant": _constant,
    "infix": _infix,
    "call": _call,
    "element": _element,
}
"""Functions that read the tokens of each rule of the grammar."""
