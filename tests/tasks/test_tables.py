"""Tables: reading, target types, preprocessing and division."""

import json
import math
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azc.errors import AzcError
from azc.tasks import Preprocessing, divide, prepare, read_features, read_table, table_tasks, target_type

GOOD = "a,b,y\n1,2,no\n2,5,yes\n3,-1e1,no\n"


def table(tmp_path, text, target="y", encoding="utf-8"):
    """The table in a file with this text."""
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode(encoding))
    return read_table(path, target)


def numbers(n, target=lambda i: str(i * i)):
    """Text of a table with n rows and two features."""
    return "a,b,y\n" + "".join(f"{i},{i * 7 % 5},{target(i)}\n" for i in range(n))


@pytest.mark.parametrize(
    "text", [GOOD, GOOD.replace(",", ";"), GOOD.replace(",", "\t"), GOOD.replace("\n", "\r\n")]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_table_has_features_and_a_target(tmp_path, text, encoding):
    """A table is read with commas, semicolons or tabs, any line ends, with or without byte order mark."""
    read = table(tmp_path, text, encoding=encoding)
    assert read.features == ("a", "b")
    assert read.x.tolist() == [[1, 2], [2, 5], [3, -10]]
    assert read.target == ("no", "yes", "no")


def test_target_may_be_any_column(tmp_path):
    """The target may be any column; spaces and blank lines are ignored."""
    read = table(tmp_path, "a, y ,b\n1,7, 2\n\n3,8,4\n")
    assert (read.features, read.x.tolist(), read.target) == (("a", "b"), [[1, 2], [3, 4]], ("7", "8"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no rows"),
        ("a,b,y\n", "has no rows"),
        ("a,b,y\n1,2\n", "line 2: has 2 fields, and the first line 3"),
        ("a,b,y\n1,,3\n", "line 2: the value of column 'b' is missing"),
        ("a,b,y\n1,2,3\n1,NA,3\n", "line 3: the value of column 'b' is missing .'NA'.*fill it in or remove"),
        ("a,b,y\n1,nan,3\n", "column 'b' is missing"),
        ("a,b,y\n1,2,\n", "column 'y' is missing"),
        ("a,b,y\n1,inf,3\n", "column 'b' is not finite"),
        ("a,b,y\n1,Oslo,3\n", "line 2: column 'b' holds text .'Oslo'.*a column of 0 and 1 for each"),
        ("a,b,y\n1,1_0,3\n", "column 'b' holds text"),
        ("a,a,y\n1,2,3\n", "two columns are named 'a'"),
        (",a,y\n1,2,3\n", "column 1 has no name; name it, or remove it"),
        ("a,b,yy\n1,2,3\n", "has no column 'y'; the nearest is 'yy'|there are a, b, yy"),
        ("y\n1\n", "has 0 columns of features"),
        ('a,b,y\n1,"2,3\n', "is not csv"),
    ],
)
def test_a_faulty_table_is_refused(tmp_path, text, said):
    """The error for a faulty table says what is wrong, with the line or column if there is one."""
    with pytest.raises(AzcError, match=said):
        table(tmp_path, text)


def test_other_encodings_are_refused(tmp_path):
    """The error for bytes that are not UTF-8 says how to save the file."""
    with pytest.raises(AzcError, match=r"is not UTF-8 text.*save it as UTF-8"):
        table(tmp_path, "größe,y\n1,2\n", encoding="latin-1")


def test_a_missing_file_is_an_error(tmp_path):
    """A missing file or a folder cannot be read as a table."""
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(AzcError, match="cannot be read"):
            read_table(path, "y")


@given(data=st.binary(max_size=60))
def test_any_bytes_make_a_table_or_an_error(tmp_path_factory, data):
    """A file of any bytes gives a table or an AzcError."""
    path = tmp_path_factory.mktemp("bytes") / "t.csv"
    path.write_bytes(b"a,b,y\n" + data)
    with suppress(AzcError):
        assert prepare(read_table(path, "y")).features == ("a", "b")


def test_features_are_read_by_column_name(tmp_path):
    """Features are read by name from columns in any order, with others between and without the target."""
    (tmp_path / "b.csv").write_text("b,id,a\n1,x,2\n3,y,4\n")
    assert read_features(tmp_path / "b.csv", ("a", "b")).tolist() == [[2, 1], [4, 3]]
    with pytest.raises(AzcError, match="has no column 'aa'; the nearest is 'a'"):
        read_features(tmp_path / "b.csv", ("aa",))


# --- target types -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["no", "yes"], "ACCURACY"),
        (["0", "1"], "ACCURACY"),
        (["0", "1", "1.0", "0e0"], "ACCURACY"),
        (["-5", "7.5"], "ACCURACY"),
        (["1", "x"], "ACCURACY"),
        (["1", "2", "3"], "RMS_ERROR"),
        (["1", "1"], "RMS_ERROR"),
    ],
)
def test_target_determines_the_evaluation_type(tmp_path, values, kind):
    """A target of text or of exactly two distinct numbers is classes, of other numbers a regression."""
    assert target_type(table(tmp_path, "a,y\n" + "".join(f"{i},{v}\n" for i, v in enumerate(values)))) == kind


def test_many_text_classes_need_an_evaluation_type(tmp_path):
    """The error for more than two text classes names them and the option to set."""
    read = table(tmp_path, "a,y\n1,x\n2,y\n3,z\n")
    with pytest.raises(
        AzcError, match=r"has 3 classes \(x, y, z\).*MULTICLASS_ACCURACY: with --eval .*\[tasks.search\]"
    ):
        prepare(read)


def test_evaluation_type_can_be_given(tmp_path):
    """A given evaluation type is used if the target and the number of features allow it, else an error."""
    two = table(tmp_path, numbers(10, lambda i: str(i % 2)))
    assert prepare(two, eval_type="RMS_ERROR").target_scale == 0.5
    three = table(tmp_path, numbers(10, lambda i: str(i % 3)))
    with pytest.raises(AzcError, match=r"has 3 classes.*ACCURACY takes two"):
        prepare(three, eval_type="ACCURACY")
    with pytest.raises(AzcError, match="takes from 2 to 2, the number of features"):
        prepare(three, eval_type="MULTICLASS_ACCURACY")
    with pytest.raises(AzcError, match="a regression's target must be finite numbers"):
        prepare(table(tmp_path, GOOD), eval_type="RMS_ERROR")


# --- preprocessing ------------------------------------------------------------------------------------------


def test_features_and_target_are_standardised(tmp_path):
    """Given rows get mean 0 and deviation 1; `restored` returns labels to the target's units."""
    read = table(tmp_path, numbers(20))
    rows = np.arange(12)
    made = prepare(read, rows)
    x, y = made.apply(read.x), made.labels(read.target)
    assert np.allclose(x[rows].mean(axis=0), 0)
    assert np.allclose(x[rows].std(axis=0), 1)
    assert math.isclose(y[rows].std(), 1)
    assert np.allclose(made.restored(y), [i * i for i in range(20)])


def test_classes_are_numbered_in_order(tmp_path):
    """The greater number of two classes is label 1; spellings of one number are one class."""
    made = prepare(table(tmp_path, numbers(10, lambda i: ("10", "9", "9.0")[i % 3])))
    assert made.class_names == ("9", "10")
    assert made.labels(["10.0", "9"]).tolist() == [1.0, 0.0]
    with pytest.raises(AzcError, match="holds '11', which is not a class known"):
        made.labels(["11"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b,y\n1,5,1\n2,5,2\n3,5,7\n", "'b' is constant in the 3 rows that the search sees; remove it"),
        ("a,b,y\n1,5,1\n2,6,1\n3,5,1\n", "column 'y' is constant"),
        ("a,b,y\n1e300,5,1\n-1e300,6,4\n3,5,2\n", "column 'a' spreads too widely"),
    ],
)
def test_useless_columns_are_refused(tmp_path, text, said):
    """A feature or target that is constant or spreads too widely cannot be standardised."""
    with pytest.raises(AzcError, match=said):
        prepare(table(tmp_path, text))


@given(st.lists(st.floats(-1e9, 1e9), min_size=4, max_size=9, unique=True), st.booleans())
def test_preprocessing_survives_json(tmp_path_factory, values, classes):
    """Preprocessing written as JSON and read back is equal."""
    target = (lambda i: "ny"[i % 2]) if classes else (lambda i: repr(values[-i]))
    text = "a,y\n" + "".join(f"{value!r},{target(i)}\n" for i, value in enumerate(values))
    try:
        made = prepare(table(tmp_path_factory.mktemp("t"), text))
    except AzcError:
        return
    assert Preprocessing.from_dict(json.loads(json.dumps(made.to_dict()))) == made


def test_damaged_preprocessing_is_refused():
    """Preprocessing with missing parts, unequal lengths or wrong values is an error."""
    good = Preprocessing(("a",), (0.0,), (1.0,), "y", "RMS_ERROR").to_dict()
    for damage in ({"means": []}, {"scales": [0]}, {"scales": ["x"]}, {"means": 3}, {"eval_type": "R2"}):
        with pytest.raises(AzcError):
            Preprocessing.from_dict(good | damage)
    del good["target"]
    with pytest.raises(AzcError, match="the preprocessing is damaged"):
        Preprocessing.from_dict(good)


# --- division -----------------------------------------------------------------------------------------------


@given(st.integers(10, 500), st.integers(0, 2**64 - 1))
def test_rows_are_divided_without_overlap(n, seed):
    """A division has 60, 20 and 20 % of the rows, each row in one part, and is the same for the same seed."""
    parts = divide(n, seed)
    assert sorted(np.concatenate(list(parts.values()))) == list(range(n))
    assert abs(len(parts["search"]) - 0.6 * n) < 1
    assert abs(len(parts["select"]) - 0.2 * n) <= 1
    assert all(np.array_equal(parts[name], again) for name, again in divide(n, seed).items())


def test_few_rows_cannot_be_divided():
    """A table of fewer than ten rows cannot be divided."""
    with pytest.raises(AzcError, match="a table of 9 rows cannot be divided; at least 10"):
        divide(9, 0)


def test_tasks_are_random_divisions_of_their_rows(tmp_path):
    """Each task divides the rows of its part at random, 80 % training and 20 % validation."""
    read = table(tmp_path, numbers(50))
    parts = divide(50, 1)
    made = prepare(read, parts["search"])
    tasks = table_tasks(read, made, parts["select"], tasks=5, seed=2, epochs=2)
    expected = {tuple(row) for row in made.apply(read.x)[parts["select"]]}
    for task in tasks:
        rows = [tuple(row) for row in np.concatenate([task.train_x, task.valid_x])]
        assert (task.n_train, task.n_valid) == (8, 2)
        assert set(rows) == expected
        assert task.train_order.shape == (2, 8)
    assert len({task.train_x.tobytes() for task in tasks}) == 5
