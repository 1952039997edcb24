"""Equality of results; copies and pickles of evaluators and algorithms."""

import copy
import pickle

import numpy as np
import pytest
from evaluation.comparing import BACKENDS, WANT, bits
from programs import softmax

import azc
from azc.evaluation import Evaluator, Report

LEARNING = azc.parse(
    """
def Setup():
  s2 = 0.1
  m0 = gaussian(0, 1)
def Predict():
  v2 = dot(m0, v1)
  s1 = dot(v0, v2)
  s4 = uniform(0, 1)
def Learn():
  s3 = s0 - s1
  s3 = s3 * s4
  v3 = s3 * v0
  v1 = v1 + v3
"""
)
CLASSES = azc.parse(softmax())
KINDS = {"RMS_ERROR": LEARNING, "ACCURACY": LEARNING, "MULTICLASS_ACCURACY": CLASSES}
X = np.random.default_rng(0).normal(size=(8, 3))
Y = (X[:, 0] > 0).astype(float)
COPIES = (copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value)))
every_backend = pytest.mark.parametrize("backend", BACKENDS)
every_kind = pytest.mark.parametrize("eval_type", KINDS)
every_copy = pytest.mark.parametrize("copied", [*COPIES, lambda algorithm: algorithm.copy()])


def compiled(backend="native", eval_type="RMS_ERROR", precision="float64"):
    """A fitted algorithm, after a `predict_one` without its `learn_one`."""
    n_classes = 2 if eval_type == "MULTICLASS_ACCURACY" else None
    made = azc.compile(
        KINDS[eval_type],
        3,
        eval_type=eval_type,
        n_classes=n_classes,
        backend=backend,
        precision=precision,
        seed=7,
    )
    made.fit(X, Y)
    made.predict_one(X[0])
    return made


def state(algorithm):
    """Step and memory of an algorithm."""
    return (algorithm.step, *(bits(getattr(algorithm.memory, kind)) for kind in "svm"))


def onward(algorithm):
    """Results and state of an algorithm's next calls."""
    algorithm.learn_one(X[0], Y[0])
    return [*map(bits, (algorithm.predict_one(X[1]), algorithm.predict(X))), state(algorithm)]


@every_backend
@every_kind
@every_copy
def test_a_copy_of_an_algorithm_continues_alike(backend, eval_type, copied):
    """A copy has memory, step and pending example, and continues with the same bits."""
    algorithm = compiled(backend, eval_type)
    again = copied(algorithm)
    assert type(again) is type(algorithm)
    assert (again.features, again.n_classes, again.backend) == (3, algorithm.n_classes, backend)
    assert state(again) == state(algorithm)
    assert onward(again) == onward(algorithm)


@every_backend
@every_copy
def test_a_copy_of_an_algorithm_is_independent(backend, copied):
    """Changes to an algorithm do not change its copy, nor the reverse."""
    algorithm = compiled(backend)
    again = copied(algorithm)
    before = state(algorithm)
    again.memory.s[:] = 5
    again.fit(X, Y)
    assert state(algorithm) == before
    later = state(again)
    algorithm.start()
    assert state(again) == later


@every_backend
@every_copy
def test_a_copy_refuses_learn_one_without_a_prediction(backend, copied):
    """`learn_one` of a copy is an error without a prediction before it."""
    algorithm = compiled(backend)
    algorithm.learn_one(X[0], Y[0])
    with pytest.raises(azc.AzcError, match="predict_one"):
        copied(algorithm).learn_one(X[0], Y[0])


@pytest.mark.parametrize("precision", ["float64", "float32"])
@every_backend
def test_a_copy_has_the_same_seed_and_precision(backend, precision):
    """`start` on a copy draws the same numbers, in the same precision."""
    algorithm = compiled(backend, precision=precision)
    again = pickle.loads(pickle.dumps(algorithm))
    assert again.memory.m.dtype == np.dtype(precision)
    algorithm.start()
    again.start()
    assert state(again) == state(algorithm)


def test_a_copy_outlives_its_original():
    """A copy runs after its original is deleted, because it holds their machine code."""
    again = compiled("native").copy()
    expected = onward(compiled("python"))
    assert onward(again) == expected


def test_a_pickle_of_an_algorithm_holds_no_address():
    """Algorithms in the same state at different memory addresses have the same pickle."""
    one, other = compiled("native"), compiled("native")
    assert one._machine._block.address != other._machine._block.address
    assert pickle.dumps(one) == pickle.dumps(other)
    for address in (one._machine._block.address, one.memory.s.ctypes.data):
        assert int(address).to_bytes(6, "little") not in pickle.dumps(one)


@pytest.mark.parametrize("copied", COPIES)
@every_backend
def test_a_copy_of_an_evaluator_evaluates_alike(backend, copied):
    """A copy of an evaluator has the same tasks and gives the same results."""
    evaluator = Evaluator(azc.Task(X, Y, X, Y), backend=backend, precision="float32")
    found = evaluator.evaluate(LEARNING, WANT)
    again = copied(evaluator)
    assert again.tasks == evaluator.tasks
    assert again.evaluate(LEARNING, WANT) == found


def test_results_compare_by_value():
    """Results are equal if all their numbers are, nan, arrays and memory included."""
    task = azc.Task(X, Y, X, Y)
    one, other = (Evaluator(task).evaluate(LEARNING, WANT) for _ in "12")
    assert one == other
    assert hash(one) == hash(other)
    assert one != azc.evaluate(LEARNING, task)
    assert one != Evaluator(azc.Task(X, Y, X, Y, seed=1)).evaluate(LEARNING, WANT)
    assert len({one, *(copied(one) for copied in COPIES)}) == 1


def test_reports_compare_by_value():
    """Reports with nan are equal; those with 0.0 and -0.0 are not."""
    nan, zero, minus = (
        Report(0.5, False, 3, train_errors=np.array([value])) for value in (np.nan, 0.0, -0.0)
    )
    assert nan == Report(0.5, False, 3, train_errors=np.array([np.nan]))
    assert zero != minus
    assert zero != Report(0.5, False, 3)
