"""azl in colours."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.control import strip_control_codes
from rich.text import Text
from strategies import programs

from azc.cli.display.highlight import DEAD, highlighted, highlighted_lines
from azc.ir import interface_of
from azc.language import format_program

PROGRAM = """# A comment.
def Setup():
  s2 = 0.05  # learning rate
  m1 = gaussian(0, 0.5)

def Predict():
  s1 = dot(v0, v1)
  v3[0] = -1.5

def Learn():
  v2 = s2 * v0
  v1 = v1 + v2
"""


def styles(text: Text) -> dict[str, str]:
    """The styled pieces of a text."""
    return {text.plain[span.start : span.end]: str(span.style) for span in text.spans if span.style}


def test_each_kind_of_token_has_its_colour() -> None:
    """Addresses, numbers, names, operators, comments and heads of functions have their own styles."""
    found = styles(highlighted(PROGRAM))
    assert found["# A comment."] == found["# learning rate"] == "dim italic"
    assert found["def Setup():"] == "bold"
    assert (found["s2"], found["v2"], found["m1"]) == ("cyan", "green", "blue")
    assert found["0.05"] == found["-1.5"] == "yellow"
    assert found["dot"] == found["*"] == "magenta"


def test_dead_code_is_dim() -> None:
    """Dead code is dim if the interface is known, without the blanks before it."""
    lines = highlighted_lines(PROGRAM, interface_of("RMS_ERROR"))
    dead = [line.text.plain for line in lines if not line.live]
    assert dead == ["  m1 = gaussian(0, 0.5)", "  v3[0] = -1.5"]
    assert styles(lines[3].text)["m1 = gaussian(0, 0.5)"] == DEAD
    assert all(line.live for line in highlighted_lines(PROGRAM))


def test_functions_come_in_any_order() -> None:
    """Functions may have any order: a line is judged as part of its own function."""
    text = "def Learn():\n  s5 = 1\ndef Predict():\n  s1 = s0 + s0\n  pass\n"
    lines = highlighted_lines(text, interface_of("RMS_ERROR"))
    assert [line.live for line in lines] == [True, False, True, True, True]


@pytest.mark.parametrize(
    "text", ["", "\n", "def\n  s1 = = 3", "no azl\x00\r\nat all\u2028\x0c", "def Setup():\r\n"]
)
def test_odd_text_is_accepted(text: str) -> None:
    """Invalid azl and unusual line ends are highlighted without error."""
    assert highlighted(text, interface_of("RMS_ERROR")).plain.split() == Text(text).plain.split()


@given(programs())
def test_the_text_stays_the_same(program: object) -> None:
    """Highlighting does not change the text of a program."""
    text = format_program(program)  # type: ignore[arg-type]
    assert highlighted(text, interface_of("ACCURACY")).plain == text.rstrip("\n")


@given(st.text(max_size=100))
def test_any_text_is_accepted(text: str) -> None:
    """Any text is highlighted without error, and loses control characters only."""
    shown = "\n".join(line.text.plain for line in highlighted_lines(text, interface_of("RMS_ERROR")))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    assert shown == strip_control_codes(lines)


def test_examples_are_coloured() -> None:
    """Every line of the example programs that is not empty has a style."""
    for path in (Path(__file__).parents[2] / "examples").glob("*.azl"):
        for line in highlighted_lines(path.read_text()):
            assert line.text.spans or not line.text.plain.strip()
