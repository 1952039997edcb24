"""Hypothesis generators for all tests: constants, instructions and programs that the verifier accepts.

    from strategies import programs

    @given(programs(max_instructions=6, max_address=3, features=4))
    def test_something(program): ...

All shrink towards short programs with low addresses and simple constants.
"""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise, product

from hypothesis import strategies as st

from azc.ir import (
    ELEMENT_SETS,
    KINDS,
    MAX_ADDRESSES,
    MAX_DRAW,
    OPS,
    SUPERVISED,
    Address,
    Declaration,
    Instruction,
    Literal,
    Op,
    Program,
    Signature,
    address,
    faults,
    numbered_afresh,
)

SPECIAL_CONSTANTS = (
    0.0,
    1.0,
    -0.0,
    -1.0,
    2.0,
    0.5,
    0.1,
    float("inf"),
    float("-inf"),
    float("nan"),
    -float("nan"),
    5e-324,
    -2.225073858507201e-308,
    2.2250738585072014e-308,
    1.7976931348623157e308,
    0.99999994,
    1e16,
    1e-7,
)
"""Edge cases of printing, reading and arithmetic."""


def constants() -> st.SearchStrategy[float]:
    """Any float64: ordinary numbers, infinities, nans of any sign and payload, both zeros, subnormals."""
    return st.sampled_from(SPECIAL_CONSTANTS) | st.floats()


def moderate_constants() -> st.SearchStrategy[float]:
    """Finite numbers from -10 to 10, so that most results are finite."""
    return st.floats(-10, 10, allow_subnormal=False)


def addresses(kind: str, max_address: int = MAX_ADDRESSES - 1) -> st.SearchStrategy[Address]:
    """Addresses of a kind up to and including number `max_address`."""
    return st.integers(0, max_address).map(lambda index: address(kind, index))


def draws() -> st.SearchStrategy[int]:
    """Numbers of draws: small ones, so that some are equal, and the full range."""
    return st.integers(0, 8) | st.integers(0, MAX_DRAW - 1)


def indexes(features: int | None = None) -> st.SearchStrategy[float | int]:
    """Indexes of elements: fractions of F, and absolute indexes (below `features`, if given)."""
    return constants() | st.integers(0, (MAX_DRAW if features is None else features) - 1)


@st.composite
def instructions(
    draw: st.DrawFn,
    ops: Sequence[Op] = OPS,
    max_address: int = MAX_ADDRESSES - 1,
    literals: bool = True,
    features: int | None = None,
    values: st.SearchStrategy[float] | None = None,
) -> Instruction:
    """One instruction that the verifier accepts; the parameters are those of `programs`."""
    values = constants() if values is None else values
    op = draw(st.sampled_from(ops))
    if not op.result:
        return Instruction(op)
    out = draw(addresses(op.result, max_address))
    pattern = draw(st.sampled_from(_literal_patterns(op))) if literals else (False,) * len(op.operands)
    operands = []
    for index, (kind, is_literal) in enumerate(zip(op.operands, pattern, strict=True)):
        if is_literal:
            numerator = op.symbol == "/" and index == 0
            operands.append(Literal(draw(values.filter(lambda value: value != 1.0) if numerator else values)))
        else:
            operands.append(draw(addresses(kind, max_address)))
    numbers = [
        draw(
            draws()
            if name == "draw"
            else indexes(features)
            if op in ELEMENT_SETS and name != "value"
            else values
        )
        for name in op.constants
    ]
    return Instruction(op, out, tuple(operands), tuple(numbers))


@st.composite
def programs(
    draw: st.DrawFn,
    max_instructions: int = 8,
    ops: Sequence[Op] = OPS,
    max_address: int = MAX_ADDRESSES - 1,
    literals: bool = True,
    features: int | None = None,
    values: st.SearchStrategy[float] | None = None,
    names: tuple[str, ...] = SUPERVISED,
) -> Program:
    """Programs that the verifier accepts.

    max_instructions: of each function.
    ops: the operations to choose from.
    max_address: the highest number of an address; a low one makes instructions meet.
    literals: whether operands may be numbers.
    features: if given, absolute indexes of elements are below it.
    values: generator of constants and literals; `constants()` by default.
    names: of its functions.
    Draws are numbered as in text without numbers, or at random, so that some are equal.
    """
    one = instructions(ops, max_address, literals, features, values)
    function = st.lists(one, max_size=max_instructions).map(tuple)
    program = Program(*(draw(function) for _ in names), names=names)
    return numbered_afresh(program) if draw(st.booleans()) else program


FUNCTION_NAMES = ("Start", "Act", "Update", "Reward", "Rest")
VALUE_NAMES = ("a", "b", "c", "d")


@st.composite
def signatures(draw: st.DrawFn, max_address: int = 3) -> Signature:
    """Signatures of two to five functions, any inputs and outputs, in any order or in one of their own."""
    names = FUNCTION_NAMES[: draw(st.integers(2, 5))]
    anywhere = st.sampled_from(KINDS).flatmap(lambda kind: addresses(kind, max_address))
    functions = [Declaration(names[0])]
    for number, name in enumerate(names[1:]):
        written = draw(st.lists(anywhere, max_size=5, unique=True))
        n_inputs = draw(st.integers(0, min(len(written), len(VALUE_NAMES))))
        outputs = draw(st.lists(anywhere, min_size=number == 0, max_size=3))
        functions.append(
            Declaration(
                name,
                tuple(zip(VALUE_NAMES, written[:n_inputs], strict=False)),
                tuple(written[n_inputs:]),
                tuple(zip(VALUE_NAMES, outputs, strict=False)),
                draw(st.booleans()),
            )
        )
    if draw(st.booleans()):
        return Signature("any", functions)
    order = {*pairwise([names[0], *draw(st.permutations(names[1:]))])}
    order |= draw(st.sets(st.tuples(st.sampled_from(names), st.sampled_from(names[1:]))))
    return Signature("ordered", functions, tuple(order))


@cache
def _literal_patterns(op: Op) -> list[tuple[bool, ...]]:
    """Sets of operands that may be literals together without changing the operation; the empty set first."""
    return [
        pattern
        for pattern in product((False, True), repeat=len(op.operands))
        if not list(faults(Program((_example(op, pattern),))))
    ]


def _example(op: Op, pattern: tuple[bool, ...]) -> Instruction:
    operands = [
        Literal(2.0) if is_literal else address(kind, 0)
        for kind, is_literal in zip(op.operands, pattern, strict=True)
    ]
    numbers = [0 if name == "draw" else 0.0 for name in op.constants]
    return Instruction(op, address(op.result, 0), tuple(operands), tuple(numbers))
