"""Formulas of programs compute what the programs compute."""

from typing import Any

import numpy as np
import pytest
from explain.values import values_of
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from programs import program
from strategies import programs, signatures

import azc
from azc.explain import Behaviour, Chain, behaviour, explain
from azc.explain import formulas as f
from azc.explain.behaviour import next_state, output, put_in, state
from azc.explain.formulas import Node
from azc.ir import INTERFACES, OPS, Instruction, Op, Program, Signature, address
from azc.language import parse

F = 3
VALUES = st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0, 0.1, 3.0, -0.3])
SUPERVISED = INTERFACES["RMS_ERROR"].signature
NEARLY = 1e-7
"""Relative change of all leaves that tells whether a value is sensitive to rounding, as behind a step."""


def expected(step: Chain, leaves: dict[Node, Any]) -> list[Any]:
    """Values of outputs and of carried addresses, from the leaves of inputs and states."""
    known = dict(leaves)
    for node in f.nodes_below(value.node for value in (*step.outputs.values(), *step.after.values())):
        if node in step.definitions and node not in known:
            known = _defined(node, step, known)
    values = [*step.outputs.values(), *step.after.values()]
    return values_of(values, known, F)


def _defined(node: Node, step: Chain, known: dict[Node, Any]) -> dict[Node, Any]:
    value = step.definitions[node]
    for leaf in f.leaves([value]):
        if leaf in step.definitions and leaf not in known:
            known = _defined(leaf, step, known)
    return known | {node: values_of([value], known, F)[0]}


def random_like(kind: str, random: np.random.Generator) -> Any:
    """A number, a vector or a matrix."""
    return random.normal(size=(F,) * "svm".index(kind))


def observed(
    tried: Program, signature: Signature, found: Behaviour, step: Chain, leaves: dict[Node, Any]
) -> list[Any]:
    """The same values, as the program computes them."""
    algorithm = azc.compile(tried, F, signature=signature, backend="python")
    memory = algorithm.memory
    for where in found.first:
        getattr(memory, where.kind)[where.index] = leaves[state(where).node]
    # A chain begins with any function; the order is not what is tested here.
    outputs: list[Any] = []
    for number, name in enumerate(step.functions):
        inputs = {}
        for given_name, where in signature[name].inputs:
            repeats = number > 0 and given_name in signature[name].repeats
            source = step.functions[number - 1] if repeats else name
            inputs[given_name] = leaves[put_in(source, given_name, where.kind).node]
        outputs += algorithm.call(name, **inputs).values()
    return [*outputs, *(np.copy(getattr(memory, where.kind)[where.index]) for where in found.first)]


def leaves_for(found: Behaviour, signature: Signature, random: np.random.Generator) -> dict[Node, Any]:
    """Random values of all inputs and states."""
    leaves = {state(where).node: random_like(where.kind, random) for where in found.first}
    for one in signature.functions:
        for name, where in one.inputs:
            leaves[put_in(one.name, name, where.kind).node] = random_like(where.kind, random)
    return leaves


def agrees(tried: Program, signature: Signature, seed: int) -> None:
    """Whether formulas and program compute the same, where they are not sensitive to rounding."""
    found = behaviour(tried, signature)
    random = np.random.default_rng(seed)
    for step in (*found.steps, *found.early):
        if step.functions[0] not in {b for a, b in signature.follows if a == signature.names[0]}:
            continue  # it cannot be called at first
        leaves = leaves_for(found, signature, random)
        nearby = {node: value * (1 + NEARLY * random.normal()) for node, value in leaves.items()}
        mine, moved = expected(step, leaves), expected(step, nearby)
        theirs = observed(tried, signature, found, step, leaves)
        assert len(mine) == len(theirs)
        for one, other, like in zip(mine, theirs, moved, strict=True):
            finite = np.all(np.isfinite(like)) and np.all(np.isfinite(other))
            if finite and np.allclose(one, like, rtol=1e-3, atol=1e-4):
                np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7)


def deterministic(tried: Program) -> bool:
    """Whether a program draws nothing and sets no element, as these have no value here, and has no standard
    deviation: that of equal numbers is 0, but nan by the rounding of azc's definition."""
    others = ("element", "std", "row_stds")
    return not any(i.op.random or i.op.meaning in others for i in tried.instructions())


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(6, max_address=2, features=F, values=VALUES), st.integers(0, 99))
def test_programs_of_supervised_learning(tried: Program, seed: int) -> None:
    """Predict and Learn, on any memory and example."""
    assume(deterministic(tried))
    agrees(tried, SUPERVISED, seed)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.integers(0, 99))
def test_programs_of_any_signature(data: st.DataObject, seed: int) -> None:
    """Every chain of functions that may run first, on any memory and inputs."""
    signature = data.draw(signatures(max_address=2))
    tried = data.draw(programs(5, max_address=2, features=F, values=VALUES, names=signature.names))
    assume(deterministic(tried))
    agrees(tried, signature, seed)


ANY = Signature(
    "any",
    {
        "Setup": {},
        "Run": {
            "inputs": {f"{kind}{index}": f"{kind}{index}" for kind in "svm" for index in (1, 2, 3)},
            "outputs": {kind: f"{kind}0" for kind in "svm"},
        },
    },
)
COMPUTED = [op for op in OPS if op.result and not op.random and op.meaning not in ("element", "constant")]


@pytest.mark.parametrize("op", COMPUTED, ids=lambda op: op.name)
@pytest.mark.parametrize("low", [0.1, -0.9])
def test_every_operation(op: Op, low: float) -> None:
    """The formula of each operation has the operation's value, on positive numbers and on any."""
    operands = tuple(address(kind, index + 1) for index, kind in enumerate(op.operands))
    tried = Program((), (Instruction(op, address(op.result, 0), operands),), names=ANY.names)
    (step,) = behaviour(tried, ANY).steps
    random, leaves, inputs = np.random.default_rng(1), {}, {}
    for name, where in ANY["Run"].inputs:
        inputs[name] = random.uniform(low, 0.9, (F,) * "svm".index(where.kind))
        leaves[put_in("Run", name, where.kind).node] = inputs[name]
    found = azc.compile(tried, F, signature=ANY, backend="python").call("Run", **inputs)
    (value,) = values_of([step.outputs["Run", op.result]], leaves, F)
    np.testing.assert_allclose(value, found[op.result], rtol=1e-12)


def test_addresses_that_never_change_are_numbers() -> None:
    """A number from Setup is part of the formulas; what no step changes is carried by none."""
    tried = program("s2 = 0.5; s3 = 2", "s4 = s2 * s3; s5 = dot(v0, v1); s1 = s4 * s5", "v1 = v1 + v0")
    found = behaviour(tried, SUPERVISED)
    assert list(found.first) == [address("v", 1)]
    (prediction,) = found.steps[0].outputs.values()
    features = put_in("Predict", "features", "v")
    assert prediction == f.total(f.times(features, state(address("v", 1))))


def test_dead_code_is_in_no_formula() -> None:
    """What no output depends on is not carried, whatever it computes."""
    found = behaviour(program("", "s1 = mean(v0); v3 = v3 + v0", "s4 = s4 + s0"), SUPERVISED)
    assert not found.first


def test_learn_names_what_predict_gave() -> None:
    """In Learn the prediction is a leaf, also where it is computed once more."""
    tried = program("", "s1 = dot(v0, v1)", "s3 = dot(v1, v0); s3 = s0 - s3; v2 = s3 * v0; v1 = v1 + v2")
    (step,) = behaviour(tried, SUPERVISED).steps
    error = f.minus(put_in("Learn", "label", "s"), output("Predict", "prediction", "s"))
    features, where = put_in("Predict", "features", "v"), address("v", 1)
    assert step.after[where] == f.plus(state(where), f.times(error, features))
    assert step.written == {where: "Learn"}


def test_values_written_earlier_in_a_step_are_named() -> None:
    """What is read after its last write is the value after the step."""
    tried = program("", "s1 = dot(v0, v1)", "v2 = v2 + v0; v1 = v1 + v2")
    (step,) = behaviour(tried, SUPERVISED).steps
    weights, sums = address("v", 1), address("v", 2)
    assert step.after[weights] == f.plus(state(weights), next_state(sums))


def test_draws_differ_by_instruction() -> None:
    """Two draws are two leaves, even with the same parameters."""
    tried = program("", "v2 = gaussian(0, 1); v3 = gaussian(0, 1); v2 = v2 - v3; s1 = mean(v2)")
    (step,) = behaviour(tried, SUPERVISED).steps
    (prediction,) = step.outputs.values()
    assert prediction.number is None


@pytest.mark.parametrize(
    "lines", ["v2 = tanh(v2)", "v2 = tanh(v2); v2 = v2 + v0", "v2 = v2 + v0; v2 = v2 * v2"]
)
def test_the_longest_functions(lines: str) -> None:
    """The longest programs, whose formulas are as deep, are no problem."""
    tried = program("", "; ".join([lines] * (998 // len(lines.split(";")))) + "; s1 = mean(v2)")
    (step,) = behaviour(tried, SUPERVISED).steps
    assert len(f.nodes_below(value.node for value in step.after.values())) > 400
    assert explain(tried, INTERFACES["RMS_ERROR"]).equations()


def test_equal_draws_of_a_step_are_equal() -> None:
    """Draws with one number are one value within a step, in Predict and Learn too, but not in Setup."""
    tried = program("v3 = gaussian(0, 1, draw=3)", "v2 = gaussian(0, 1, draw=3); s1 = dot(v2, v0)", "")
    same = program(
        "", "v2 = gaussian(0, 1, draw=3); v3 = gaussian(0, 1, draw=3); v2 = v2 - v3; s1 = dot(v2, v0)"
    )
    (step,) = behaviour(same, SUPERVISED).steps
    assert [value.number for value in step.outputs.values()] == [0]
    other = program(
        "v3 = gaussian(0, 1, draw=3)", "v2 = gaussian(0, 1, draw=3); v2 = v2 - v3; s1 = dot(v2, v0)"
    )
    (step,) = behaviour(other, SUPERVISED).steps
    assert [value.number for value in step.outputs.values()] == [None]
    assert behaviour(tried, SUPERVISED).first == {}


def test_a_step_may_end_early() -> None:
    """What Predict leaves in validation, where Learn does not follow, is no number that never changes."""
    found = behaviour(
        program("", "s1 = dot(v0, v1); s1 = s1 + s3; s3 = 5", "s3 = 0; v1 = v1 + v0"), SUPERVISED
    )
    assert address("s", 3) in found.first
    (early,) = found.early
    assert early.functions == ("Predict",)
    assert early.after[address("s", 3)].number == 5


TURNS = Signature(
    "turns",
    {
        "Start": {},
        "Ask": {"inputs": {"x": "s0"}, "outputs": {"p": "s1"}},
        "Tell": {"inputs": {"x": "s2"}, "outputs": {"x": "s3"}},
    },
    {"Start": ["Ask"], "Ask": ["Tell"], "Tell": ["Ask"]},
)


def test_names_of_different_values_differ() -> None:
    """Inputs and outputs of one name are told apart by their functions."""
    tried = parse(
        "def Start():\n  pass\ndef Ask():\n  s1 = s0 * 2\ndef Tell():\n  s3 = s0 - s2\n", signature=TURNS
    )
    found = explain(tried, TURNS)
    symbols = [found.symbol(named) for named in found.names]
    assert len({*symbols}) == len(symbols)
    ((_, _), (_, (line,))) = found.equations()
    assert line.right == "x − x of Tell"


def test_functions_in_any_order_are_explained() -> None:
    """An input may be repeated by a function that is declared before the one that it follows."""
    turned = Signature(
        "turned",
        {
            "Start": {},
            "Tell": {"inputs": {"x": "v0"}, "repeats": ["x"], "outputs": {"seen": "s1"}},
            "Ask": {"inputs": {"x": "v0"}, "outputs": {"p": "s2"}},
        },
        {"Start": ["Ask"], "Ask": ["Tell"], "Tell": ["Ask"]},
    )
    lines = "def Start():\n  pass\ndef Tell():\n  s1 = mean(v0)\ndef Ask():\n  s2 = norm(v0)\n"
    found = explain(parse(lines, signature=turned), turned)
    assert [name for name, _ in found.equations()] == ["Ask", "Tell"]
