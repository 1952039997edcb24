"""Linear, affine and two-layer regression."""

import hashlib

import numpy as np
import pytest

from azc.errors import AzcError
from azc.ir.draws import gaussians
from azc.tasks.regression import Affine, Linear, TwoLayer
from azc.tasks.seeds import Purpose


def digest(tasks):
    """Hash of the bits of all arrays of some tasks."""
    arrays = [a for t in tasks for a in (t.train_x, t.train_y, t.valid_x, t.valid_y)]
    return hashlib.sha256(
        b"".join(a.astype(a.dtype.newbyteorder("<")).tobytes() for a in arrays)
    ).hexdigest()[:16]


def weights(x, y):
    """The weights of linear labels, which must fit exactly."""
    found, *_ = np.linalg.lstsq(x, y, rcond=None)
    assert np.allclose(x @ found, y, atol=1e-10)
    return found


@pytest.mark.parametrize(
    ("maker", "bits"),
    [(Linear, "fda1235b280d6088"), (Affine, "5ee3c7f8466819c5"), (TwoLayer, "14b1e95adae98399")],
)
def test_bits_of_tasks_are_stable(maker, bits):
    """Regression tasks of a seed have the same bits on every machine and in every version."""
    made = maker(features=5, train=30, valid=7, tasks=3, seed=2026, epochs=2).make()
    assert digest(made) == bits


def test_linear_labels_are_linear_in_normal_features():
    """Features and weights are N(0, 1); labels are their inner product without bias or noise."""
    tasks = Linear(features=4, train=50, valid=50, tasks=400, seed=1).make()
    drawn = np.array([weights(t.train_x, t.train_y) for t in tasks])
    assert np.allclose(tasks[7].valid_x @ drawn[7], tasks[7].valid_y)
    assert abs(drawn.mean()) < 0.06
    assert abs(drawn.var() - 1) < 0.1
    features = np.concatenate([np.concatenate([t.train_x, t.valid_x]) for t in tasks])
    assert np.all(np.abs(features.mean(axis=0)) < 0.02)
    assert np.all(np.abs(features.var(axis=0) - 1) < 0.03)
    assert abs((features**4).mean() - 3) < 0.1


def test_affine_is_linear_with_a_bias():
    """An affine task is the linear task of the same seed with a bias from N(0, 1) added to its labels."""
    affine, linear = (kind(tasks=400, train=5, valid=5, seed=3).make() for kind in (Affine, Linear))
    biases = []
    for a, b in zip(affine, linear, strict=True):
        assert np.array_equal(a.train_x, b.train_x)
        difference = np.concatenate([a.train_y - b.train_y, a.valid_y - b.valid_y])
        assert np.ptp(difference) < 1e-12
        biases.append(difference[0])
    assert abs(np.mean(biases)) < 0.15
    assert abs(np.var(biases) - 1) < 0.2


def test_two_layer_labels_come_from_a_network():
    """Labels are dot(relu(m0 x), v1), where rows of m0 and elements of v1 numbered 0 and 2 are zero."""
    (task,) = TwoLayer(features=6, train=20, tasks=1, seed=9).make()
    first = gaussians(9, 36, Purpose.WEIGHTS, 0).reshape(6, 6)
    final = gaussians(9, 6, Purpose.FINAL_WEIGHTS, 0)
    first[[0, 2]] = final[[0, 2]] = 0.0
    assert np.allclose(np.maximum(task.train_x @ first.T, 0) @ final, task.train_y)


def test_mean_square_of_two_layer_labels():
    """Two-layer labels, of F - 2 hidden units, have a mean square of F (F - 2) / 2."""
    tasks = TwoLayer(features=4, train=50, valid=1, tasks=600, seed=4).make()
    assert abs(np.mean([np.mean(t.train_y**2) for t in tasks]) - 4) < 0.5


def test_a_task_does_not_depend_on_the_others():
    """A task is the same in a larger set, and with more training examples."""
    few = Linear(tasks=2, train=10, seed=5).make()
    many = Linear(tasks=5, train=30, seed=5).make()
    assert np.array_equal(few[1].train_x, many[1].train_x[:10])
    assert np.array_equal(few[1].valid_y, many[1].valid_y)
    assert few[1].seed == many[1].seed


def test_no_number_is_drawn_twice():
    """Features are different numbers in all tasks and seeds, in training and validation."""
    sets = [Linear(tasks=3, train=20, valid=20, seed=seed).make() for seed in range(3)]
    numbers = np.concatenate([x.ravel() for s in sets for t in s for x in (t.train_x, t.valid_x)])
    assert len(np.unique(numbers)) == numbers.size


def test_parameters_reach_the_tasks():
    """Epochs, with their orders, and max_abs_error of a maker are those of its tasks."""
    task = Linear(epochs=3, max_abs_error=7, train=4).make()[0]
    assert (task.epochs, task.max_abs_error, task.train_order.shape) == (3, 7.0, (3, 4))
    assert task.source == "linear, task 0 of seed 0"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: TwoLayer(features=3), "at least 4 features, but features is 3"),
        (lambda: Linear(features=0), "features must be a whole number from 1 to 3072"),
        (lambda: Linear(train=0), "train must be a whole number of at least 1"),
        (lambda: Linear(seed="x"), "seed must be a whole number"),
        (lambda: Linear(max_abs_error=float("nan")), "max_abs_error must be a number of at least 0"),
        (lambda: Linear(features=3000, train=10**7).make(), "take fewer examples"),
    ],
)
def test_impossible_parameters_are_errors(make, said):
    """The error for a parameter out of bounds names it and its bounds."""
    with pytest.raises(AzcError, match=said):
        make()
