"""Parameters declared once: a field of a maker is its name, type, default, bounds and explanation."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

import attrs

from azc.errors import AzcError

WORDS = {int: "a whole number", float: "a number", str: "text", bool: "true or false", tuple: "a list"}
"""What a parameter of a type is called where people read it."""

MADE = TypeVar("MADE")


@attrs.frozen
class Parameter:
    """A parameter as `azc tasks` lists it; a required one has the default None."""

    name: str
    kind: type
    default: object
    help: str


def nearest(word: str, words: Any) -> str:
    """A sentence that names the nearest of some words, or all of them where none is near."""
    names = [str(name) for name in words]
    close = get_close_matches(str(word), names, 1, 0.6)
    if not close and (same := [name for name in names if name.lower() == str(word).lower()]):
        close = same
    return f"the nearest is {close[0]!r}" if close else f"there are {', '.join(names)}"


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
    return tuple(
        Parameter(f.name, _kind(f), None if f.default is attrs.NOTHING else f.default, f.metadata["help"])
        for f in attrs.fields(maker)
    )


def configured(maker: type[MADE], kind: str, values: Mapping[str, Any]) -> MADE:
    """A maker from named values; unknown, missing and ill-typed ones are errors that say what is right."""
    fields = {f.name: f for f in attrs.fields(maker)}  # type: ignore[arg-type]
    for name in values:
        if name not in fields:
            raise AzcError(f"{kind} tasks have no parameter {name!r}; {nearest(name, fields)}")
    for name, field in fields.items():
        if field.default is attrs.NOTHING and name not in values:
            raise AzcError(f"{kind} tasks need the parameter {name!r}: {field.metadata['help']}")
    return maker(**values)


def _kind(field: Any) -> type:
    origin = getattr(field.type, "__origin__", field.type)
    return origin if isinstance(origin, type) else type(field.default)


def _converted(value: Any) -> Any:
    return tuple(_converted(item) for item in value) if isinstance(value, list) else value


def _checked(maker: Any, field: Any, value: Any) -> None:
    kind, meta = _kind(field), field.metadata
    whole_as_float = kind is float and type(value) is int
    if type(value) is not kind and not whole_as_float:
        raise AzcError(f"{field.name} must be {WORDS[kind]} ({meta['help']}), but is {value!r}")
    low, high, choices = meta["low"], meta["high"], meta["choices"]
    if (low is not None and not value >= low) or (high is not None and not value <= high):
        bounds = f"at least {low}" if high is None else f"from {low} to {high}"
        raise AzcError(f"{field.name} must be {bounds} ({meta['help']}), but is {value!r}")
    if choices and value not in choices:
        raise AzcError(f"{field.name} is {value!r}; {nearest(value, choices)}")
