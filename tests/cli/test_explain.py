"""`azc explain`: the sentence, the formulas, dead and constant instructions, and simplified programs."""

import json
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
A linear model, trained by SGD on the squared error, rate 0.01; 3 of 13 instructions have no effect.

Predict:
  ŷ = w·x

Learn:
  e = y − ŷ
  w′ = w + 0.01 e x

  x  features    v0
  ŷ  prediction  s1
  y  label       s0
  w  weights     v1  SGD, rate 0.01  at first 0

Program:
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
LATEX = r"""% Predict
\begin{align*}
  \hat{y} &= w \cdot x \\
\end{align*}
% Learn
\begin{align*}
  e &= y - \hat{y} \\
  w' &= w + 0.01 e x \\
\end{align*}
"""
EXAMPLES = Path(__file__).parents[2] / "examples"
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
    """A sentence and formulas come first, then the program with notes, and what is carried."""
    assert azc("explain", program).output == EXPLAINED


def test_programs_are_simplified(azc: Azc, program: Path) -> None:
    """`--simplify` prints a simpler program, which a second call leaves unchanged."""
    assert azc("explain", program, "--simplify").output == SIMPLIFIED
    program.write_text(SIMPLIFIED)
    assert azc("explain", program, "--simplify").output == SIMPLIFIED


def test_formulas_for_a_paper(azc: Azc, program: Path) -> None:
    """`--latex` prints the formulas, and no more."""
    assert azc("explain", program, "--latex").output == LATEX


def test_explanations_for_programs(azc: Azc, program: Path) -> None:
    """`--json` has the sentence, the formulas in both forms, the letters and the instructions."""
    found = json.loads(azc("explain", program, "--json").output)
    assert found["sentence"].startswith("A linear model")
    assert found["equations"][1]["lines"][1] == {
        "left": "w′",
        "right": "w + 0.01 e x",
        "latex": "w' = w + 0.01 e x",
    }
    assert found["symbols"][-1] == {
        "symbol": "w",
        "latex": "w",
        "role": "weights",
        "address": "v1",
        "scale": 1.0,
        "rule": "SGD, rate 0.01",
        "first": "0",
    }
    assert found["instructions"]["Setup"][-1] == {"text": "s7 = s5 * s6", "live": True, "always": "1"}


def test_one_form_at_a_time(azc: Azc, program: Path) -> None:
    """Options that each print something else are refused together."""
    assert "give one of them" in azc("explain", program, "--json", "--latex", code=2).stderr


def test_own_signatures_have_names(azc: Azc) -> None:
    """Letters of a signature's inputs and outputs are their names."""
    text = azc("explain", EXAMPLES / "optimizer" / "adam.azl").output
    assert "change = −rate m₁′ / ((1 − s3′) (√(m₂′ / (1 − s4′)) + 10⁻⁸))" in text


def test_the_evaluation_type_says_what_is_a_prediction(azc: Azc, tmp_path: Path) -> None:
    """`--eval` decides what is live; memory carried in validation is listed."""
    path = tmp_path / "p.azl"
    path.write_text("def Predict():\n  s1 = mean(v0)\n  v3 = v3 + v0\n  v2 = 1 * v3\n")
    classes = azc("explain", path, "--eval", "MULTICLASS_ACCURACY").output
    assert "s1 = mean(v0)  dead" in classes
    assert "also in validation: v3" in classes
    assert "Predict:\n  ŷ = " in classes
    assert "s1 = mean(v0)\n" in azc("explain", path).output


def test_a_faulty_program_is_an_error(azc: Azc, tmp_path: Path) -> None:
    """A faulty program is an error with path and line."""
    path = tmp_path / "p.azl"
    path.write_text("def Predict():\n  s1 = s2\n")
    assert f"{path}:2" in azc("explain", path, code=1).stderr


def test_worth_on_tasks(azc: Azc, program: Path) -> None:
    """`--task` says what each instruction is worth, and how fitness depends on each number."""
    task = "linear,features=4,train=100,valid=20,tasks=4"
    found = azc("explain", program, "--task", task).output
    (line,) = (line for line in found.splitlines() if line.startswith("  s1 = dot(v3, v1)"))
    assert " ± " in line
    assert "on 4 tasks" in found
    assert "  s2 = 0.01" in found.rpartition("fitness with each number")[2]
    values = json.loads(azc("explain", program, "--task", task, "--json").output)
    assert [len(values["worth"][name]) for name in ("Setup", "Predict", "Learn")] == [4, 5, 4]
    assert [one["value"] for one in values["numbers"]] == [0.01, 2, 0.5, 1]


def test_tasks_are_for_supervised_learning(azc: Azc, program: Path) -> None:
    """Programs of another signature have no tasks; other forms of output say nothing of them."""
    rule = EXAMPLES / "optimizer" / "adam.azl"
    assert "supervised learning" in azc("explain", rule, "--task", "linear", code=1).stderr
    assert "--simplify" in azc("explain", program, "--task", "linear", "--latex", code=2).stderr


def test_the_page_shows_what_is_printed(azc: Azc) -> None:
    """The example in the docs is the command's output."""
    page = (EXAMPLES.parent / "docs" / "explain.md").read_text("utf-8")
    shown = page.partition("It begins so:\n\n```\n")[2].partition("```")[0]
    assert shown
    assert azc("explain", EXAMPLES / "two_layer_network.azl").output.startswith(shown)
