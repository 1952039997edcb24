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


def test_what_no_prediction_depends_on_goes() -> None:
    """Instructions whose result is never used are left out, those that use each other in a circle too."""
    whole = program(
        "s2 = 0.5; s4 = 1", "s1 = dot(v0, v1); s5 = s1 * s1", "v1 = s2 * v0; s6 = s6 + s7; s7 = s6 + s0"
    )
    assert dead_code(whole, RMS) == program("s2 = 0.5", "s1 = dot(v0, v1)", "v1 = s2 * v0")


@pytest.mark.parametrize(
    "text",
    [
        "def Predict():\n  s1 = s2 + s3\n  s2 = s2 + s1\n",  # goes round through Predict alone
        "def Setup():\n  v2[0.5] = 1\ndef Predict():\n  v2[0.1] = 2\n  s1 = mean(v2)\n",  # keeps others
        "def Predict():\n  s1 = s1 + s2\ndef Learn():\n  s2 = s0 - s1\n",  # through Learn
        "def Setup():\n  s1 = 3\ndef Learn():\n  s1 = s1 * s1\n",  # a prediction that Predict does not write
    ],
)
def test_what_a_prediction_depends_on_stays(text: str) -> None:
    """Code that reaches a prediction on any way stays whole."""
    assert dead_code(azc.parse(text), RMS) == azc.parse(text)


def test_what_is_put_in_anew_kills_what_was_there() -> None:
    """Writing to features or label at the end of a function is dead: they are put in before the next."""
    whole = program("", "s1 = mean(v0); v0 = v1 + v1", "s0 = 4")
    assert dead_code(whole, RMS) == program(predict="s1 = mean(v0)")


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


def test_what_is_overwritten_or_never_read_is_dead() -> None:
    """Dead are writes to what is put in anew, overwritten values, and sums that feed only themselves."""
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
def test_the_prediction_is_the_interfaces(eval_type: str, left: list[str]) -> None:
    """What is live follows from where the evaluation type has its prediction."""
    whole = program(predict="v2 = bcast(s1); s1 = 1.0")
    live = azc.format_program(dead_code(whole, INTERFACES[eval_type]))
    assert [line.strip() for line in live.splitlines() if "=" in line] == left


@settings(max_examples=150)
@given(program=programs(max_address=3, features=FEATURES), interface=INTERFACE)
def test_no_bit_changes(program: azc.Program, interface: Interface) -> None:
    """Fitness, stops and errors are the same to the last bit without dead code."""
    want = ("train_errors", "valid_errors")
    evaluator = EVALUATORS[interface.name]
    whole, live = evaluator.evaluate(program, want), evaluator.evaluate(dead_code(program, interface), want)
    assert np.array(whole.fitnesses).tobytes() == np.array(live.fitnesses).tobytes()
    assert whole.stopped_early == live.stopped_early
    assert whole.train_steps == live.train_steps
    for name in want:
        pairs = zip(getattr(whole, name), getattr(live, name), strict=True)
        assert all(a.tobytes() == b.tobytes() for a, b in pairs)


@given(program=programs(max_address=3), interface=INTERFACE)
def test_once_is_enough(program: azc.Program, interface: Interface) -> None:
    """The pass is idempotent, and the verifier accepts what comes out."""
    once = verify(dead_code(program, interface))
    assert dead_code(once, interface) == once
