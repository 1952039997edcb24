"""Results are values; evaluators and algorithms copy and pickle with their state, without machine code."""

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
    """An algorithm amid its work: an example is predicted and not yet learned."""
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
    """All that decides about what an algorithm does next."""
    return (algorithm.step, *(bits(getattr(algorithm.memory, kind)) for kind in "svm"))


def onward(algorithm):
    """What an algorithm does next."""
    algorithm.learn_one(X[0], Y[0])
    return [*map(bits, (algorithm.predict_one(X[1]), algorithm.predict(X))), state(algorithm)]


@every_backend
@every_kind
@every_copy
def test_a_copy_of_an_algorithm_goes_on_alike(backend, eval_type, copied):
    """From the same memory, step and half-done example, to the same bits."""
    algorithm = compiled(backend, eval_type)
    again = copied(algorithm)
    assert type(again) is azc.Algorithm
    assert (again.features, again.n_classes, again.backend) == (3, algorithm.n_classes, backend)
    assert state(again) == state(algorithm)
    assert onward(again) == onward(algorithm)


@every_backend
@every_copy
def test_a_copy_of_an_algorithm_is_independent(backend, copied):
    """What happens to one does not reach the other, in either direction."""
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
def test_a_copy_knows_whether_learn_may_follow(backend, copied):
    """Only after a prediction."""
    algorithm = compiled(backend)
    algorithm.learn_one(X[0], Y[0])
    with pytest.raises(azc.AzcError, match="predict_one"):
        copied(algorithm).learn_one(X[0], Y[0])


@pytest.mark.parametrize("precision", ["float64", "float32"])
@every_backend
def test_a_copy_starts_afresh_with_the_same_seed_and_precision(backend, precision):
    """Draws of Setup, and the type of the numbers."""
    algorithm = compiled(backend, precision=precision)
    again = pickle.loads(pickle.dumps(algorithm))
    assert again.memory.m.dtype == np.dtype(precision)
    algorithm.start()
    again.start()
    assert state(again) == state(algorithm)


def test_a_copy_outlives_what_it_was_copied_from():
    """The machine code that both run is kept as long as one of them is there."""
    again = compiled("native").copy()
    expected = onward(compiled("python"))
    assert onward(again) == expected


def test_a_pickle_of_an_algorithm_holds_no_address():
    """Two algorithms in the same state, at other places in memory, have the same pickle."""
    one, other = compiled("native"), compiled("native")
    assert one._machine._block.address != other._machine._block.address
    assert pickle.dumps(one) == pickle.dumps(other)
    for address in (one._machine._block.address, one.memory.s.ctypes.data):
        assert int(address).to_bytes(6, "little") not in pickle.dumps(one)


@pytest.mark.parametrize("copied", COPIES)
@every_backend
def test_a_copy_of_an_evaluator_evaluates_alike(backend, copied):
    """It has the tasks and makes machine code of its own."""
    evaluator = Evaluator(azc.Task(X, Y, X, Y), backend=backend, precision="float32")
    found = evaluator.evaluate(LEARNING, WANT)
    again = copied(evaluator)
    assert again.tasks == evaluator.tasks
    assert again.evaluate(LEARNING, WANT) == found


def test_results_compare_by_value():
    """Equal if every number is, nan included; arrays and memory count."""
    task = azc.Task(X, Y, X, Y)
    one, other = (Evaluator(task).evaluate(LEARNING, WANT) for _ in "12")
    assert one == other
    assert hash(one) == hash(other)
    assert one != azc.evaluate(LEARNING, task)
    assert one != Evaluator(azc.Task(X, Y, X, Y, seed=1)).evaluate(LEARNING, WANT)
    assert len({one, *(copied(one) for copied in COPIES)}) == 1


def test_reports_compare_by_value():
    """A nan equals a nan, and 0.0 is not -0.0."""
    nan, zero, minus = (
        Report(0.5, False, 3, train_errors=np.array([value])) for value in (np.nan, 0.0, -0.0)
    )
    assert nan == Report(0.5, False, 3, train_errors=np.array([np.nan]))
    assert zero != minus
    assert zero != Report(0.5, False, 3)
