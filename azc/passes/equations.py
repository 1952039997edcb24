"""Equations: parsed, matched against instructions, and applied as rules.

`rules.py` holds the tables, and says how equations are written.
"""

import ast
import math
from collections.abc import Iterator
from typing import Final

import attrs

from azc.ir import OPS, Address, Instruction, Literal, Operand, instruction_faults
from azc.passes.available import Known
from azc.passes.uniform import filled

_SIGNS: Final = {
    ast.Add: frozenset({"add"}),
    ast.Sub: frozenset({"subtract"}),
    ast.Mult: frozenset({"multiply", "scale"}),
    ast.Div: frozenset({"divide"}),
}
_POWERS: Final = frozenset(sign * 2.0**n for n in range(-126, 127) for sign in (1, -1))

Bound = dict[str, Operand]
"""Names of an equation, with the operands that they match."""


@attrs.frozen
class Pattern:
    """Operation in an equation: its possible meanings, and its operands: names, numbers or operations."""

    meanings: frozenset[str]
    parts: "tuple[Term, ...]"


Term = str | Literal | Pattern


@attrs.frozen
class Equation:
    """Rule: the right side computes the same as the left side, more simply."""

    text: str
    left: Pattern
    right: Term


def equation(text: str) -> Equation:
    """Parse an equation."""
    stated = ast.parse(text, mode="eval").body
    assert isinstance(stated, ast.Compare)
    left = _term(stated.left)
    assert isinstance(left, Pattern)
    return Equation(text, left, _term(stated.comparators[0]))


def _term(node: ast.expr) -> Term:
    match node:
        case ast.Constant(value=float(value)):
            return Literal(value)
        case ast.Name(id="inf"):
            return Literal(math.inf)
        case ast.Name(id=name):
            return name
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            number = _term(inner)
            assert isinstance(number, Literal)
            return Literal(-number.value)
        case ast.BinOp(left=left, op=sign, right=right):
            return Pattern(_SIGNS[type(sign)], (_term(left), _term(right)))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return Pattern(frozenset({name}), tuple(map(_term, arguments)))
    raise ValueError(f"no term of an equation: {ast.unparse(node)}")


class RuleIndex:
    """Equations by the meaning of their outermost operation."""

    def __init__(self, texts: tuple[str, ...]):
        self._by_meaning: dict[str, list[Equation]] = {}
        for text in texts:
            made = equation(text)
            for meaning in made.left.meanings:
                self._by_meaning.setdefault(meaning, []).append(made)

    def applied(self, instruction: Instruction, known: Known) -> Iterator[tuple[Equation, Bound]]:
        """Equations whose left side an instruction computes, with the operands of their names."""
        for rule in self._by_meaning.get(instruction.op.meaning, ()):
            for bound in _matches(rule.left, instruction, known, {}):
                yield rule, bound


def _matches(form: Pattern, instruction: Instruction, known: Known, bound: Bound) -> Iterator[Bound]:
    """Ways in which an instruction matches a pattern."""
    if instruction.op.meaning not in form.meanings:
        return
    orders = {instruction.operands, instruction.operands[::-1]} if instruction.op.commutative else ()
    for operands in orders or (instruction.operands,):
        yield from _all_match(form.parts, operands, known, bound)


def _all_match(
    parts: tuple[Term, ...], operands: tuple[Operand, ...], known: Known, bound: Bound
) -> Iterator[Bound]:
    if not parts:
        yield bound
        return
    for more in _matches_operand(parts[0], operands[0], known, bound):
        yield from _all_match(parts[1:], operands[1:], known, more)


def _matches_operand(term: Term, operand: Operand, known: Known, bound: Bound) -> Iterator[Bound]:
    if isinstance(term, Pattern):
        inner = known.made.get(operand) if isinstance(operand, Address) else None
        if inner is not None:
            yield from _matches(term, inner, known, bound)
    elif isinstance(term, Literal):
        if term == operand:
            yield bound
    elif term in bound:
        if known.root(bound[term]) == known.root(operand):
            yield bound
    elif term != "c" or (isinstance(operand, Literal) and operand.value in _POWERS):
        yield {**bound, term: operand}


def built(right: Term, instruction: Instruction, bound: Bound) -> Instruction | None:
    """Instruction that computes a right side into the same address; None if the language has none."""
    assert instruction.out is not None
    if isinstance(right, Literal):
        return filled(instruction, right)
    if isinstance(right, str):
        return None
    operands = tuple(_operand(part, bound) for part in right.parts)
    for op in OPS:
        if op.meaning in right.meanings and op.result == instruction.out.kind:
            made = Instruction(op, instruction.out, operands)
            if not any(instruction_faults(made)):
                return made
    return None


def _operand(part: Term, bound: Bound) -> Operand:
    if isinstance(part, str):
        return bound[part]
    if isinstance(part, Literal):
        return part
    # The only operation on literals is 1 / c, which is exact.
    one, power = (_operand(inner, bound) for inner in part.parts)
    assert isinstance(one, Literal)
    assert isinstance(power, Literal)
    return Literal(one.value / power.value)
