"""A program computes the same bits in every backend, for any number of lanes.

AZC_TEST_EXAMPLES sets the number of random programs, for runs longer than that of the test suite.
"""

import os

import numpy as np
import pytest
from evaluation.comparing import ERRORS, assert_same_bits, bits
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from programs import linear
from strategies import constants, moderate_constants, programs

import azc
from azc.evaluation import Evaluator
from azc.tasks import Task

pytestmark = pytest.mark.filterwarnings("error")
"""Overflow and the like are values: nothing warns of them."""
EXAMPLES = int(os.environ.get("AZC_TEST_EXAMPLES", "50"))
SHAPES = (
    # features, lanes: every number of lanes from 1 to 17; sums are unrolled up to 32 features
    *((1, 1), (1, 4), (1, 17), (2, 1), (2, 3), (2, 13), (3, 2), (3, 8), (4, 1), (4, 4), (4, 16), (5, 5)),
    *((5, 17), (7, 6), (8, 7), (8, 10), (16, 1), (16, 4), (16, 9), (31, 2), (32, 1), (32, 12), (33, 1)),
    *((33, 2), (33, 14), (34, 4), (40, 1), (40, 3), (40, 11), (40, 15)),
)
SPECIALS = (0.0, -0.0, 5e-324, -2.2e-308, 1e300, -1e300, 1.0, 0.5, 1e-7)
"""Numbers that arithmetic makes infinite or nan soon, as float32 does at once."""


def numbers(generator: np.random.Generator, shape: tuple[int, ...], special: float) -> np.ndarray:
    """Normal numbers, a share of them special."""
    drawn = generator.normal(size=shape)
    return np.where(generator.random(shape) < special, generator.choice(SPECIALS, size=shape), drawn)


@st.composite
def task_sets(draw: st.DrawFn, features: int, valid: tuple[int, int] = (1, 6), most: int = 17) -> list[Task]:
    """Up to `most` tasks of one shape, each with its own data, seed, max_abs_error and order."""
    names = ["RMS_ERROR", "ACCURACY", "MULTICLASS_ACCURACY"][: 2 if features < 2 else 3]
    eval_type = draw(st.sampled_from(names))
    classes = draw(st.integers(2, features)) if eval_type == "MULTICLASS_ACCURACY" else None
    n_train, n_valid = draw(st.integers(1, 9)), draw(st.integers(*valid))
    epochs = draw(st.sampled_from([1, 1, 2, 4]))
    special = draw(st.sampled_from([0.0, 0.0, 0.02, 0.3]))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))

    def labels(n: int) -> np.ndarray:
        if classes:
            return generator.integers(0, classes, n)
        return generator.integers(0, 2, n) if eval_type == "ACCURACY" else numbers(generator, (n,), special)

    def order() -> np.ndarray | None:
        orders = generator.integers(0, n_train, (epochs, n_train))
        return orders if generator.random() < 0.4 else None

    return [
        Task(
            numbers(generator, (n_train, features), special),
            labels(n_train),
            numbers(generator, (n_valid, features), special),
            labels(n_valid),
            eval_type=eval_type,
            max_abs_error=generator.choice([0.5, 3.0, 100.0, 1e300, np.inf]),
            epochs=epochs,
            train_order=order(),
            n_classes=classes,
            seed=int(generator.integers(0, 2**64, dtype=np.uint64)),
        )
        for _ in range(draw(st.integers(1, most)))
    ]


@st.composite
def cases(draw: st.DrawFn) -> tuple[azc.Program, list[Task], int]:
    """A program, tasks of its features, and a number of lanes."""
    features, lanes = draw(st.sampled_from(SHAPES))
    values = draw(st.sampled_from([constants(), moderate_constants()]))
    program = draw(programs(max_instructions=7, max_address=3, features=features, values=values))
    return program, draw(task_sets(features)), lanes


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), print_blob=True)
@given(cases())
def test_any_program_shows_the_same_bits_in_every_backend(case):
    """Fitnesses, errors, stops, steps and memory of a random program are equal to the last bit."""
    program, tasks, lanes = case
    assert_same_bits(program, tasks, "float64", lanes)


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), print_blob=True)
@given(cases())
def test_any_program_shows_the_same_bits_in_float32(case):
    """Results of a random program in float32 are equal to the last bit in every backend."""
    program, tasks, lanes = case
    assert_same_bits(program, tasks, "float32", lanes)


def linear_tasks(features: int, n: int, train: int = 30, valid: int = 10) -> list[Task]:
    """Linear regressions, each with its own data and seed."""
    generator = np.random.default_rng(features)
    weights = generator.normal(size=features) / features**0.5
    data = [
        (generator.normal(size=(train, features)), generator.normal(size=(valid, features))) for _ in range(n)
    ]
    return [Task(x, x @ weights, v, v @ weights, seed=seed) for seed, (x, v) in enumerate(data)]


LEARNING = """
def Setup():
  s2 = 0.02
  v1 = gaussian(0.0, 0.1)
  m1 = uniform(-0.1, 0.1)
def Predict():
  v2 = dot(m1, v0)
  v3 = maximum(v2, v4)
  s1 = dot(v3, v1)
  s4 = sin(s1)
def Learn():
  s3 = s0 - s1
  s3 = s3 * s2
  v5 = s3 * v3
  v6 = heaviside(v2)
  v6 = v6 * v1
  v6 = s3 * v6
  m2 = outer(v6, v0)
  m1 = m1 + m2
  v1 = v1 + v5
  s5 = gaussian(0.0, 0.001)
  v7 = s5 * v0
  v1 = v1 + v7
"""


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_the_number_of_lanes_changes_no_bit(precision):
    """Seventeen tasks have the same fitnesses in blocks of 1 to 17 lanes."""
    program, tasks = azc.parse(LEARNING), linear_tasks(2, 17)
    found = [Evaluator(tasks, backend="kernels", precision=precision, lanes=n) for n in range(1, 18)]
    assert len({bits(evaluator.evaluate(program).fitnesses) for evaluator in found}) == 1


@pytest.mark.parametrize("lanes", [1, 3, 4])
def test_160_features(lanes):
    """A network over 160 features shows the same bits in every backend."""
    assert_same_bits(azc.parse(LEARNING), linear_tasks(160, 3, train=5, valid=3), lanes=lanes)


MATRIX_OPERATIONS = """
def Setup():
  m1 = gaussian(0, 1)
  m2 = uniform(-1, 1)
def Predict():
  m3 = matmul(m1, m2)
  v1 = norm(m3, axis=0)
  v2 = norm(m3, axis=1)
  v3 = mean(m3, axis=1)
  v4 = std(m3, axis=1)
  m4 = transpose(m3)
  m4 = m4 / m1
  s2 = norm(m3)
  s3 = mean(m4)
  s4 = std(m2)
  v5 = dot(m4, v0)
  s5 = std(v5)
  s1 = dot(v5, v4)
def Learn():
  m2 = outer(v0, v4)
"""


@pytest.mark.parametrize("lanes", [1, 2])
def test_every_sum_over_160_features(lanes):
    """Sums over long rows, long columns and large matrices have the same bits in every backend."""
    tasks = [
        Task(t.train_x, t.train_y, t.valid_x, t.valid_y, max_abs_error=np.inf)
        for t in linear_tasks(160, 2, train=2, valid=1)
    ]
    assert_same_bits(azc.parse(MATRIX_OPERATIONS), tasks, lanes=lanes)


FLAT = linear(
    0.0005, "v4 = gaussian(0, 0.01)", "s3 = mean(v0); s4 = std(v0); s5 = norm(v0)", "v3 = maximum(v1, v4)"
)


@pytest.mark.parametrize(("precision", "lanes"), [("float64", 1), ("float64", 4), ("float32", 3)])
def test_3072_features(precision, lanes):
    """3,072 features, the maximum, give the same bits in every backend."""
    assert_same_bits(azc.parse(FLAT), linear_tasks(3072, 3, train=4, valid=2), precision, lanes, want=ERRORS)


ONE_MATRIX = """
def Setup():
  m0[0.5, 0.25] = 2
def Predict():
  v1 = dot(m0, v0)
  s1 = norm(v1)
def Learn():
"""


def test_a_matrix_of_3072_rows():
    """A matrix of 9.4 million numbers gives the same bits in every backend."""
    program = azc.parse(ONE_MATRIX)
    (task,) = linear_tasks(3072, 1, train=1, valid=1)
    expected = azc.evaluate(program, task, backend="python", want=["train_errors"])
    for backend in ("kernels", "native"):
        found = Evaluator(task, backend=backend, lanes=1).evaluate(program, ["train_errors"])
        assert bits(found.train_errors[0]) == bits(expected.train_errors[0])
        assert bits(found.fitness) == bits(expected.fitness)
