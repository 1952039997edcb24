"""Each pass by itself: a program before and after."""

from textwrap import dedent

import pytest
from programs import program, text

import azc
from azc.ir import INTERFACES, Program
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
    "dead_code": """
        - def Setup():
        -   s2 = 0.1
        -   s7 = 4
          def Predict():
        -   v5 = v0 * v0
            s1 = dot(v0, v1)
          def Learn():
            s3 = s0 - s1
            v2 = s3 * v0
        -   v0 = s2 * v2
            v1 = v1 + v2
    """,
    # s2 and v6 never change, v9 is never written, s0 is zero in Predict; s4 has another value in Learn;
    # 0.3 + 0.4 is another number in float32
    "constants": """
          def Setup():
            s2 = 0.5
        -   s3 = s2 + 1.5
        +   s3 = 2
        -   v6 = bcast(s2)
        +   v6 = bcast(0.5)
        -   s4 = exp(s9)
        -   m1 = outer(v6, v6)
        +   s4 = 1
        +   m1 = bcast(0.25, axis=0)
            s6 = 0.3
        -   s6 = s6 + 0.4
        +   s6 = 0.3 + 0.4
          def Predict():
        -   v2 = v6 * v0
        +   v2 = 0.5 * v0
        -   v3 = maximum(v2, v9)
        +   v3 = maximum(v2, 0)
        -   s5 = s3 * s0
            s1 = dot(v3, v1)
            s1 = s1 * s4
            s1 = s1 / s6
          def Learn():
            s4 = s0 - s1
        -   v4 = s3 * v3
        +   v4 = 2 * v3
            v4 = s4 * v4
        -   s3 = 2
            v5 = 1 / v4
            v1 = v1 + v5
    """,
    "algebra": """
          def Predict():
            v2 = bcast(s2)
        -   v3 = v2 * v0
        +   v3 = s2 * v0
            v3 = maximum(v3, 0)
            s3 = -1 * s2
            s1 = dot(v3, v1)
        -   s1 = s1 + s3
        +   s1 = s1 - s2
            m1 = outer(v3, v0)
        -   m2 = transpose(m1)
        +   m2 = outer(v0, v3)
        -   v4 = norm(m2, axis=0)
        +   v4 = norm(m1, axis=1)
          def Learn():
            s3 = s0 - s1
        -   s3 = s3 / 4
        +   s3 = 0.25 * s3
            s3 = s3 / 3
            v4 = heaviside(v3)
            v4 = s3 * v4
            v4 = s3 * v4
            v5 = abs(v4)
        -   v5 = abs(v5)
        +   v5 = abs(v4)
        -   s2 = norm(v5)
        +   s2 = norm(v4)
            v1 = v1 + v4
    """,
    "copies": """
          def Predict():
            v2 = 1 * v0
        -   v3 = v2 - 0
        +   v3 = v0 - 0
            m2 = transpose(m1)
            m3 = transpose(m2)
        -   v4 = dot(m3, v3)
        +   v4 = dot(m1, v0)
            s1 = dot(v4, v1)
        -   s1 = s1 / 1
          def Learn():
            s2 = s0 + -0
        -   s3 = s2 - s1
        +   s3 = s0 - s1
        -   s2 = s2 + 0
        +   s2 = s0 + 0
        -   v2 = s3 * v3
        +   v2 = s3 * v0
            v1 = v1 + v2
        -   m1 = outer(v1, v3)
        +   m1 = outer(v1, v0)
            v5 = dot(m3, v2)
            s4 = minimum(s2, inf)
            s4 = minimum(inf, s2)
    """,
    # an example's draws are the same in Predict and Learn; Learn gets the same features, but the label in s0
    "subexpressions": """
          def Setup():
            s6 = uniform(0, 1, draw=3)
          def Predict():
            v2 = v0 * v1
            v3 = v1 * v0
            s7 = uniform(0, 1, draw=3)
            s8 = abs(s0)
        -   s1 = dot(v3, v2)
        +   s1 = dot(v2, v2)
          def Learn():
            s9 = uniform(0, 1, draw=3)
            s8 = abs(s0)
            v4 = v0 * v1
        -   v2 = v0 * v1
            s3 = s0 - s1
        -   s4 = s3 * s9
        +   s4 = s3 * s7
        -   v1 = s4 * v4
        +   v1 = s4 * v2
            v5 = v0 * v1
        -   s5 = s3 * s9
        +   s5 = s3 * s7
    """,
    # v3 is read before it is written, s5 is written twice, m1 is drawn for each example
    "hoist": """
          def Setup():
            s2 = gaussian(0, 1, draw=0)
        +   s3 = abs(s2)
        +   v2 = bcast(s3)
        +   s4 = s3 * 0.1
          def Predict():
        -   s3 = abs(s2)
        -   v2 = bcast(s3)
            v4 = v3 * v0
            v3 = v2 * v2
            m1 = gaussian(0, 1, draw=1)
            v4 = dot(m1, v4)
            s1 = dot(v4, v1)
          def Learn():
        -   s4 = s3 * 0.1
            s5 = s3 * 2
            s5 = s4 * s5
            s6 = s0 - s1
            s6 = s6 * s5
            v5 = s6 * v0
            v1 = v1 + v5
    """,
    "canonical": """
          def Setup():
        -   s9 = 0.1
        +   s2 = 0.1
        -   s8 = 4
            v1 = gaussian(0, 1, draw=7)
          def Predict():
        -   v7 = v0 + v12
        +   v2 = v0 + v5
        -   v6 = maximum(v13, v7)
        +   v3 = maximum(v5, v2)
        -   s1 = dot(v1, v6)
        +   s1 = dot(v1, v3)
        -   s1 = 0.5 + s1
        +   s1 = s1 + 0.5
          def Learn():
            s3 = s1 - s0
        -   s3 = s9 * s3
        +   s3 = s2 * s3
        -   v9 = s3 * v6
        +   v4 = s3 * v3
        -   v1 = v9 + v1
        +   v1 = v1 + v4
        -   s5 = s3 * s3
    """,
}
"""Programs as diffs: a pass deletes lines with - and adds lines with +."""
UNCHANGED = {
    "subexpressions: Learn sees the example's features again, not those that Predict wrote": program(
        "", "v0 = abs(v1); v2 = v0 * v0; s1 = norm(v2)", "v3 = v0 * v0; v1 = v3 + v1"
    ),
    "subexpressions: the next example's draws are others": program(
        "", "s1 = s2 + s3; s3 = uniform(0, 1, draw=0); s1 = s3 + s2", "s2 = 1 / s2"
    ),
    "constants: Predict sees zero in s0, Learn the label": program("", "s1 = s1 + s2", "s2 = abs(s0)"),
    "constants: a sum depends on the number of features, unless its terms are zero": program(
        "v1 = bcast(0.1)", "s1 = norm(v1)"
    ),
    "hoist: v1 is zero in the first Predict": program("", "s1 = norm(v1); v1 = bcast(2)"),
}
"""Programs that a pass must not change, though it seems to have work."""


def side(difference: str, mark: str) -> Program:
    """Program before (-) or after (+) a pass."""
    lines = dedent(difference).strip("\n").splitlines()
    return azc.parse("\n".join(line[2:] for line in lines if line[0] in (" ", mark)))


EXPECTED = [(name, side(case, "-"), side(case, "+")) for name, case in CASES.items()]
EXPECTED += [(name.partition(":")[0], same, same) for name, same in UNCHANGED.items()]


@pytest.mark.parametrize(("name", "before", "after"), EXPECTED, ids=[*CASES, *UNCHANGED])
def test_before_and_after(name: str, before: Program, after: Program) -> None:
    """A pass by itself turns one program into the other."""
    made = PASSES[name](before, INTERFACES["RMS_ERROR"])
    assert azc.format_program(made) == azc.format_program(after)
    assert made == after


def test_all_passes_have_a_case() -> None:
    """Every pass has a case that it changes."""
    assert {name for name, before, after in EXPECTED if before != after} == set(PASSES)


def test_passes_work_together() -> None:
    """The pipeline simplifies a network by passes that use each other's results."""
    simple = optimize(azc.parse(NETWORK), INTERFACES["RMS_ERROR"])
    assert azc.format_program(simple) == text(
        predict="v1 = maximum(v0, 0); s1 = dot(v1, v4)",
        learn="s2 = s0 - s1; s2 = s2 * 0.5; v2 = heaviside(v0); v3 = s2 * v2; v4 = v3 + v4",
    )


@pytest.mark.parametrize("eval_type", INTERFACES)
def test_replaced_prediction_is_no_common_subexpression(eval_type: str) -> None:
    """For ACCURACY training replaces s1 by its sigmoid, so Learn cannot read s1 in place of s2."""
    twice = program("", "s1 = dot(v0, v1); s2 = dot(v0, v1)", "v1 = s2 * v0")
    learn = PASSES["subexpressions"](twice, INTERFACES[eval_type])["Learn"][0]
    assert str(learn.operands[0]) == ("s2" if eval_type == "ACCURACY" else "s1")
