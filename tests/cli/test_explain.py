"""`azc explain`: dead and constant instructions, and simplified programs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Azc = Callable[..., Result]

PROGRAM = """\
def Setup():
  s2 = 0.01
  s5 = 2
  s6 = 0.5
  s7 = s5 * s6
def Predict():
  v5 = v0 * v0
  v3 = s7 * v0
  s1 = dot(v3, v1)
  s4 = uniform(0, 1)
  s8 = s8 + s4
def Learn():
  s3 = s0 - s1
  s3 = s3 * s2
  v2 = s3 * v0
  v1 = v1 + v2
"""
EXPLAINED = """\
Setup:
  s2 = 0.01
  s5 = 2
  s6 = 0.5
  s7 = s5 * s6        always 1
Predict:
  v5 = v0 * v0        dead
  v3 = s7 * v0
  s1 = dot(v3, v1)
  s4 = uniform(0, 1)  dead
  s8 = s8 + s4        dead
Learn:
  s3 = s0 - s1
  s3 = s3 * s2
  v2 = s3 * v0
  v1 = v1 + v2

13 instructions, 10 live, 5 when simplified
carried from example to example: v1
also in validation: nothing
"""
SIMPLIFIED = """\
def Setup():
  pass

def Predict():
  s1 = dot(v0, v2)

def Learn():
  s2 = s0 - s1
  s2 = s2 * 0.01
  v1 = s2 * v0
  v2 = v1 + v2
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Linear regression with needless instructions."""
    path = tmp_path / "p.azl"
    path.write_text(PROGRAM)
    return path


def test_instructions_are_explained(azc: Azc, program: Path) -> None:
    """Dead and constant instructions are marked; memory carried between examples is listed."""
    assert azc("explain", program).output == EXPLAINED


def test_programs_are_simplified(azc: Azc, program: Path) -> None:
    """`--simplify` prints a simpler program, which a second call leaves unchanged."""
    assert azc("explain", program, "--simplify").output == SIMPLIFIED
    program.write_text(SIMPLIFIED)
    assert azc("explain", program, "--simplify").output == SIMPLIFIED


def test_the_evaluation_type_says_what_is_a_prediction(azc: Azc, tmp_path: Path) -> None:
    """`--eval` decides what is live; memory carried in validation is listed."""
    path = tmp_path / "p.azl"
    path.write_text("def Predict():\n  s1 = mean(v0)\n  v3 = v3 + v0\n  v2 = 1 * v3\n")
    classes = azc("explain", path, "--eval", "MULTICLASS_ACCURACY").output
    assert "s1 = mean(v0)  dead" in classes
    assert "also in validation: v3" in classes
    assert "s1 = mean(v0)\n" in azc("explain", path).output


def test_a_faulty_program_is_an_error(azc: Azc, tmp_path: Path) -> None:
    """A faulty program is an error with path and line."""
    path = tmp_path / "p.azl"
    path.write_text("def Predict():\n  s1 = s2\n")
    assert f"{path}:2" in azc("explain", path, code=1).stderr
