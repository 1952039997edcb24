"""Elementary functions: accuracy against mpmath, special values, and the operators that they use."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from azc.ir import arithmetic, draws, elementary

INF, NAN, PI = math.inf, math.nan, math.pi

REFERENCE: dict[str, Callable[[Any], Any]] = {
    "exp": mp.exp,
    "log": mp.log,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "arctan": mp.atan,
    "arcsin": mp.asin,
    "arccos": mp.acos,
    "tanh": mp.tanh,
}
PERIODIC = ("sin", "cos", "tan")
EVERY = [*REFERENCE, "sigmoid"]

# The float64 values nearest to multiples of pi/2, found from continued fractions, below and above 2^20.
NEAR_MULTIPLES = [
    float.fromhex("0x1.6c6cbc45dc8dep+5"),
    321307.9594422229,
    float.fromhex("0x1.b951f1572eba5p+23"),
    231378826.72445408,
    float.fromhex("0x1.504cac51f1eafp+131"),
    6381956970095103.0 * 2.0**797,
    6381956970095103.0 * 2.0**798,
]

words = st.integers(0, 2**64 - 1)


def compute(name: str, xs: Any, o: Any = arithmetic) -> Any:
    """Values of the function `name` at xs."""
    with np.errstate(all="ignore"):
        return getattr(elementary, name)(o, xs)


def in_domain(name: str, x: float) -> bool:
    """Whether the function has a finite value at x."""
    if not math.isfinite(x):
        return False
    return x > 0 if name == "log" else abs(x) <= 1 if name in ("arcsin", "arccos") else True


def error(name: str, x: float, y: float) -> float:
    """Distance of y from the true value at x, in units in the last place; inf counts as 2^1024."""
    end = mpf(2) ** 1024
    with mp.workprec(150):
        true = min(REFERENCE[name](mpf(x)), end)
        _, _, exponent, width = true._mpf_
        ulp = mpf(2) ** min(max(exponent + width - 53, -1074), 971) if true else mpf(2) ** -1074
        return float(abs((end if y == INF else mpf(y)) - true) / ulp)


def worst(name: str, xs: Any) -> float:
    """Greatest error over the arguments xs, all in the domain."""
    xs = np.asarray(xs, dtype=np.float64)
    return max(error(name, x, y) for x, y in zip(xs.tolist(), compute(name, xs).tolist(), strict=True))


def same_bits(a: Any, b: Any) -> bool:
    """Equal float64 bits, any nan equal to any other."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    return bool(np.all((a.view(np.uint64) == b.view(np.uint64)) | (np.isnan(a) & np.isnan(b))))


@pytest.mark.parametrize("name", REFERENCE)
@settings(max_examples=60, deadline=None)
@given(st.lists(words, min_size=8, max_size=8))
def test_any_float_is_within_two_ulp(name: str, patterns: list[int]) -> None:
    """Over all bit patterns of float64 the error is at most 2 ulp; outside the domain the result is nan."""
    xs = np.array(patterns, dtype=np.uint64).view(np.float64)
    for x, y in zip(xs.tolist(), compute(name, xs).tolist(), strict=True):
        if in_domain(name, x):
            assert error(name, x, y) <= 2
        elif x != 0 and not math.isinf(x):
            assert math.isnan(y)


RANGES = {
    "exp": [(-745.2, 709.8), (-1, 1), (-20, 20)],
    "log": [(0.4, 2.1), (0.99, 1.01), (1e-3, 1e3)],
    "sin": [(-10, 10), (-1.1e6, 1.1e6), (1e6, 1e18)],
    "cos": [(-10, 10), (-1.1e6, 1.1e6), (1e6, 1e18)],
    "tan": [(-10, 10), (-1.1e6, 1.1e6), (1e6, 1e18)],
    "arctan": [(-3, 3), (0.53, 0.6), (-100, 100)],
    "arcsin": [(-1, 1), (0.45, 0.6), (-1, -0.99)],
    "arccos": [(-1, 1), (0.45, 0.6), (-1, -0.99)],
    "tanh": [(-1, 1), (0.5, 1.2), (-25, 25)],
}


@pytest.mark.parametrize("name", REFERENCE)
def test_typical_arguments_are_within_one_and_a_fifth_ulp(name: str) -> None:
    """Over typical ranges the error is below 1.2 ulp; the documented bound is 2 ulp."""
    random = np.random.default_rng(5)
    assert worst(name, np.concatenate([random.uniform(*r, 1000) for r in RANGES[name]])) < 1.2


@pytest.mark.parametrize("name", PERIODIC)
def test_arguments_nearest_to_multiples_of_half_pi_are_within_one_ulp(name: str) -> None:
    """Arguments that lose the most digits in the reduction, below and above 2^20, have errors below 1 ulp."""
    assert worst(name, [*NEAR_MULTIPLES, *(-x for x in NEAR_MULTIPLES)]) < 1


@pytest.mark.parametrize("name", PERIODIC)
def test_rounded_multiples_of_half_pi_are_within_one_ulp(name: str) -> None:
    """Multiples of pi/2 rounded to float64 have errors below 1 ulp."""
    random = np.random.default_rng(6)
    n = np.concatenate(
        [np.arange(1, 300), random.integers(300, 700_000, 300), random.integers(10**6, 2**53, 300)]
    )
    assert worst(name, n * (PI / 2)) < 1


@pytest.mark.parametrize("name", PERIODIC)
def test_both_reductions_are_accurate_at_their_border(name: str) -> None:
    """Around 2^20, where the reduction changes, and at the largest float the error is below 1.2 ulp."""
    edge = elementary.NEAR
    xs = [np.nextafter(edge, 0), edge, np.nextafter(edge, INF), np.finfo(np.float64).max]
    assert worst(name, [*xs, *(-x for x in xs)]) < 1.2


@pytest.mark.parametrize("name", PERIODIC)
def test_every_binade_is_accurate(name: str) -> None:
    """Arguments of every exponent from 2^19 to 2^1023 have errors below 1.2 ulp."""
    random = np.random.default_rng(7)
    assert worst(name, np.ldexp(random.uniform(1, 2, 1005), np.arange(19, 1024))) < 1.2


@pytest.mark.parametrize("name", ["log", "sin", "tan", "arctan", "arcsin", "tanh"])
def test_subnormal_arguments_are_within_one_ulp(name: str) -> None:
    """Subnormal arguments, from the smallest on, have errors below 1 ulp."""
    random = np.random.default_rng(8)
    xs = np.concatenate(
        [
            [5e-324, 1e-323, 2.225073858507201e-308],
            np.ldexp(random.uniform(1, 2, 60), -1074 + np.arange(60) % 52),
        ]
    )
    assert worst(name, xs) < 1


def test_subnormal_exponentials_are_within_one_ulp() -> None:
    """Subnormal values of e^x have errors below 1 ulp."""
    assert worst("exp", np.linspace(-745.2, -708, 1500)) < 1


def test_exp_overflows_and_underflows_where_float64_ends() -> None:
    """e^x becomes inf above the logarithm of the largest float and 0 below that of half the smallest."""
    assert math.isfinite(compute("exp", 709.782712893384))
    assert compute("exp", 709.7827128933841) == INF
    assert compute("exp", -745.1332191019411) == 5e-324
    assert compute("exp", -745.1332191019412) == 0


@pytest.mark.parametrize(
    ("name", "centres"),
    [("log", [1]), ("arcsin", [1, -1, 0.5, -0.5]), ("arccos", [1, -1, 0.5]), ("tanh", [0])],
)
def test_arguments_near_a_turning_point_are_within_one_ulp(name: str, centres: list[float]) -> None:
    """Arguments next to zeros, poles of the derivative and joints have errors below 1 ulp."""
    steps = np.ldexp(1.0, -np.arange(2, 54))
    xs = np.concatenate([np.concatenate([c - steps, c + steps]) for c in centres])
    assert worst(name, [x for x in xs if in_domain(name, x)]) < 1


def test_both_formulas_of_tanh_are_accurate_at_their_border() -> None:
    """Around 0.71875, where the formula of tanh changes, the error is below 1.2 ulp."""
    steps = np.ldexp(1.0, -np.arange(4, 54))
    assert worst("tanh", np.concatenate([0.71875 - steps, [0.71875], 0.71875 + steps])) < 1.2


def test_tanh_becomes_one() -> None:
    """tanh is exactly 1 from 19.1 on, also where e^(2x) overflows."""
    xs = np.array([19.1, 20.0, 22.0, 355.0, 800.0, 1.7e308, INF])
    assert (compute("tanh", xs) == 1.0).all()
    assert compute("tanh", np.float64(18.9)) < 1.0


SPECIAL = [
    (
        "exp",
        {0.0: 1.0, INF: INF, -INF: 0.0, 1000.0: INF, -1000.0: 0.0, 1.7e308: INF, -1.7e308: 0.0},
    ),
    ("log", {1.0: 0.0, INF: INF, 0.0: -INF, -1.0: NAN, -INF: NAN, -5e-324: NAN}),
    ("sin", {0.0: 0.0, INF: NAN, -INF: NAN}),
    ("cos", {0.0: 1.0, INF: NAN, -INF: NAN}),
    ("tan", {0.0: 0.0, INF: NAN, -INF: NAN}),
    ("arctan", {0.0: 0.0, INF: PI / 2, -INF: -PI / 2, 1.0: PI / 4, 1.7e308: PI / 2}),
    ("arcsin", {0.0: 0.0, 1.0: PI / 2, -1.0: -PI / 2, 1.0000000000000002: NAN, INF: NAN, -INF: NAN}),
    ("arccos", {0.0: PI / 2, 1.0: 0.0, -1.0: PI, 1.0000000000000002: NAN, -2.0: NAN, INF: NAN, -INF: NAN}),
    ("tanh", {0.0: 0.0, INF: 1.0, -INF: -1.0, 1000.0: 1.0, 5e-324: 5e-324}),
    ("sigmoid", {0.0: 0.5, INF: 1.0, -INF: 0.0, 1000.0: 1.0, -1000.0: 0.0}),
]


@pytest.mark.parametrize(("name", "values"), SPECIAL, ids=[name for name, _ in SPECIAL])
def test_special_values_are_those_of_annex_f(name: str, values: dict[float, float]) -> None:
    """Zeros, infinities, ends of domains and arguments outside give C99's bits; nan gives nan."""
    for x, expected in [*values.items(), (NAN, NAN)]:
        assert same_bits(compute(name, np.float64(x)), expected), x


@pytest.mark.parametrize("name", ["exp", "log", "cos", "arccos", "sigmoid"])
def test_sign_of_zero_does_not_matter_where_the_value_is_not_zero(name: str) -> None:
    """Functions that are not 0 at 0.0 have the same value at -0.0."""
    assert same_bits(compute(name, np.float64(-0.0)), compute(name, np.float64(0.0)))


@pytest.mark.parametrize("name", ["sin", "tan", "arctan", "arcsin", "tanh"])
@given(words)
def test_odd_functions_are_odd_to_the_bit(name: str, pattern: int) -> None:
    """f(-x) is -f(x) for every float, the zeros included."""
    x = np.uint64(pattern).view(np.float64)
    assert same_bits(compute(name, -x), -compute(name, x))
    assert same_bits(compute(name, np.float64(-0.0)), -0.0)


@given(words)
def test_cos_is_even_to_the_bit(pattern: int) -> None:
    """cos(-x) is cos(x) for every float."""
    x = np.uint64(pattern).view(np.float64)
    assert same_bits(compute("cos", -x), compute("cos", x))


@given(words)
def test_sigmoid_is_its_formula(pattern: int) -> None:
    """The sigmoid is 1 / (1 + exp(-x)) with this exp, to the bit."""
    x = np.uint64(pattern).view(np.float64)
    with np.errstate(all="ignore"):
        assert same_bits(compute("sigmoid", x), 1.0 / (1.0 + compute("exp", -x)))


def samples() -> np.ndarray[Any, np.dtype[np.float64]]:
    """Special numbers, random bit patterns and random numbers near zero."""
    random = np.random.default_rng(9)
    special = [0.0, -0.0, INF, -INF, NAN, 1.0, -1.0, 5e-324, 1e300, *NEAR_MULTIPLES]
    patterns = random.integers(0, 2**64, 80, dtype=np.uint64).view(np.float64)
    return np.concatenate([special, patterns, random.uniform(-3, 3, 64)])


@pytest.mark.parametrize("name", EVERY)
def test_scalars_and_arrays_of_any_shape_give_the_same_bits(name: str) -> None:
    """Scalars, 0-d, flat and two-dimensional arrays give the same bits."""
    xs = samples()
    flat = compute(name, xs)
    assert same_bits(flat, [compute(name, x) for x in xs])
    assert same_bits(flat, [compute(name, np.array(x)) for x in xs])
    assert same_bits(flat.reshape(8, -1), compute(name, xs.reshape(8, -1)))
    assert isinstance(compute(name, np.float64(0.5)), np.float64)


@pytest.mark.parametrize("name", PERIODIC)
def test_table_is_read_for_large_arguments_only(name: str) -> None:
    """The table of the bits of 2/pi is read only if an argument is 2^20 or more."""

    class NoTable(Checked):
        """An arithmetic without a table."""

        @staticmethod
        def lookup(table: Any, w: Any) -> Any:
            """Refuse."""
            raise LookupError

    xs = np.linspace(-1e6, 1e6, 100)
    assert same_bits(compute(name, Value("float", xs), NoTable).data, compute(name, xs))
    with pytest.raises(LookupError):
        compute(name, Value("float", np.append(xs, 2.0**20)), NoTable)


def test_table_holds_the_bits_of_two_over_pi() -> None:
    """Entry i of the table is bits 32i to 32i + 63 of mpmath's 2/pi after 34 zeros."""
    with mp.workprec(1500):
        fixed = int(mp.floor(mp.ldexp(2 / mp.pi, 1300)))
    bits = 34 + 1300
    expected = tuple((fixed >> (bits - 64 - 32 * i)) & (2**64 - 1) for i in range(37))
    assert expected == elementary.TWO_OVER_PI_BITS


def test_parts_of_half_pi_add_up_to_it() -> None:
    """Four parts add up to pi/2 within 2^-139, two within 2^-108; the first three have at most 33 bits."""
    e = elementary
    with mp.workprec(300):
        assert abs(sum(map(mpf, (e.PIO2_1, e.PIO2_2, e.PIO2_3, e.PIO2_4))) - mp.pi / 2) < mpf(2) ** -139
        assert abs(mpf(e.PIO2) + mpf(e.PIO2_LOW) - mp.pi / 2) < mpf(2) ** -108
    for part in (e.PIO2_1, e.PIO2_2, e.PIO2_3):
        assert part.as_integer_ratio()[0].bit_length() <= 33
    assert e.PIO2_HEAD + e.PIO2_REST == e.PIO2


COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
ALLOWED = {
    "float": {"+", "-", "*", "/", "neg"} | COMPARISONS,
    "word": {"+", "-", "*", "&", "|", "^", "<<", ">>"} | COMPARISONS,
    "mask": {"&", "|", "~"},
}
LITERALS = {"float": float, "word": int}


class Value:
    """A float, word or mask that checks its kind and has only the operators of all backends."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, kind: str, data: Any) -> None:
        self.kind, self.data = kind, data

    def __bool__(self) -> bool:
        raise TypeError("a value of a program cannot choose its control flow")

    def operand(self, other: Any) -> Any:
        """Data of the other operand, after a check of its kind."""
        if isinstance(other, Value):
            assert other.kind == self.kind
            return other.data
        assert type(other) is LITERALS.get(self.kind)
        assert self.kind == "float" or 0 <= other < 2**64
        return other

    def apply(self, sign: str, function: Any, *operands: Any) -> Value:
        """Result of an operator, after a check that it is allowed."""
        assert sign in ALLOWED[self.kind], (sign, self.kind)
        return Value("mask" if sign in COMPARISONS else self.kind, function(*operands))


def define(method: str, sign: str, function: Any, reflected: str = "") -> None:
    """Give Value an operator and its reflection."""
    setattr(Value, method, lambda a, b: a.apply(sign, function, a.data, a.operand(b)))
    if reflected:
        setattr(Value, reflected, lambda a, b: a.apply(sign, function, a.operand(b), a.data))


for name_, sign_ in [("add", "+"), ("sub", "-"), ("mul", "*"), ("truediv", "/"), ("and_", "&"), ("or_", "|"),
                     ("xor", "^"), ("lshift", "<<"), ("rshift", ">>")]:  # fmt: skip
    plain = name_.strip("_")
    define(f"__{plain}__", sign_, getattr(operator, name_), f"__r{plain}__")
for name_, sign_ in [("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">="), ("eq", "=="), ("ne", "!=")]:
    define(f"__{name_}__", sign_, getattr(operator, name_))
Value.__neg__ = lambda a: a.apply("neg", operator.neg, a.data)  # type: ignore[attr-defined]
Value.__invert__ = lambda a: a.apply("~", operator.invert, a.data)  # type: ignore[attr-defined]


def kind_of(a: Any) -> str:
    """Kind of a value or literal."""
    return a.kind if isinstance(a, Value) else {float: "float", int: "word"}[type(a)]


def data_of(a: Any, kind: str) -> Any:
    """Data of a value or literal, which must be of that kind."""
    assert kind_of(a) == kind
    return a.data if isinstance(a, Value) else a


class Checked:
    """NumPy's arithmetic on values, with checks of kinds and operators."""

    @staticmethod
    def where(mask: Any, a: Any, b: Any) -> Value:
        """Select."""
        kind = kind_of(a)
        return Value(kind, arithmetic.where(data_of(mask, "mask"), data_of(a, kind), data_of(b, kind)))

    @staticmethod
    def bits(x: Any) -> Value:
        """The bits of floats as words."""
        return Value("word", arithmetic.bits(data_of(x, "float")))

    @staticmethod
    def floats(w: Any) -> Value:
        """Words as the floats of those bits."""
        return Value("float", arithmetic.floats(data_of(w, "word")))

    @staticmethod
    def sqrt(x: Any) -> Value:
        """Take the root."""
        return Value("float", arithmetic.sqrt(data_of(x, "float")))

    @staticmethod
    def to_float(w: Any) -> Value:
        """Convert words below 2^53 to floats."""
        assert np.all(data_of(w, "word") < 2**53)
        return Value("float", arithmetic.to_float(w.data))

    @staticmethod
    def lookup(table: tuple[int, ...], w: Any) -> Value:
        """Look up words in a table."""
        assert np.all(data_of(w, "word") < len(table))
        return Value("word", arithmetic.lookup(table, w.data))

    @staticmethod
    def rarely(mask: Any, compute: Callable[[], Any], otherwise: Any) -> Any:
        """Compute only where a mask is true, if anywhere."""
        return Checked.where(mask, compute(), otherwise) if np.any(mask.data) else otherwise


@pytest.mark.parametrize("name", EVERY)
def test_functions_use_only_the_documented_operators(name: str) -> None:
    """Functions mix no kinds, use only the documented operators, and look up only indexes in the table."""
    xs = samples()
    assert same_bits(compute(name, Value("float", xs), Checked).data, compute(name, xs))


def test_draws_use_only_the_documented_operators() -> None:
    """Draws mix no kinds and use only the documented operators, with words and Python ints as arguments."""
    elements = np.arange(50, dtype=np.uint64)
    for seed in (2**64 - 1, np.uint64(2**64 - 1)):
        key = Value("word", seed) if isinstance(seed, np.uint64) else seed
        for kind in (draws.uniform, draws.gaussian):
            drawn = kind(
                Checked, key, Value("word", elements), 3, 2**40, Value("float", -1.0), Value("float", 2.0)
            )
            with np.errstate(all="ignore"):
                assert same_bits(drawn.data, kind(arithmetic, seed, elements, 3, 2**40, -1.0, 2.0))
