"""What a task takes, keeps and refuses."""

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azc.errors import AzcError
from azc.tasks import Task

X, Y = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [1.0, 0.0, 1.0]
CLASSES = {"eval_type": "MULTICLASS_ACCURACY", "n_classes": 2}


def task(**changes):
    """A sound task but for the changes."""
    arguments = {"train_x": X, "train_y": Y, "valid_x": X[:2], "valid_y": Y[:2]} | changes
    return Task(**arguments)


def test_a_task_knows_its_sizes_and_interface():
    """Features, examples and the evaluation type's row are there to read."""
    made = task(eval_type="ACCURACY")
    assert (made.features, made.n_train, made.n_valid) == (2, 3, 2)
    assert made.interface.name == "ACCURACY"
    assert repr(made) == "Task(ACCURACY, 2 features, 3 + 2 examples)"


def test_a_task_keeps_its_own_copy():
    """What the owner of the arrays does to them later changes nothing, and the copy cannot be written."""
    x = np.array(X)
    made = task(train_x=x)
    x[0, 0] = 99.0
    assert made.train_x[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        made.train_x[0, 0] = 2.0


def test_arrays_lie_row_by_row():
    """A transposed array is copied into C order."""
    assert task(train_x=np.asfortranarray(X)).train_x.flags.c_contiguous


@pytest.mark.parametrize(
    ("train", "valid", "kept"),
    [("f4", "f4", "f4"), ("f4", "f8", "f8"), ("i8", "f4", "f8"), ("f2", "f2", "f8"), ("?", "?", "f8")],
)
def test_float32_features_stay_so(train, valid, kept):
    """Features are float32 only where both parts came so."""
    made = task(train_x=np.array(X, train), valid_x=np.array(X[:2], valid))
    assert made.train_x.dtype == made.valid_x.dtype == np.dtype(kept)
    assert made.train_y.dtype == np.float64


def test_numbers_may_be_not_finite():
    """nan and inf are numbers that programs must live with."""
    made = task(train_x=[[np.nan, np.inf]] * 3, train_y=[np.nan, -np.inf, 0.0])
    assert np.isnan(made.train_x[0, 0])
    assert np.isnan(made.train_y[0])


def test_tasks_are_equal_only_to_themselves():
    """Equality is identity, so tasks can be keys."""
    one, other = task(), task()
    assert one != other
    assert len({one, other}) == 2


def test_a_task_can_be_evolved():
    """attrs.evolve makes a changed copy through the same checks."""
    assert attrs.evolve(task(), epochs=3).epochs == 3
    with pytest.raises(AzcError, match="epochs"):
        attrs.evolve(task(), epochs=0)


def test_the_order_of_examples_is_kept_for_every_epoch():
    """train_order becomes int64 of shape (epochs, n_train)."""
    order = task(epochs=2, train_order=[[2, 1, 0], [0, 2, 1]]).train_order
    assert order.dtype == np.int64
    assert order.tolist() == [[2, 1, 0], [0, 2, 1]]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"train_x": [[1.0], [2.0, 3.0], [1.0]]}, "train_x is no array of numbers.*equally long"),
        ({"train_x": [1.0, 2.0, 3.0]}, r"train_x must have the shape \(examples, features\), but has \(3,\)"),
        ({"train_x": [["a", "b"]] * 3}, "train_x must hold numbers, but holds <U1 like"),
        ({"train_x": [[1j, 2j]] * 3}, "train_x must hold numbers"),
        ({"train_x": [[None, 1.0]] * 3}, "train_x must hold numbers"),
        ({"train_x": np.zeros((0, 2)), "train_y": []}, "train_x has no examples"),
        ({"valid_x": np.zeros((0, 2)), "valid_y": []}, "valid_x has no examples"),
        ({"train_x": np.zeros((3, 0))}, "train_x has 0 features; from 1 to 3072"),
        ({"train_x": np.zeros((3, 3073))}, "train_x has 3073 features; from 1 to 3072"),
        ({"valid_x": [[1.0], [2.0]]}, "valid_x has 1 features and train_x 2"),
        ({"train_y": Y[:2]}, r"train_y must hold one label an example, shape \(3,\).*\(2,\)"),
        ({"valid_y": [[1.0], [2.0]]}, "valid_y must hold one label an example"),
        ({"train_y": ["a", "b", "c"]}, "train_y must hold numbers"),
        ({"eval_type": "R2"}, "no evaluation type 'R2'"),
        ({"eval_type": []}, "no evaluation type"),
        ({"epochs": 0}, "epochs must be a whole number from 1"),
        ({"epochs": 1.5}, "epochs must be a whole number from 1"),
        ({"epochs": True}, "epochs must be a whole number from 1"),
        ({"max_abs_error": float("nan")}, "max_abs_error must be a number from 0 to inf, but is nan"),
        ({"max_abs_error": -1}, "max_abs_error must be"),
        ({"max_abs_error": "100"}, "max_abs_error must be"),
        ({"seed": -1}, "seed must be a whole number from 0 to 18446744073709551615"),
        ({"seed": 2**64}, "seed must be"),
        ({"seed": 1.0}, "seed must be"),
        ({"train_order": [0, 1, 2]}, r"train_order must name 3 examples.*\(1, 3\).*\(3,\)"),
        ({"train_order": [[0, 1]]}, "train_order must name 3 examples"),
        ({"train_order": [[0, 1, 3]]}, "train_order names example 3; there are examples from 0 to 2"),
        ({"train_order": [[0, -1, 2]]}, "train_order names example -1"),
        ({"train_order": [[0.0, 1.0, 2.0]]}, "train_order must hold whole numbers"),
        ({"n_classes": 2}, "n_classes belongs to MULTICLASS_ACCURACY"),
        ({"eval_type": "MULTICLASS_ACCURACY"}, "MULTICLASS_ACCURACY needs n_classes"),
        (CLASSES | {"n_classes": 3}, "n_classes must be a whole number from 2 to 2 .the number of features"),
        (CLASSES | {"n_classes": 1}, "n_classes must be"),
        (CLASSES | {"train_y": [0, 1, 2]}, "train_y must hold class numbers from 0 to 1.*but holds 2.0"),
        (CLASSES | {"train_y": [0, 1, 0.5]}, "train_y must hold class numbers"),
        (CLASSES | {"train_y": [0, 1, -1]}, "train_y must hold class numbers"),
        (CLASSES | {"valid_y": [0, float("nan")]}, "valid_y must hold class numbers"),
        (CLASSES | {"train_x": [[1.0]] * 3, "valid_x": [[1.0]] * 2}, "needs at least 2 features"),
    ],
)
def test_bad_input_is_refused(changes, said):
    """What came, what was expected and what to do stands in the error."""
    with pytest.raises(AzcError, match=said):
        task(**changes)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([a.name for a in attrs.fields(Task) if a.name != "source"]), JUNK))
def test_anything_else_is_refused_too(changes):
    """Whatever is given, it makes a task or one of azc's own errors."""
    try:
        task(**changes)
    except AzcError:
        return
