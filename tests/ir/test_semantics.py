"""Definitions of the operations: the order of sums, and special values."""

import math

import numpy as np
import pytest

from azc.ir import INTERFACES, OPS, semantics

NAN, INF = math.nan, math.inf

# The order of each sum; a to i are the elements.
ORDERS = {
    1: "a",
    2: "a+b",
    3: "(a+c)+b",
    4: "(a+c)+(b+d)",
    5: "((a+d)+c)+(b+e)",
    6: "((a+d)+(c+f))+(b+e)",
    7: "((a+e)+(c+g))+((b+f)+d)",
    8: "((a+e)+(c+g))+((b+f)+(d+h))",
    9: "(((a+f)+(d+i))+(c+h))+((b+g)+e)",
}


@pytest.mark.parametrize("n", ORDERS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_fold_has_the_specified_order(n, dtype):
    """`fold` adds the second half onto the first; a middle element waits for the next step."""
    generator = np.random.default_rng(n)
    for _ in range(20):
        x = (generator.normal(size=n) * 10.0 ** generator.integers(-9, 9, n)).astype(dtype)
        by_hand = eval(ORDERS[n], dict(zip("abcdefghi", x, strict=False)))
        assert semantics.fold(x) == by_hand
        assert semantics.fold(x).dtype == dtype


def test_fold_does_not_change_its_argument():
    """`fold` does not change its argument."""
    x = np.arange(6.0)
    semantics.fold(x)
    assert x.tolist() == [0, 1, 2, 3, 4, 5]


def test_fold_of_rows_is_a_fold_of_each_column():
    """`fold` of a matrix sums each column in the order of a vector's sum."""
    x = np.random.default_rng(1).normal(size=(7, 3)) * 1e8
    assert semantics.fold(x).tolist() == [semantics.fold(x[:, j].copy()) for j in range(3)]


def test_matrix_summaries_are_those_of_the_flat_matrix():
    """Norm, mean and std of a matrix are those of the vector of its elements, row by row."""
    x = np.random.default_rng(2).normal(size=(5, 5))
    for summary in (semantics.norm, semantics.mean, semantics.std):
        assert summary(x) == summary(x.reshape(-1))


def test_rows_and_columns():
    """`axis=1` is per row, `axis=0` per column."""
    x = np.array([[3.0, 0.0], [4.0, 0.0]])
    assert semantics.column_norms(x).tolist() == [5.0, 0.0]
    assert semantics.row_norms(x).tolist() == [3.0, 4.0]
    assert semantics.row_means(x).tolist() == [1.5, 2.0]
    assert semantics.row_stds(x).tolist() == [1.5, 2.0]
    assert semantics.columns(np.array([1.0, 2.0])).tolist() == [[1.0, 1.0], [2.0, 2.0]]
    assert semantics.rows(np.array([1.0, 2.0])).tolist() == [[1.0, 2.0], [1.0, 2.0]]


def test_std_is_not_clamped():
    """std of a constant vector is the formula's value, even if that is nan or tiny."""
    x = np.full(3, 0.1)
    square = semantics.mean(x * x)
    with np.errstate(invalid="ignore"):
        expected = np.sqrt(square - semantics.mean(x) * semantics.mean(x))
        assert np.array_equal(semantics.std(x), expected, equal_nan=True)


def test_norm_is_not_scaled():
    """Squares that overflow make the norm inf; squares that underflow make it zero."""
    with np.errstate(over="ignore", under="ignore"):
        assert semantics.norm(np.array([1e200, 0.0])) == INF
        assert semantics.norm(np.array([1e-200, 0.0])) == 0.0


def test_absolute_clears_the_sign():
    """The absolute value of -0.0 is 0.0."""
    assert not np.signbit(semantics.absolute(np.array([-0.0, -1.0, -INF]))).any()


@pytest.mark.parametrize(
    ("label", "prediction", "wrong"),
    [
        (1.0, 1.0, 0),
        (1.0, -1.0, 1),
        (0.0, 0.0, 0),
        (1.0, 0.0, 1),
        (0.0, NAN, 0),
        (1.0, NAN, 1),
        (0.5, -INF, 0),
    ],
)
def test_wrong_side(label, prediction, wrong):
    """A prediction above a half counts as class 1, any other and nan as class 0."""
    with np.errstate(all="ignore"):
        assert semantics.wrong_side(label, np.float64(prediction)) == wrong


@pytest.mark.parametrize(
    ("prediction", "label", "wrong"),
    [([1, 2, 9], 1, 0), ([2, 2, 9], 0, 0), ([2, 2, 9], 1, 1), ([NAN, 2, 9], 1, 1), ([1, 2, NAN], 1, 0)],
)
def test_wrong_class(prediction, label, wrong):
    """The lowest index wins a tie; nan among the classes is wrong; elements after the classes are ignored."""
    assert semantics.wrong_class(label, np.array(prediction, np.float64), 2) == wrong


def test_softmax_pads_with_zeros():
    """Softmax is over the first `n` classes, with zeros after them, in the vector's precision."""
    with np.errstate(all="ignore"):
        shares = semantics.softmax(np.array([0.0, 0.0, 5.0], np.float32), 2)
        assert shares.tolist() == [0.5, 0.5, 0.0]
        assert shares.dtype == np.float32
        assert semantics.softmax(np.array([1000.0, -1000.0]), 2).tolist() == [1.0, 0.0]


def bits(values, dtype):
    """Bits of numbers in a precision, the same for all nans."""
    array = np.asarray(values, dtype)
    return np.where(np.isnan(array), np.asarray(NAN, dtype), array).tobytes()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_sign_keeps_zeros_and_nan(dtype):
    """The sign is 1 above zero and -1 below; 0.0, -0.0 and nan stay unchanged."""
    x = np.array([2.0, INF, 1e-45, -1e-45, -INF, 0.0, -0.0, NAN], dtype)
    assert bits(semantics.sign(x), dtype) == bits([1, 1, 1, -1, -1, 0.0, -0.0, NAN], dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_sqrt_follows_ieee_754(dtype):
    """The root is nan below zero, keeps the sign of zero, and is correctly rounded in each precision."""
    with np.errstate(invalid="ignore"):
        found = semantics.sqrt(np.array([-1.0, -INF, -0.0, 0.0, INF, 2.0], dtype))
    assert found.dtype == dtype
    assert bits(found, dtype) == bits([NAN, NAN, -0.0, 0.0, INF, math.sqrt(2.0)], dtype)


@pytest.mark.parametrize("shape", [(), (3,), (2, 2)])
def test_sigmoid_is_rounded_once(shape):
    """The sigmoid of float32 is that of float64, rounded once, for every rank."""
    x = np.full(shape, 0.7, np.float32)[()]
    found = semantics.sigmoid(x)
    assert found.dtype == np.float32
    assert bits(found, np.float32) == bits(semantics.sigmoid(np.float64(x)), np.float32)


@pytest.mark.parametrize(
    ("loss", "n_valid", "fitness"), [(0.0, 5, 1.0), (4.0, 4, 0.5), (INF, 1, 0.0), (NAN, 1, 0.0)]
)
def test_squashed_rms(loss, n_valid, fitness):
    """A loss of 0 is fitness 1, a root mean square error of 1 is a half, an infinite or nan loss 0."""
    assert semantics.squashed_rms(loss, n_valid) == pytest.approx(fitness, abs=1e-15)


def test_every_name_of_the_tables_is_defined():
    """Every function named in the tables of operations and interfaces is in `semantics.py`."""
    for op in OPS:
        if op.operands or op.random:
            assert callable(getattr(semantics, op.meaning))
    for row in INTERFACES.values():
        names = (row.follow, row.train_error, row.valid_error, row.fitness)
        assert all(callable(getattr(semantics, name)) for name in names if name)
