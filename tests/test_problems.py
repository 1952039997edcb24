"""Problems: values in errors, and the nearest words."""

from time import perf_counter
from typing import Any

import pytest

from azc.problems import MAX_COMPARED, MAX_SHOWN, closest, nearest, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a'b", '"a\'b"'),
        (2**64, "18446744073709551616"),
        (10**400, "a whole number of more than 40 digits"),
        ([1] * 81, "[1, 1, 1, 1, 1, 1, 1, 1, ...]"),
        ("x" * 200, f"'{'x' * (MAX_SHOWN - 2)}…"),
        ("\udc80\n", "'\\udc80\\n'"),
    ],
)
def test_a_value_is_shown_in_a_short_line(value: Any, text: str) -> None:
    """A value is shown as Python writes it, shortened or described if that is long."""
    assert shown(value) == text


def test_the_nearest_word_is_found_in_any_case() -> None:
    """A word in the same case comes first; if none is near, all are named, a hundred at most."""
    assert closest("Seed", ["seed", "SEED"]) == "seed"
    assert nearest("x", ["alpha", "beta"]) == "there are alpha, beta"
    assert nearest("x", []) == "there are none"
    assert nearest("x", map(str, range(102))).endswith("98, 99 and 2 more")


def test_many_long_words_take_little_time() -> None:
    """The nearest of many long words is found in seconds, and the error stays short."""
    began = perf_counter()
    text = nearest("n" * 10**6, ["n" * 10**6] * 3 + [f"name{i}" for i in range(100 * MAX_COMPARED)])
    assert perf_counter() - began < 5
    assert len(text) < 3000
