"""Checks of arguments: accepted values, results and errors."""

import attrs
import numpy as np
import pytest

from azc import AzcError
from azc.arguments import (
    a_path,
    a_seed,
    a_text,
    a_truth,
    kind_of,
    one_of,
    real,
    several,
    takes,
    whole,
)
from azc.problems import shown


def test_error_names_argument_expectation_and_value():
    """An error names the argument, the expected values and the given value."""
    with pytest.raises(AzcError) as caught:
        a_seed("seed", "x")
    assert str(caught.value) == "`seed` must be a whole number from 0 to 18446744073709551615, not 'x'"


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3), np.array(3)])
def test_whole_numbers_of_every_kind(value):
    """Whole numbers of NumPy are accepted like Python's; the result is an int of Python."""
    assert type(whole(0, 3)("n", value)) is int


@pytest.mark.parametrize("value", [True, np.bool_(True), 1.0, 1.5, "1", None, -1, 4, float("nan")])
def test_values_that_are_no_whole_numbers(value):
    """Truth values, floats, text and numbers out of bounds are refused as whole numbers."""
    with pytest.raises(AzcError, match="`n` must be a whole number from 0 to 3, not "):
        whole(0, 3)("n", value)


def test_real_numbers():
    """The result is a float; nan is accepted only if allowed, a number beyond float64 never."""
    assert real()("x", np.float32(0.5)) == 0.5
    assert type(real()("x", 1)) is float
    assert np.isnan(real(nan=True)("x", float("nan")))
    for value in (float("nan"), True, "1", 1j, 10**400):
        with pytest.raises(AzcError, match="`x` must be a number"):
            real()("x", value)


def test_truth_values():
    """True and False of Python and NumPy are accepted, other truthy values not."""
    assert a_truth("x", np.bool_(True)) is True
    with pytest.raises(AzcError, match="True or False, not 1"):
        a_truth("x", 1)


def test_the_nearest_word():
    """The error for an unknown word names the nearest known one."""
    with pytest.raises(AzcError, match="one of 'kernels', 'native', not 'kernel'; the nearest is 'kernels'"):
        one_of(("kernels", "native"))("backend", "kernel")


def test_wrong_item_is_named_by_its_index():
    """The index of a wrong item is in the error; text is not a sequence of texts."""
    with pytest.raises(AzcError, match=r"`names\[1\]` must be text \(str\), not 5"):
        several(a_text, "a sequence of texts")("names", iter(["a", 5]))
    with pytest.raises(AzcError, match="`names` must be a sequence of texts, not 'ab'"):
        several(a_text, "a sequence of texts")("names", "ab")


def test_path_with_nul_is_refused():
    """A path with NUL is refused: no file system can name it."""
    with pytest.raises(AzcError, match="NUL"):
        a_path("path", "a\0b")


def test_anything_can_be_shown():
    """Any value is shown in one line of at most 300 bytes, even if its `repr` fails."""

    class Hostile:
        def __repr__(self) -> str:
            raise ZeroDivisionError

    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]
    for value in (Hostile(), nested, 10**5000, "\udc80", np.ones((3, 4)), b"x" * 10**6, "\n" * 1000):
        text = shown(value)
        assert 0 < len(text.encode()) <= 300
        assert "\n" not in text


def test_functions_get_what_checks_return():
    """Results of checks are passed on, defaults unchanged; a wrong call is Python's own TypeError."""

    @takes(a=whole(), b=real())
    def function(a: int, b: float = 2, *, c: str = "c") -> tuple[object, ...]:
        return a, b, c

    assert function(np.int8(3)) == (3, 2, "c")
    assert function(b=1, a=3, c=5) == (3, 1.0, 5)
    with pytest.raises(AzcError, match="`b` must be a number"):
        function(1, "x")
    for arguments in ((), (1, 2, 3)):
        with pytest.raises(TypeError):
            function(*arguments)


def test_check_of_an_unknown_parameter_is_refused():
    """A check for an unknown parameter is a TypeError, so that a renamed one does not lose its check."""
    with pytest.raises(TypeError, match="no parameters"):
        takes(b=whole())(lambda a: a)


def test_constructors_are_checked():
    """Arguments of a value class's constructor are checked, also by `attrs.evolve`."""

    @takes(n=whole())
    @attrs.frozen
    class Value:
        n: int

    assert attrs.evolve(Value(1), n=2).n == 2
    with pytest.raises(AzcError, match="`n` must be"):
        Value("x")


def test_content_is_checked_only_after_a_failure():
    """The content of an object is checked only after the function has failed, to give the reason."""
    looked = []

    def look(value: int) -> None:
        looked.append(value)
        if value > 1:
            raise AzcError("too great")

    @takes(n=kind_of(int, inside=look))
    def function(n: int) -> float:
        return 1 / (n - n % 3)

    assert function(3) == 1 / 3
    assert not looked
    with pytest.raises(AzcError, match="too great"):
        function(2)
    with pytest.raises(ZeroDivisionError):
        function(1)
