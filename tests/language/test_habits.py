"""Advice on lines of Python, NumPy and documents: the lines suggested parse and mean the same."""

import re
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from language.pieces import PIECES

import azc
from azc.ir import KINDS, OPS
from azc.language import AzlError, Problem, parse
from azc.language.habits import MAX_LENGTH, advice_on, repaired
from azc.language.idioms import BRIDGES, DEFINED, ELSEWHERE, KEYWORDS, LOOK_ALIKES, MADE, RENAMED
from azc.language.lowering import reads
from azc.language.spelling import NAMES

FEATURES = 4


def problem_of(line: str, before: str = "") -> Problem:
    """The only problem of a program with a wrong last line."""
    with pytest.raises(AzlError) as caught:
        parse(f"def Predict():\n{before}{line}\n")
    (problem,) = caught.value.problems
    return problem


def instead_of(line: str) -> str:
    """Lines suggested instead of a line."""
    problem = problem_of(line)
    assert problem.message.partition("write ")[2].startswith(", then ".join(problem.instead))
    return "; ".join(problem.instead)


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("s1 += s2", "s1 = s1 + s2"),
        ("s1 -= 2", "s1 = s1 - 2"),
        ("v1 *= s2", "v1 = v1 * s2"),
        ("s1 *= s2 + s3", "s4 = s2 + s3; s1 = s1 * s4"),
        ("s1++", "s1 = s1 + 1"),
        ("s1 = s2 + s3 * s4", "s5 = s3 * s4; s1 = s2 + s5"),
        ("s1 = s2 + 1 * s3", "s4 = 1 * s3; s1 = s2 + s4"),
        ("s1 = s2 - s3 - s4", "s5 = s2 - s3; s1 = s5 - s4"),
        ("s1 = (s2 + s3)", "s1 = s2 + s3"),
        ("s1 = sin(sin(s2))", "s3 = sin(s2); s1 = sin(s3)"),
        ("s1 = -s2", "s1 = -1 * s2"),
        ("s1 = +s2", "s1 = 1 * s2"),
        ("s1 = s2 ** 2", "s1 = s2 * s2"),
        ("s1 = s2^2", "s1 = s2 * s2"),
        ("s1 = s2²", "s1 = s2 * s2"),
        ("v1 = m1 @ v0", "v1 = dot(m1, v0)"),
        ("m1 = m2 @ m3", "m1 = matmul(m2, m3)"),
        ("s1 = v0 @ v3", "s1 = dot(v0, v3)"),
        ("m1 @ v0", "v3 = dot(m1, v0)"),
        ("s1 = np.dot(v0, v3)", "s1 = dot(v0, v3)"),
        ("s1 = numpy.linalg.norm(v3)", "s1 = norm(v3)"),
        ("s1 = math.sin(s2)", "s1 = sin(s2)"),
        ("v1 = torch.nn.functional.relu(v3)", "v1 = maximum(0, v3)"),
        ("s1 = math.pi", "s1 = 3.141592653589793"),
        ("s1 = v0.dot(v3)", "s1 = dot(v0, v3)"),
        ("m1 = m0.T", "m1 = transpose(m0)"),
        ("s1 = v3.sum()", "v4 = bcast(1); s1 = dot(v3, v4)"),
        ("s1 = sum(v3)", "v4 = bcast(1); s1 = dot(v3, v4)"),
        ("s1 = max(s2, s3)", "s1 = maximum(s2, s3)"),
        ("s1 = math.sqrt(s2)", "s1 = sqrt(s2)"),
        ("v1 = np.tanh(v0 + v3)", "v4 = v0 + v3; v1 = tanh(v4)"),
        ("m1 = expit(m2)", "m1 = sigmoid(m2)"),
        ("s1 = s2 ** 0.5", "s1 = sqrt(s2)"),
        ("s1 = v3[0]", "v4 = bcast(0); v4[0] = 1; s1 = dot(v3, v4)"),
        (
            "s1 = m1[0, 1]",
            "v3 = bcast(0); v3[1] = 1; v4 = dot(m1, v3); v5 = bcast(0); v5[0] = 1; s1 = dot(v4, v5)",
        ),
        ("S1 = 2", "s1 = 2"),
        ("v1 = v0 + s1", "v3 = bcast(s1); v1 = v0 + v3"),
        ("m1 = dot(m2, m3)", "m1 = matmul(m2, m3)"),
        ("v1 = v3 * m1", "m0 = transpose(m1); v1 = dot(m0, v3)"),
        ("v1 = m1 * v3", "v1 = dot(m1, v3)"),
        ("v1 = relu(v3)", "v1 = maximum(0, v3)"),
        ("s1 = s2; s3 = 2", "s1 = 1 * s2; s3 = 2"),
        ("s1 = 2;", "s1 = 2"),
        ("s1, s2 = 1, 2", "s1 = 1; s2 = 2"),
        ("s1, s2 = s2, s1", "s3 = 1 * s2; s4 = 1 * s1; s1 = 1 * s3; s2 = 1 * s4"),
        ("s1 = s2 = 0", "s1 = 0; s2 = 0"),
        ("s1: float = 0", "s1 = 0"),
        ("float s1 = 0;", "s1 = 0"),
        ("s1 == s2", "s1 = 1 * s2"),
        ("s1 := 2", "s1 = 2"),
        ("s1 <- 2", "s1 = 2"),
        ("s1\u00a0= 2", "s1 = 2"),
        ("s1 =\u3000s2\u2003+ s3", "s1 = s2 + s3"),
        ("s1\u200b = 2", "s1 = 2"),
        ("s1 = s2 − s3", "s1 = s2 - s3"),
        ("s1 = s2 × s3", "s1 = s2 * s3"),
        ("s1 = ‘2’", "s1 = 2"),
        ("s1 ＝ １２", "s1 = 12"),
        ("s1 = ٣", "s1 = 3"),
        ("return s3", "s1 = 1 * s3"),
        ("return v3", "v2 = 1 * v3"),
        ("if s2 >= s3:", "s4 = s2 - s3; s5 = heaviside(s4)"),
        ("if s2 == s3:", "s4 = s2 - s3; s5 = heaviside(s4); s6 = s3 - s2; s7 = heaviside(s6); s8 = s5 * s7"),
        ("s1 = sin(s2", "s1 = sin(s2)"),
        ("def predict(x)", "def Predict():"),
        ("def Learn(): s1 = 2", "def Learn():; s1 = 2"),
        ("v1 = np.random.normal(0, 0.1, size=8)", "v1 = gaussian(0, 0.1)"),
        ("v1 = np.random.normal(scale=0.1, loc=0)", "v1 = gaussian(0, 0.1)"),
        ("v1 = np.zeros(8)", "v1 = bcast(0)"),
        ("s1 = s2", "s1 = 1 * s2"),
        ("v1 = 2", "v1 = bcast(2)"),
    ],
)
def test_habit_gets_lines_to_write(line: str, instead: str) -> None:
    """A habit gets lines of one operation each, with free addresses for intermediate values."""
    assert instead_of(line) == instead


def documented() -> list[tuple[str, str]]:
    """Rows of the table in docs/language.md: a line, and the lines to write instead."""
    page = (Path(__file__).parents[2] / "docs" / "language.md").read_text("utf-8")
    rows = re.findall(r"^\| (`.*?`) \| (`.*?`)(?::.*)? \|$", page, re.MULTILINE)
    return [
        (written, "; ".join(re.findall("`(.*?)`", instead)))
        for left, right in rows
        for written, instead in zip(
            re.findall("`(.*?)`", left), re.split(r"(?<=`), (?!then)", right), strict=True
        )
    ]


@pytest.mark.parametrize(("written", "instead"), documented())
def test_documented_suggestions_are_those_given(written: str, instead: str) -> None:
    """The suggestions in the documentation are those given, addresses included."""
    assert instead_of(written) == instead


def test_documented_suggestions_are_found() -> None:
    """The test above finds more than ten rows."""
    assert len(documented()) > 10


@pytest.mark.parametrize("word", sorted(KEYWORDS))
def test_keyword_of_other_languages_is_explained(word: str) -> None:
    """Lines that begin with `if`, `for`, `return` and the like get the sentence of their keyword."""
    assert KEYWORDS[word] in problem_of(f"{word} s1").message


@pytest.mark.parametrize("name", sorted(ELSEWHERE - {*NAMES, *RENAMED} - {"inf", "nan"}))
def test_function_of_other_libraries_is_no_misspelling(name: str) -> None:
    """A function of other libraries is not taken for a misspelling: `cosh` is not `cos`."""
    message = problem_of(f"s1 = {name}(s2)").message
    assert "did you mean" not in message
    assert message.startswith((f"there is no operation {name}; ", "expected"))


@pytest.mark.parametrize(
    ("name", "near"), [("gausian", "gaussian"), ("sine", "sin"), ("Dot", "dot"), ("transpos", "transpose")]
)
def test_misspelling_gets_the_nearest_name(name: str, near: str) -> None:
    """A misspelling gets the nearest name of an operation."""
    assert f"did you mean {near}?" in problem_of(f"s1 = {name}(v1, v2, v3, v4, v5)").message


def test_named_variables_get_a_free_address() -> None:
    """Advice on a named variable suggests a free address."""
    message = problem_of("s4 = learning_rate * s2 + s3").message
    assert "variables have no names of their own: for learning_rate take a free address, as s5" in message


def test_suggested_addresses_are_free_in_all_functions() -> None:
    """Suggested addresses occur in no function, not even a later one; comments do not count."""
    text = "def Predict():\n  s1 = s2 + s3 * s4  # not s6\ndef Learn():\n  s5 = 1\n"
    with pytest.raises(AzlError) as caught:
        parse(text)
    assert caught.value.problems[0].instead == ("s6 = s3 * s4", "s1 = s2 + s6")


def test_no_suggestion_without_a_free_address() -> None:
    """Without a free address the problem is reported, with no lines to write."""
    before = "".join(f"s{i} = {i}\n" for i in range(64))
    problem = problem_of("s1 = s2 + s3 * s4", before)
    assert problem.instead == ()
    assert "a statement holds one operation" in problem.message


def test_long_line_gets_no_suggestion() -> None:
    """A long line or a long expression gets no suggestion, to bound the time."""
    assert advice_on("s1 = " + " + ".join(["s2"] * MAX_LENGTH), ()) is None
    assert advice_on("s1 = " + " + ".join(["s2"] * 20), ()) is None


NO_WAY = {
    "number and word without a blank": "s1 = 1if s2 else 3",
    "no Python": "s1 = s2 +* s3",
    "annotation without a value": "s1: float",
    "statement without a rule": "s1 = s2; pass",
    "return without a value": "return",
    "branch that is no assignment": "if s2: s1 += 1",
    "target that is an attribute": "s1.x = 2",
    "tuple from a scalar": "s1, s2 = s3",
    "tuple from a longer one": "s1, s2 = 2, 3, 4",
    "element of a row as target": "m1[0][1] = 2",
    "two indexes of a vector as target": "v1[0, 1] = s2",
    "element of a scalar as target": "s1[0] = s2",
    "number at two indexes of a vector": "v1[0, 1] = 2",
    "more than twelve lines": f"s1 = {' + '.join(['s2'] * 14)}",
    "negative of a vector in a scalar": "s1 = -v2",
    "expression without a rule": "s1 = [2]",
    "copy of a vector in a scalar": "s1 = v2",
    "unknown function": "s1 = foo(s2)",
    "address beyond the last": "s1 = s64 + s2 + s3",
    "named variable": "s1 = foo + s2",
    "constant that is no number": "s1 = None",
    "sign without a meaning": "s1 = ~s2",
    "operator without a meaning": "s1 = s2 % s3",
    "chain of comparisons": "s1 = s2 < s3 < s4",
    "comparison without a meaning": "s1 = s2 in s3",
    "three conditions": "s1 = s2 and s3 and s4",
    "attribute of a scalar": "s1 = s2.real",
    "unknown keyword argument": "s1 = sin(s2, out=s3)",
    "axis that is no number": "v1 = mean(m1, axis=s2)",
    "call of an expression": "s1 = (lambda: 2)()",
    "element of a scalar": "s1 = s2[0]",
    "three indexes of a matrix": "s1 = m1[0, 1, 2]",
    "address as index": "s1 = v1[s2]",
    "negative index": "s1 = v1[-2]",
    "slice": "s1 = v1[1:2]",
}
"""Lines without an equivalent in azl, or none that is known."""


@pytest.mark.parametrize("line", NO_WAY.values(), ids=NO_WAY.keys())
def test_line_without_an_equivalent_gets_no_suggestion(line: str) -> None:
    """A line without an equivalent in azl is reported without lines to write and without a nearest name."""
    problem = problem_of(line)
    assert problem.instead == ()
    assert "did you mean" not in problem.message


# --- meaning ----------------------------------------------------------------------------------------------

REFERENCE = SimpleNamespace(
    heaviside=lambda x: np.where(x >= 0 if np.ndim(x) == 0 else x > 0, 1.0, 0.0),
    relu=lambda x: np.maximum(x, 0),
    sigmoid=lambda x: 1 / (1 + np.exp(-x)),
    softplus=lambda x: np.log1p(np.exp(x)),
    silu=lambda x: x / (1 + np.exp(-x)),
    leaky_relu=lambda x: np.where(x > 0, x, 0.01 * x),
    rsqrt=lambda x: 1 / np.sqrt(x),
    pow=np.power,
    clip=np.clip,
)


def value_of(name: str):
    """Function of a name: that of `REFERENCE`, else NumPy's."""
    return getattr(REFERENCE, name, None) or getattr(np, name, None)


def check_meaning(line: str) -> None:
    """Assert that the suggested lines change s1, v1 and m1 as the line does in Python with NumPy."""
    lines = problem_of(line).instead
    assert lines, line
    rng = np.random.default_rng(0)
    start = {kind: rng.uniform(0.2, 0.9, (10,) + (FEATURES,) * rank) for rank, kind in enumerate(KINDS)}
    names = {f"{kind}{i}": np.array(start[kind][i]) for kind in KINDS for i in range(10)}
    functions = {name: value_of(name) for name in (*(n for n, _ in DEFINED), "sin", "exp", "norm")}
    functions |= {"np": np, "norm": np.linalg.norm, "sum": np.sum, "max": max, "mean": np.mean}
    functions |= {"dot": np.dot, "bcast": lambda s: np.full(FEATURES, s), "matmul": np.matmul, "std": np.std}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(line, functions, names)
    # Every free address holds a number at first, so that no line can rely on a zero.
    program = parse("def Predict():\n" + "\n".join(lines) + "\ns9 = s9 + 0\nv9 = 1 * v9\nm9 = 1 * m9\n")
    algorithm = azc.compile(program, FEATURES, backend="python")
    for kind in KINDS:
        memory = getattr(algorithm.memory, kind)
        memory[...] = rng.normal(size=memory.shape)
        count = min(10, len(memory))
        memory[:count] = start[kind][:count]
    algorithm.predict_one(start["v"][0])
    for address in ("s1", "v1", "m1"):
        got = getattr(algorithm.memory, address[0])[1]
        np.testing.assert_allclose(got, np.broadcast_to(names[address], got.shape), rtol=1e-12, err_msg=line)


@pytest.mark.parametrize(
    "line",
    [
        "s1 += s2",
        "s1 *= s2 + s3 / s4",
        "s1 = s2 + s3 * s4 - -s5",
        "s1 = s2 ** 7",
        "s1 = s2 ** -3",
        "s1 = s2 ** 0",
        "s1 = s2 ** s3",
        "s1 = s2 ** 2.5",
        "s1 = 2 ** s3",
        "v1 = v0 ** 3",
        "v1 = v0 + s2",
        "v1 = s2 - v0",
        "v1 = v0 / s2",
        "v1 = 1 / s2 * v0",
        "m1 = m2 + s2",
        "m1 = m2 * v0",
        "m1 = v0 - m2",
        "v1 = np.maximum(v0, s2)",
        "v1 = m2 @ v0",
        "v1 = v0 @ m2",
        "m1 = m2 @ m3",
        "s1 = v0 @ v2",
        "v1 = m2.T @ (m3 @ v0)",
        "m1 = m2.T",
        "s1 = np.sum(v0)",
        "s1 = np.sum(m2)",
        "v1 = np.sum(m2, axis=0)",
        "v1 = np.sum(m2, axis=1)",
        "v1 = m2.mean(axis=0)",
        "v1 = m2.std(axis=0)",
        "s1 = np.var(v0)",
        "s1 = v0[2]",
        "s1 = v0[-1]",
        "s1 = m2[1, 2]",
        "s1 = m2[1][2]",
        "v1 = m2[1]",
        "v1 = m2[1, :]",
        "v1 = m2[:, 2]",
        "m1 = m2[:]",
        "s1 = v0[0] * v0[1] + v0[2]",
        "v1[2] = s2",
        "v1[1] += 2",
        "v1[-1] = 3",
        "m1[1, 2] = s2",
        "s1, s2 = s2, s1",
        "s1, v1 = 2, v0",
        "s1 = s2 = s3 * s4 + 1",
        "s1 = s2; v1 = v0",
        "s1 = s2 if s3 > s4 else s5",
        "s1 = s3 >= s3",
        "s1 = s3 <= s3",
        "s1 = s3 > s3",
        "s1 = s3 < s3",
        "s1 = s3 == s3",
        "s1 = s3 != s3",
        "s1 = s3 != s4",
        "v1 = v0 > v2",
        "v1 = v0 >= v0",
        "v1 = v0 <= v2",
        "v1 = v0 == v0",
        "v1 = v0 != v2",
        "v1 = np.where(v0 > v2, v0, 0)",
        "v1 = np.where(v0 > v2, v2, s2)",
        "v1 = np.where(v0 > 0, s2, s3)",
        "m1 = np.where(m2 > m3, m2, s2)",
        "v1 = np.where(s2 > 0, v0, s3)",
        "s1 = s2 if s3 < s4 else s5",
        "s1 = clip(s2, 0.3, 0.6)",
        "s1 = s2 > 0.3 and s3 > 0.1",
        "if s3 > s4: s1 = s2",
        "v1 = s2",
        "m1 = 2",
        "m1 = s2",
        "s1 = np.pi * s2",
        "v1 = relu(v0 - 0.5)",
        "v1 = np.sign(v0 - 0.5)",
        "v1 = np.reciprocal(v0)",
        "v1 = np.zeros(4)",
        "m1 = np.ones((4, 4))",
        "s1 = max(s2, s3, s4)",
        "s1 = np.negative(s2)",
    ],
)
def test_suggested_lines_mean_the_same(line: str) -> None:
    """Suggested lines compute what the line does in Python, up to rounding."""
    check_meaning(line)


def test_a_choice_says_where_it_means_the_same() -> None:
    """Python takes what is true, and so also below zero; `where` what is above zero."""
    problem = problem_of("s1 = s2 if s3 else s4")
    assert problem.instead == ("s1 = where(s3, s2, s4)",)
    assert "where the condition is neither nan nor below 0" in problem.message


SCALAR_FUNCTIONS = [
    (name, n)
    for name, n in sorted(DEFINED)
    if name.isidentifier() and value_of(name) is not None and name not in NAMES
]


@pytest.mark.parametrize(("name", "n"), SCALAR_FUNCTIONS)
def test_definitions_mean_the_same(name: str, n: int) -> None:
    """The lines for a function without an operation compute that function, on scalars or vectors."""
    kind = "v" if name == "var" else "s"
    check_meaning(f"s1 = {name}({', '.join(f'{kind}{i + 2}' for i in range(n))})")


@pytest.mark.parametrize(("name", "n"), sorted(DEFINED))
def test_definitions_become_lines(name: str, n: int) -> None:
    """Every definition gives lines for some kinds of operands."""
    if any(op.symbol == name and len(op.operands) == n for op in OPS):
        return
    written = name if name.isidentifier() else ""
    found = []
    for kind in KINDS:
        operands = [f"{kind}{i + 3}" for i in range(n)]
        right = f"{written}({', '.join(operands)})" if written else f" {name} ".join(operands)
        found += [advice_on(f"{target}1 = {right}", ()) for target in KINDS]
    assert any(advice is not None and advice.lines for advice in found)


@pytest.mark.parametrize(("name", "kinds", "axis", "result"), sorted(BRIDGES, key=str))
def test_bridges_become_lines(name: str, kinds: str, axis: int | None, result: str) -> None:
    """Every substitute for a missing operation gives lines, unless the operation exists."""
    operands = [f"{kind}{i + 3}" for i, kind in enumerate(kinds)]
    clause = "" if axis is None else f", axis={axis}"
    right = f"{name}({', '.join(operands)}{clause})" if name.isidentifier() else f" {name} ".join(operands)
    line = f"{result}1 = {right}"
    advice = advice_on(line, ())
    assert reads(line) or (advice is not None and advice.lines)


@pytest.mark.parametrize("name", sorted({*RENAMED, *MADE} - {*NAMES}))
def test_renamed_functions_lead_to_operations(name: str) -> None:
    """Every other name of an operation leads to a name of azl or makes an array."""
    known = {*NAMES, "inf"}
    assert RENAMED.get(name) in known or name in MADE


# --- any input ----------------------------------------------------------------------------------------------

HABITS = st.sampled_from(
    [
        *("if", "for", "while", "return", "import", "print", "else", "lambda", "and", "not", "in"),
        *("np.", "torch.", ".T", ".sum()", "sqrt", "tanh", "pow", "where", "max", "x", "lr", "S1", "m1"),
        *("+=", "**", "@", "==", ">=", "<-", "++", "^", ":=", ";", "'", '"', "->", "~", "%", "//", "&", "|"),
        *LOOK_ALIKES,
        *("\u00a0", "\u3000", "１", "²", "1if", "0in", "1e5", "0x1", "1j", "\\N", "f''", "await", "..."),
    ]
)


def check_advice(line: str) -> None:
    """Assert that advice on a line has text, that its lines parse, and that the problem prints as UTF-8."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        advice = advice_on(line, {"s1", "v0"})
        try:
            parse(f"def Predict():\n{line}")
        except AzlError as error:
            str(error).encode()
    if advice is not None:
        assert advice.sentence or advice.lines
        for suggestion in advice.lines:
            parse(suggestion if suggestion.startswith("def") else f"def Predict():\n{suggestion}")


@given(st.lists(HABITS | PIECES, max_size=12))
def test_advice_on_any_habits_parses(pieces: list[str]) -> None:
    """Any sequence of habits and tokens gets advice that parses or none, without a warning from Python."""
    check_advice("".join(pieces))
    check_advice(f"s1 = {' '.join(pieces)}")


@given(st.text(max_size=60))
def test_advice_on_any_text_parses(text: str) -> None:
    """Any text gets advice that parses or none."""
    check_advice(text)
    assert repaired(text).isascii() or not text.isascii()


@pytest.mark.parametrize(
    "line",
    [
        "s1 = " + "(" * 190,
        "s1 = " + "-" * 190 + "2",
        "s1 = " + "not " * 48 + "s2",
        "s1 = " + "[" * 95 + "]" * 95,
        "s1 = " + "s2." + "a." * 90 + "b",
        "s1 = " + "f(" * 90 + ")" * 90,
        "s1 = s2 ** 9999999999999999999999",
        "s1 = s2 ** 1e999",
        "s1 = 9" + "9" * 150 + "e999",
        "s1 = s2 ** -" + "9" * 150,
        "v1[" + "9" * 150 + "] = s2",
        "s1 = 1j",
        "s1 = b'2'",
        "s1 = s2 if s3",
        "s1 = v1[s2]",
        "s1 = v1[1:2]",
        "*s1, s2 = s3",
        "s1 = (yield)",
        "s1 = s2 < s3 < s4",
        "s1 = [s2 for s2 in s3]",
        "s1\0 = 2",
    ],
)
def test_extreme_lines_raise_nothing(line: str) -> None:
    """Deep nesting, huge numbers and syntax that only Python has get advice that parses or none."""
    check_advice(line)
