"""Fitness in the inner loop is that of an evaluation, bit for bit."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import linear
from search.making import scored, task
from strategies import moderate_constants, programs

from azc.evaluation import evaluate
from azc.ir import INTERFACES, Program
from azc.language import parse
from azc.tasks import Task

TYPES = sorted(INTERFACES)
SHORT = programs(max_instructions=5, max_address=3, features=4)
MODERATE = programs(max_instructions=5, max_address=3, features=4, values=moderate_constants())
LEARNS = parse(linear(0.05, "v1 = gaussian(0, 0.1)"))


def assert_same(
    program: Program, tasks: Sequence[Task], lanes: int | None = None, precision: str = "float64"
) -> None:
    """Assert that the inner loop and the Python backend find the same fitness."""
    expected = evaluate(program, tasks, backend="python", precision=precision).fitness
    assert scored(program, tasks, lanes, precision=precision)[0].hex() == expected.hex()


def orders(seed: int, epochs: int, train: int) -> np.ndarray:
    """A different order of examples for each epoch."""
    return np.array([np.random.default_rng(seed + e).permutation(train) for e in range(epochs)])


@settings(max_examples=60)
@given(SHORT | MODERATE, st.sampled_from(TYPES))
def test_fitness_is_that_of_an_evaluation(program: Program, eval_type: str) -> None:
    """Any program has the fitness of an evaluation, whatever the evaluation type."""
    assert_same(program, [task(seed, 4, eval_type=eval_type) for seed in range(3)])


@settings(max_examples=25)
@given(MODERATE, st.sampled_from(TYPES))
def test_tasks_of_different_shapes_are_scored_together(program: Program, eval_type: str) -> None:
    """Fitness on tasks of different shapes is that of an evaluation on all of them."""
    shapes = [(4, 6, 4), (5, 6, 4), (4, 6, 4), (4, 9, 4), (5, 6, 4), (4, 6, 5)]
    tasks = [task(k, f, train, valid, eval_type) for k, (f, train, valid) in enumerate(shapes)]
    assert_same(program, tasks)


@settings(max_examples=30)
@given(MODERATE, st.sampled_from(TYPES), st.booleans())
def test_fitness_after_several_epochs(program: Program, eval_type: str, ordered: bool) -> None:
    """Fitness after several epochs is that of an evaluation, with or without given orders."""
    more = [{"train_order": orders(k, 3, 6)} if ordered else {} for k in range(2)]
    assert_same(program, [task(k, 4, 6, 4, eval_type, epochs=3, **more[k]) for k in range(2)])


@settings(max_examples=25)
@given(MODERATE, st.sampled_from(TYPES))
def test_fitness_in_float32(program: Program, eval_type: str) -> None:
    """Fitness in float32 is that of an evaluation in float32."""
    assert_same(program, [task(seed, 4, 6, 4, eval_type) for seed in range(2)], precision="float32")


@settings(max_examples=25)
@given(MODERATE)
def test_one_task_is_enough(program: Program) -> None:
    """Fitness on a single task is that of an evaluation."""
    assert_same(program, [task(0)])


@settings(max_examples=40)
@given(MODERATE, st.sampled_from(TYPES), st.integers(1, 4), st.integers(32, 50), st.sampled_from([1, 3]))
def test_fitness_in_batches(program: Program, eval_type: str, n: int, valid: int, epochs: int) -> None:
    """Fitness with validation on batches of examples is that of an evaluation."""
    tasks = [task(k, 4, 6, valid, eval_type, epochs=epochs) for k in range(n)]
    for precision in ("float64", "float32"):
        assert_same(program, tasks, precision=precision)


@pytest.mark.parametrize("single", [False, True])
def test_features_stored_in_float32_are_the_same(single: bool) -> None:
    """Fitness is that of an evaluation, whether or not float32 holds the features."""
    assert_same(LEARNS, [task(seed, 4, 40, 10, single=single) for seed in range(5)])


@pytest.mark.parametrize("lanes", range(1, 18))
def test_fitness_does_not_depend_on_lanes(lanes: int) -> None:
    """The number of lanes does not change the fitness of a program that learns."""
    assert_same(LEARNS, [task(seed, 4, 20, 6) for seed in range(17)], lanes)


@settings(max_examples=15)
@given(MODERATE, st.sampled_from([1, 2, 5, 16]))
def test_no_programs_fitness_depends_on_lanes(program: Program, lanes: int) -> None:
    """The number of lanes does not change the fitness of any program."""
    assert_same(program, [task(seed, 4, 6, 4) for seed in range(5)], lanes)


def test_tasks_with_and_without_order_are_scored_together() -> None:
    """Fitness on tasks with and without a given order is that of an evaluation."""
    tasks = [
        task(k, 4, 6, 4, epochs=2, **({"train_order": orders(k, 2, 6)} if k % 2 else {})) for k in range(6)
    ]
    assert_same(LEARNS, tasks)


def test_programs_that_stop_early_are_counted() -> None:
    """A program that stops early has the fitness of an evaluation, and is counted."""
    tasks = [task(0), task(1, max_abs_error=1e-9)]
    assert_same(LEARNS, tasks)
    assert scored(LEARNS, tasks)[1].counts["stopped_early"] == 1
    assert scored(LEARNS, tasks[:1])[1].counts["stopped_early"] == 0


@pytest.mark.parametrize("features", [1, 2, 17])
@pytest.mark.parametrize("eval_type", ["RMS_ERROR", "ACCURACY"])
def test_few_and_many_features(features: int, eval_type: str) -> None:
    """Fitness is that of an evaluation with one, two and 17 features."""
    assert_same(LEARNS, [task(seed, features, eval_type=eval_type) for seed in range(3)])
