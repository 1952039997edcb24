"""What is new in a program, in words."""

import pytest
from explain.test_learning import explained
from programs import linear, network, text

from azc.explain import changes

BIASED = text(
    "s2 = 0.01",
    "s1 = dot(v0, v1); s1 = s1 + s5",
    "s3 = s0 - s1; s4 = s3 * s2; s5 = s5 + s4; v2 = s4 * v0; v1 = v1 + v2",
)
FALLING = linear(0.01, learn="s2 = s2 * 0.9")
HEAVY = text(
    "",
    "s1 = dot(v0, v1)",
    "s3 = s0 - s1; s3 = s3 * 0.01; v2 = s3 * v0; v3 = 0.9 * v3; v3 = v3 + v2; v1 = v1 + v3",
)
FROZEN = text("v1 = gaussian(0, 1)", "s1 = dot(v0, v1)")
CASES = {
    "nothing": (linear(), linear(predict="s7 = mean(v0)"), []),
    "a bias": (linear(), BIASED, ["adds a bias"]),
    "no bias": (BIASED, linear(), ["drops a bias"]),
    "another rate": (linear(0.01), linear(0.1), ["rate 0.1 instead of rate 0.01"]),
    "a rate that falls": (linear(), FALLING, ["rate 0.01, falling by 10 % a step instead of rate 0.01"]),
    "momentum": (linear(), HEAVY, ["adds momentum 0.9"]),
    "no momentum": (HEAVY, linear(), ["no longer momentum 0.9"]),
    "learning": (FROZEN, linear(), ["is trained by SGD on the squared error", "rate 0.01"]),
    "no learning": (linear(), FROZEN, ["does not learn"]),
    "another model": (
        linear(1e-5),
        network(),
        ["becomes a two-layer network of ReLU units", "adds relu"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_changes(name: str) -> None:
    """Each difference has its words."""
    before, after, expected = CASES[name]
    assert changes(explained(before), explained(after)) == expected
