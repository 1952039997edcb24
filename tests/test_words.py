"""Fitnesses, durations and counts as text."""

import pytest

from azc.words import counted, fitness_text, seconds_text


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
    """A fitness has six decimals, and more just below 1."""
    assert fitness_text(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0123, "12.3 ms"), (4.5, "4.5 s"), (200, "3 min 20 s"), (7300, "2 h 1 min"), (119.9, "2 min 0 s")],
)
def test_durations_are_short(seconds: float, text: str) -> None:
    """Durations are written in one or two suitable units."""
    assert seconds_text(seconds) == text


def test_counts_have_their_plural() -> None:
    """Counts other than one have a plural, and commas between thousands."""
    assert (counted(1, "task"), counted(1000, "task")) == ("1 task", "1,000 tasks")
