"""Headers with arbitrary TOML values are read or give an error, never a traceback."""

import tomllib
from typing import Any

import pytest
import tomli_w
from hypothesis import example, given
from hypothesis import strategies as st

from azc.errors import AzcError
from azc.runs.header import TITLE, Header, header_text, read_header
from azc.tasks import Preprocessing

HOW = Preprocessing(("a", "b"), (0.1, 2), (1, 0.5), "y", "ACCURACY", class_names=("no", "yes"))
HEADER = Header({"search": 0.9, "final": 0.8}, "ACCURACY", 2, 100.0, "float64", 7, "runs/x", 1, 2, HOW)
FIELDS = [
    "search_fitness",
    "eval_type",
    "epochs",
    "max_abs_error",
    "precision",
    "seed",
    "run",
    "island",
    "evaluation",
    "preprocessing",
]
SCALARS = (
    st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**400), 2**64, 0, -1])
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["RMS_ERROR", "float32", "1.5"])
    | st.datetimes()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)


def as_header(values: dict[str, Any]) -> str:
    """The comments of a header with these values."""
    return f"{TITLE}\n" + "".join(f"#   {line}\n" for line in tomli_w.dumps(values).splitlines())


def values_of(header: Header) -> dict[str, Any]:
    """A header's values, as TOML reads them."""
    lines = header_text(header).splitlines()[1:]
    return tomllib.loads("\n".join(line.removeprefix("#   ") for line in lines))


def assert_told(values: dict[str, Any]) -> None:
    """Assert that a header is read and can be written again, or gives an error that names the file."""
    try:
        found = read_header(as_header(values), "x.azl")
    except AzcError as error:
        told = str(error)
    else:
        told = f"x.azl: the comments {header_text(found)[:0]}"
    assert told.startswith("x.azl: the comments ")


@given(st.sampled_from(FIELDS), VALUES)
@example("search_fitness", 10**400)
@example("max_abs_error", 10**400)
@example("max_abs_error", float("nan"))
@example("epochs", 10**400)
def test_any_value_of_a_field_is_read_or_an_error(name: str, value: Any) -> None:
    """Any TOML value of a header's field is read or gives an error."""
    assert_told({**values_of(HEADER), name: value})


@given(st.sampled_from(list(HOW.to_dict())), VALUES)
@example("means", [10**400, 1.0])
@example("means", ["x", 1.0])
@example("means", [[1.0], 1.0])
@example("scales", [float("nan"), 1.0])
@example("scales", [float("inf"), 1.0])
@example("means", [float("nan"), 1.0])
@example("target_mean", 10**400)
@example("target_scale", float("inf"))
@example("features", [["a"], "b"])
@example("class_names", "ab")
@example("class_names", ["no", "no"])
@example("eval_type", "ACURACY")
def test_any_value_of_the_preprocessing_is_read_or_an_error(name: str, value: Any) -> None:
    """Any TOML value in the preprocessing table is read or gives an error."""
    values = values_of(HEADER)
    assert_told({**values, "preprocessing": {**values["preprocessing"], name: value}})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"epochs": 0}, "epochs: expected a whole number from 1 to 2147483648, but it is 0"),
        ({"seed": -1}, "seed: expected a whole number from 0 to"),
        ({"eval_type": "ACURACY"}, "eval_type: expected a word, .* nearest is 'ACCURACY'"),
        ({"precision": "float16"}, "precision: expected a word, but it is 'float16'"),
        ({"max_abs_error": -1.0}, "max_abs_error: expected a number of at least 0.0, but it is -1.0"),
        ({"final_fitness": "good"}, "final_fitness: expected a number"),
        ({"epochs": 0, "seed": -1}, r"epochs: .*seed: "),
    ],
)
def test_invalid_values_are_errors(values: dict[str, Any], said: str) -> None:
    """Invalid values are all reported at once, each with its name."""
    with pytest.raises(AzcError, match=rf"(?s)x\.azl: the comments .* are damaged: .*{said}"):
        read_header(as_header(values), "x.azl")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "means",
            [10**400, 1.0],
            "means: item 0: expected a finite number, but it is a whole number of more",
        ),
        ("means", [0.0], "a mean and a scale above 0 for each feature"),
        ("scales", [0.0, 1.0], "a mean and a scale above 0 for each feature"),
        ("features", "ab", "features: expected a list of names, but it is 'ab'"),
        ("target", 3, "target: expected text, but it is 3"),
    ],
)
def test_a_damaged_preprocessing_says_which_key(name: str, value: Any, said: str) -> None:
    """A damaged preprocessing gives an error with the key and what was expected."""
    with pytest.raises(AzcError, match=said):
        Preprocessing.from_dict({**HOW.to_dict(), name: value})


def test_missing_keys_of_a_preprocessing_are_named() -> None:
    """The error for an incomplete preprocessing names all missing keys."""
    with pytest.raises(AzcError, match=r"(?s)features: is missing.*scales: is missing"):
        Preprocessing.from_dict({"means": [1.0], "target": "y", "eval_type": "RMS_ERROR"})
