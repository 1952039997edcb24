"""Checks of arguments of public functions and classes: one vocabulary, and one form of error.

A check is called with a name and a value. It returns the value as azc keeps it, or raises an AzcError like
"`seed` must be a whole number from 0 to 18446744073709551615, not 'x'". `takes` puts checks before a function
or a class. NumPy's numbers are accepted wherever Python's are; truth values are never accepted as numbers.
"""

import math
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, Final, TypeVar

import azc.settings as settings
from azc.errors import AzcError
from azc.problems import CheckError, closest, shown

Check = Callable[[str, Any], Any]
Made = TypeVar("Made", bound=Callable[..., Any])

MAX_SEED: Final = 2**64 - 1


def fault(name: str, expected: str, value: object, advice: str = "") -> AzcError:
    """Error for an argument that is not as expected."""
    return AzcError(f"`{name}` must be {expected}, not {shown(value)}{advice and '; '}{advice}")


def argument(check: settings.Check) -> Check:
    """Check of an argument, from the check of a setting."""
    take, expected = check.take, check.expected

    def checked(name: str, value: Any) -> Any:
        try:
            return take(value)
        except CheckError as wrong:
            raise fault(name, expected, value, "; ".join(filter(None, [*wrong.texts, wrong.hint]))) from None

    return checked


# --- plain values -------------------------------------------------------------------------------------


def whole(low: int = 0, high: int = settings.MAX_WHOLE) -> Check:
    """Check for a whole number, bounds included; it returns an int of Python."""
    return argument(settings.whole(low, high))


a_seed: Final = whole(0, MAX_SEED)
"""Check for a seed of random numbers."""


def real(low: float = -math.inf, high: float | None = None, *, nan: bool = False) -> Check:
    """Check for a number, bounds included; it returns a float."""
    return argument(settings.number(low, high, nan=nan))


def a_truth(name: str, value: Any) -> bool:
    """Check for True or False, also NumPy's."""
    if isinstance(value, bool) or (type(value).__module__ == "numpy" and type(value).__name__ in _TRUTHS):
        return bool(value)
    raise fault(name, "True or False", value)


_TRUTHS: Final = ("bool", "bool_")


def a_text(name: str, value: Any) -> str:
    """Check for a str."""
    if isinstance(value, str):
        return value
    raise fault(name, "text (str)", value)


def text_or_bytes(name: str, value: Any) -> Any:
    """Check for a str or bytes; it returns bytes for a bytearray or memoryview."""
    if isinstance(value, (str, bytes)):
        return value
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    raise fault(name, "text (str or bytes)", value)


def a_path(name: str, value: Any) -> Any:
    """Check for a str or a pathlib.Path that a file system can name."""
    try:
        given = os.fspath(value)
        if isinstance(given, str) and "\0" not in given:
            os.fsencode(given)
            return value
    except Exception:
        pass
    raise fault(name, "a path (str or pathlib.Path, without the character NUL)", value)


def a_written_path(name: str, value: Any) -> Any:
    """Check for a path that is also written into texts, so that it must be valid Unicode."""
    try:
        str(a_path(name, value)).encode()
    except UnicodeEncodeError:
        raise fault(name, "a path of valid Unicode, as it is written into files", value) from None
    return value


def one_of(words: Iterable[Any]) -> Check:
    """Check for one of some words."""
    known = tuple(words)
    expected = f"one of {', '.join(map(shown, known))}"

    def check(name: str, value: Any) -> Any:
        if isinstance(value, str) and value in known:
            return value
        close = closest(value, known) if isinstance(value, str) else None
        raise fault(name, expected, value, f"the nearest is {shown(close)}" if close else "")

    return check


def anything(name: str, value: Any) -> Any:
    """Accept any value; it is checked where it is used."""
    return value


# --- objects and collections --------------------------------------------------------------------------


def kind_of(
    *classes: type, expected: str = "", advice: str = "", inside: Callable[[Any], object] | None = None
) -> Check:
    """Check for an object of one of some classes.

    `inside` raises an AzcError for an object with wrong content. It takes longer than most functions, so it
    is called only after one has failed, to find the reason.
    """
    expected = expected or " or ".join(f"a {made.__name__}" for made in classes)

    def check(name: str, value: Any) -> Any:
        if isinstance(value, classes):
            return value
        raise fault(name, expected, value, advice)

    return _with_inside(check, inside)


def _with_inside(check: Check, inside: Callable[[Any], object] | None) -> Check:
    """A check with a function that examines the content of a value after a failure."""
    check.inside = inside  # type: ignore[attr-defined]
    return check


def an_object_with(*attributes: str) -> Check:
    """Check for an object with some attributes, of any class, as for a Protocol."""

    def check(name: str, value: Any) -> Any:
        if isinstance(value, type) or not all(hasattr(value, attribute) for attribute in attributes):
            raise fault(name, f"an object with {', '.join(attributes)}", value)
        return value

    return check


def optional(check: Check) -> Check:
    """Check for None, or for a value that passes another check."""
    return lambda name, value: None if value is None else check(name, value)


def a_function(name: str, value: Any) -> Any:
    """Check for a callable."""
    if callable(value):
        return value
    raise fault(name, "a function", value)


def several(check: Check, expected: str, fewest: int = 0, into: Callable[[list[Any]], Any] = list) -> Check:
    """Check for an iterable, item by item; it returns a list or a tuple. Text is not an iterable here."""

    def checked(name: str, value: Any) -> Any:
        if isinstance(value, (str, bytes, Mapping)):
            raise fault(name, expected, value)
        try:
            items = iter(value)
        except Exception:
            raise fault(name, expected, value) from None
        found = []
        for index, item in enumerate(items):
            try:
                found.append(check(name, item))
            except AzcError:
                check(f"{name}[{index}]", item)
                raise
        if len(found) < fewest:
            raise fault(name, expected, value)
        return into(found)

    look = getattr(check, "inside", None)
    return _with_inside(checked, look and (lambda items: [look(item) for item in items]))


def a_table(expected: str, values: Check = anything) -> Check:
    """Check for a mapping from texts to values that pass another check."""

    def checked(name: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise fault(name, expected, value)
        return {
            a_text(f"a key of {name}", key): values(f"{name}[{shown(key)}]", v) for key, v in value.items()
        }

    return checked


def is_masked(value: Any) -> bool:
    """Whether a value is a masked array, found out without loading `numpy.ma`, which takes 30 ms."""
    masked = sys.modules.get("numpy.ma")
    return isinstance(value, getattr(masked, "MaskedArray", ()))


def an_array(kinds: str, axes: int | None, expected: str) -> Check:
    """Check for an array, or anything that NumPy makes one of: kinds of dtypes (`dtype.kind`), axes."""

    def check(name: str, value: Any) -> Any:
        import numpy as np

        if not is_masked(value):
            try:
                found = np.asarray(value)
            except Exception:  # ragged, too deep, or a user's own class that cannot become one
                raise fault(name, expected, value) from None
            if found.dtype.kind in kinds and axes in (found.ndim, None):
                return found
        raise fault(name, expected, value)

    return check


def explained(error: Exception, *checks: tuple[Check, str, Any]) -> Exception:
    """Error for a failed function that is too quick to check its arguments first: that of the first check.

    If all checks pass it is the original error.
    """
    for check, name, value in checks:
        check(name, value)
        if look := getattr(check, "inside", None):
            look(value)
    return error


# --- functions and classes ----------------------------------------------------------------------------


def takes(**checks: Check) -> Callable[[Made], Made]:
    """Decorator that checks the arguments of a function, a method or a class and passes on the results.

    Defaults, parameters without a check, and arguments collected by `*` and `**` are passed on unchanged.
    """

    def decorate(made: Made) -> Made:
        if isinstance(made, type):
            made.__init__ = decorate(made.__init__)  # type: ignore[misc]
            return made
        return _checked(made, checks)  # type: ignore[return-value]

    return decorate


def takes_settings(**more: Check) -> Callable[[Made], Made]:
    """Decorator that checks the arguments of a class of declared settings; `more` are further checks.

    A setting whose default is None may be None.
    """

    def decorate(made: Made) -> Made:
        declared = settings.settings(made)
        checks = {name: argument(one.check) for name, one in declared.items()}
        unset = {name: optional(checks[name]) for name, one in declared.items() if one.default is None}
        return takes(**checks | unset | more)(made)

    return decorate


def _checked(made: Callable[..., Any], checks: Mapping[str, Check]) -> Callable[..., Any]:
    code = made.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if unknown := {*checks} - {*names}:
        raise TypeError(f"{made.__qualname__} has no parameters {unknown}, but checks for them")
    in_order = tuple((checks.get(name, anything), name) for name in names[: code.co_argcount])
    inside = {name: look for name, check in checks.items() if (look := getattr(check, "inside", None))}

    @wraps(made)
    def call(*args: Any, **more: Any) -> Any:
        given = [check(name, value) for (check, name), value in zip(in_order, args)]  # noqa: B905
        if len(args) > len(given):
            given += args[len(given) :]  # Python says that they are too many
        if more:
            more = {name: checks[name](name, v) if name in checks else v for name, v in more.items()}
        try:
            return made(*given, **more)
        except AzcError:
            raise
        except Exception:
            arguments = dict(zip(names, given, strict=False)) | more
            for name, look in inside.items():
                if name in arguments:
                    look(arguments[name])
            raise

    return call
