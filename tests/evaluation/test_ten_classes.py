"""A softmax regression over ten classes, in azl, against the same algorithm in NumPy."""

import numpy as np
import pytest
from evaluation.comparing import BACKENDS
from programs import softmax

import azc

FEATURES, CLASSES, RATE = 16, 10, 0.1
REGRESSION = softmax(RATE, "v2 = v2 + v4", "v4 = v4 + v3")


@pytest.fixture(scope="module")
def digits():
    """Scikit-learn's digits, projected to 16 features and standardised: training rows, then validation."""
    datasets = pytest.importorskip("sklearn.datasets")
    images, labels = datasets.load_digits(return_X_y=True)
    generator = np.random.default_rng(0)
    order = generator.permutation(len(images))
    x = images[order] @ generator.normal(size=(images.shape[1], FEATURES))
    y = labels[order]
    x = (x - x[:1200].mean(axis=0)) / x[:1200].std(axis=0)
    return x[:1200], y[:1200], x[1200:], y[1200:]


def score(train_x, train_y, valid_x, valid_y, epochs):
    """NumPy's best accuracy of all epochs, and its training errors in the first."""
    weights, bias = np.zeros((CLASSES, FEATURES)), np.zeros(CLASSES)
    best, errors = 0.0, []
    for epoch in range(epochs):
        for row, label in zip(train_x, train_y, strict=True):
            scores = weights @ row + bias
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            if epoch == 0:
                errors.append(1 - shares[label])
            gradient = RATE * (np.eye(CLASSES)[label] - shares)
            bias += gradient
            weights += np.outer(gradient, row)
        best = max(best, float(np.mean((valid_x @ weights.T + bias).argmax(axis=1) == valid_y)))
    return best, errors


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_softmax_regression_agrees_with_numpy(backend, digits):
    """Accuracy and training errors of every backend are those of NumPy."""
    task = azc.Task(*digits, eval_type="MULTICLASS_ACCURACY", n_classes=CLASSES, epochs=2)
    best, errors = score(*digits, epochs=2)
    found = azc.evaluate(azc.parse(REGRESSION), task, backend=backend, want=["train_errors"])
    assert best > 0.8
    assert found.fitness == pytest.approx(best, abs=1e-12)
    assert found.train_errors[0] == pytest.approx(np.array(errors), abs=1e-9)
