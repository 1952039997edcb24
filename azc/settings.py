"""Settings declared once: a field of an attrs class is a key with its default, bounds and explanation.

Errors, lists for people and the tables of the documentation all follow from these declarations. A check
returns a value as it is kept, or raises `CheckError` with everything that is wrong with it; who calls it
knows where the value stands. `Problems` collects what is wrong with a whole input, to report it at once.
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
"""The greatest whole number where no other bound is declared."""
MAX_SHOWN: Final = 80
"""Characters of a value in an error."""
MAX_DIGITS: Final = 40
"""Digits of a whole number in an error."""
MAX_COMPARED: Final = 1000
"""Words among which the nearest is looked for."""
MAX_PROBLEMS: Final = 100
"""Problems that an error tells one by one."""
MAX_FOUND: Final = 200
"""Problems after which no more are looked for: an input of a million mistakes must not take a minute."""
MAX_NAMES: Final = 100
"""Names that an error lists."""
MAX_LISTED: Final = 2000
"""Characters of all of them."""


# --- errors ---------------------------------------------------------------------------------------------


class CheckError(ValueError):
    """What is wrong with a value: a text each, none if the check's own description says it."""

    def __init__(self, *texts: str, hint: str = "") -> None:
        super().__init__(*texts)
        self.texts = texts
        self.hint = hint
        """What else to say behind the description."""


@attrs.frozen
class SettingProblem:
    """Something wrong in an input."""

    where: str
    """The key's path, like `search.population_size`; empty for the whole input."""
    what: str
    key: str = ""
    """The key at fault, where the text names it and not its path."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


class SettingsError(AzcError):
    """All that is wrong with an input, a line each, the first hundred of them.

    `problems` are all of them; `source` is the file that they are in and begins every line.
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
        """Collect what is raised inside as problems of a key; of none, where each says itself."""
        try:
            yield
        except SettingsError as error:
            self.found += [SettingProblem(where, str(one)) if where else one for one in error.problems]
        except AzcError as error:
            self.add(where, str(error))

    def wrong(self, *key_paths: str) -> bool:
        """Whether there is a problem at any of some keys, or inside one."""
        return any(is_inside(problem.where, key_path) for problem in self.found for key_path in key_paths)

    @property
    def are_enough(self) -> bool:
        """Whether there are so many that no more need be looked for."""
        return len(self.found) >= MAX_FOUND

    def check(self) -> None:
        """Raise all problems, if there are any."""
        if self.found:
            raise SettingsError(self.found)


def is_inside(where: str, key_path: str) -> bool:
    """Whether a key is another or inside of it, as `search.hurdle` is in `search`."""
    return where.startswith(key_path) and not re.match(r"\w", where[len(key_path) :])


def shown(value: Any) -> str:
    """A value as an error shows it, in a short line of Python; made without a failure, whatever it is."""
    try:
        text = _text(value)
    except Exception:  # a person's own class may raise anything in its __repr__
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
    """The nearest of some words, in its own case if one is near, else in any; None if none is.

    Comparing takes time: only the first thousand words are looked at, and of them only those that are short.
    """
    text = word[:MAX_SHOWN] if isinstance(word, str) else shown(word)
    known = [name for name in islice(names, MAX_COMPARED) if len(name) <= MAX_SHOWN]
    folded = {name.lower(): name for name in reversed(known)}
    close = get_close_matches(text, known, 1, 0.6)
    close = close or [folded[name] for name in get_close_matches(text.lower(), folded, 1, 0.6)]
    return close[0] if close else None


def nearest(word: object, known: Iterable[object]) -> str:
    """A phrase that names the nearest of some words, or all of them where none is near."""
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
    """What a value must be, in words, and what takes it."""

    expected: str
    """As in `expected a whole number from 1 to 5, but it is 'x'`."""
    take: Callable[[Any], Any]
    """The value as it is kept, or raises `CheckError`."""
    detail: str = ""
    """What else the documentation says of the value: the words possible, the bounds of what is inside."""
    keys: "Mapping[str, Setting]" = attrs.field(factory=dict)
    """The settings inside of a table."""
    words: tuple[str, ...] = ()
    """The words possible, if it is one of some."""

    def __call__(self, value: Any) -> Any:
        """The value as it is kept; `CheckError` says what was expected."""
        try:
            return self.take(value)
        except CheckError as wrong:
            raise self.refused(wrong, f"expected {self.expected}, but it is {shown(value)}") from None

    @staticmethod
    def refused(wrong: CheckError, sentence: str) -> CheckError:
        """What is wrong, said with this sentence where it has no words of its own."""
        return wrong if wrong.texts else CheckError("; ".join(filter(None, [sentence, wrong.hint])))


def bounds_text(low: object, high: object) -> str:
    """Bounds in words, both included: `of at least 1`, `from 0.0 to 1.0`."""
    return f"of at least {low}" if high is None else f"from {low} to {high}"


def whole(low: int, high: int | None = None) -> Check:
    """A whole number, also NumPy's, bounds included; an int of Python comes out."""
    most = MAX_WHOLE if high is None else high

    def take(value: Any) -> int:
        if type(value) is int and low <= value <= most:
            return value  # at once, as functions that are called by the thousand check theirs
        try:
            found = None if isinstance(value, bool) else index(value)
        except Exception:  # a person's own class may raise anything
            found = None
        if found is None or not low <= found <= most:
            raise CheckError
        return found

    return Check(f"a whole number {bounds_text(low, high)}", take)


def number(low: float = -math.inf, high: float | None = None, *, nan: bool = False) -> Check:
    """A number, also NumPy's, bounds included, as a float; nan only where it is allowed."""
    most = math.inf if high is None else high

    def take(value: Any) -> float:
        if type(value) is not float and (not isinstance(value, Real) or isinstance(value, bool)):
            raise CheckError
        try:
            found = float(value)
        except Exception:  # a whole number beyond all floats; a person's own class may raise anything
            raise CheckError(hint="no float64 holds it") from None
        if not (low <= found <= most or (nan and math.isnan(found))):
            raise CheckError
        return found

    bounds = "" if (low, high) == (-math.inf, None) else f" {bounds_text(low, high)}"
    return Check(f"a number{bounds}", take)


def one_of(names: Iterable[str]) -> Check:
    """One of some words."""
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
    """A list in which every item passes a check, as a tuple; all items that do not are told."""

    def take(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, (list, tuple)):
            raise CheckError
        wrong, taken = gathered((str(index), check, item) for index, item in enumerate(value))
        if wrong:
            raise CheckError(*(f"item {text}" for text in wrong))
        return tuple(taken.values())

    return Check(expected, take)


def gathered(items: Iterable[tuple[str, Callable[[Any], T], Any]]) -> tuple[list[str], dict[str, T]]:
    """What is wrong with some values, each text behind the value's name; and the values that are right."""
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
    """A table with some of the names, each of its values checked alike."""
    return attrs.evolve(_table(dict.fromkeys(names, check), example), detail=f"each {check.expected}")


def structured(cls: Callable[..., T], example: str) -> Check:
    """A table that becomes an instance of a class of declared settings."""
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
    """A key: the check of its value, its default and what it means."""

    check: Check
    default: Any
    help: str
    unset: str = ""
    """What stands for the default in lists for people, where the default alone does not say it."""

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
    """A key that must be given, outside a class."""
    return Setting(check, attrs.NOTHING, help)


def optional_setting(declared: Setting) -> Any:
    """A field that is a setting declared elsewhere, None where it is not given."""
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
    """A table's values as they are kept, with defaults for what is not given, or wrong and collected.

    `unknown` says what is to be said of a key that is not declared.
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
