"""Numbers as people read them."""

import pytest

from azc.words import fitness_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.500000"),
        (0.0, "0.000000"),
        (0.99999994, "0.99999994"),
        (1.0 - 2.0**-52, "1 - 2e-16"),
        (1.0, "1.000000"),
    ],
)
def test_a_fitness_is_never_rounded_to_one(value: float, text: str) -> None:
    """Six decimals, and more just below 1."""
    assert fitness_text(value) == text
