"""Formulas have one form however they are written; gradients are those of the values."""

import numpy as np
import pytest
from explain.test_behaviour import SUPERVISED, VALUES, F, deterministic, expected, leaves_for
from explain.values import values_of
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from programs import program
from strategies import programs

from azc.explain import Formula, behaviour
from azc.explain import formulas as f
from azc.explain.behaviour import state
from azc.explain.expansion import expanded
from azc.explain.gradients import gradient
from azc.ir import Program

S, T = f.leaf("s", "s"), f.leaf("s", "t")
U, V = f.leaf("v", "u"), f.leaf("v", "v")
M, N = f.leaf("m", "m"), f.leaf("m", "n")
ONES = f.constant("v", 1)
ZERO = f.constant("v", 0)

SAME = {
    "sums have no order": (f.plus(U, V), f.plus(V, U)),
    "like terms are one": (f.plus(U, f.plus(V, U)), f.plus(f.scaled(U, 2), V)),
    "a difference turned round": (f.minus(U, V), f.negative(f.minus(V, U))),
    "rounding does not matter": (
        f.plus(f.scaled(U, 0.3), V),
        f.plus(f.plus(f.scaled(U, 0.1), f.scaled(U, 0.2)), V),
    ),
    "common factors": (f.plus(f.times(S, U), f.times(T, U)), f.times(f.plus(S, T), U)),
    "products have no order": (f.times(f.times(S, U), V), f.times(V, f.times(U, S))),
    "a number moves out": (f.times(f.scaled(U, 2), V), f.scaled(f.times(U, V), 2)),
    "a quotient": (f.times(f.times(S, T), f.inverse(T)), S),
    "inner products have no order": (f.total(f.times(U, V)), f.total(f.times(V, U))),
    "scalars move out of inner products": (
        f.total(f.times(f.times(S, U), V)),
        f.times(S, f.total(f.times(U, V))),
    ),
    "scalars move out of maps": (
        f.matrix_vector(f.times(S, M), V),
        f.times(S, f.matrix_vector(M, V)),
    ),
    "a matrix of rank 1": (
        f.matrix_vector(f.outer(U, V), U),
        f.times(f.total(f.times(U, V)), U),
    ),
    "transposed twice": (f.transpose(f.transpose(M)), M),
    "an outer product transposed": (f.transpose(f.outer(U, V)), f.outer(V, U)),
    "the sum of a constant": (f.total(ONES), f.SIZE),
    "the norm of a multiple": (f.norm(f.scaled(U, -2)), f.scaled(f.norm(U), 2)),
    "relu and a minimum": (f.minimum(U, ZERO), f.negative(f.apply("relu", f.negative(U)))),
    "relu by a step": (f.times(U, f.apply("step_above_zero", U)), f.apply("relu", U)),
    "relu and a step": (
        f.times(f.apply("relu", U), f.times(U, f.apply("step_above_zero", U))),
        f.times(f.apply("relu", U), f.apply("relu", U)),
    ),
    "a step of relu": (f.apply("step_above_zero", f.apply("relu", U)), f.apply("step_above_zero", U)),
    "equal elements do not spread": (f.apply("std", f.constant("v", 0.1), kind="s"), f.constant("s", 0)),
    "a step of a multiple": (
        f.apply("step_above_zero", f.scaled(U, 3)),
        f.apply("step_above_zero", U),
    ),
    "an odd function": (f.apply("tanh", f.negative(U)), f.negative(f.apply("tanh", U))),
    "an even function": (f.apply("cos", f.negative(U)), f.apply("cos", U)),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_one_form(pair: tuple[Formula, Formula]) -> None:
    """Formulas that are equal by these laws have one form, and one value."""
    one, other = pair
    assert one.node == other.node
    assert one.coefficient == pytest.approx(other.coefficient)
    random = np.random.default_rng(0)
    leaves = {x.node: random.normal(size=(F,) * "svm".index(x.kind)) for x in (S, T, U, V, M, N)}
    np.testing.assert_allclose(*values_of(pair, leaves, F))


def test_what_differs_has_two_forms() -> None:
    """Matrix products and outer products have an order; leaves differ by name and kind."""
    assert f.matmul(M, N) != f.matmul(N, M)
    assert f.outer(U, V) != f.outer(V, U)
    assert f.leaf("v", "s") != f.leaf("s", "s")


def test_small_numbers_stay() -> None:
    """Only what rounding leaves of 0 is 0."""
    assert f.plus(U, f.constant("v", 1e-16)).number is None
    assert f.plus(f.plus(f.scaled(U, 0.1), f.scaled(U, 0.2)), f.scaled(U, -0.3)).number == 0
    assert f.scaled(U, 1e-300).number is None


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_what_is_no_number_is_a_leaf(value: float) -> None:
    """inf and nan stay where they are, and no coefficient is one of them."""
    for made in (f.constant("v", value), f.scaled(U, value), f.raised(f.constant("s", 0), -1)):
        assert np.isfinite(made.coefficient)
        assert made.number is None
    assert f.plus(U, f.constant("v", value)).node.head == f.SUM


def test_long_products_are_not_multiplied_out() -> None:
    """Multiplying out takes little time, however many terms there would be."""
    squared = M
    for _ in range(40):
        squared = f.matmul(squared, squared)
        squared = f.plus(squared, N)
    assert expanded(squared)
    assert len(expanded(f.times(f.plus(U, V), f.plus(U, f.constant("v", 1))))) == 4


def test_leaves_are_substituted() -> None:
    """What is put in the place of a leaf is brought into form with all around it."""
    value = f.plus(f.times(S, U), V)
    (found,) = f.substituted([value], {V.node: f.negative(f.times(S, U))})
    assert found.number == 0
    (found,) = f.substituted([f.inverse(S)], {S.node: f.scaled(T, 2)})
    assert found == f.scaled(f.inverse(T), 0.5)


def test_no_gradient_without_a_rule() -> None:
    """There is no gradient through a function that has no derivative here."""
    assert gradient(f.apply("std", U, kind="s"), f.constant("s", 1), [U.node, V.node]) == {V.node: ZERO}
    assert gradient(f.apply("std", V, kind="s"), f.constant("s", 1), [U.node]) == {U.node: ZERO}


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(8, max_address=1, features=F, values=VALUES), st.integers(0, 99))
def test_gradients_are_slopes(tried: Program, seed: int) -> None:
    """Along any direction a prediction changes as its gradient says, where it is smooth."""
    assume(deterministic(tried))
    slopes_agree(tried, seed)


def slopes_agree(tried: Program, seed: int) -> None:
    """Whether gradients agree with differences of values."""
    found = behaviour(tried, SUPERVISED)
    (step,) = found.steps
    random = np.random.default_rng(seed)
    leaves = leaves_for(found, SUPERVISED, random)
    wanted = [state(where).node for where in found.first]
    # In Predict there may be values written before; they are put back in.
    (prediction,) = step.outputs.values()
    for _ in range(3):
        (prediction,) = f.substituted([prediction], step.definitions)
    gradients = gradient(prediction, f.constant("s", 1), wanted)
    if len(gradients) < len(wanted) or f.leaves([prediction]) & step.definitions.keys():
        return
    direction = {node: random.normal(size=np.shape(leaves[node])) for node in wanted}

    def along(length: float) -> float:
        moved = {node: leaves[node] + length * direction[node] for node in wanted}
        return float(values_of([prediction], leaves | moved, F)[0])

    slopes = [(along(h) - along(-h)) / (2 * h) for h in (1e-5, 2e-5)]
    if not np.isclose(*slopes, rtol=1e-5, atol=1e-6):
        return  # not smooth here
    values = values_of([gradients[node] for node in wanted], leaves, F)
    slope = sum(float(np.sum(v * direction[node])) for v, node in zip(values, wanted, strict=True))
    np.testing.assert_allclose(slope, slopes[0], rtol=1e-3, atol=1e-4)


FORMULAS = [
    "s1 = dot(v0, v1)",
    "v2 = dot(m0, v0); v2 = tanh(v2); s1 = dot(v2, v1)",
    "v2 = dot(m0, v0); v2 = maximum(v2, 0); v2 = v2 * v1; s1 = mean(v2)",
    "m1 = matmul(m0, m0); v2 = dot(m1, v0); s1 = norm(v2)",
    "m1 = transpose(m0); v2 = dot(m1, v0); v2 = exp(v2); s1 = dot(v2, v1); s1 = s1 / s2",
    "m1 = outer(v1, v0); m1 = m1 * m0; v2 = norm(m1, axis=1); s1 = dot(v2, v0)",
    "s4 = sin(s2); s5 = cos(s2); s6 = arctan(s2); s7 = tan(s2); s4 = s4 * s5; s4 = s4 + s6; s1 = s4 * s7",
    "v2 = sigmoid(v1); v3 = v1 * v1; v3 = log(v3); v3 = v3 / v2; s1 = dot(v2, v3)",
    "v3 = v1 * v1; v3 = v3 + 1; v3 = sqrt(v3); s1 = dot(v0, v3)",
    "v2 = bcast(s2); v2 = v2 + v1; v2 = abs(v2); s1 = dot(v2, v0); s1 = arcsin(s3)",
]


@pytest.mark.parametrize("predict", FORMULAS)
def test_gradients_of_models(predict: str) -> None:
    """Gradients through each function and each map, at several places."""
    learn = "v1 = v1 + v0; s2 = s2 + s0; s3 = s3 * 0.5; m3 = outer(v0, v0); m0 = m0 + m3"
    for seed in range(5):
        slopes_agree(program("", predict, learn), seed)


def test_expected_values_need_no_order() -> None:
    """The helper of these tests resolves leaves that name values of the same step."""
    found = behaviour(program("", "s1 = dot(v0, v1)", "v1 = v1 + v0"), SUPERVISED)
    leaves = leaves_for(found, SUPERVISED, np.random.default_rng(0))
    assert len(expected(found.steps[0], leaves)) == 2
