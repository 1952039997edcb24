"""`azc.compile`: an algorithm that is driven from Python."""

import math

import numpy as np
import pytest
from evaluation.comparing import BACKENDS, COMPILED, bits
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from programs import linear
from strategies import constants, moderate_constants, programs

import azc
from azc.ir.draws import uniforms

pytestmark = pytest.mark.filterwarnings("error")
"""Overflow and the like are values: nothing warns of them."""
every_backend = pytest.mark.parametrize("backend", BACKENDS)

REGRESSION = azc.parse(linear(0.05))
COUNTING = azc.parse(
    """
def Setup():
  s2 = 1
  s6 = uniform(0, 1)
def Predict():
  s3 = s3 + s2
  s1 = uniform(0, 1)
def Learn():
  s4 = s4 + s2
  s5 = uniform(0, 1)
"""
)
"""Counts calls of Predict in s3 and of Learn in s4; draws 0, 1 and 2 are Setup's, Predict's and Learn's."""


def data(features=3, n=20, seed=1):
    """Examples of a linear regression."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, features))
    return x, x @ np.arange(1.0, features + 1)


@every_backend
def test_compiling_runs_setup(backend):
    """A compiled algorithm has run Setup, in step 0, on memory that is zero."""
    algorithm = azc.compile(COUNTING, 2, backend=backend, seed=9)
    assert (algorithm.step, algorithm.backend, algorithm.features) == (0, backend, 2)
    assert algorithm.memory.s[[2, 3, 4]].tolist() == [1.0, 0.0, 0.0]
    assert algorithm.memory.s[6] == uniforms(9, 1, 0, 0)[0]


@every_backend
def test_start_clears_memory_and_runs_setup(backend):
    """`start` gives memory and step as after compiling."""
    algorithm = azc.compile(COUNTING, 2, backend=backend)
    before = [bits(cells) for cells in (algorithm.memory.s, algorithm.memory.v)]
    algorithm.predict_one([1, 2])
    algorithm.learn_one([1, 2], 3)
    algorithm.memory.s[7:] = 8
    algorithm.start()
    assert [bits(cells) for cells in (algorithm.memory.s, algorithm.memory.v)] == before
    assert algorithm.step == 0


@every_backend
def test_predict_one_is_the_next_step(backend):
    """`predict_one` runs in steps 1, 2, …; `learn_one` shares the step of the prediction before it."""
    algorithm = azc.compile(COUNTING, 2, backend=backend, seed=4)
    for step in (1, 2, 3):
        assert algorithm.predict_one([0, 0]) == uniforms(4, 1, 1, step)[0]
        assert algorithm.step == step
    algorithm.learn_one([0, 0], 0)
    assert algorithm.memory.s[5] == uniforms(4, 1, 2, 3)[0]


@every_backend
def test_predict_one_returns_a_number(backend):
    """For a regression `predict_one` returns s1, as a Python float."""
    algorithm = azc.compile(REGRESSION, 2, backend=backend)
    algorithm.memory.v[1] = [2, 3]
    found = algorithm.predict_one([10, 1])
    assert (found, type(found)) == (23.0, float)


@every_backend
def test_predict_one_returns_a_probability(backend):
    """For two classes `predict_one` returns the sigmoid of s1, and writes it to s1."""
    algorithm = azc.compile(REGRESSION, 2, eval_type="ACCURACY", backend=backend)
    algorithm.memory.v[1] = [2, 3]
    found = algorithm.predict_one([1, -1])
    assert found == pytest.approx(1 / (1 + math.e), rel=1e-15)
    assert algorithm.memory.s[1] == found


SOFTMAX = azc.parse("def Setup():\ndef Predict():\n  v2 = minimum(v0, v0)\ndef Learn():\n  v3 = v2 - v1\n")


@every_backend
def test_predict_one_returns_the_probabilities_of_many_classes(backend):
    """`predict_one` returns the softmax of v2's first C elements; Learn has the one-hot label in v1."""
    many = azc.compile(SOFTMAX, 4, eval_type="MULTICLASS_ACCURACY", n_classes=3, backend=backend)
    found = many.predict_one([0, math.log(2), 0, 99])
    assert found == pytest.approx([0.25, 0.5, 0.25], rel=1e-15)
    many.learn_one([0, math.log(2), 0, 99], 1)
    assert many.memory.v[3] == pytest.approx([0.25, -0.5, 0.25, 0.0], rel=1e-15)
    assert many.predict(np.zeros((2, 4))).tolist() == [[1 / 3] * 3] * 2


@every_backend
def test_learn_one_needs_a_predict_one_before_it(backend):
    """`learn_one` is an error without a `predict_one` of its own before it."""
    algorithm = azc.compile(REGRESSION, 2, backend=backend)
    for _ in range(2):
        with pytest.raises(azc.AzcError, match="predict_one"):
            algorithm.learn_one([1, 2], 3)
        algorithm.predict_one([1, 2])
        algorithm.learn_one([1, 2], 3)
    with pytest.raises(azc.AzcError, match="predict_one"):
        algorithm.learn_one([1, 2], 3)
    algorithm.predict_one([1, 2])
    algorithm.start()
    with pytest.raises(azc.AzcError, match="predict_one"):
        algorithm.learn_one([1, 2], 3)


@every_backend
def test_learn_one_sets_features_and_label(backend):
    """Learn sees the features and the label given to `learn_one`."""
    algorithm = azc.compile(REGRESSION, 2, backend=backend)
    algorithm.predict_one([1, 1])
    algorithm.learn_one([2, 0], 10)
    assert algorithm.memory.v[1].tolist() == [10 * 0.05 * 2, 0.0]


@every_backend
def test_fit_is_predict_one_and_learn_one_on_every_row(backend):
    """`fit` gives the bits of driving by hand, and returns the algorithm."""
    x, y = data()
    fitted, driven = (azc.compile(REGRESSION, 3, backend=backend) for _ in "12")
    fitted.memory.v[1] = 5
    assert fitted.fit(x, y, epochs=3) is fitted
    driven.start()
    for _ in range(3):
        for row, label in zip(x, y, strict=True):
            driven.predict_one(row)
            driven.learn_one(row, label)
    assert fitted.step == driven.step == 60
    for kind in "svm":
        assert bits(getattr(fitted.memory, kind)) == bits(getattr(driven.memory, kind))


@every_backend
def test_fit_makes_no_early_stops(backend):
    """`fit` does not stop at errors of any size, nor at nan."""
    algorithm = azc.compile(COUNTING, 1, backend=backend)
    algorithm.fit([[0.0], [math.nan], [1e300]], [1e300, math.nan, math.inf], epochs=2)
    assert algorithm.memory.s[[3, 4]].tolist() == [6.0, 6.0]


@every_backend
def test_fit_over_more_rows_than_a_slice(backend):
    """A long `fit` is cut into slices without effect on memory and step."""
    n = 2500
    algorithm = azc.compile(COUNTING, 1, backend=backend).fit(np.zeros((n, 1)), np.zeros(n), epochs=2)
    assert algorithm.memory.s[[3, 4]].tolist() == [2.0 * n] * 2
    assert algorithm.step == 2 * n


@every_backend
def test_fit_learns(backend):
    """A linear regression finds its weights."""
    x, y = data(n=200)
    algorithm = azc.compile(REGRESSION, 3, backend=backend).fit(x, y, epochs=5)
    assert algorithm.memory.v[1] == pytest.approx([1, 2, 3], abs=1e-6)
    assert algorithm.predict(x[:4]) == pytest.approx(y[:4], abs=1e-5)


@every_backend
def test_predicting_twice_gives_the_same(backend):
    """`predict` restores memory and step, whatever Predict writes and draws."""
    algorithm = azc.compile(COUNTING, 2, backend=backend, seed=3).fit(np.ones((5, 2)), np.zeros(5))
    memory = algorithm.memory.copy()
    first = algorithm.predict(np.ones((4, 2)))
    assert first.tolist() == [uniforms(3, 1, 1, step)[0] for step in (6, 7, 8, 9)]
    assert first.tolist() == algorithm.predict(np.ones((4, 2))).tolist()
    assert algorithm.step == 5
    for kind in "svm":
        assert bits(getattr(algorithm.memory, kind)) == bits(getattr(memory, kind))


@every_backend
def test_memory_carries_over_between_rows_of_predict(backend):
    """Within one call of `predict` memory carries over from row to row."""
    adding = azc.parse("def Setup():\ndef Predict():\n  v1 = v1 + v0\n  s1 = mean(v1)\ndef Learn():\n")
    algorithm = azc.compile(adding, 1, backend=backend)
    assert algorithm.predict([[1], [2], [4]]).tolist() == [1, 3, 7]


@every_backend
def test_predict_gives_probabilities_for_two_classes(backend):
    """`predict` returns the sigmoid for two classes, and does not write it to memory."""
    keeping = azc.parse(
        "def Setup():\ndef Predict():\n  v1[0] = 1\n  s2 = s1 + s3\n  s1 = dot(v0, v1)\ndef Learn():\n"
    )
    algorithm = azc.compile(keeping, 1, eval_type="ACCURACY", backend=backend)
    assert algorithm.predict([[0.0], [1.0]]) == pytest.approx([0.5, 1 / (1 + math.exp(-1))], rel=1e-15)
    assert algorithm.predict([[0.0], [1.0]]).shape == (2,)


@every_backend
def test_predict_of_no_rows(backend):
    """No rows give no predictions."""
    assert azc.compile(REGRESSION, 3, backend=backend).predict(np.zeros((0, 3))).shape == (0,)
    many = azc.compile(SOFTMAX, 4, eval_type="MULTICLASS_ACCURACY", n_classes=3, backend=backend)
    assert many.predict(np.zeros((0, 4))).shape == (0, 3)


@every_backend
def test_memory_reads_and_writes_all_cells(backend):
    """Values written to memory are seen by the program; shapes are (n,), (n, F) and (n, F, F)."""
    program = azc.parse("def Setup():\ndef Predict():\n  v3 = dot(m2, v0)\n  s1 = mean(v3)\ndef Learn():\n")
    algorithm = azc.compile(program, 2, backend=backend)
    memory = algorithm.memory
    assert (memory.s.shape, memory.v.shape, memory.m.shape) == ((2,), (4, 2), (3, 2, 2))
    memory.m[2] = [[1, 2], [3, 4]]
    algorithm.predict_one([1, 1])
    assert memory.v[3].tolist() == [3, 7]
    assert algorithm.memory.v[0].tolist() == [1, 1]


@every_backend
def test_float32(backend):
    """In float32, memory has that type and predictions are float32 values."""
    algorithm = azc.compile(REGRESSION, 3, backend=backend, precision="float32")
    x, y = data()
    algorithm.fit(x, y)
    assert algorithm.memory.v.dtype == np.float32
    assert np.float32(algorithm.predict_one(x[0])) == algorithm.predict_one(x[0])


@pytest.mark.parametrize("precision", ["float64", "float32"])
@settings(max_examples=12, suppress_health_check=list(HealthCheck), print_blob=True)
@given(data=st.data())
def test_every_backend_has_the_same_bits(precision, data):
    """Predictions and memory of random programs are equal to the last bit."""
    features = data.draw(st.sampled_from([1, 2, 5, 33]))
    values = data.draw(st.sampled_from([constants(), moderate_constants()]))
    program = data.draw(programs(max_instructions=6, max_address=3, features=features, values=values))
    names = ["RMS_ERROR", "ACCURACY", "MULTICLASS_ACCURACY"][: 2 if features == 1 else 3]
    eval_type = data.draw(st.sampled_from(names))
    classes = 2 if eval_type == "MULTICLASS_ACCURACY" else None
    generator = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    x, y = generator.normal(size=(6, features)), generator.integers(0, 2, 6)

    def seen(backend):
        algorithm = azc.compile(
            program,
            features,
            eval_type=eval_type,
            n_classes=classes,
            backend=backend,
            precision=precision,
            seed=7,
        )
        algorithm.fit(x, y, epochs=2)
        found = [bits(algorithm.predict(x)), bits(algorithm.predict_one(x[0]))]
        algorithm.learn_one(x[1], y[1])
        return [*found, *(bits(getattr(algorithm.memory, kind)) for kind in "svm")]

    expected = seen("python")
    for backend in COMPILED:
        assert seen(backend) == expected, backend


@every_backend
def test_driving_agrees_with_evaluating(backend):
    """`fit` and `predict` give the validation errors of an evaluation, to the bit."""
    x, y = data()
    task = azc.Task(x, y, x[:5], y[:5], seed=11)
    found = azc.evaluate(REGRESSION, task, backend=backend, want=["valid_errors"])
    predicted = azc.compile(REGRESSION, 3, backend=backend, seed=11).fit(x, y).predict(x[:5])
    assert bits(found.valid_errors[0]) == bits(np.abs(y[:5] - predicted))


# --- errors -------------------------------------------------------------------------------------------


@every_backend
@pytest.mark.parametrize("x", [[1.0], [1.0, 2.0, 3.0], [[1.0, 2.0]], "ab", [1.0, None], 5.0])
def test_a_row_of_another_shape_is_an_error(backend, x):
    """`predict_one` refuses a row that is not F numbers."""
    algorithm = azc.compile(REGRESSION, 2, backend=backend)
    with pytest.raises(azc.AzcError, match="x "):
        algorithm.predict_one(x)


@every_backend
@pytest.mark.parametrize("x", [[[1.0]], [1.0, 2.0], [["a", "b"]], [[1.0, 2.0], [3.0]]])
def test_rows_of_another_shape_are_an_error(backend, x):
    """`predict` and `fit` refuse rows that have not the shape (n, F)."""
    algorithm = azc.compile(REGRESSION, 2, backend=backend)
    with pytest.raises(azc.AzcError, match="x "):
        algorithm.predict(x)
    with pytest.raises(azc.AzcError, match="x "):
        algorithm.fit(x, [1.0])


@every_backend
def test_there_is_one_label_a_row(backend):
    """Fewer or more labels than rows are an error, before anything runs."""
    algorithm = azc.compile(COUNTING, 2, backend=backend)
    for labels in ([1], [1, 2, 3]):
        with pytest.raises(azc.AzcError, match="labels"):
            algorithm.fit([[1, 2], [3, 4]], labels)
    assert algorithm.memory.s[3] == 0


@every_backend
@pytest.mark.parametrize("label", [-1, 3, 0.5, math.nan])
def test_a_label_must_be_a_class(backend, label):
    """With C classes, a label that is no integer from 0 to C - 1 is an error."""
    many = azc.compile(SOFTMAX, 4, eval_type="MULTICLASS_ACCURACY", n_classes=3, backend=backend)
    many.predict_one([0, 0, 0, 0])
    with pytest.raises(azc.AzcError, match="class numbers from 0 to 2"):
        many.learn_one([0, 0, 0, 0], label)
    with pytest.raises(azc.AzcError, match="class numbers from 0 to 2"):
        many.fit([[0, 0, 0, 0]], [label])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"features": 0}, "`features` must be a whole number from 1 to 3072, not 0"),
        ({"features": 3073}, "3072"),
        ({"features": 2.0}, "whole number"),
        ({"features": True}, "whole number"),
        ({"eval_type": "MSE"}, "MULTICLASS_ACCURACY"),
        ({"backend": "gpu"}, "`backend` must be one of .*, not 'gpu'"),
        ({"precision": "half"}, "`precision` must be one of .*, not 'half'"),
        ({"n_classes": 2}, "leave it out"),
        ({"eval_type": "MULTICLASS_ACCURACY"}, "n_classes"),
        ({"eval_type": "MULTICLASS_ACCURACY", "n_classes": 4}, "from 2 to 3"),
        ({"eval_type": "MULTICLASS_ACCURACY", "n_classes": 1}, "from 2 to 3"),
        ({"program": "def Setup():"}, r"azc\.parse"),
        ({"program": azc.parse("def Setup():\n  v1[3] = 1\ndef Predict():\ndef Learn():\n")}, "no element 3"),
    ],
)
def test_wrong_arguments_are_errors(arguments, message):
    """A wrong argument of `azc.compile` is an error that says what is expected."""
    with pytest.raises(azc.AzcError, match=message):
        azc.compile(**{"program": REGRESSION, "features": 3, **arguments})


def test_compiling_warns_if_nothing_is_live():
    """A warning is given if nothing is live under RMS_ERROR and no evaluation type is named."""
    with pytest.warns(UserWarning, match="compiled for RMS_ERROR; .* MULTICLASS_ACCURACY"):
        azc.compile(SOFTMAX, 4)
    azc.compile(SOFTMAX, 4, eval_type="RMS_ERROR")


@every_backend
@pytest.mark.parametrize("label", [2, -1, 0.5, math.nan])
def test_labels_of_two_classes_are_0_and_1(backend, label):
    """With two classes, a label other than 0 and 1 is an error that names it."""
    algorithm = azc.compile(REGRESSION, 2, eval_type="ACCURACY", backend=backend)
    algorithm.predict_one([1, 2])
    with pytest.raises(azc.AzcError, match=f"y must hold the labels 0 and 1, but holds {float(label)}"):
        algorithm.learn_one([1, 2], label)
    algorithm.learn_one([1, 2], True)
