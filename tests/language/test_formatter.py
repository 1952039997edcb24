"""Formatter: one form of each statement; comments stay on their lines."""

import pytest
from hypothesis import given
from strategies import constants

from azc.ir import float_bits
from azc.language import AzlError, format_program, format_text, parse

UNTIDY = """\

# About this algorithm.

#   Second paragraph.
def Learn (v0,s0) :# learns
    s1=s2+s3# sum


      # by hand
# at the margin, inside
    v1 = v2*s3   \t
    pass
    # the last

# Draws follow.
# Two of them.
def Setup():

    m1 = gauss(0, 1.0, (n_features,n_features), draw = 0)  # fresh
    v1 = heaviside(v2, 1.0)
def Predict():
# empty
"""

TIDY = """\
# About this algorithm.

#   Second paragraph.
def Learn():  # learns
  s1 = s2 + s3  # sum

  # by hand
  # at the margin, inside
  v1 = s3 * v2
  pass
  # the last

# Draws follow.
# Two of them.
def Setup():
  m1 = gaussian(0, 1)  # fresh
  v1 = heaviside(v2)

def Predict():
# empty
"""


def test_untidy_text_becomes_tidy() -> None:
    """Blanks, empty lines, shapes, parameters and spellings get their one form; comments stay."""
    assert format_text(UNTIDY) == TIDY
    assert format_text(UNTIDY.replace("\n", "\r\n")) == TIDY


def test_formatting_twice_changes_nothing() -> None:
    """Formatting is idempotent and keeps the meaning."""
    assert format_text(TIDY) == TIDY
    assert parse(TIDY) == parse(UNTIDY)


@pytest.mark.parametrize("text", ["", "# only a comment\n", "def Setup():\n", "def Setup():\n  pass\n"])
def test_formatted_short_texts_stay_unchanged(text: str) -> None:
    """A short text in the right form stays unchanged."""
    assert format_text(text) == text


def test_draws_are_written_on_all_or_no_instructions() -> None:
    """Draws are written on all random instructions if any is not the default, else on none."""
    fresh = "def Setup():\n  s1 = uniform(0, 1, draw=0)\n  s2 = uniform(0, 1, draw=1)\n"
    assert format_text(fresh) == fresh.replace(", draw=0", "").replace(", draw=1", "")
    other = "def Setup():\n  s1 = uniform(0, 1)\n  s2 = uniform(0, 1, draw=0)\n"
    assert format_text(other) == other.replace("1)\n  s2", "1, draw=1)\n  s2")


def test_printed_program_has_all_functions() -> None:
    """A printed program has all three functions, in the order in which they run."""
    assert format_program(parse("def Learn():\ns1=2")) == (
        "def Setup():\n  pass\n\ndef Predict():\n  pass\n\ndef Learn():\n  s1 = 2\n"
    )


@pytest.mark.parametrize(
    ("statement", "printed"),
    [
        ("s1 = 0.10", "s1 = 0.1"),
        ("s1 = 2.0", "s1 = 2"),
        ("s1 = -0.0", "s1 = -0"),
        ("s1 = -0.32783872532595121", "s1 = -0.3278387253259512"),
        ("s1 = 9e-9", "s1 = 9e-09"),
        ("s1 = 1e400", "s1 = inf"),
        ("s1 = -nan", "s1 = nan"),
        ("v1[1.0] = 1.0", "v1[1.0] = 1"),
        ("v1[1] = .5", "v1[1] = 0.5"),
        ("m1[-0, -0.0] = 2", "m1[0, -0.0] = 2"),
        ("v1[1e16] = 2", "v1[1e+16] = 2"),
    ],
)
def test_numbers_have_the_fewest_digits(statement: str, printed: str) -> None:
    """Numbers get the fewest digits that give the same float64; fractions keep a point or an exponent."""
    assert format_text(f"def Setup():\n{statement}") == f"def Setup():\n  {printed}\n"


@given(constants())
def test_every_constant_reads_back(value: float) -> None:
    """Any constant reads back with the same bits after formatting."""
    text = format_text(f"def Setup():\n s1 = {value!r}".replace("-nan", "nan"))
    (constant,) = parse(text)["Setup"][0].constants
    assert float_bits(constant) == float_bits(value)


def test_formatting_a_wrong_text_raises() -> None:
    """Formatting a wrong text raises AzlError with file, line and column."""
    with pytest.raises(AzlError, match=r"a\.azl:1:1"):
        format_text("oops", "a.azl")
