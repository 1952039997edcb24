"""Formulas as text: what is read is what is meant."""

import re
from typing import Any

import numpy as np
import pytest
from explain.test_behaviour import SUPERVISED, VALUES, F, deterministic
from explain.values import values_of
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from programs import program, text
from strategies import programs

from azc.explain import Formula, explain
from azc.explain import formulas as f
from azc.explain.notation import LATEX, UNICODE, FormulaWriter
from azc.ir import INTERFACES, Program
from azc.language import parse

S, T = f.leaf("s", "s"), f.leaf("s", "t")
X, Y = f.leaf("v", "x"), f.leaf("v", "y")
M = f.leaf("m", "M")
WRITTEN: dict[str, tuple[Formula, str]] = {
    "a difference": (f.minus(S, f.minus(T, S)), "2 s − t"),
    "a quotient of inner products": (
        f.times(f.total(f.times(X, Y)), f.inverse(f.total(f.times(X, X)))),
        "(x·y) / ‖x‖²",
    ),
    "a product of inner products": (
        f.times(f.total(f.times(X, Y)), f.total(f.times(X, f.apply("exp", Y)))),
        "(x·y) (exp(y)·x)",
    ),
    "a squared norm squared": (f.raised(f.total(f.times(X, X)), 2), "(‖x‖²)²"),
    "over a product": (f.times(S, f.inverse(f.times(T, T))), "s / t²"),
    "over a matrix times a vector": (f.times(X, f.inverse(f.matrix_vector(M, Y))), "x / (M y)"),
    "matrices times vectors beside each other": (
        f.times(f.matrix_vector(M, X), f.matrix_vector(M, Y)),
        "(M x) ⊙ (M y)",
    ),
    "squares of elements": (f.times(S, f.times(X, X)), "s (x ⊙ x)"),
    "an outer product": (f.times(S, f.outer(X, Y)), "s x yᵀ"),
    "a negative sum as an argument": (f.apply("relu", f.minus(f.negative(X), Y)), "relu(−x − y)"),
    "nearly 1": (f.scaled(S, 0.99999), "0.99999 s"),
    "nearly 1 still": (f.scaled(S, 1.0000001), "1.0000001 s"),
    "infinite": (f.times(f.constant("s", np.inf), S), "∞ s"),
    "far from 1": (f.scaled(S, -1.5e-9), "−1.5·10⁻⁹ s"),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_formulas_are_written(name: str) -> None:
    """Brackets stand where they change the meaning."""
    value, expected = WRITTEN[name]
    symbols = {leaf.node: leaf.node.name[-1] for leaf in (S, T, X, Y, M)}
    assert FormulaWriter(UNICODE, symbols).formula(value) == expected
    written = FormulaWriter(LATEX, symbols).formula(value)
    assert written.count("{") == written.count("}")
    assert written.count(r"\left") == written.count(r"\right")
    assert not re.search(r"\^\{[^{}]*\}\^", written)


def test_letters_are_unique() -> None:
    """Parts of formulas get letters that nothing else has."""
    learn = (
        "s3 = s0 - s1; v2 = s3 * v0; v3 = 0.9 * v3; v3 = v3 + v2; v4 = 0.8 * v4; v4 = v4 + v2; "
        "v1 = v1 + v3; v5 = v5 + v4; v6 = tanh(v2); v7 = v6 * v6; v7 = v7 + v6; v1 = v1 + v7"
    )
    found = explain(
        parse(text("", "s1 = dot(v0, v1); s2 = dot(v0, v5); s1 = s1 + s2", learn)), INTERFACES["RMS_ERROR"]
    )
    lefts = [line.left for _, lines in found.equations() for line in lines]
    names = [found.symbol(named) for named in found.names]
    assert len({*lefts}) == len(lefts)
    assert not {*lefts} & {*names} - {"ŷ"}


# --- text is read again -------------------------------------------------------------------------------

TOKEN = re.compile(r"\s*(\d[\d.]*(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?|[A-Za-zŷηΣσ√]+[₀-₉]*\d*′?|[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|.)")
DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


class Reader:
    """Computes the value of a text, as a person reads it."""

    def __init__(self, source: str, values: dict[str, Any]):
        self.tokens = [*TOKEN.findall(source), ""]
        self.values = values
        self.place = 0
        self.closing: list[str] = []

    def _peek(self) -> str:
        return self.tokens[self.place].strip()

    def _take(self, expected: str | None = None) -> str:
        token = self._peek()
        assert expected is None or token == expected, (token, expected, self.tokens)
        self.place += 1
        return token

    def _sum(self) -> Any:
        sign = -1 if self._peek() == "−" else 1
        if sign < 0:
            self._take()
        value = sign * self._quotient()
        while self._peek() in ("+", "−"):
            value = value + self._quotient() if self._take() == "+" else value - self._quotient()
        return value

    def _quotient(self) -> Any:
        value = self._dot()
        while self._peek() == "/":
            self._take()
            value = value / self._dot()
        return value

    def _dot(self) -> Any:
        """An inner product binds less than factors side by side, but for a number before it."""
        if self._peek() == "Σ":
            self._take()
            return np.sum(self._dot())
        value = self._side_by_side()
        if self._peek() == "·":
            self._take()
            number, left = value if isinstance(value, tuple) else (1.0, value)
            return number * np.sum(left * self._plain(self._side_by_side()))
        return self._plain(value)

    def _plain(self, value: Any) -> Any:
        return value[0] * value[1] if isinstance(value, tuple) else value

    def _side_by_side(self) -> Any:
        number = None
        if self._peek()[:1] in tuple("0123456789"):
            number = self._number(self._take())
            if self._peek() == "Σ":
                self._take()
                return number * np.sum(self._dot())
            if not self._begins():
                return np.float64(number)
        value = np.float64(1.0)
        parts = []
        while self._begins():
            parts.append(self._atom())
        for part in parts[::-1]:
            value = self._beside(part, value)
        while self._peek() == "⊙":
            self._take()
            value = value * self._atom()
        return (number, value) if number is not None else value

    @staticmethod
    def _beside(left: Any, right: Any) -> Any:
        if np.ndim(left) == 2 and np.ndim(right) == 1:
            return left @ right
        return left * right

    def _begins(self) -> bool:
        token = self._peek()
        closes = self.closing[-1:] == [token]
        return bool(token) and not closes and (token[0].isalpha() or token[0] in "(|[‖√σ") and token != "Σ"

    def _atom(self) -> Any:
        token = self._take()
        if token == "(":
            self.closing.append(")")
            value = self._sum()
            self.closing.pop()
            self._take(")")
        elif token in ("|", "‖"):
            self.closing.append(token)
            value = np.abs(self._sum()) if token == "|" else np.linalg.norm(self._sum())
            self._take(self.closing.pop())
        else:
            name = token
            if self._peek() == "(" and name in FUNCTIONS:
                self._take("(")
                self.closing.append(")")
                value = FUNCTIONS[name](self._sum())
                self.closing.pop()
                self._take(")")
            else:
                value = self.values[name]
        while self._peek() and self._peek()[0] in "⁻⁰¹²³⁴⁵⁶⁷⁸⁹":
            value = value ** float(self._take().translate(DIGITS))
        return value

    @staticmethod
    def _number(token: str) -> float:
        mantissa, _, power = token.partition("·10")
        return float(mantissa) * 10.0 ** int(power.translate(DIGITS) or 0)


FUNCTIONS = {"exp": np.exp, "tanh": np.tanh, "sin": np.sin, "√": np.sqrt, "relu": lambda x: np.maximum(x, 0)}
SIMPLE = (
    "add",
    "subtract",
    "multiply",
    "scale",
    "dot",
    "matrix_vector",
    "divide",
    "tanh",
    "exp",
    "norm",
    "absolute",
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(7, max_address=2, features=F, values=VALUES), st.integers(0, 99))
def test_predictions_are_read_as_they_are_meant(tried: Program, seed: int) -> None:
    """The value of a prediction's text is that of its formula, to the digits that are written."""
    assume(deterministic(tried))
    assume(all(i.op.meaning in SIMPLE for i in tried["Predict"]))
    reads_as_meant(tried, seed)


def reads_as_meant(tried: Program, seed: int) -> None:
    """Whether texts of formulas have their values."""
    found = explain(tried, INTERFACES["RMS_ERROR"])
    (prediction,) = found.behaviour.steps[0].outputs.values()
    random = np.random.default_rng(seed)
    leaves = f.leaves([prediction])
    letters = {leaf: f"k{index}" for index, leaf in enumerate(leaves)}
    values = {leaf: random.uniform(0.5, 2, size=(F,) * "svm".index(leaf.kind)) for leaf in leaves}
    if any(leaf.name[0] == f.NUMBER for leaf in leaves):
        return
    written = FormulaWriter(UNICODE, letters).formula(prediction)
    named = {letters[leaf]: values[leaf] for leaf in leaves} | {"F": np.float64(F)}
    with np.errstate(all="ignore"):
        (expected,) = values_of([prediction], values, F)
        reader = Reader(written, named)
        found_value = reader._sum()
    assert reader._peek() == "", written
    if np.all(np.isfinite(expected)) and np.max(np.abs(expected)) < 1e6:
        np.testing.assert_allclose(found_value, expected, rtol=2e-2, atol=1e-2, err_msg=written)


PREDICTS = [
    "v2 = v0 - v1; v3 = v1 - v2; s1 = dot(v2, v3)",
    "v2 = dot(m0, v0); v3 = v2 * v1; v4 = v3 / v2; v4 = v4 + v0; s1 = dot(v4, v2)",
    "s2 = dot(v0, v1); s3 = dot(v1, v1); s4 = s2 / s3; s4 = s4 * s2; s1 = s4 - s3",
    "s2 = norm(v0); v2 = v0 - v1; v3 = s2 * v2; s3 = norm(v3); s1 = s2 / s3",
    "s2 = dot(v0, v1); s2 = s2 * s2; s3 = 1 / s2; s1 = s3 - s2",
    "v2 = v0 * v0; v2 = v2 * v1; v3 = v2 - v1; v3 = v3 * 3; s1 = dot(v3, v3)",
    "v2 = dot(m0, v0); v3 = dot(m0, v2); v3 = v3 - v2; v3 = tanh(v3); s1 = dot(v3, v2)",
    "s2 = dot(v0, v1); s3 = s2 - 2; s4 = s3 / s2; s5 = 1 - s4; s1 = s5 / s3",
]


@pytest.mark.parametrize("predict", PREDICTS)
def test_given_predictions_are_read_as_they_are_meant(predict: str) -> None:
    """The same for formulas with brackets, quotients and powers."""
    for seed in range(3):
        reads_as_meant(program("", predict, "v1 = v1 + v0; m1 = outer(v0, v0); m0 = m0 + m1"), seed)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(10, max_address=3, features=4), st.sampled_from([*INTERFACES.values(), SUPERVISED]))
def test_every_program_is_explained(tried: Program, signature: Any) -> None:
    """Whatever the verifier accepts has a sentence, formulas in both forms, roles and parts."""
    found = explain(tried, signature)
    assert found.sentence.endswith(".")
    for latex in (False, True):
        for _, lines in found.equations(latex):
            assert all(line.left and line.right for line in lines)
        for named in found.names:
            assert found.symbol(named, latex)
            found.begins(named, latex)
            found.how(named, latex)
    assert all(found.where(part) for part in found.parts)


MATRIX = "m2 = outer(v0, v0); m1 = m1 + m2"
VECTOR = "v2 = v2 + v0"
DECAYING = "; ".join(f"v{i} = v{i} * 0.9; v{i} = v{i} + v{i - 1}" for i in range(2, 64))
LONG = {
    "a chain of matrices": ("", "v2 = dot(m1, v2); " * 990 + "s1 = mean(v2)", f"{VECTOR}; {MATRIX}"),
    "squares of sums": ("", "v2 = v2 + v0; v2 = v2 * v2; " * 490 + "s1 = mean(v2)", ""),
    "powers of a matrix": ("", "m1 = matmul(m1, m1); " * 30 + "v2 = dot(m1, v0); s1 = mean(v2)", MATRIX),
    "a long beginning": (
        "v3 = gaussian(0, 1); " + "v2 = v2 + v3; v2 = v2 * v2; " * 40,
        "s1 = dot(v2, v0)",
        VECTOR,
    ),
    "a deep beginning": ("v2 = gaussian(0, 1); " + "v2 = tanh(v2); " * 900, "s1 = dot(v2, v0)", VECTOR),
    "sixty vectors": ("", "s1 = dot(v0, v63)", f"{DECAYING}; v1 = v1 + v0"),
}


@pytest.mark.parametrize("name", LONG)
def test_long_programs_are_explained_in_time(name: str) -> None:
    """Formulas that would be long are cut into lines, or shown as dots."""
    found = explain(parse(text(*LONG[name])), INTERFACES["RMS_ERROR"])
    lines = [line for _, lines in found.equations() for line in lines]
    assert max(len(line.right) for line in lines) < 400
    assert max(len(found.begins(named)) for named in found.names) < 400
