"""Checks of arguments where they come in: one vocabulary, and one form of error.

A check is called with a name and a value. It returns the value as azc keeps it, or raises an AzcError like
"`seed` must be a whole number from 0 to 18446744073709551615, not 'x'". `takes` puts checks before a function
or a class. NumPy's numbers are taken wherever Python's are, truth values never in the place of numbers.
"""

import math
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, Final, TypeVar

import azc.settings as settings
from azc.errors import AzcError
from azc.settings import closest, shown

Check = Callable[[str, Any], Any]
Made = TypeVar("Made", bound=Callable[..., Any])

MAX_SEED: Final = 2**64 - 1


def fault(name: str, expected: str, value: object, advice: str = "") -> AzcError:
    """The error for an argument that is not what was expected."""
    return AzcError(f"`{name}` must be {expected}, not {shown(value)}{advice and '; '}{advice}")


def argument(check: settings.Check) -> Check:
    """The check of a setting as one of an argument."""
    take, expected = check.take, check.expected

    def checked(name: str, value: Any) -> Any:
        try:
            return take(value)
        except settings.CheckError as wrong:
            raise fault(name, expected, value, "; ".join(filter(None, [*wrong.texts, wrong.hint]))) from None

    return checked


# --- plain values -------------------------------------------------------------------------------------


def whole(low: int = 0, high: int = settings.MAX_WHOLE) -> Check:
    """A whole number, bounds included; an int of Python comes out."""
    return argument(settings.whole(low, high))


a_seed: Final = whole(0, MAX_SEED)
"""What random numbers depend on."""


def real(low: float = -math.inf, high: float | None = None, *, nan: bool = False) -> Check:
    """A number, bounds included; a float comes out."""
    return argument(settings.number(low, high, nan=nan))


def a_truth(name: str, value: Any) -> bool:
    """True or False, also NumPy's."""
    if isinstance(value, bool) or (type(value).__module__ == "numpy" and type(value).__name__ in _TRUTHS):
        return bool(value)
    raise fault(name, "True or False", value)


_TRUTHS: Final = ("bool", "bool_")


def a_text(name: str, value: Any) -> str:
    """A str."""
    if isinstance(value, str):
        return value
    raise fault(name, "text (str)", value)


def text_or_bytes(name: str, value: Any) -> Any:
    """A str or bytes; bytes come out of anything like them."""
    if isinstance(value, (str, bytes)):
        return value
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    raise fault(name, "text (str or bytes)", value)


def a_path(name: str, value: Any) -> Any:
    """A str or a pathlib.Path that a file system can name."""
    try:
        given = os.fspath(value)
        if isinstance(given, str) and "\0" not in given:
            os.fsencode(given)
            return value
    except Exception:
        pass
    raise fault(name, "a path (str or pathlib.Path, without the character NUL)", value)


def a_written_path(name: str, value: Any) -> Any:
    """A path that is also written into texts, so that it must be valid Unicode."""
    try:
        str(a_path(name, value)).encode()
    except UnicodeEncodeError:
        raise fault(name, "a path of valid Unicode, as it is written into files", value) from None
    return value


def one_of(words: Iterable[Any]) -> Check:
    """One of some words."""
    known = tuple(words)
    expected = f"one of {', '.join(map(shown, known))}"

    def check(name: str, value: Any) -> Any:
        if isinstance(value, str) and value in known:
            return value
        close = closest(value, known) if isinstance(value, str) else None
        raise fault(name, expected, value, f"the nearest is {shown(close)}" if close else "")

    return check


def anything(name: str, value: Any) -> Any:
    """Any value; it is checked where it is used."""
    return value


# --- objects and collections --------------------------------------------------------------------------


def kind_of(
    *classes: type, expected: str = "", advice: str = "", inside: Callable[[Any], object] | None = None
) -> Check:
    """An object of one of some classes.

    `inside` raises an AzcError for an object whose content is wrong. To look costs more than most functions
    take, so it is called only when one has failed, to say why.
    """
    expected = expected or " or ".join(f"a {made.__name__}" for made in classes)

    def check(name: str, value: Any) -> Any:
        if isinstance(value, classes):
            return value
        raise fault(name, expected, value, advice)

    return _looking(check, inside)


def _looking(check: Check, inside: Callable[[Any], object] | None) -> Check:
    """A check with what it looks at when a function has failed."""
    check.inside = inside  # type: ignore[attr-defined]
    return check


def an_object_with(*attributes: str) -> Check:
    """An object of any class that has some attributes, as a Protocol asks for them."""

    def check(name: str, value: Any) -> Any:
        if isinstance(value, type) or not all(hasattr(value, attribute) for attribute in attributes):
            raise fault(name, f"an object with {', '.join(attributes)}", value)
        return value

    return check


def optional(check: Check) -> Check:
    """None, or what a check says."""
    return lambda name, value: None if value is None else check(name, value)


def a_function(name: str, value: Any) -> Any:
    """Something that can be called."""
    if callable(value):
        return value
    raise fault(name, "a function", value)


def several(check: Check, expected: str, fewest: int = 0, into: Callable[[list[Any]], Any] = list) -> Check:
    """All items of anything that can be gone through, as a list or a tuple; text is not taken apart."""

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
    return _looking(checked, look and (lambda items: [look(item) for item in items]))


def a_table(expected: str, values: Check = anything) -> Check:
    """A mapping from texts to what a check says."""

    def checked(name: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise fault(name, expected, value)
        return {
            a_text(f"a key of {name}", key): values(f"{name}[{shown(key)}]", v) for key, v in value.items()
        }

    return checked


def is_masked(value: Any) -> bool:
    """Whether a value is a masked array; without loading `numpy.ma`, which takes 30 ms, to find out."""
    masked = sys.modules.get("numpy.ma")
    return isinstance(value, getattr(masked, "MaskedArray", ()))


def an_array(kinds: str, axes: int | None, expected: str) -> Check:
    """An array of NumPy, or what becomes one: of dtypes of some kinds (`dtype.kind`), of so many axes."""

    def check(name: str, value: Any) -> Any:
        import numpy as np

        if not is_masked(value):
            try:
                found = np.asarray(value)
            except Exception:  # ragged, too deep, or a person's own class that cannot become one
                raise fault(name, expected, value) from None
            if found.dtype.kind in kinds and axes in (found.ndim, None):
                return found
        raise fault(name, expected, value)

    return check


def explained(error: Exception, *checks: tuple[Check, str, Any]) -> Exception:
    """What a function too quick to check its arguments raises when it has failed: why, if they say it.

    A check that finds nothing wrong leaves the error as it is.
    """
    for check, name, value in checks:
        check(name, value)
        if look := getattr(check, "inside", None):
            look(value)
    return error


# --- functions and classes ----------------------------------------------------------------------------


def takes(**checks: Check) -> Callable[[Made], Made]:
    """Check what a function, a method or a class is called with; it gets what the checks return.

    Defaults, parameters without a check and what `*` and `**` collect are passed on as they are.
    """

    def decorate(made: Made) -> Made:
        if isinstance(made, type):
            made.__init__ = decorate(made.__init__)  # type: ignore[misc]
            return made
        return _checked(made, checks)  # type: ignore[return-value]

    return decorate


def takes_settings(**more: Check) -> Callable[[Made], Made]:
    """Check what a class of declared settings is called with, by their checks; by `more` all else it takes.

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
