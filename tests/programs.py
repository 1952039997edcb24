"""Programs that several tests run, and a short notation for others.

    from programs import LINEAR, linear, program

A program for a single test, or one with its text under test, is defined in that test.
"""

from azc.ir import Program
from azc.language import parse


def text(setup: str = "", predict: str = "", learn: str = "") -> str:
    """Text of a program; semicolons separate the lines of a function."""
    functions = {"Setup": setup, "Predict": predict, "Learn": learn}
    return "\n".join(f"def {name}():\n{_indented(lines)}" for name, lines in functions.items())


def _indented(lines: str) -> str:
    stripped = [line.strip() for line in lines.split(";") if line.strip()]
    return "".join(f"  {line}\n" for line in stripped or ["pass"])


def program(setup: str = "", predict: str = "", learn: str = "") -> Program:
    """A program; semicolons separate the lines of a function."""
    return parse(text(setup, predict, learn))


def linear(rate: float = 0.01, setup: str = "", predict: str = "", learn: str = "") -> str:
    """Linear regression by stochastic gradient descent; further lines are appended to their functions."""
    return text(
        f"s2 = {rate}; {setup}",
        f"s1 = dot(v0, v1); {predict}",
        f"s3 = s0 - s1; s4 = s3 * s2; v2 = s4 * v0; v1 = v1 + v2; {learn}",
    )


LINEAR = linear()
"""Linear regression with the learning rate 0.01."""
WEIGHTED = text(predict="s1 = dot(v0, v1)")
"""Linear regression without learning."""


def network(rate: float = 1e-5, sd: float = 0.2) -> str:
    """Two-layer network with rectified units; sd: standard deviation of the first layer's initial weights."""
    return text(
        f"s2 = {rate}; v1 = gaussian(0, 0.1); m1 = gaussian(0, {sd})",
        "v2 = dot(m1, v0); v3 = maximum(v2, v4); s1 = dot(v3, v1)",
        "s3 = s0 - s1; s3 = s3 * s2; v5 = s3 * v3; v6 = s3 * v1; "
        "v1 = v1 + v5; m2 = outer(v6, v0); m1 = m1 + m2",
    )


def softmax(rate: float = 0.1, predict: str = "", learn: str = "") -> str:
    """Softmax regression for MULTICLASS_ACCURACY; further lines are appended to their functions."""
    return text(
        f"s2 = {rate}",
        f"v2 = dot(m0, v0); {predict}",
        f"v3 = v1 - v2; v3 = s2 * v3; m1 = outer(v3, v0); m0 = m0 + m1; {learn}",
    )


def growing(step: float) -> str:
    """A prediction that grows by `step` after every training example, until its error ends training."""
    return text(predict="s1 = s3 + 0", learn=f"s3 = s3 + {step}")
