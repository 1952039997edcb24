"""Settings declared once: a field of an attrs class is a key with its default, bounds and explanation.

Errors, lists for people and the tables of the documentation all follow from these declarations. A check
returns the value to keep, or raises `CheckError` with everything that is wrong with it; the caller adds the
key. `Problems` collects the problems of a whole input, to report them at once.
"""

import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from difflib import get_close_matches
from itertools import islice
from numbers import Real
from operator import index
from reprlib import Repr
from typing import Any, Final, TypeVar

import attrs

from azc.errors import AzcError

T = TypeVar("T")
MAX_WHOLE: Final = 2**63 - 1
"""Maximum whole number if no other bound is declared."""
MAX_SHOWN: Final = 80
"""Maximum characters of a value in an error."""
MAX_DIGITS: Final = 40
"""Maximum digits of a whole number in an error."""
MAX_COMPARED: Final = 1000
"""Maximum number of words that are searched for the nearest."""
MAX_PROBLEMS: Final = 100
"""Maximum number of problems that an error lists."""
MAX_FOUND: Final = 200
"""Number of problems that ends the search for more: an input of a million mistakes must not take a minute."""
MAX_NAMES: Final = 100
"""Maximum number of names that an error lists."""
MAX_LISTED: Final = 2000
"""Maximum characters of all names together."""


# --- errors ---------------------------------------------------------------------------------------------


class CheckError(ValueError):
    """Problems of a value, a text each; none if the check's own description suffices."""

    def __init__(self, *texts: str, hint: str = "") -> None:
        super().__init__(*texts)
        self.texts = texts
        self.hint = hint
        """Text to add behind the description."""


@attrs.frozen
class SettingProblem:
    """A problem of an input."""

    where: str
    """The key's path, like `search.population_size`; empty for the whole input."""
    what: str
    key: str = ""
    """The key at fault, if the text names it in place of its path."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


class SettingsError(AzcError):
    """Problems of an input, a line each, the first hundred of them.

    `problems` are all of them; `source` is the file that has them, and begins every line.
    """

    def __init__(self, problems: Sequence[SettingProblem], source: str = "") -> None:
        told = [f"{source}: {problem}" if source else str(problem) for problem in problems[:MAX_PROBLEMS]]
        if more := len(problems) - len(told):
            least = "at least " * (len(problems) >= MAX_FOUND)
            told.append(f"and {least}{more:,} more problem{'s' * (more > 1)}")
        super().__init__("\n".join(told))
        self.problems = tuple(problems)
        self.source = source

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problems, self.source)


class Problems:
    """Collects the problems of an input."""

    def __init__(self) -> None:
        self.found: list[SettingProblem] = []

    def add(self, where: str, *texts: str) -> None:
        """Add problems of a key."""
        self.found += [SettingProblem(where, text) for text in texts]

    @contextmanager
    def at(self, where: str) -> Iterator[None]:
        """Collect errors raised inside as problems of a key; if `where` is empty, each under its own key."""
        try:
            yield
        except SettingsError as error:
            self.found += [SettingProblem(where, str(one)) if where else one for one in error.problems]
        except AzcError as error:
            self.add(where, str(error))

    def wrong(self, *key_paths: str) -> bool:
        """Whether any of some keys, or a key inside one, has a problem."""
        return any(is_inside(problem.where, key_path) for problem in self.found for key_path in key_paths)

    @property
    def are_enough(self) -> bool:
        """Whether there are enough problems to stop looking for more."""
        return len(self.found) >= MAX_FOUND

    def check(self) -> None:
        """Raise all problems, if there are any."""
        if self.found:
            raise SettingsError(self.found)


def is_inside(where: str, key_path: str) -> bool:
    """Whether a key is another one or inside it, as `search.hurdle` is in `search`."""
    return where.startswith(key_path) and not re.match(r"\w", where[len(key_path) :])


def shown(value: Any) -> str:
    """A value as an error shows it, in a short line of Python; never fails, whatever the value is."""
    try:
        text = _text(value)
    except Exception:  # a user's own class may raise anything in its __repr__
        text = f"an object of type {type(value).__name__}"
    text = text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
    return text.encode("utf-8", "backslashreplace").decode()


def _text(value: Any) -> str:
    if isinstance(value, int) and abs(value) >= 10**MAX_DIGITS:
        return f"a whole number of more than {MAX_DIGITS} digits"  # Python refuses to write very long ones
    if hasattr(value, "__array_interface__") and value.shape:
        return f"{type(value).__name__} of shape {value.shape} and dtype {value.dtype}"
    return repr(value[:MAX_SHOWN]) if isinstance(value, str) else _SHORT.repr(value)


_SHORT: Final = Repr()
"""Writes a few items of what is large, and not too deeply."""
_SHORT.maxlevel = 3
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxset = _SHORT.maxfrozenset = _SHORT.maxdict = 8
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = MAX_SHOWN


def closest(word: object, names: Iterable[str]) -> str | None:
    """The nearest of some words, in the same case if one is near, else in any; None if none is.

    Comparing takes time, so only short words among the first thousand are compared.
    """
    text = word[:MAX_SHOWN] if isinstance(word, str) else shown(word)
    known = [name for name in islice(names, MAX_COMPARED) if len(name) <= MAX_SHOWN]
    folded = {name.lower(): name for name in reversed(known)}
    close = get_close_matches(text, known, 1, 0.6)
    close = close or [folded[name] for name in get_close_matches(text.lower(), folded, 1, 0.6)]
    return close[0] if close else None


def nearest(word: object, known: Iterable[object]) -> str:
    """Phrase that names the nearest of some words, or all of them if none is near."""
    names = list(islice(map(str, known), MAX_COMPARED))
    if (close := closest(word, names)) is not None:
        return f"the nearest is {close!r}"
    if not names:
        return "there are none"
    count = len(known) if isinstance(known, Sized) else len(names)
    listed = [name[:MAX_SHOWN] for name in names[:MAX_NAMES]]
    while len(text := ", ".join(listed)) > MAX_LISTED:
        listed.pop()
    more = f" and {count - len(listed):,} more" if count > len(listed) else ""
    return f"there are {text}{more}"


# --- checks ---------------------------------------------------------------------------------------------


@attrs.frozen
class Check:
    """Check of a value: its requirement in words, and the function that checks it."""

    expected: str
    """Requirement, as in `expected a whole number from 1 to 5, but it is 'x'`."""
    take: Callable[[Any], Any]
    """Function that returns the value to keep, or raises `CheckError`."""
    detail: str = ""
    """Further requirements for the documentation: the possible words, the bounds of inner values."""
    keys: "Mapping[str, Setting]" = attrs.field(factory=dict)
    """Settings inside a table."""
    words: tuple[str, ...] = ()
    """Possible words, if the value is one of some."""

    def __call__(self, value: Any) -> Any:
        """The value to keep; `CheckError` says what was expected."""
        try:
            return self.take(value)
        except CheckError as wrong:
            raise self.refused(wrong, f"expected {self.expected}, but it is {shown(value)}") from None

    @staticmethod
    def refused(wrong: CheckError, sentence: str) -> CheckError:
        """The error itself if it has texts, else one with this sentence."""
        return wrong if wrong.texts else CheckError("; ".join(filter(None, [sentence, wrong.hint])))


def bounds_text(low: object, high: object) -> str:
    """Bounds in words, both included: `of at least 1`, `from 0.0 to 1.0`."""
    return f"of at least {low}" if high is None else f"from {low} to {high}"


def whole(low: int, high: int | None = None) -> Check:
    """Check for a whole number, also NumPy's, bounds included; it returns an int of Python."""
    most = MAX_WHOLE if high is None else high

    def take(value: Any) -> int:
        if type(value) is int and low <= value <= most:
            return value  # at once, since functions that are called by the thousand use this check
        try:
            found = None if isinstance(value, bool) else index(value)
        except Exception:  # a user's own class may raise anything
            found = None
        if found is None or not low <= found <= most:
            raise CheckError
        return found

    return Check(f"a whole number {bounds_text(low, high)}", take)


def number(low: float = -math.inf, high: float | None = None, *, nan: bool = False) -> Check:
    """Check for a number, also NumPy's, bounds included; it returns a float, and nan only if allowed."""
    most = math.inf if high is None else high

    def take(value: Any) -> float:
        if type(value) is not float and (not isinstance(value, Real) or isinstance(value, bool)):
            raise CheckError
        try:
            found = float(value)
        except Exception:  # a whole number beyond all floats; a user's own class may raise anything
            raise CheckError(hint="no float64 holds it") from None
        if not (low <= found <= most or (nan and math.isnan(found))):
            raise CheckError
        return found

    bounds = "" if (low, high) == (-math.inf, None) else f" {bounds_text(low, high)}"
    return Check(f"a number{bounds}", take)


def one_of(names: Iterable[str]) -> Check:
    """Check for one of some words."""
    known = list(names)

    def take(value: Any) -> str:
        if not isinstance(value, str) or value not in known:
            raise CheckError(hint=nearest(value, known))
        return value

    detail = ", ".join(f"`{name}`" if name else "empty" for name in known)
    return Check("a word", take, detail, words=tuple(known))


def _typed(kind: type, expected: str) -> Check:
    def take(value: Any) -> Any:
        if type(value) is not kind:
            raise CheckError
        return value

    return Check(expected, take)


TRUTH: Final = _typed(bool, "true or false")
TEXT: Final = _typed(str, "text")
LIST: Final = _typed(tuple, "a list")
FINITE: Final = Check("a finite number", number(-sys.float_info.max, sys.float_info.max).take)


def list_of(check: Check, expected: str) -> Check:
    """Check for a list in which every item passes a check; it returns a tuple. All wrong items are listed."""

    def take(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, (list, tuple)):
            raise CheckError
        wrong, taken = gathered((str(index), check, item) for index, item in enumerate(value))
        if wrong:
            raise CheckError(*(f"item {text}" for text in wrong))
        return tuple(taken.values())

    return Check(expected, take)


def gathered(items: Iterable[tuple[str, Callable[[Any], T], Any]]) -> tuple[list[str], dict[str, T]]:
    """Problems of some values, each text behind the value's name; and the values that are right."""
    wrong: list[str] = []
    taken: dict[str, T] = {}
    for name, check, value in items:
        try:
            taken[name] = check(value)
        except CheckError as error:
            wrong += [f"{name}: {text}" for text in error.texts]
            if len(wrong) >= MAX_FOUND:
                break
    return wrong, taken


def table_of(names: Sequence[str], check: Check, example: str) -> Check:
    """Check for a table with some of the names, whose values all pass the same check."""
    return attrs.evolve(_table(dict.fromkeys(names, check), example), detail=f"each {check.expected}")


def structured(cls: Callable[..., T], example: str) -> Check:
    """Check for a table, which becomes an instance of a class of declared settings."""
    keys = settings(cls)
    required = [name for name, key in keys.items() if key.required]
    inner = _table({name: key.check for name, key in keys.items()}, example, required)
    return Check(inner.expected, lambda value: cls(**inner.take(value)), keys=keys)


def _table(checks: Mapping[str, Check], example: str, required: Sequence[str] = ()) -> Check:
    def take(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise CheckError
        unknown = [f"there is no key {key!r}; {nearest(key, checks)}" for key in value if key not in checks]
        wrong, taken = gathered((name, checks[name], one) for name, one in value.items() if name in checks)
        if missing := [name for name in required if name not in value]:
            wrong.append(f"expected a table with {', '.join(missing)}, like {example}")
        if unknown or wrong:
            raise CheckError(*unknown, *wrong)
        return taken

    return Check(f"a table like {example}", take)


# --- declarations ---------------------------------------------------------------------------------------


@attrs.frozen
class Setting:
    """A key: the check of its value, its default and its meaning."""

    check: Check
    default: Any
    help: str
    unset: str = ""
    """Words for the default in lists for people, if the default alone would say too little."""

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is attrs.NOTHING


def setting(
    help: str,
    check: Check,
    default: Any = attrs.NOTHING,
    *,
    unset: str = "",
    converter: Callable[[Any], Any] | None = None,
) -> Any:
    """A field of a class that is a setting; `settings` lists them."""
    declared = Setting(check, default, help, unset)
    return attrs.field(default=default, converter=converter, metadata={"setting": declared})


def required(help: str, check: Check) -> Setting:
    """A key that must be given, declared outside a class."""
    return Setting(check, attrs.NOTHING, help)


def optional_setting(declared: Setting) -> Any:
    """A field that is a setting declared elsewhere, None if it is not given."""
    return setting(declared.help, declared.check, None)


def settings(cls: Any) -> dict[str, Setting]:
    """The settings of a class by name, in the order of their declaration."""
    fields: Iterable[attrs.Attribute[Any]] = attrs.fields(cls)
    return {field.name: field.metadata["setting"] for field in fields if "setting" in field.metadata}


def taken(
    where: str,
    values: Mapping[str, Any],
    keys: Mapping[str, Setting],
    problems: Problems,
    unknown: Callable[[str], str],
) -> dict[str, Any]:
    """Checked values of a table, with defaults for missing and wrong ones; `problems` collects the errors.

    `unknown` is called with a key that is not declared, and returns the problem's text.
    """
    kept = {name: key.default for name, key in keys.items()}
    begin = f"{where}." if where else ""
    for name, value in values.items():
        if name in keys:
            try:
                kept[name] = keys[name].check(value)
            except CheckError as wrong:
                problems.add(f"{begin}{name}", *wrong.texts)
        elif not problems.are_enough:
            problems.add(f"{begin}{name[:MAX_SHOWN]}", unknown(name))
    for name, default in kept.items():
        if default is attrs.NOTHING and name not in values:
            key = keys[name]
            problems.add(f"{begin}{name}", f"is missing; expected {key.check.expected}: {key.help}")
    return kept
