"""How programs learn: rules, models, and the sentence that says both."""

from pathlib import Path

import pytest
from programs import LINEAR, linear, network, softmax, text

from azc.explain import Explanation, Rule, explain
from azc.explain.learning import HEBB, LOG, PERCEPTRON, SQUARED
from azc.ir import interface_of
from azc.language import parse

EXAMPLES = Path(__file__).parents[2] / "examples"


def explained(source: str, eval_type: str = "RMS_ERROR") -> Explanation:
    """The explanation of a text."""
    return explain(parse(source), interface_of(eval_type))


def rule(source: str, eval_type: str = "RMS_ERROR") -> Rule:
    """The one rule by which a program learns."""
    learned = explained(source, eval_type).learning
    assert learned is not None
    (found,) = learned.rules.values()
    return found


SQUARED_ERROR = "trained by SGD on the squared error"
SENTENCES = {
    # text, evaluation type: the sentence up to its semicolon
    LINEAR: f"A linear model, {SQUARED_ERROR}, rate 0.01",
    text(
        "s2 = 0.1",
        "s1 = dot(v0, v1)",
        "s3 = s0 - s1; s3 = s3 * s2; v2 = s3 * v0; v1 = v1 + v2; s2 = s2 * 0.9",
    ): (f"A linear model, {SQUARED_ERROR}, rate 0.1, falling by 10 % a step"),
    text(
        "s2 = 0.1",
        "s1 = dot(v0, v1); s1 = s1 + s5",
        "s3 = s0 - s1; s3 = s3 * s2; s5 = s5 + s3; v2 = s3 * v0; v1 = v1 + v2",
    ): f"A linear model with a bias, {SQUARED_ERROR}, rate 0.1",
    # the rate and the weights are spread over the program
    text("", "s3 = dot(v0, v1); s1 = 0.5 * s3", "s1 = s1 - s0; v2 = s1 * v0; v1 = v1 - v2"): (
        f"A linear model, {SQUARED_ERROR}, rate 0.5"
    ),
    # momentum 0.9
    text(
        "",
        "s1 = dot(v0, v1)",
        "s3 = s0 - s1; s3 = s3 * 0.1; v2 = s3 * v0; v3 = 0.9 * v3; v3 = v3 + v2; v1 = v1 + v3",
    ): (f"A linear model, {SQUARED_ERROR}, rate 0.1, momentum 0.9"),
    # weight decay
    text("", "s1 = dot(v0, v1)", "s3 = s0 - s1; s3 = s3 * 0.1; v2 = s3 * v0; v1 = 0.99 * v1; v1 = v1 + v2"): (
        f"A linear model, {SQUARED_ERROR}, rate 0.1, weight decay 0.01 a step"
    ),
    # x'Mx + w'x
    text(
        "",
        "v2 = dot(m0, v0); v2 = v2 + v1; s1 = dot(v0, v2)",
        "s3 = s0 - s1; s3 = s3 * 0.01; v3 = s3 * v0; v1 = v1 + v3; m1 = outer(v3, v0); m0 = m0 + m1",
    ): f"A quadratic model, {SQUARED_ERROR}, rate 0.01",
    # the first layer's weights change whether a unit is active or not
    network(): f"A two-layer network of ReLU units, {SQUARED_ERROR}, rate 10⁻⁵, but W by a rule of its own",
    text(
        "m0 = gaussian(0, 1)",
        "v2 = dot(m0, v0); v2 = tanh(v2); s1 = dot(v2, v1)",
        "s3 = s0 - s1; s3 = s3 * 0.01; v3 = s3 * v2; v1 = v1 + v3",
    ): f"A two-layer network of tanh units, {SQUARED_ERROR}, rate 0.01",
    text("", "s1 = dot(v0, v1)", "v2 = s0 * v0; v1 = v1 + v2"): (
        "A linear model, trained by Hebb's rule, the label times what goes in, rate 1"
    ),
    text("", "s1 = dot(v0, v1)", "v1 = 1 * v0"): "A linear model that learns without the label",
    text(
        "", "s1 = dot(v0, v1)", "v2 = s0 * v1; v1 = v0 + v2"
    ): "A linear model, with a learning rule of its own",
    text("v1 = gaussian(0, 1)", "s1 = dot(v0, v1)"): "A linear model that does not learn",
    text(
        "", "s1 = sin(s3)", "s3 = 1 * s0"
    ): "A prediction without the features, with a learning rule of its own",
    text("", "s2 = norm(v0); s1 = exp(s2)"): "A nonlinear model with exp, sqrt",
    text("s1 = 2"): "A constant, 2",
    text("", "s2 = mean(v0); s3 = s2 * s2; s1 = s3 * s2"): "A cubic model",
}


@pytest.mark.parametrize("source", SENTENCES, ids=range(len(SENTENCES)))
def test_sentences(source: str) -> None:
    """The first sentence says what is predicted and how it is learned."""
    assert explained(source).sentence.partition(";")[0] == SENTENCES[source]


TABLE = {
    "damaged_network.azl": f"A two-layer network of ReLU units, {SQUARED_ERROR}, rate 0.05; "
    "5 of 18 instructions have no effect.",
    "logistic_regression.azl": "A linear model with a bias, trained by SGD on the log loss, rate 0.01; "
    "all 8 instructions have an effect.",
    "softmax_regression.azl": "A linear model with a bias, trained by SGD on the log loss, rate 0.05; "
    "all 8 instructions have an effect.",
    "two_layer_network.azl": f"A two-layer network of ReLU units with biases, {SQUARED_ERROR}, rate 0.01; "
    "all 19 instructions have an effect.",
    # The published listing adds e [a > 0], not e relu(a), to the second layer's weights.
    "programs/figure_5_neural_network.azl": f"A two-layer network of ReLU units, {SQUARED_ERROR}, rate 4.1, "
    "but w by a rule of its own; all 14 instructions have an effect.",
    # Without Learn the weights stay zero.
    "paper/figure-4/affine.azl": "A constant, 0; 2 of 4 instructions have no effect.",
    "paper/figure-4/linear.azl": "A constant, 0; 2 of 3 instructions have no effect.",
    "paper/figure-5/damaged.azl": f"A two-layer network of ReLU units, {SQUARED_ERROR}, rate 0.05; "
    "5 of 18 instructions have no effect.",
    "paper/figure-5/published.azl": f"A two-layer network of ReLU units, {SQUARED_ERROR}, rate 4.1, "
    "but w by a rule of its own; all 14 instructions have an effect.",
    "programs/original_search_output.azl": "A linear model, with a learning rule of its own; "
    "11 of 20 instructions have no effect.",
    "programs/original_search_output_solved.azl": f"A linear model, {SQUARED_ERROR}, rate 0.1521, "
    "one step late, from the second step on; 6 of 20 instructions have no effect.",
    "programs/readme_linear_regression.azl": f"A linear model, {SQUARED_ERROR}, rate 0.001; "
    "all 6 instructions have an effect.",
    "programs/slide_example_1.azl": "A constant, 0; 6 of 6 instructions have no effect.",
    "programs/slide_example_2_empty.azl": "A constant, 0; it has no instruction.",
    "programs/slide_example_3.azl": "A constant, 0; 6 of 6 instructions have no effect.",
    "programs/slide_example_4.azl": "A constant, 0; 4 of 4 instructions have no effect.",
}
TYPES = {"logistic_regression.azl": "ACCURACY", "softmax_regression.azl": "MULTICLASS_ACCURACY"}


@pytest.mark.parametrize("name", TABLE)
def test_examples(name: str) -> None:
    """What the programs in `examples/` are said to be."""
    source = (EXAMPLES / name).read_text()
    assert explained(source, TYPES.get(name, "RMS_ERROR")).sentence == TABLE[name]


def test_every_example_is_in_the_table() -> None:
    """No program of supervised learning in `examples/` is forgotten."""
    paths = {str(path.relative_to(EXAMPLES)) for path in EXAMPLES.rglob("*.azl")}
    assert {path for path in paths if not path.startswith("optimizer/")} == {*TABLE}


def test_losses() -> None:
    """The loss is told from what multiplies the gradient, whatever the evaluation type."""
    assert rule(LINEAR, "RMS_ERROR").error == SQUARED
    assert rule(LINEAR, "ACCURACY").error == LOG
    assert rule(softmax(), "MULTICLASS_ACCURACY").error == LOG
    assert rule(text("", "s1 = dot(v0, v1)", "v2 = s0 * v0; v1 = v1 + v2")).error == HEBB
    signs = "s3 = heaviside(s1); s3 = s0 - s3; v2 = s3 * v0; v1 = v1 + v2"
    assert rule(text("", "s1 = dot(v0, v1)", signs)).error == PERCEPTRON


def test_weights_updated_first_are_the_same_rule() -> None:
    """Backpropagation through the new weights of the last layer is SGD too."""
    changed = text(
        "v1 = gaussian(0, 1); m1 = gaussian(0, 1)",
        "v2 = dot(m1, v0); v3 = maximum(v2, 0); s1 = dot(v3, v1)",
        "s3 = s0 - s1; s3 = s3 * 0.01; v5 = s3 * v3; v1 = v1 + v5; v6 = s3 * v1; v4 = heaviside(v2); "
        "v6 = v6 * v4; m2 = outer(v6, v0); m1 = m1 + m2",
    )
    learned = explained(changed).learning
    assert learned is not None
    assert {rule.error for rule in learned.rules.values()} == {SQUARED}
    assert len(learned.rules) == 2


def test_terms_of_a_gradient_may_be_left_out() -> None:
    """An update along some terms of the gradient is told from one along all, and from another."""
    setup, predict = "v1 = gaussian(0, 1)", "v2 = v0 + v1; v2 = dot(m0, v2); s1 = dot(v2, v0)"
    some = "s3 = s0 - s1; v3 = 0.1 * v0; v3 = s3 * v3; m1 = outer(v0, v3); m0 = m0 + m1"
    whole = "s3 = s0 - s1; v3 = v0 + v1; v3 = s3 * v3; m1 = outer(v0, v3); m1 = m1 * 0.1; m0 = m0 + m1"
    model = f"A quadratic model, {SQUARED_ERROR}, rate 0.1"
    sentences = [
        explained(text(setup, predict, learn)).sentence.partition(";")[0]
        for learn in (whole, some, some + "; m2 = outer(v3, v3); m0 = m0 + m2")
    ]
    assert sentences == [
        model,
        f"{model}, with terms of the gradient left out",
        "A quadratic model, with a learning rule of its own",
    ]


def test_weights_are_scaled() -> None:
    """Weights are multiplied so that no number stands before them; their rate is that of the multiple."""
    found = explained(text("", "s3 = dot(v0, v1); s1 = 0.5 * s3", "s1 = s0 - s1; v2 = s1 * v0; v1 = v1 + v2"))
    (weights,) = (named for named in found.names if named.role == "weights")
    assert weights.scale == 0.5
    ((_, predict), (_, learn)) = found.equations()
    assert [f"{line.left} = {line.right}" for line in (*predict, *learn)] == [
        "ŷ = w·x",
        "e = y − ŷ",
        "w′ = w + 0.5 e x",
    ]


def test_letters_are_numbered() -> None:
    """Two addresses of one role have one letter and numbers."""
    found = explained(
        text("", "v3 = v1 + v2; s1 = dot(v0, v3)", "s1 = s0 - s1; v4 = s1 * v0; v1 = v1 + v4; v2 = v2 + v4")
    )
    assert [found.symbol(named) for named in found.names] == ["x", "ŷ", "y", "w₁", "w₂"]
    assert found.symbol(found.names[-1], latex=True) == "w_{2}"


def test_linear_with_dead_code() -> None:
    """Instructions without effect are counted."""
    assert explained(linear(predict="s5 = mean(v0)")).sentence.endswith(
        "; 1 of 7 instructions has no effect."
    )


E_X = "s3 = s0 - s1; v2 = s3 * v0; "
FALSE_FRIENDS = {
    # what only looks like a known rule, in Setup, Predict and Learn: what it is said to be
    "without the error": (
        "",
        "s1 = dot(v0, v1)",
        "v1 = v1 + v0",
        "A linear model that learns without the label",
    ),
    "squared error as factor": (
        "",
        "s1 = dot(v0, v1)",
        "s3 = s0 - s1; s3 = s3 * s3; v2 = s3 * v0; v1 = v1 + v2",
        "A linear model, with a learning rule of its own",
    ),
    "over the error": (
        "",
        "s1 = dot(v0, v1)",
        "s3 = s0 - s1; s3 = 1 / s3; v2 = s3 * v0; v1 = v1 + v2",
        "A linear model, with a learning rule of its own",
    ),
    "up the gradient of the error": (
        "",
        "s1 = dot(v0, v1)",
        "s3 = s1 - s0; v2 = s3 * v0; v1 = v1 + v2",
        "A linear model, with a learning rule of its own",
    ),
    "a scalar through a function": (
        "",
        "s5 = sin(s3); s6 = mean(v0); s1 = s6 * s5",
        "s4 = s0 - s1; s3 = s3 + s4",
        "A linear model, with a learning rule of its own",
    ),
    "weights with the other sign": (
        "",
        "s1 = dot(v0, v1)",
        E_X + "v1 = -1 * v1; v1 = v1 + v2",
        "A linear model, with a learning rule of its own",
    ),
    "growing weights": (
        "",
        "s1 = dot(v0, v1)",
        E_X + "v1 = 1.01 * v1; v1 = v1 + v2",
        "A linear model, with a learning rule of its own",
    ),
    "a learned value seen through the prediction": (
        "v1 = gaussian(0, 1)",
        "s1 = dot(v0, v1); s4 = mean(v0); s4 = s3 * s4; s1 = s1 + s4",
        "s3 = s3 + s1",
        "A linear model that learns without the label",
    ),
    "the first step alone": (
        "v1 = gaussian(0, 1)",
        "s1 = dot(v0, v1)",
        E_X + "s3 = 1 - s9; v2 = s3 * v2; v1 = v1 + v2; s9 = 1",
        "A linear model that does not learn, from the second step on",
    ),
    "a tiny rate": (
        "s3 = 1e-8; s4 = s3 * s3",
        "s1 = dot(v0, v1)",
        "s5 = s0 - s1; s5 = s5 * s4; v2 = s5 * v0; v1 = v1 + v2",
        f"A linear model, {SQUARED_ERROR}, rate 10⁻¹⁶",
    ),
    "a prediction that adds up": (
        "",
        "s2 = dot(v0, v1); s1 = s1 + s2",
        "s3 = s0 - s1; v2 = s3 * v0; v1 = v1 + v2",
        f"A linear model, {SQUARED_ERROR}, rate 1",
    ),
    "a rate that alternates": (
        "s2 = 0.1",
        "s1 = dot(v0, v1)",
        E_X + "v2 = s2 * v2; v1 = v1 + v2; s2 = s2 * -0.5",
        f"A linear model, {SQUARED_ERROR}, with a rate that changes",
    ),
    "a rate that is drawn": (
        "s2 = uniform(0, 1)",
        "s1 = dot(v0, v1)",
        E_X + "v2 = s2 * v2; v1 = v1 + v2",
        f"A linear model, {SQUARED_ERROR}, with a rate that is drawn at first",
    ),
    "the slope of a unit by its value": (
        "m0 = gaussian(0, 1); v1 = gaussian(0, 1)",
        "v2 = dot(m0, v0); v2 = maximum(v2, 0); s1 = dot(v2, v1)",
        "s3 = s0 - s1; v3 = s3 * v1; v4 = heaviside(v2); v3 = v3 * v4; m1 = outer(v3, v0); m0 = m0 + m1",
        f"A two-layer network of ReLU units, {SQUARED_ERROR}, rate 1",
    ),
}


@pytest.mark.parametrize("name", FALSE_FRIENDS)
def test_what_looks_like_a_rule(name: str) -> None:
    """Rules are named where they hold, and only there."""
    *functions, expected = FALSE_FRIENDS[name]
    assert explained(text(*functions)).sentence.partition(";")[0] == expected
