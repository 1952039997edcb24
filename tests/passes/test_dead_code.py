"""Dead-code elimination."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import program
from strategies import programs

import azc
from azc.evaluation import Evaluator
from azc.ir import INTERFACES, Interface, verify
from azc.passes import dead_code

RMS = INTERFACES["RMS_ERROR"]
INTERFACE = st.sampled_from(list(INTERFACES.values()))
FEATURES = 3


def _tasks(interface: Interface) -> list[azc.Task]:
    random = np.random.default_rng(0)

    def labels(n: int) -> np.ndarray:
        return random.integers(0, 2, n) if interface.name != "RMS_ERROR" else random.normal(size=n)

    return [
        azc.Task(
            random.normal(size=(9, FEATURES)),
            labels(9),
            random.normal(size=(5, FEATURES)),
            labels(5),
            eval_type=interface.name,
            n_classes=2 if interface.classes else None,
            epochs=2,
            seed=task,
        )
        for task in range(3)
    ]


EVALUATORS = {name: Evaluator(_tasks(interface)) for name, interface in INTERFACES.items()}


def test_unused_instructions_are_deleted() -> None:
    """Instructions with unused results are deleted, even if they use each other in a cycle."""
    before = program(
        "s2 = 0.5; s4 = 1", "s1 = dot(v0, v1); s5 = s1 * s1", "v1 = s2 * v0; s6 = s6 + s7; s7 = s6 + s0"
    )
    assert dead_code(before, RMS) == program("s2 = 0.5", "s1 = dot(v0, v1)", "v1 = s2 * v0")


@pytest.mark.parametrize(
    "text",
    [
        "def Predict():\n  s1 = s2 + s3\n  s2 = s2 + s1\n",  # a cycle within Predict
        "def Setup():\n  v2[0.5] = 1\ndef Predict():\n  v2[0.1] = 2\n  s1 = mean(v2)\n",  # of one element
        "def Predict():\n  s1 = s1 + s2\ndef Learn():\n  s2 = s0 - s1\n",  # through Learn
        "def Setup():\n  s1 = 3\ndef Learn():\n  s1 = s1 * s1\n",  # a prediction from Setup and Learn
    ],
)
def test_instructions_with_an_effect_stay(text: str) -> None:
    """Instructions on which a prediction depends, through any function, stay."""
    assert dead_code(azc.parse(text), RMS) == azc.parse(text)


def test_features_and_label_written_last_are_dead() -> None:
    """Writing features or label at the end of a function is dead: they are overwritten before the next."""
    before = program("", "s1 = mean(v0); v0 = v1 + v1", "s0 = 4")
    assert dead_code(before, RMS) == program(predict="s1 = mean(v0)")


DEAD = """
def Setup():
  s2 = 0.1
  s0 = 3
  s7 = 4
  v1[0.5] = 1
  v1[0.0] = 2
def Predict():
  v5 = v0 * v0
  s1 = dot(v0, v1)
  s6 = s6 + s2
def Learn():
  s3 = 0.5
  s3 = s0 - s1
  v2 = s3 * v0
  v0 = 2 * v2
  v1 = v1 + v2
  s1 = s3 + s3
"""


def test_overwritten_and_unread_values_are_dead() -> None:
    """Writes to features or label, overwritten values, and sums that feed only themselves are dead."""
    live = azc.format_program(dead_code(azc.parse(DEAD), RMS))
    left = [line.strip() for line in live.splitlines() if "=" in line]
    assert left == [
        "v1[0.5] = 1",
        "v1[0.0] = 2",
        "s1 = dot(v0, v1)",
        "s3 = s0 - s1",
        "v2 = s3 * v0",
        "v1 = v1 + v2",
    ]


@pytest.mark.parametrize(
    ("eval_type", "left"), [("ACCURACY", ["s1 = 1"]), ("MULTICLASS_ACCURACY", ["v2 = bcast(s1)", "s1 = 1"])]
)
def test_live_code_depends_on_the_evaluation_type(eval_type: str, left: list[str]) -> None:
    """The evaluation type's prediction address decides which instructions are live."""
    before = program(predict="v2 = bcast(s1); s1 = 1.0")
    live = azc.format_program(dead_code(before, INTERFACES[eval_type]))
    assert [line.strip() for line in live.splitlines() if "=" in line] == left


@settings(max_examples=150)
@given(program=programs(max_address=3, features=FEATURES), interface=INTERFACE)
def test_dead_code_changes_no_bit(program: azc.Program, interface: Interface) -> None:
    """Fitness, stops and errors have the same bits without dead code."""
    want = ("train_errors", "valid_errors")
    evaluator = EVALUATORS[interface.name]
    before, live = evaluator.evaluate(program, want), evaluator.evaluate(dead_code(program, interface), want)
    assert np.array(before.fitnesses).tobytes() == np.array(live.fitnesses).tobytes()
    assert before.stopped_early == live.stopped_early
    assert before.train_steps == live.train_steps
    for name in want:
        pairs = zip(getattr(before, name), getattr(live, name), strict=True)
        assert all(a.tobytes() == b.tobytes() for a, b in pairs)


@given(program=programs(max_address=3), interface=INTERFACE)
def test_pass_is_idempotent(program: azc.Program, interface: Interface) -> None:
    """The pass is idempotent, and its result passes the verifier."""
    once = verify(dead_code(program, interface))
    assert dead_code(once, interface) == once
