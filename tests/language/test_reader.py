"""Meaning of azl, rule by rule."""

import math
import struct

import pytest

from azc.errors import AzcError
from azc.ir import BY_NAME, MAX_INSTRUCTIONS, Instruction, Literal, Program, address
from azc.language import MAX_BYTES, AzlError, load, parse


def one(statement: str) -> Instruction:
    """Instruction of a statement."""
    (instruction,) = parse(f"def Learn():\n{statement}\n")["Learn"]
    return instruction


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("s1 = s2 + s3", "SCALAR_SUM"),
        ("v1 = v2 + v3", "VECTOR_SUM"),
        ("v1 = dot(m1, v2)", "MATRIX_VECTOR_PRODUCT"),
        ("s1 = dot(v1, v2)", "VECTOR_INNER_PRODUCT"),
        ("v1 = s2 * v3", "SCALAR_VECTOR_PRODUCT"),
        ("v1 = norm(m1, axis=0)", "MATRIX_COLUMN_NORM"),
        ("v1 = norm(m1, axis=1)", "MATRIX_ROW_NORM"),
        ("s1 = norm(m1)", "MATRIX_NORM"),
        ("v1 = std(m1, axis=1)", "MATRIX_ROW_ST_DEV"),
        ("m1 = bcast(v1, axis=0)", "VECTOR_COLUMN_BROADCAST"),
        ("v1 = bcast(s1)", "SCALAR_BROADCAST"),
        ("m1 = 1 / m2", "MATRIX_RECIPROCAL"),
        ("s1 = 1.0/s2", "SCALAR_RECIPROCAL"),
        ("s1 = 2 / s2", "SCALAR_DIVISION"),
        ("s0 = 2", "SCALAR_CONST_SET"),
        ("v0 = gauss(0, 1)", "VECTOR_GAUSSIAN_SET"),
        ("NoOp()", "NO_OP"),
    ],
)
def test_kinds_decide_the_operation(statement: str, name: str) -> None:
    """The kinds of operands and target decide which operation a name means."""
    assert one(statement).op is BY_NAME[name]


@pytest.mark.parametrize(
    ("statement", "name", "operands"),
    [
        ("v7 = maximum(0, v6)", "VECTOR_MAX", (Literal(0.0), address("v", 6))),
        ("s3 = 2 * s1", "SCALAR_PRODUCT", (Literal(2.0), address("s", 1))),
        ("v3 = 2 * v1", "SCALAR_VECTOR_PRODUCT", (Literal(2.0), address("v", 1))),
        ("v3 = v1 * 2", "SCALAR_VECTOR_PRODUCT", (Literal(2.0), address("v", 1))),
        ("m3 = m1 * s2", "SCALAR_MATRIX_PRODUCT", (address("s", 2), address("m", 1))),
        ("v3 = v1 / 2", "VECTOR_DIVISION", (address("v", 1), Literal(2.0))),
        ("s1 = s2 -1", "SCALAR_DIFF", (address("s", 2), Literal(1.0))),
        ("s1 = 3 - -1", "SCALAR_DIFF", (Literal(3.0), Literal(-1.0))),
        ("s1 = 1 / 1", "SCALAR_RECIPROCAL", (Literal(1.0),)),
        ("v1 = bcast(2)", "SCALAR_BROADCAST", (Literal(2.0),)),
        ("s1 = heaviside(-0)", "SCALAR_HEAVYSIDE", (Literal(-0.0),)),
    ],
)
def test_literals_as_operands(statement: str, name: str, operands: tuple[Literal, ...]) -> None:
    """A number is a scalar if an operation takes one there, else a vector or matrix filled with it."""
    instruction = one(statement)
    assert (instruction.op, instruction.operands) == (BY_NAME[name], operands)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2", 2.0),
        ("-0", -0.0),
        ("+.5", 0.5),
        ("5.", 5.0),
        ("1e-3", 0.001),
        ("1_000.0", 1000.0),
        ("- 1E+2", -100.0),
        ("007", 7.0),
        ("1e400", math.inf),
        ("-inf", -math.inf),
        ("-nan", math.nan),
        ("4.9e-324", 5e-324),
        ("0.1" + "0" * 5000, 0.1),
        ("9" * 5000, math.inf),
    ],
)
def test_numbers_are_python_floats(text: str, value: float) -> None:
    """A literal has the bits of Python's `float` of the same text; all nans are one."""
    (constant,) = one(f"s1 = {text}").constants
    assert struct.pack("<d", constant) == struct.pack("<d", value)


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("1", 1),
        ("1.0", 1.0),
        ("1e0", 1.0),
        ("0", 0),
        ("-0", 0),
        ("-0.5", -0.5),
        ("1_0", 10),
        ("inf", math.inf),
    ],
)
def test_index_without_a_point_is_absolute(text: str, index: float | int) -> None:
    """An integer is an absolute index; any other number is a fraction of F."""
    found, value = one(f"v1[{text}] = 2").constants
    assert (type(found), found) == (type(index), index)
    assert type(value) is float


def test_both_indexes_of_a_matrix() -> None:
    """A matrix's element has a row and a column, each absolute or a fraction."""
    assert one("m0[0.1, 2] = -1").constants == (0.1, 2, -1.0)


@pytest.mark.parametrize("parameters", ["", "v0", "v0, s0", " v0,s0 "])
def test_parameters_have_no_meaning(parameters: str) -> None:
    """All allowed parameter lists of a function mean the same."""
    assert parse(f"def Learn({parameters}):\n s1 = 2") == parse("def Learn():\n s1 = 2")


def test_order_of_functions_has_no_meaning() -> None:
    """A missing function is an empty one, and the order of functions has no meaning."""
    assert parse("") == parse("# nothing\n") == parse("def Learn():\n  pass") == Program()
    assert parse("def Learn():\ns1 = 2\ndef Setup():\ns2 = 3") == parse(
        "def Setup():\ns2 = 3\ndef Learn():\ns1 = 2"
    )


def test_layout_has_no_meaning() -> None:
    """Indentation, blanks, tabs, ends of lines, a byte order mark and comments change nothing."""
    plain = parse("def Setup():\n  s1 = s2 + s3\n  s4 = 1\n")
    assert parse("\ufeffdef  Setup ( ) : # c\r\n\ts1=s2+s3\r\n\r\n      s4 =1#x") == plain
    assert parse(b"\xef\xbb\xbfdef Setup():\rs1 = s2 + s3\rs4 = 1") == plain


@pytest.mark.parametrize(
    ("target", "shape"), [("v1", ", n_features"), ("m1", ", (n_features, n_features)"), ("s1", "")]
)
def test_shape_of_the_target_may_be_written(target: str, shape: str) -> None:
    """The target's shape, which the original engine prints, changes nothing."""
    assert one(f"{target} = gaussian(0, 0.1{shape})") == one(f"{target} = gaussian(0, 0.1)")


def test_second_argument_of_heaviside_may_be_written() -> None:
    """NumPy's second argument of heaviside is accepted if it is 1."""
    assert one("v1 = heaviside(v2, 1.0)") == one("v1 = heaviside(v2)") == one("v1 = heaviside(v2, 1)")


def draws(text: str) -> list[int | None]:
    """Draws of a text, in the order Setup, Predict, Learn."""
    return [instruction.draw for instruction in parse(text).instructions()]


def test_draws_are_numbered_in_the_order_of_the_functions() -> None:
    """Draws are numbered in the order Setup, Predict, Learn, not in that of the file."""
    text = "def Learn():\ns1 = uniform(0, 1)\ndef Setup():\ns2 = gaussian(0, 1)\nv2 = uniform(0, 1)"
    assert draws(text) == [0, 1, 2]


def test_explicit_draws_are_reserved() -> None:
    """Draws numbered automatically skip every number that the text gives, even further down."""
    text = "def Setup():\n s1 = uniform(0,1)\n s1 = uniform(0,1)\ndef Learn():\n s2 = uniform(0, 1, draw=0)\n"
    assert draws(text) == [1, 2, 0]


def test_two_instructions_may_share_a_draw() -> None:
    """Two instructions may give the same number of a draw."""
    text = "def Setup():\n s1 = uniform(0,1,draw=7)\n v1 = uniform(0,1,n_features,draw=7)\n s3 = uniform(0,1)"
    assert draws(text) == [7, 7, 0]


def test_longest_function() -> None:
    """A function holds at most 1000 instructions, `pass` not counted; the error is on the 1001st."""
    longest = "def Setup():\npass\n" + "s1 = 2\n" * MAX_INSTRUCTIONS
    assert len(parse(longest)["Setup"]) == MAX_INSTRUCTIONS
    with pytest.raises(AzlError, match="at most 1000 instructions") as caught:
        parse(longest + "s1 = 2\ns1 = 3\ns1 = 2")
    assert [p.line for p in caught.value.problems] == [MAX_INSTRUCTIONS + 3]


def test_longest_text() -> None:
    """A text has at most 1 MiB of UTF-8; one byte more is an error with the limit."""
    longest = "#" + "é" * (MAX_BYTES // 2 - 1) + "#"
    assert parse(longest) == Program()
    with pytest.raises(AzlError, match="1 MiB"):
        parse(longest + "#")


def test_loading_a_file(tmp_path) -> None:
    """Loading parses a file; errors name its path; an unreadable file raises AzcError."""
    path = tmp_path / "a.azl"
    path.write_text("def Setup():\n  s1 = 2\n")
    assert load(path) == load(str(path)) == parse("def Setup():\n s1 = 2")
    path.write_bytes(b"def Setup(:")
    with pytest.raises(AzlError, match=r"a\.azl:1:11: "):
        load(path)
    path.write_bytes(b"#" * (MAX_BYTES + 5))
    with pytest.raises(AzlError, match="1 MiB"):
        load(path)
    for missing in (tmp_path / "none.azl", tmp_path):
        with pytest.raises(AzcError, match="cannot read"):
            load(missing)
    with pytest.raises(AzcError, match="without the character NUL"):
        load("a\0b")
