"""Checks of arguments: what they take, what they give back, and what they say."""

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


def test_the_form_of_the_error():
    """An error names the argument, what was expected and what came."""
    with pytest.raises(AzcError) as caught:
        a_seed("seed", "x")
    assert str(caught.value) == "`seed` must be a whole number from 0 to 18446744073709551615, not 'x'"


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3), np.array(3)])
def test_whole_numbers_of_every_kind(value):
    """A whole number of NumPy is as good as one of Python, and an int of Python comes out."""
    assert type(whole(0, 3)("n", value)) is int


@pytest.mark.parametrize("value", [True, np.bool_(True), 1.0, 1.5, "1", None, -1, 4, float("nan")])
def test_no_whole_numbers(value):
    """Truth values, floats, text and what is out of bounds are no whole numbers."""
    with pytest.raises(AzcError, match="`n` must be a whole number from 0 to 3, not "):
        whole(0, 3)("n", value)


def test_real_numbers():
    """A float comes out; nan only where it is allowed, a number that no float64 holds never."""
    assert real()("x", np.float32(0.5)) == 0.5
    assert type(real()("x", 1)) is float
    assert np.isnan(real(nan=True)("x", float("nan")))
    for value in (float("nan"), True, "1", 1j, 10**400):
        with pytest.raises(AzcError, match="`x` must be a number"):
            real()("x", value)


def test_truth_values():
    """Those of Python and NumPy, and nothing that is only as good as one."""
    assert a_truth("x", np.bool_(True)) is True
    with pytest.raises(AzcError, match="True or False, not 1"):
        a_truth("x", 1)


def test_the_nearest_word():
    """A word that is none of those there are is answered with the nearest."""
    with pytest.raises(AzcError, match="one of 'kernels', 'native', not 'kernel'; the nearest is 'kernels'"):
        one_of(("kernels", "native"))("backend", "kernel")


def test_items_are_named_by_their_place():
    """The wrong one of several items is named, and text is not taken apart."""
    with pytest.raises(AzcError, match=r"`names\[1\]` must be text \(str\), not 5"):
        several(a_text, "a sequence of texts")("names", iter(["a", 5]))
    with pytest.raises(AzcError, match="`names` must be a sequence of texts, not 'ab'"):
        several(a_text, "a sequence of texts")("names", "ab")


def test_paths_can_be_named():
    """A path with NUL is none, as no file system can name it."""
    with pytest.raises(AzcError, match="NUL"):
        a_path("path", "a\0b")


def test_anything_can_be_shown():
    """What came is shown in a line, whatever it is and does when asked."""

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
    """Defaults are passed on as they are, and Python's own errors for a wrong call stay."""

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


def test_a_check_of_what_is_no_parameter_is_refused():
    """A parameter that was renamed does not lose its check unnoticed."""
    with pytest.raises(TypeError, match="no parameters"):
        takes(b=whole())(lambda a: a)


def test_classes_are_checked_where_they_are_made():
    """The constructor of a value class is a function like any other."""

    @takes(n=whole())
    @attrs.frozen
    class Value:
        n: int

    assert attrs.evolve(Value(1), n=2).n == 2
    with pytest.raises(AzcError, match="`n` must be"):
        Value("x")


def test_content_is_looked_at_once_something_failed():
    """What an object holds is checked only when the function has failed; then it says why."""
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
