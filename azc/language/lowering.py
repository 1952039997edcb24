"""Lowering of Python expressions to azl: one operation a line, free addresses for intermediate values.

The reader of lines decides which operation a line means, and so the table of operations does: a line is
written if it reads. Expressions without an operation are rewritten by the tables of `idioms`.
"""

import ast
import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from azc.ir import KINDS, MAX_ADDRESSES, RANDOM, forms
from azc.language import idioms
from azc.language.errors import Complaint
from azc.language.spelling import ALIASES, NAMES, constant_text, form_text, fraction_text
from azc.language.statements import read_line

MAX_LINES: Final = 12
"""Maximum number of lines; longer advice is not given."""
_ADDRESS: Final = re.compile(r"([svmSVM])([0-9]{1,4})")
_SIGNS: Final[dict[type[ast.AST], str]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.MatMult: "@",
    ast.Pow: "**",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_RANDOM: Final = frozenset(op.symbol for op in RANDOM)
_PARAMETERS: Final = ("loc", "low", "mean", "scale", "high", "std", "sd")
"""Names of a draw's two numbers in NumPy and PyTorch; those of the first precede those of the second."""
_LAST: Final = "0.9999999"
"""A fraction for the last element."""


class NoWayError(Exception):
    """Raised if there are no lines of azl for an expression, or none are known."""


def kind_of(operand: str) -> str:
    """Kind of an operand's text: that of an address; a number is a scalar."""
    return operand[0] if _ADDRESS.fullmatch(operand) else "s"


def is_number(operand: str) -> bool:
    """Whether an operand is a number."""
    return not _ADDRESS.fullmatch(operand)


class Writer:
    """Writes lines of azl, and hands out free addresses."""

    def __init__(self, taken: Iterable[str]):
        taken = frozenset(taken)
        self.lines: list[str] = []
        self.notes: list[str] = []
        """Conditions under which the lines mean the same as the original; empty if they always do."""
        self._free = {
            kind: [f"{kind}{i}" for i in range(MAX_ADDRESSES) if f"{kind}{i}" not in taken] for kind in KINDS
        }

    # --- one line ---------------------------------------------------------------------------------------

    def line(self, text: str, target: str | None, kinds: str = KINDS) -> str | None:
        """Write `target = text`, without a target to a free address of a fitting kind; None if none fits."""
        targets = [target] if target else [self._free[kind][0] for kind in kinds if self._free[kind]]
        for out in targets:
            if reads(f"{out} = {text}"):
                self.write(f"{out} = {text}")
                if target is None:
                    self._free[out[0]].remove(out)
                return out
        return None

    def write(self, line: str) -> None:
        """Add a line; NoWayError if it is not azl."""
        if not reads(line) or len(self.lines) == MAX_LINES:
            raise NoWayError
        self.lines.append(line)

    def must(self, text: str, target: str | None = None) -> str:
        """Write `target = text`, without a target to a free address; NoWayError if no address fits."""
        out = self.line(text, target)
        if out is None:
            raise NoWayError
        return out

    # --- expressions ------------------------------------------------------------------------------------

    def operand(self, node: ast.expr, target: str | None = None) -> str:
        """Operand with an expression's value, after the lines that compute it; `target` if one is given."""
        lower = _EXPRESSIONS.get(type(node))
        if lower is None:
            raise NoWayError
        found = lower(self, node, target)
        return found if target in (None, found) else self.copied(found, target)

    def copied(self, operand: str, target: str) -> str:
        """Copy an operand to a target, or to each of its elements."""
        pattern = "1 * {0}"
        if is_number(operand) and target[0] == "s":
            pattern = "{0}"
        elif kind_of(operand) != target[0] and not (is_number(operand) and target[0] == "m"):
            pattern = idioms.WIDENED["s" + target[0]] if kind_of(operand) == "s" != target[0] else ""
        if not pattern:
            raise NoWayError
        if pattern.count("("):
            return self.expanded(pattern, [operand], target)
        return self.must(pattern.format(operand), target)

    def expanded(self, pattern: str, operands: Sequence[str], target: str | None) -> str:
        """Operand with the value of an expression over operands."""
        return self.operand(ast.parse(pattern.format(*operands), mode="eval").body, target)

    def applied(self, name: str, operands: Sequence[str], axis: int | None, target: str | None) -> str:
        """Operand with the result of an operation, or of its substitute, on operands."""
        kinds = "".join(map(kind_of, operands))
        if name in (*NAMES, *"+-*/"):
            found = self.line(form_text(name, axis, operands), target) if operands else None
            if found is not None:
                self.note(name)
                return found
        for result in target[0] if target else KINDS:
            if (name, kinds, axis, result) in idioms.BRIDGES:
                return self.expanded(idioms.BRIDGES[name, kinds, axis, result], operands, target)
        if axis is None and name in idioms.ELEMENTWISE and len(operands) == 2 and kinds[0] != kinds[1]:
            return self.applied(name, self._widened(operands), None, target)
        if name == "where" and len(operands) == 3 and len(set(kinds)) > 1:
            return self.applied(name, self._widened(operands), None, target)
        if target and target[0] != "s" and name in (*NAMES, *"+-*/"):
            return self.copied(self.applied(name, operands, axis, None), target)
        exists = any(len(op.operands) == len(operands) for op in forms(name))
        if axis is None and not exists and (name, len(operands)) in idioms.DEFINED:
            self.note(name)
            return self.expanded(idioms.DEFINED[name, len(operands)], operands, target)
        raise NoWayError

    def _widened(self, operands: Sequence[str]) -> list[str]:
        widest = max(map(kind_of, operands), key=KINDS.index)
        return [
            one
            if kind_of(one) == widest
            else self.expanded(idioms.WIDENED[kind_of(one) + widest], [one], None)
            for one in operands
        ]

    def note(self, name: str) -> None:
        """Note the condition under which what is written means the same as a name elsewhere."""
        note = idioms.ONLY.get(name)
        if note and note not in self.notes:
            self.notes.append(note)

    def unit(self, index: str) -> str:
        """Address of a vector that is 1 at an index and 0 elsewhere."""
        self.note("[]")
        out = self.must("bcast(0)")
        self.write(f"{out}[{index}] = 1")
        return out


def reads(line: str) -> bool:
    """Whether a line is legal azl."""
    try:
        read_line(line)
    except Complaint:
        return False
    return True


# --- a function a kind of expression: the operand that holds its value --------------------------------------


def _name(writer: Writer, node: ast.Name, target: str | None) -> str:
    return address_text(node.id) if _ADDRESS.fullmatch(node.id) else _constant_named(node.id)


def address_text(name: str) -> str:
    """Address for a name in any spelling: `S1`, `s01`."""
    found = _ADDRESS.fullmatch(name)
    if not found or int(found[2]) >= MAX_ADDRESSES:
        raise NoWayError
    return f"{found[1].lower()}{int(found[2])}"


def _constant_named(name: str) -> str:
    if name not in idioms.CONSTANTS:
        raise NoWayError
    return constant_text(idioms.CONSTANTS[name])


def _constant(writer: Writer, node: ast.Constant, target: str | None) -> str:
    try:
        return constant_text(float(node.value))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise NoWayError from None


def _unary(writer: Writer, node: ast.UnaryOp, target: str | None) -> str:
    operand = writer.operand(node.operand)
    if isinstance(node.op, ast.USub):
        if is_number(operand):
            return constant_text(-float(operand))
        return writer.must(f"-1 * {operand}", target)
    if isinstance(node.op, ast.Not):
        return writer.applied("-", ["1", operand], None, target)
    if isinstance(node.op, ast.UAdd):
        return operand
    raise NoWayError


def _binary(writer: Writer, node: ast.BinOp, target: str | None) -> str:
    sign = _SIGNS.get(type(node.op))
    if sign is None:
        raise NoWayError
    operands = [writer.operand(node.left), writer.operand(node.right)]
    if sign == "**" and is_number(operands[1]):
        return writer.expanded(idioms.power(float(operands[1])), operands[:1], target)
    return writer.applied(sign, operands, None, target)


def _compare(writer: Writer, node: ast.Compare, target: str | None) -> str:
    sign = _SIGNS.get(type(node.ops[0]))
    if sign is None or len(node.ops) > 1:
        raise NoWayError
    operands = [writer.operand(node.left), writer.operand(node.comparators[0])]
    kind = max(map(kind_of, operands), key=KINDS.index)
    return writer.expanded(idioms.COMPARED[kind][sign], operands, target)


def _either(writer: Writer, node: ast.BoolOp, target: str | None) -> str:
    pattern = "{0} * {1}" if isinstance(node.op, ast.And) else "maximum({0}, {1})"
    operands = [writer.operand(value) for value in node.values[:2]]
    if len(node.values) > 2:
        raise NoWayError
    return writer.expanded(pattern, operands, target)


def _choice(writer: Writer, node: ast.IfExp, target: str | None) -> str:
    operands = [writer.operand(part) for part in (node.test, node.body, node.orelse)]
    return writer.applied("where", operands, None, target)


def _attribute(writer: Writer, node: ast.Attribute, target: str | None) -> str:
    if not _is_value(node.value):
        return _constant_named(node.attr)
    if node.attr != "T":
        raise NoWayError
    return writer.applied("transpose", [writer.operand(node.value)], None, target)


def _call(writer: Writer, node: ast.Call, target: str | None) -> str:
    name, nodes = _called(node)
    if name not in NAMES:
        name = ALIASES.get(name, name)
        if name in idioms.MADE:
            return writer.expanded(idioms.MADE[name], [], target)
        if name not in NAMES and (name, len(nodes)) not in idioms.DEFINED:
            name = idioms.RENAMED.get(name, name)
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    axis = _axis([given.pop(word) for word in ("axis", "dim") if word in given])
    if name in _RANDOM:
        given.pop("size", None)
        nodes = [*nodes, *(given.pop(word) for word in _PARAMETERS if word in given)][:2]
    if given:
        raise NoWayError
    return writer.applied(name, [writer.operand(one) for one in nodes], axis, target)


def _axis(values: list[ast.expr]) -> int | None:
    for value in values:
        if isinstance(value, ast.Constant) and type(value.value) is int:
            return value.value
        raise NoWayError
    return None


def _called(node: ast.Call) -> tuple[str, list[ast.expr]]:
    """Name and arguments of a call: `np.dot(a, b)` and `a.dot(b)` are `dot(a, b)`."""
    if isinstance(node.func, ast.Name):
        return node.func.id, node.args
    if isinstance(node.func, ast.Attribute):
        values = [node.func.value] if _is_value(node.func.value) else []
        return node.func.attr, [*values, *node.args]
    raise NoWayError


def _is_value(node: ast.expr) -> bool:
    """Whether a node is a value, like `v1` and `f(x)`, and not the name of a library, like `torch.nn`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return not isinstance(node, ast.Name) or bool(_ADDRESS.fullmatch(node.id))


def _subscript(writer: Writer, node: ast.Subscript, target: str | None) -> str:
    value, indexes = writer.operand(node.value), indexes_of(node.slice)
    kind = kind_of(value)
    if kind == "v" and len(indexes) == 1:
        return (
            value if indexes[0] is None else writer.must(f"dot({value}, {writer.unit(indexes[0])})", target)
        )
    if kind != "m" or len(indexes) > 2:
        raise NoWayError
    row, column = (*indexes, None)[:2]
    if column is not None:
        value = writer.must(f"dot({value}, {writer.unit(column)})", None if row else target)
        return value if row is None else writer.must(f"dot({value}, {writer.unit(row)})", target)
    if row is None:
        return value
    return writer.must(f"dot({writer.must(f'transpose({value})')}, {writer.unit(row)})", target)


def indexes_of(node: ast.expr) -> list[str | None]:
    """Indexes in brackets as azl writes them; None for all elements."""
    return [_index(one) for one in (node.elts if isinstance(node, ast.Tuple) else [node])]


def _index(node: ast.expr) -> str | None:
    if isinstance(node, ast.Slice) and not (node.lower or node.upper or node.step):
        return None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        if isinstance(node.operand, ast.Constant) and node.operand.value == 1:
            return _LAST
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        return str(node.value)
    elif isinstance(node, ast.Constant) and type(node.value) is float and math.isfinite(node.value):
        return fraction_text(node.value)
    raise NoWayError


_EXPRESSIONS: Final[dict[type[ast.expr], Callable[[Writer, Any, str | None], str]]] = {
    ast.Name: _name,
    ast.Constant: _constant,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
    ast.BoolOp: _either,
    ast.Compare: _compare,
    ast.IfExp: _choice,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Subscript: _subscript,
}
