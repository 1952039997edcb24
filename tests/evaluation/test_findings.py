"""Reasons of a low fitness: early stops, and predictions that are all equal."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import growing
from strategies import moderate_constants, programs

import azc
from azc import Task
from azc.evaluation import Stop, constant_predictions, stops
from azc.ir import Program

BACKENDS = ("kernels", "native", "python")


def task(
    seed: int = 0, eval_type: str = "RMS_ERROR", n_train: int = 6, n_valid: int = 5, **more: object
) -> Task:
    """A small task of an evaluation type."""
    rng = np.random.default_rng(seed)
    n_classes = {"MULTICLASS_ACCURACY": 3}.get(eval_type)
    labels = [
        rng.normal(size=n) if eval_type == "RMS_ERROR" else rng.integers(0, n_classes or 2, n).astype(float)
        for n in (n_train, n_valid)
    ]
    x = [rng.normal(size=(n, 4)) for n in (n_train, n_valid)]
    return Task(x[0], labels[0], x[1], labels[1], eval_type=eval_type, n_classes=n_classes, seed=seed, **more)


def stops_of(text: str, *tasks: Task, backend: str = "auto") -> list[Stop]:
    """The stops of a program on tasks."""
    program = azc.parse(text)
    result = azc.evaluate(program, tasks, backend=backend)
    assert [bool(step) for step in result.stopped_at] == result.stopped_early
    return stops(program, tasks, result, precision="float64")


def constants_of(program: Program, *tasks: Task) -> dict[int, float]:
    """The tasks with equal predictions, and that prediction."""
    return constant_predictions(program, tasks, azc.evaluate(program, tasks), precision="float64")


GROWS = growing(30)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_error_beyond_the_limit_in_training(backend: str) -> None:
    """A stop in training has the phase, epoch, example and error of the evaluation."""
    one = task()
    (stop,) = stops_of(GROWS, one, backend=backend)
    assert (stop.task, stop.phase, stop.epoch, stop.example) == (0, "training", 1, 5)
    assert stop.error == abs(one.train_y[4] - 120.0)


def test_an_error_that_is_nan_in_training() -> None:
    """The error of a stop may be nan."""
    text = "def Predict():\n  s1 = s3 - s3\ndef Learn():\n  s3 = 1 / s4\n"
    (stop,) = stops_of(text, task())
    assert (stop.phase, stop.example) == ("training", 2)
    assert stop.error is not None
    assert math.isnan(stop.error)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_stop_in_validation(backend: str) -> None:
    """A stop in validation has the number of the validation example, from 1."""
    text = "def Predict():\n  s1 = s3 + 0\n  s3 = s3 + 12\n"
    one = task(n_train=6, n_valid=5)
    (stop,) = stops_of(text, one, backend=backend)
    assert (stop.phase, stop.epoch, stop.example) == ("validation", 1, 4)
    assert stop.error == abs(one.valid_y[3] - 108.0)


def test_a_stop_in_a_later_epoch() -> None:
    """A stop in a later epoch has no error, except if it is nan."""
    (stop,) = stops_of(growing(10), task(epochs=3))
    assert (stop.phase, stop.epoch, stop.example, stop.error) == ("training", 2, 5, None)
    text = "def Predict():\n  s4 = s3 - 8\n  s4 = s4 / s4\n  s1 = 0 * s4\ndef Learn():\n  s3 = s3 + 1\n"
    (stop,) = stops_of(text, task(epochs=3))
    assert (stop.phase, stop.epoch, stop.example) == ("training", 2, 3)
    assert stop.error is not None
    assert math.isnan(stop.error)


def test_stops_name_their_tasks() -> None:
    """Stops have the index of their task; `most` limits their number."""
    limits = [math.inf, 100.0, math.inf, 50.0]
    tasks = [task(seed, max_abs_error=limit) for seed, limit in enumerate(limits)]
    assert [(stop.task, stop.example) for stop in stops_of(GROWS, *tasks)] == [(1, 5), (3, 3)]
    result = azc.evaluate(azc.parse(GROWS), tasks)
    assert len(stops(azc.parse(GROWS), tasks, result, precision="float64", most=1)) == 1


@settings(max_examples=30)
@given(
    programs(max_instructions=4, max_address=3, features=4),
    st.sampled_from(["RMS_ERROR", "ACCURACY", "MULTICLASS_ACCURACY"]),
    st.integers(1, 3),
    st.sampled_from([1.0, 100.0]),
)
def test_backends_stop_at_the_same_step(program: Program, eval_type: str, epochs: int, limit: float) -> None:
    """The step at which a random program stops is the same on every backend."""
    one = task(3, eval_type, epochs=epochs, max_abs_error=limit)
    found = {backend: azc.evaluate(program, one, backend=backend).stopped_at for backend in BACKENDS}
    assert found == dict.fromkeys(BACKENDS, found["python"])


# --- predictions that are all equal ---------------------------------------------------------------------


@pytest.mark.parametrize("value", [0.0, 0.25, -3.5])
def test_a_constant_number(value: float) -> None:
    """A constant prediction has its value and sign."""
    assert constants_of(azc.parse(f"def Predict():\n  s1 = {value}\n"), task(0), task(1)) == {
        0: value,
        1: value,
    }


@pytest.mark.parametrize(("value", "expected"), [(-2.0, 0.0), (2.0, 1.0)])
def test_a_constant_class_of_two(value: float, expected: float) -> None:
    """With two classes, different numbers of the same class are a constant prediction."""
    text = f"def Predict():\n  s2 = mean(v0)\n  s2 = sin(s2)\n  s1 = {value} + s2\n"
    assert constants_of(azc.parse(text), task(0, "ACCURACY", n_valid=9)) == {0: expected}


def test_a_constant_class_of_many() -> None:
    """With many classes, a constant prediction is the number of the class."""
    one = task(0, "MULTICLASS_ACCURACY", n_valid=12)
    assert constants_of(azc.parse("def Predict():\n  v2[1] = 1\n"), one) == {0: 1.0}


def test_predictions_that_differ() -> None:
    """Predictions that differ, if only in sign, are not constant."""
    for text in ("s1 = mean(v0)", "s2 = mean(v0)\n  s2 = heaviside(s2)\n  s2 = s2 * 6\n  s1 = s2 - 3"):
        assert constants_of(azc.parse(f"def Predict():\n  {text}\n"), task(n_valid=20)) == {}


def test_a_task_that_stopped_has_no_constant_prediction() -> None:
    """A task that stopped early has no constant prediction."""
    assert constants_of(azc.parse("def Predict():\n  s1 = 1e9\n"), task()) == {}


@settings(max_examples=40)
@given(
    programs(max_instructions=3, max_address=3, features=4, values=moderate_constants()),
    st.sampled_from(["RMS_ERROR", "ACCURACY"]),
)
def test_constant_predictions_are_those_of_an_algorithm(program: Program, eval_type: str) -> None:
    """Predictions are constant just where the compiled algorithm predicts one number, or one class."""
    one = task(5, eval_type, n_train=4, n_valid=4)
    result = azc.evaluate(program, one)
    if result.stopped_early[0]:
        return
    algorithm = azc.compile(program, 4, eval_type=eval_type, seed=one.seed, backend="python")
    predicted = algorithm.fit(one.train_x, one.train_y).predict(one.valid_x)
    if eval_type == "ACCURACY":
        predicted = (predicted > 0.5).astype(float)
    found = constant_predictions(program, [one], result, precision="float64")
    assert found == ({0: predicted[0]} if len(np.unique(predicted)) == 1 else {})
