"""Values written as TOML are those that a reader of TOML finds."""

import math
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azc.errors import AzcError
from azc.toml import toml_lines, toml_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none().map(lambda _: True) | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_a_value_is_read_back(value: Any) -> None:
    """Text with any sign in it, numbers with all their digits, lists, tables."""
    assert tomllib.loads(f"x = {toml_text(value)}") == {"x": value}


@given(TEXTS, VALUES, st.integers(1, 120))
def test_lines_of_any_width_say_the_same(name: str, value: Any, width: int) -> None:
    """A wide list has a line an item, a wide table a line a key."""
    text = "\n".join(toml_lines(name, value, width))
    assert tomllib.loads(text) == ({} if value == {} and not text else {name: value})


def test_what_is_not_finite_is_written_as_toml_has_it() -> None:
    """Infinities and nan have words of their own."""
    assert tomllib.loads(f"x = {toml_text([math.inf, -math.inf])}") == {"x": [math.inf, -math.inf]}
    assert math.isnan(tomllib.loads(f"x = {toml_text(math.nan)}")["x"])


def test_text_that_is_no_unicode_is_an_error() -> None:
    """As in a file's name of other bytes: TOML cannot hold it."""
    with pytest.raises(AzcError, match=r"'runs/\\udcff' is not valid Unicode"):
        toml_text("runs/\udcff")
