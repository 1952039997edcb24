"""Settings declared once: a field of an attrs class is a key with its default, bounds and explanation.

Errors, lists for people and the tables of the documentation all follow from these declarations. A check
returns the value to keep, or raises `CheckError` with everything that is wrong with it; the caller adds the
key, and `azc.problems` collects the problems of a whole input.
"""

import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Real
from operator import index
from typing import Any, Final, TypeVar

import attrs

from azc.problems import MAX_FOUND, MAX_SHOWN, CheckError, Problems, nearest, shown

T = TypeVar("T")
MAX_WHOLE: Final = 2**63 - 1
"""Maximum whole number if no other bound is declared."""


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
