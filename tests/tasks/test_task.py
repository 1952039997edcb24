"""Task: accepted and refused arguments, copies, equality and pickling."""

import copy
import pickle
from contextlib import suppress

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
    """A valid task with some arguments changed."""
    arguments = {"train_x": X, "train_y": Y, "valid_x": X[:2], "valid_y": Y[:2]} | changes
    return Task(**arguments)


def test_attributes_of_a_task():
    """A task has its numbers of features and examples, its interface and a short repr."""
    made = task(eval_type="ACCURACY")
    assert (made.features, made.n_train, made.n_valid) == (2, 3, 2)
    assert made.interface.name == "ACCURACY"
    assert repr(made) == "Task(ACCURACY, 2 features, 3 + 2 examples)"


def test_arrays_are_copied():
    """A task copies its arrays: later changes to the originals have no effect, and the copy is read-only."""
    x = np.array(X)
    made = task(train_x=x)
    x[0, 0] = 99.0
    assert made.train_x[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        made.train_x[0, 0] = 2.0


def test_arrays_are_in_c_order():
    """An array in Fortran order is copied into C order."""
    assert task(train_x=np.asfortranarray(X)).train_x.flags.c_contiguous


@pytest.mark.parametrize(
    ("train", "valid", "kept"),
    [("f4", "f4", "f4"), ("f4", "f8", "f8"), ("i8", "f4", "f8"), ("f2", "f2", "f8"), ("?", "?", "f8")],
)
def test_float32_features_stay_so(train, valid, kept):
    """Features are float32 if both parts are, else float64; labels are float64."""
    made = task(train_x=np.array(X, train), valid_x=np.array(X[:2], valid))
    assert made.train_x.dtype == made.valid_x.dtype == np.dtype(kept)
    assert made.train_y.dtype == np.float64


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["train_x", "valid_x"])
def test_features_must_be_finite(name, bad):
    """The error for a feature that is not finite names its part, value, row and column."""
    x = np.array(X if name == "train_x" else X[:2])
    x[1, 0] = bad
    with pytest.raises(
        AzcError, match=rf"^{name} must hold finite numbers, but holds {bad} in row 1, column 0 "
    ):
        task(**{name: x})


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["train_y", "valid_y"])
def test_labels_must_be_finite(name, bad):
    """The error for labels that are not finite names value and row of the first, and counts the others."""
    y = [0.0, bad, bad] if name == "train_y" else [bad, bad]
    row, more = (1, 1) if name == "train_y" else (0, 1)
    with pytest.raises(AzcError, match=rf"^{name} .* {bad} in row {row} \(counted from 0\) and {more} more"):
        task(**{name: y})


def test_float32_features_must_be_finite_too():
    """Features of any type must be finite: a nan in float32, or a number beyond float64, is an error."""
    with pytest.raises(AzcError, match="train_x must hold finite numbers, but holds nan in row 2, column 1"):
        task(train_x=np.array([[1, 2], [3, 4], [5, np.nan]], np.float32))
    if np.finfo(np.longdouble).max > np.finfo(np.float64).max:
        with pytest.raises(AzcError, match="train_x must hold finite numbers, but holds inf in row 0"):
            task(train_x=np.array(X, np.longdouble) * np.longdouble("1e4000"))


@pytest.mark.parametrize("name", ["train_y", "valid_y"])
@pytest.mark.parametrize("bad", [2.0, -1.0, 0.5, np.nan, np.inf])
def test_labels_of_two_classes_are_0_and_1(name, bad):
    """The error for a label other than 0 and 1 names its part, value and row."""
    y = [1, 0, bad] if name == "train_y" else [0, bad]
    said = rf"^{name} must hold the labels 0 and 1, but holds {bad} in row {len(y) - 1} \(counted from 0\);"
    with pytest.raises(AzcError, match=said):
        task(eval_type="ACCURACY", **{name: y})


def test_labels_of_two_classes_may_be_true_and_false():
    """Labels of two classes may be of any type, also truth values: False is 0 and True is 1."""
    for dtype in (bool, int, np.uint8, np.float32):
        made = task(eval_type="ACCURACY", train_y=np.array([1, 0, 1], dtype))
        assert made.train_y.tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("name", ["train_x", "train_y", "valid_x", "valid_y"])
@pytest.mark.parametrize("hidden", [False, True])
def test_a_masked_array_is_refused(name, hidden):
    """A masked array is refused even if nothing is masked, as masks would be lost."""
    values = {"train_x": X, "train_y": Y, "valid_x": X[:2], "valid_y": Y[:2]}[name]
    masked = np.ma.masked_array(values, mask=np.full(np.shape(values), hidden))
    with pytest.raises(AzcError, match=f"^{name} is a masked array"):
        task(**{name: masked})


def test_a_list_of_masked_rows_is_refused():
    """A list of masked rows is refused, as NumPy would drop their masks silently."""
    rows = [np.ma.masked_array(row, mask=[True, False]) for row in X]
    with pytest.raises(AzcError, match=r"^train_x is a masked array"):
        task(train_x=rows)


def test_all_problems_are_reported_at_once():
    """An error lists all problems of a task, a line each, in training and validation."""
    with pytest.raises(AzcError) as raised:
        task(
            eval_type="ACCURACY",
            train_x=[[1.0, np.nan]] * 3,
            train_y=[1, 2, 0],
            valid_y=[0, np.nan],
            epochs=0,
            seed=-1,
        )
    starts = [line.split(" must")[0] for line in str(raised.value).splitlines()]
    assert starts == ["epochs", "train_x", "train_y", "valid_y", "seed"]


def test_finite_numbers_of_any_size_are_accepted():
    """Finite numbers are accepted even if their sum overflows."""
    assert task(train_x=np.full((3, 2), 1.7e308), train_y=[-1.7e308, 1.7e308, 5e-324]).n_train == 3


def test_equal_tasks_are_equal_and_hash_equal():
    """Tasks that differ only in their source are equal, with equal hashes."""
    one, other = task(source="here"), task(source="there")
    assert one is not other
    assert one == other
    assert hash(one) == hash(other)
    assert len({one, other}) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"train_x": [[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]]},
        {"train_x": np.array(X, np.float32), "valid_x": np.array(X[:2], np.float32)},
        {"train_y": [1.0, -0.0, 1.0]},
        {"valid_x": X[1:]},
        {"valid_y": [1.0, 1.0]},
        {"valid_x": X, "valid_y": Y},
        {"eval_type": "ACCURACY"},
        {"max_abs_error": 99.0},
        {"epochs": 2},
        {"train_order": [[0, 1, 2]]},
        {"seed": 1},
    ],
)
def test_different_tasks_are_not_equal(changes):
    """Tasks are not equal if anything that can change a result differs, even the sign of a zero."""
    assert task(**changes) != task()
    assert task() != task(**changes)
    assert task(**changes) == task(**changes)
    assert task() != "a task"


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickled_task_is_equal_and_read_only(protocol):
    """A task restored from a pickle is equal, with its source and read-only arrays."""
    made = task(source="here", epochs=2, train_order=[[2, 1, 0], [0, 2, 1]])
    again = pickle.loads(pickle.dumps(made, protocol))
    assert again == made
    assert hash(again) == hash(made)
    assert again.source == "here"
    for array in (again.train_x, again.train_y, again.valid_x, again.valid_y, again.train_order):
        assert not array.flags.writeable


def test_copy_of_a_task_is_the_same_object():
    """Copies of a task are the same object, as tasks are immutable."""
    made = task()
    assert copy.copy(made) is copy.deepcopy(made) is made


def test_a_task_can_be_evolved():
    """attrs.evolve makes a changed copy with the same checks."""
    assert attrs.evolve(task(), epochs=3).epochs == 3
    with pytest.raises(AzcError, match="epochs"):
        attrs.evolve(task(), epochs=0)


def test_train_order_has_a_row_for_each_epoch():
    """train_order becomes int64 of shape (epochs, n_train)."""
    order = task(epochs=2, train_order=[[2, 1, 0], [0, 2, 1]]).train_order
    assert order.dtype == np.int64
    assert order.tolist() == [[2, 1, 0], [0, 2, 1]]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"train_x": [[1.0], [2.0, 3.0], [1.0]]}, "train_x is not an array of numbers.*equally long"),
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
        ({"eval_type": "R2"}, "`eval_type` must be one of .*, not 'R2'"),
        ({"eval_type": []}, "`eval_type` must be one of"),
        ({"epochs": 0}, "epochs must be a whole number from 1"),
        ({"epochs": 1.5}, "epochs must be a whole number from 1"),
        ({"epochs": True}, "epochs must be a whole number from 1"),
        ({"max_abs_error": float("nan")}, "max_abs_error must be a number of at least 0.0, but is nan"),
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
    """The error for a wrong argument names it and what was expected."""
    with pytest.raises(AzcError, match=said):
        task(**changes)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([a.name for a in attrs.fields(Task) if a.name != "source"]), JUNK))
def test_any_arguments_make_a_task_or_an_error(changes):
    """Arguments of any values make a task or an AzcError."""
    with suppress(AzcError):
        made = task(**changes)
        assert made.train_x.shape == (made.n_train, made.features)
