"""The tables of equations: what holds, for numbers of every sort, and what only seems to."""

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
    """The kinds that a term can have, given those of its names."""
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
    """The names of operands in a term."""
    if isinstance(term, Pattern):
        return set().union(*map(names_in, term.parts))
    return {term} if isinstance(term, str) and term != "c" else set()


def readings(text: str) -> Iterator[dict[str, str]]:
    """The kinds of operands for which an equation says something."""
    stated = equation(text)
    names = sorted(names_in(stated.left))
    for kinds in product(KINDS, repeat=len(names)):
        named = dict(zip(names, kinds, strict=True))
        if kinds_of(stated.left, named) & kinds_of(stated.right, named):
            yield named


def sides(text: str, operands: dict[str, Any], features: int, number: Any) -> list[Any]:
    """Both sides of an equation, computed by the definitions, each operation rounded once."""

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
    """Whether two results, or numbers that fill them, have the same bits."""
    left, right = np.broadcast_arrays(np.asarray(left, number), np.asarray(right, number))
    return bits(left) == bits(right)


@pytest.mark.parametrize("number", [np.float64, np.float32])
@pytest.mark.parametrize("text", HOLDING)
def test_what_holds_keeps_every_bit(text: str, number: Any) -> None:
    """For every kind of operand, any number of features, and numbers of every sort."""
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
def test_what_only_seems_to_hold_changes_a_bit(text: str, operands: dict[str, Any]) -> None:
    """The counterexample of the table is one."""
    arrays = {name: np.asarray(value, np.float64)[()] for name, value in operands.items()}
    features = max([len(a) for a in arrays.values() if a.ndim] or [3])
    assert not same(*sides(text, arrays, features, np.float64), np.float64)


def test_no_rule_is_also_a_tempting_one() -> None:
    """Nor stands twice in a table."""
    texts = [*HOLDING, *(text for text, _ in TEMPTING)]
    assert len(texts) == len(set(texts))


def written(term: Pattern, kind: str, named: dict[str, str], made: list[Instruction]) -> Address:
    """Append instructions that compute a term to where nothing else is, and return where that is."""
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
    """What stands for a part of a term in an instruction."""
    if isinstance(part, Pattern):
        return written(part, kind, named, made)
    if isinstance(part, Literal):
        return part
    return Literal(4.0) if part == "c" else address(named[part], 3 + sorted(named).index(part))


@pytest.mark.parametrize("text", HOLDING)
def test_every_rule_is_applied(text: str) -> None:
    """For every kind of operand for which its left side can be written, if for any."""
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
