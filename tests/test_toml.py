"""Values written as TOML are read back unchanged."""

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
    """Texts, numbers, lists and tables written as TOML are read back equal."""
    assert tomllib.loads(f"x = {toml_text(value)}") == {"x": value}


@given(TEXTS, VALUES, st.integers(1, 120))
def test_lines_of_any_width_are_read_back(name: str, value: Any, width: int) -> None:
    """A value wrapped to any line width is read back equal."""
    text = "\n".join(toml_lines(name, value, width))
    assert tomllib.loads(text) == ({} if value == {} and not text else {name: value})


def test_infinities_and_nan_are_read_back() -> None:
    """Infinities and nan are written as TOML spells them."""
    assert tomllib.loads(f"x = {toml_text([math.inf, -math.inf])}") == {"x": [math.inf, -math.inf]}
    assert math.isnan(tomllib.loads(f"x = {toml_text(math.nan)}")["x"])


def test_invalid_unicode_is_an_error() -> None:
    """Text that is not valid Unicode, as of a file name in other bytes, is an error."""
    with pytest.raises(AzcError, match=r"'runs/\\udcff' is not valid Unicode"):
        toml_text("runs/\udcff")
