"""Fitness as the inner loop finds it: that of an evaluation, bit for bit."""

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
    """Assert that the inner loop finds the fitness that an evaluation by the Python backend finds."""
    expected = evaluate(program, tasks, backend="python", precision=precision).fitness
    assert scored(program, tasks, lanes, precision=precision)[0].hex() == expected.hex()


def orders(seed: int, epochs: int, train: int) -> np.ndarray:
    """For every epoch an order of its own."""
    return np.array([np.random.default_rng(seed + e).permutation(train) for e in range(epochs)])


@settings(max_examples=60)
@given(SHORT | MODERATE, st.sampled_from(TYPES))
def test_fitness_is_that_of_an_evaluation(program: Program, eval_type: str) -> None:
    """Any program has its fitness to the last bit, whatever the evaluation type."""
    assert_same(program, [task(seed, 4, eval_type=eval_type) for seed in range(3)])


@settings(max_examples=25)
@given(MODERATE, st.sampled_from(TYPES))
def test_unlike_tasks_are_scored_together(program: Program, eval_type: str) -> None:
    """Tasks of several shapes make one mean, in the order in which they were given."""
    shapes = [(4, 6, 4), (5, 6, 4), (4, 6, 4), (4, 9, 4), (5, 6, 4), (4, 6, 5)]
    tasks = [task(k, f, train, valid, eval_type) for k, (f, train, valid) in enumerate(shapes)]
    assert_same(program, tasks)


@settings(max_examples=30)
@given(MODERATE, st.sampled_from(TYPES), st.booleans())
def test_epochs_are_visited_in_order(program: Program, eval_type: str, ordered: bool) -> None:
    """The best of several epochs counts; each has its own order if the task has one."""
    more = [{"train_order": orders(k, 3, 6)} if ordered else {} for k in range(2)]
    assert_same(program, [task(k, 4, 6, 4, eval_type, epochs=3, **more[k]) for k in range(2)])


@settings(max_examples=25)
@given(MODERATE, st.sampled_from(TYPES))
def test_fitness_in_float32(program: Program, eval_type: str) -> None:
    """With precision float32 it is the float32 evaluation's."""
    assert_same(program, [task(seed, 4, 6, 4, eval_type) for seed in range(2)], precision="float32")


@settings(max_examples=25)
@given(MODERATE)
def test_one_task_is_enough(program: Program) -> None:
    """A single task has a single lane."""
    assert_same(program, [task(0)])


@settings(max_examples=40)
@given(MODERATE, st.sampled_from(TYPES), st.integers(1, 4), st.integers(32, 50), st.sampled_from([1, 3]))
def test_fitness_in_batches(program: Program, eval_type: str, n: int, valid: int, epochs: int) -> None:
    """With few tasks and many examples, validation runs on batches of examples, and finds the same."""
    tasks = [task(k, 4, 6, valid, eval_type, epochs=epochs) for k in range(n)]
    for precision in ("float64", "float32"):
        assert_same(program, tasks, precision=precision)


@pytest.mark.parametrize("single", [False, True])
def test_features_stored_in_float32_are_the_same(single: bool) -> None:
    """Features that float32 holds are stored so, which changes nothing."""
    assert_same(LEARNS, [task(seed, 4, 40, 10, single=single) for seed in range(5)])


@pytest.mark.parametrize("lanes", range(1, 18))
def test_fitness_does_not_depend_on_lanes(lanes: int) -> None:
    """In however many lanes tasks are evaluated, a program that learns has one fitness."""
    assert_same(LEARNS, [task(seed, 4, 20, 6) for seed in range(17)], lanes)


@settings(max_examples=15)
@given(MODERATE, st.sampled_from([1, 2, 5, 16]))
def test_no_programs_fitness_depends_on_lanes(program: Program, lanes: int) -> None:
    """Nor has any other program."""
    assert_same(program, [task(seed, 4, 6, 4) for seed in range(5)], lanes)


def test_orders_apart_from_given_ones_share_a_block() -> None:
    """Tasks with and without an order of their own stand side by side."""
    tasks = [
        task(k, 4, 6, 4, epochs=2, **({"train_order": orders(k, 2, 6)} if k % 2 else {})) for k in range(6)
    ]
    assert_same(LEARNS, tasks)


def test_what_stops_early_is_counted() -> None:
    """A program that is stopped has its fitness and is counted."""
    tasks = [task(0), task(1, max_abs_error=1e-9)]
    assert_same(LEARNS, tasks)
    assert scored(LEARNS, tasks)[1].counts["stopped_early"] == 1
    assert scored(LEARNS, tasks[:1])[1].counts["stopped_early"] == 0


@pytest.mark.parametrize("features", [1, 2, 17])
@pytest.mark.parametrize("eval_type", ["RMS_ERROR", "ACCURACY"])
def test_few_and_many_features(features: int, eval_type: str) -> None:
    """One feature, and more than a vector of lanes or an unrolled loop holds."""
    assert_same(LEARNS, [task(seed, features, eval_type=eval_type) for seed in range(3)])
