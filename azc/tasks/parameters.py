"""Parameters declared once: a field of a maker is its name, type, default, bounds and explanation."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import attrs
import numpy as np

from azc.arguments import fault
from azc.errors import AzcError
from azc.settings import (
    LIST,
    TEXT,
    TRUTH,
    Check,
    CheckError,
    Setting,
    SettingProblem,
    SettingsError,
    bounds_text,
    nearest,
    number,
    one_of,
    shown,
    whole,
)

WORDS: Final = {int: "a whole number", float: "a number", str: "text", bool: "true or false", tuple: "a list"}
"""What a parameter of a type is called where people read it."""
_CHECKS: Final[Mapping[type, Callable[[Any, Any], Check]]] = {
    int: whole,
    float: number,
    str: lambda low, high: TEXT,
    bool: lambda low, high: TRUTH,
    tuple: lambda low, high: LIST,
}

MADE = TypeVar("MADE")


@attrs.frozen
class Parameter:
    """A parameter as `azc tasks` lists it; a required one has the default None."""

    name: str
    kind: type
    default: object
    help: str


def parameter(
    help: str,
    default: Any = attrs.NOTHING,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """A field that explains and checks itself: type, bounds (both included) or the words possible."""
    return attrs.field(
        default=default,
        converter=_converted,
        validator=_checked,
        metadata={"help": help, "low": low, "high": high, "choices": choices},
    )


def parameters(maker: type) -> tuple[Parameter, ...]:
    """The parameters of a maker in the order of its declaration."""
    is_made_for_it = isinstance(maker, type) and attrs.has(maker)
    if not is_made_for_it or not all("help" in field.metadata for field in attrs.fields(maker)):
        raise fault("maker", "a class of azc.tasks.MAKERS", maker)
    return tuple(
        Parameter(f.name, _kind(f), None if f.default is attrs.NOTHING else f.default, f.metadata["help"])
        for f in attrs.fields(maker)
    )


def declared(maker: Any) -> dict[str, Setting]:
    """The parameters of a maker as settings."""
    return {
        field.name: Setting(_check(field), field.default, field.metadata["help"])
        for field in attrs.fields(maker)
    }


def configured(maker: type[MADE], kind: str, values: Mapping[str, Any]) -> MADE:
    """A maker from named values; all unknown, missing and ill-typed ones are told, with what is right."""
    fields = {f.name: f for f in attrs.fields(maker)}  # type: ignore[arg-type]
    problems = []
    for name, value in values.items():
        if name in fields:
            problems += _problems(fields[name], value)
        else:
            what = f"{kind} tasks have no parameter {shown(name)}; {nearest(name, fields)}"
            problems.append(SettingProblem("", what, name))
    for name, field in fields.items():
        if field.default is attrs.NOTHING and name not in values:
            what = f"{kind} tasks need the parameter {name!r}: {field.metadata['help']}"
            problems.append(SettingProblem("", what, name))
    if problems:
        raise SettingsError(problems)
    return maker(**values)


def _kind(field: Any) -> type:
    origin = getattr(field.type, "__origin__", field.type)
    return origin if isinstance(origin, type) else type(field.default)


def _check(field: Any) -> Check:
    meta = field.metadata
    if meta["choices"]:
        return one_of(meta["choices"])
    return _CHECKS[_kind(field)](meta["low"], meta["high"])


def _converted(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()  # numbers of NumPy are as good as Python's
    try:
        return tuple(_converted(item) for item in value) if isinstance(value, list) else value
    except RecursionError:
        raise AzcError("a list is nested too deeply; expected one of texts or numbers") from None


def _problems(field: Any, value: Any) -> list[SettingProblem]:
    check = _check(field)
    try:
        check.take(_converted(value))
    except CheckError as error:
        texts = Check.refused(error, _refusal(field, check, value)).texts
        return [SettingProblem("", text, field.name) for text in texts]
    return []


def _refusal(field: Any, check: Check, value: Any) -> str:
    """What a parameter must be and is: its bounds where only those are crossed."""
    name, meta = field.name, field.metadata
    if meta["choices"] and isinstance(value, str):
        return f"{name} is {shown(value)}"
    right = type(value) is _kind(field) or (type(value) is int and _kind(field) is float)
    bounds = bounds_text(meta["low"], meta["high"]).removeprefix("of ")
    expected = bounds if right and meta["low"] is not None else check.expected
    return f"{name} must be {expected} ({meta['help']}), but is {shown(value)}"


def _checked(maker: Any, field: Any, value: Any) -> None:
    if problems := _problems(field, value):
        raise SettingsError(problems)
