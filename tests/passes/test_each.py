"""What each pass makes of a program: before and after, for the reader."""

from textwrap import dedent

import pytest

import azc
from azc.ir import INTERFACES
from azc.passes import PASSES, optimize

NETWORK = """
def Setup():
  s2 = 0.5
  s3 = 2
  s4 = s2 * s3
  v6 = bcast(s4)
def Predict():
  v2 = s4 * v0
  v3 = v2 * v6
  v4 = maximum(v3, v9)
  s1 = dot(v4, v1)
def Learn():
  s5 = s0 - s1
  s5 = s5 / s3
  v5 = heaviside(v4)
  v7 = v5 * v6
  v8 = s5 * v7
  v1 = v1 + v8
"""

CASES = {
    "dead_code": (
        """
        def Setup():
          s2 = 0.1
          s7 = 4
        def Predict():
          v5 = v0 * v0
          s1 = dot(v0, v1)
        def Learn():
          s3 = s0 - s1
          v2 = s3 * v0
          v0 = s2 * v2
          v1 = v1 + v2
        """,
        """
        def Predict():
          s1 = dot(v0, v1)
        def Learn():
          s3 = s0 - s1
          v2 = s3 * v0
          v1 = v1 + v2
        """,
    ),
    # s2 and v6 never change, v9 is never written, s0 is zero in Predict; s4 is another one in Learn;
    # 0.3 + 0.4 is another number in float32
    "constants": (
        """
        def Setup():
          s2 = 0.5
          s3 = s2 + 1.5
          v6 = bcast(s2)
          s4 = exp(s9)
          m1 = outer(v6, v6)
          s6 = 0.3
          s6 = s6 + 0.4
        def Predict():
          v2 = v6 * v0
          v3 = maximum(v2, v9)
          s5 = s3 * s0
          s1 = dot(v3, v1)
          s1 = s1 * s4
          s1 = s1 / s6
        def Learn():
          s4 = s0 - s1
          v4 = s3 * v3
          v4 = s4 * v4
          s3 = 2
          v5 = 1 / v4
          v1 = v1 + v5
        """,
        """
        def Setup():
          s2 = 0.5
          s3 = 2
          v6 = bcast(0.5)
          s4 = 1
          m1 = bcast(0.25, axis=0)
          s6 = 0.3
          s6 = 0.3 + 0.4
        def Predict():
          v2 = 0.5 * v0
          v3 = maximum(v2, 0)
          s1 = dot(v3, v1)
          s1 = s1 * s4
          s1 = s1 / s6
        def Learn():
          s4 = s0 - s1
          v4 = 2 * v3
          v4 = s4 * v4
          v5 = 1 / v4
          v1 = v1 + v5
        """,
    ),
    "algebra": (
        """
        def Predict():
          v2 = bcast(s2)
          v3 = v2 * v0
          v3 = maximum(v3, 0)
          s3 = -1 * s2
          s1 = dot(v3, v1)
          s1 = s1 + s3
          m1 = outer(v3, v0)
          m2 = transpose(m1)
          v4 = norm(m2, axis=0)
        def Learn():
          s3 = s0 - s1
          s3 = s3 / 4
          s3 = s3 / 3
          v4 = heaviside(v3)
          v4 = s3 * v4
          v4 = s3 * v4
          v5 = abs(v4)
          v5 = abs(v5)
          s2 = norm(v5)
          v1 = v1 + v4
        """,
        """
        def Predict():
          v2 = bcast(s2)
          v3 = s2 * v0
          v3 = maximum(v3, 0)
          s3 = -1 * s2
          s1 = dot(v3, v1)
          s1 = s1 - s2
          m1 = outer(v3, v0)
          m2 = outer(v0, v3)
          v4 = norm(m1, axis=1)
        def Learn():
          s3 = s0 - s1
          s3 = 0.25 * s3
          s3 = s3 / 3
          v4 = heaviside(v3)
          v4 = s3 * v4
          v4 = s3 * v4
          v5 = abs(v4)
          v5 = abs(v4)
          s2 = norm(v4)
          v1 = v1 + v4
        """,
    ),
    "copies": (
        """
        def Predict():
          v2 = 1 * v0
          v3 = v2 - 0
          m2 = transpose(m1)
          m3 = transpose(m2)
          v4 = dot(m3, v3)
          s1 = dot(v4, v1)
          s1 = s1 / 1
        def Learn():
          s2 = s0 + -0
          s3 = s2 - s1
          s2 = s2 + 0
          v2 = s3 * v3
          v1 = v1 + v2
          m1 = outer(v1, v3)
          v5 = dot(m3, v2)
          s4 = minimum(s2, inf)
          s4 = minimum(inf, s2)
        """,
        """
        def Predict():
          v2 = 1 * v0
          v3 = v0 - 0
          m2 = transpose(m1)
          m3 = transpose(m2)
          v4 = dot(m1, v0)
          s1 = dot(v4, v1)
        def Learn():
          s2 = s0 + -0
          s3 = s0 - s1
          s2 = s0 + 0
          v2 = s3 * v0
          v1 = v1 + v2
          m1 = outer(v1, v0)
          v5 = dot(m3, v2)
          s4 = minimum(s2, inf)
          s4 = minimum(inf, s2)
        """,
    ),
    # the example's draws are the same in Predict and Learn; v0 is put in again unchanged, s0 anew
    "subexpressions": (
        """
        def Setup():
          s6 = uniform(0, 1, draw=3)
        def Predict():
          v2 = v0 * v1
          v3 = v1 * v0
          s7 = uniform(0, 1, draw=3)
          s8 = abs(s0)
          s1 = dot(v3, v2)
        def Learn():
          s9 = uniform(0, 1, draw=3)
          s8 = abs(s0)
          v4 = v0 * v1
          v2 = v0 * v1
          s3 = s0 - s1
          s4 = s3 * s9
          v1 = s4 * v4
          v5 = v0 * v1
          s5 = s3 * s9
        """,
        """
        def Setup():
          s6 = uniform(0, 1, draw=3)
        def Predict():
          v2 = v0 * v1
          v3 = v1 * v0
          s7 = uniform(0, 1, draw=3)
          s8 = abs(s0)
          s1 = dot(v2, v2)
        def Learn():
          s9 = uniform(0, 1, draw=3)
          s8 = abs(s0)
          v4 = v0 * v1
          s3 = s0 - s1
          s4 = s3 * s7
          v1 = s4 * v2
          v5 = v0 * v1
          s5 = s3 * s7
        """,
    ),
    # v3 is read before it is written, s5 is written twice, m1 is drawn anew
    "hoist": (
        """
        def Setup():
          s2 = gaussian(0, 1, draw=0)
        def Predict():
          s3 = abs(s2)
          v2 = bcast(s3)
          v4 = v3 * v0
          v3 = v2 * v2
          m1 = gaussian(0, 1, draw=1)
          v4 = dot(m1, v4)
          s1 = dot(v4, v1)
        def Learn():
          s4 = s3 * 0.1
          s5 = s3 * 2
          s5 = s4 * s5
          s6 = s0 - s1
          s6 = s6 * s5
          v5 = s6 * v0
          v1 = v1 + v5
        """,
        """
        def Setup():
          s2 = gaussian(0, 1, draw=0)
          s3 = abs(s2)
          v2 = bcast(s3)
          s4 = s3 * 0.1
        def Predict():
          v4 = v3 * v0
          v3 = v2 * v2
          m1 = gaussian(0, 1, draw=1)
          v4 = dot(m1, v4)
          s1 = dot(v4, v1)
        def Learn():
          s5 = s3 * 2
          s5 = s4 * s5
          s6 = s0 - s1
          s6 = s6 * s5
          v5 = s6 * v0
          v1 = v1 + v5
        """,
    ),
    "canonical": (
        """
        def Setup():
          s9 = 0.1
          s8 = 4
          v1 = gaussian(0, 1, draw=7)
        def Predict():
          v7 = v0 + v12
          v6 = maximum(v13, v7)
          s1 = dot(v1, v6)
          s1 = 0.5 + s1
        def Learn():
          s3 = s1 - s0
          s3 = s9 * s3
          v9 = s3 * v6
          v1 = v9 + v1
          s5 = s3 * s3
        """,
        """
        def Setup():
          s2 = 0.1
          v1 = gaussian(0, 1, draw=7)
        def Predict():
          v2 = v0 + v5
          v3 = maximum(v5, v2)
          s1 = dot(v1, v3)
          s1 = s1 + 0.5
        def Learn():
          s3 = s1 - s0
          s3 = s2 * s3
          v4 = s3 * v3
          v1 = v1 + v4
        """,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_before_and_after(name: str) -> None:
    """A pass by itself."""
    before, after = (azc.parse(dedent(text)) for text in CASES[name])
    made = PASSES[name](before, INTERFACES["RMS_ERROR"])
    assert azc.format_program(made) == azc.format_program(after)


def test_all_passes_have_a_case() -> None:
    """None is left out."""
    assert set(CASES) == set(PASSES)


def test_all_together() -> None:
    """What one pass finds another one uses."""
    simple = optimize(azc.parse(NETWORK), INTERFACES["RMS_ERROR"])
    assert azc.format_program(simple) == dedent(
        """\
        def Setup():
          pass

        def Predict():
          v1 = maximum(v0, 0)
          s1 = dot(v1, v4)

        def Learn():
          s2 = s0 - s1
          s2 = s2 * 0.5
          v2 = heaviside(v0)
          v3 = s2 * v2
          v4 = v3 + v4
        """
    )


UNCHANGED = {
    # Learn sees the example's features again, not those that Predict wrote
    "features": (
        "subexpressions",
        "def Predict():\n  v0 = abs(v1)\n  v2 = v0 * v0\n  s1 = norm(v2)\n"
        "def Learn():\n  v3 = v0 * v0\n  v1 = v3 + v1\n",
    ),
    # the next example's draws are others
    "draws": (
        "subexpressions",
        "def Predict():\n  s1 = s2 + s3\n  s3 = uniform(0, 1, draw=0)\n  s1 = s3 + s2\n"
        "def Learn():\n  s2 = 1 / s2\n",
    ),
    # Predict sees zero in s0, Learn the label
    "labels": ("constants", "def Predict():\n  s1 = s1 + s2\ndef Learn():\n  s2 = abs(s0)\n"),
    # a sum depends on the number of features, unless its terms are zero
    "sums": ("constants", "def Setup():\n  v1 = bcast(0.1)\ndef Predict():\n  s1 = norm(v1)\n"),
    # v1 is zero in the first Predict
    "first steps": ("hoist", "def Predict():\n  s1 = norm(v1)\n  v1 = bcast(2)\n"),
}


@pytest.mark.parametrize("what", UNCHANGED)
def test_what_must_stay_stays(what: str) -> None:
    """Where it looks as if there was something to do."""
    name, text = UNCHANGED[what]
    assert PASSES[name](azc.parse(text), INTERFACES["RMS_ERROR"]) == azc.parse(text)


@pytest.mark.parametrize("eval_type", INTERFACES)
def test_replaced_predictions_are_no_longer_what_predict_made(eval_type: str) -> None:
    """In training s1 is replaced by its sigmoid for ACCURACY, so that Learn cannot take s2 for it."""
    program = azc.parse(
        "def Predict():\n  s1 = dot(v0, v1)\n  s2 = dot(v0, v1)\ndef Learn():\n  v1 = s2 * v0\n"
    )
    learn = PASSES["subexpressions"](program, INTERFACES[eval_type]).learn[0]
    assert str(learn.operands[0]) == ("s2" if eval_type == "ACCURACY" else "s1")
