"""Tables of equations: those of the rules hold for special numbers, and the tempting ones fail."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest
from evaluation.comparing import bits

from azc.ir import (
    INTERFACES,
    KINDS,
    OPS,
    Address,
    Instruction,
    Literal,
    Operand,
    Program,
    address,
    faults,
    semantics,
)
from azc.passes import algebra, copies
from azc.passes.equations import Pattern, Term, equation
from azc.passes.rules import COPIES, SIMPLER, TEMPTING

HOLDING = (*COPIES, *SIMPLER)
SPECIALS = (
    *(0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 5e-324, -5e-324, 1e-45, -1e-45, 1e308, -1e308),
    *(1e-160, 3e38, -3e38, 1e-38, 1e-23, 0.1, 0.3, -0.7, 2.0, 3.0, 5.0),
)
POWERS = (1.0, 2.0, -0.25, 2.0**126, 2.0**-126, 2.0**100)
SHAPES = {"s": lambda f: (), "v": lambda f: (f,), "m": lambda f: (f, f)}


def kinds_of(term: Term, names: dict[str, str]) -> set[str]:
    """Possible kinds of a term, given those of its names."""
    if isinstance(term, Literal) or term == "c":
        return set(KINDS)
    if isinstance(term, str):
        return {names[term]}
    parts = [kinds_of(part, names) for part in term.parts]
    return {
        op.result
        for op in OPS
        if op.meaning in term.meanings and len(op.operands) == len(parts)
        if all(kind in fits for kind, fits in zip(op.operands, parts, strict=True))
    }


def names_in(term: Term) -> set[str]:
    """Names of operands in a term."""
    if isinstance(term, Pattern):
        return set().union(*map(names_in, term.parts))
    return {term} if isinstance(term, str) and term != "c" else set()


def readings(text: str) -> Iterator[dict[str, str]]:
    """Kinds of operands for which both sides of an equation exist."""
    stated = equation(text)
    names = sorted(names_in(stated.left))
    for kinds in product(KINDS, repeat=len(names)):
        named = dict(zip(names, kinds, strict=True))
        if kinds_of(stated.left, named) & kinds_of(stated.right, named):
            yield named


def sides(text: str, operands: dict[str, Any], features: int, number: Any) -> list[Any]:
    """Both sides of an equation, computed by `semantics`, each operation rounded once."""

    def rounded(function: Any) -> Any:
        return lambda *of: np.asarray(function(*of)).astype(number)[()]

    def full(a: Any) -> Any:
        return np.full(features, a, number) if isinstance(a, float) else a

    names: dict[str, Any] = {op.meaning: rounded(getattr(semantics, op.meaning, None)) for op in OPS}
    names["fill"] = lambda a: np.full(features, a, number)
    names["outer"] = lambda a, b: semantics.outer(full(a), full(b))
    with np.errstate(all="ignore"):
        return [eval(side, {**names, **operands, "inf": np.inf}) for side in text.split(" == ")]


def same(left: Any, right: Any, number: Any) -> bool:
    """Whether two results have the same bits; a number stands for an array filled with it."""
    left, right = np.broadcast_arrays(np.asarray(left, number), np.asarray(right, number))
    return bits(left) == bits(right)


@pytest.mark.parametrize("number", [np.float64, np.float32])
@pytest.mark.parametrize("text", HOLDING)
def test_rule_keeps_every_bit(text: str, number: Any) -> None:
    """Both sides of a rule have the same bits, for all kinds of operands and for special numbers."""
    generator = np.random.default_rng(0)
    read = list(readings(text))
    assert read
    for kinds, features, _ in product(read, (1, 2, 3, 8), range(60)):
        with np.errstate(over="ignore"):
            operands: dict[str, Any] = {
                name: generator.choice(SPECIALS, size=SHAPES[kind](features)).astype(number)[()]
                if generator.random() < 0.7
                else generator.normal(size=SHAPES[kind](features)).astype(number)[()]
                if kind != "s"
                else number(generator.choice(SPECIALS))
                for name, kind in kinds.items()
            }
        operands["c"] = float(generator.choice(POWERS))
        assert same(*sides(text, operands, features, number), number), (kinds, operands)


@pytest.mark.parametrize(("text", "operands"), TEMPTING, ids=[text for text, _ in TEMPTING])
def test_tempting_equation_changes_a_bit(text: str, operands: dict[str, Any]) -> None:
    """The counterexample of a tempting equation gives sides with different bits."""
    arrays = {name: np.asarray(value, np.float64)[()] for name, value in operands.items()}
    features = max([len(a) for a in arrays.values() if a.ndim] or [3])
    assert not same(*sides(text, arrays, features, np.float64), np.float64)


def test_equations_are_unique() -> None:
    """No equation occurs twice in the tables of rules and tempting ones."""
    texts = [*HOLDING, *(text for text, _ in TEMPTING)]
    assert len(texts) == len(set(texts))


def written(term: Pattern, kind: str, named: dict[str, str], made: list[Instruction]) -> Address:
    """Append instructions that compute a term at a free address, and return that address."""
    for op in OPS:
        parts = list(zip(term.parts, op.operands, strict=False))
        fits = op.meaning in term.meanings and op.result == kind and len(term.parts) == len(op.operands)
        if fits and all(wanted in kinds_of(part, named) for part, wanted in parts):
            operands = tuple(operand(part, wanted, named, made) for part, wanted in parts)
            made.append(Instruction(op, address(kind, 10 + len(made)), operands))
            assert made[-1].out is not None
            return made[-1].out
    raise AssertionError(term)


def operand(part: Term, kind: str, named: dict[str, str], made: list[Instruction]) -> Operand:
    """Operand of an instruction for a part of a term."""
    if isinstance(part, Pattern):
        return written(part, kind, named, made)
    if isinstance(part, Literal):
        return part
    return Literal(4.0) if part == "c" else address(named[part], 3 + sorted(named).index(part))


@pytest.mark.parametrize("text", HOLDING)
def test_every_rule_is_applied(text: str) -> None:
    """A pass applies every rule, for every kind of operand for which its left side is a sound program."""
    run, stated = (copies if text in COPIES else algebra), equation(text)
    changed = []
    for named in readings(text):
        for kind in kinds_of(stated.left, named) & kinds_of(stated.right, named):
            made: list[Instruction] = []
            out = written(stated.left, kind, named, made)
            reader = next(op for op in OPS if op.meaning == "absolute" and op.result == kind)
            program = Program((), (*made, Instruction(reader, address(kind, 1), (out,))))
            if not list(faults(program)):
                changed.append(run(program, INTERFACES["RMS_ERROR"]) != program)
    assert changed
    assert all(changed)
