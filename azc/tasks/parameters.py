"""Parameters of makers, declared once: a field has name, type, default, bounds and explanation."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import attrs
import numpy as np

from azc.arguments import fault
from azc.errors import AzcError
from azc.problems import CheckError, SettingProblem, SettingsError, nearest, shown
from azc.settings import Check, Setting, settings

WORDS: Final = {int: "a whole number", float: "a number", str: "text", bool: "true or false", tuple: "a list"}
"""Types of parameters in words."""
MADE = TypeVar("MADE")


@attrs.frozen
class Parameter:
    """A parameter as `azc tasks` lists it; a required one has the default None."""

    name: str
    kind: type
    default: object
    help: str


def parameter(help: str, check: Check, default: Any = attrs.NOTHING) -> Any:
    """Field of a maker that is a setting and checks its value."""
    return parameter_of(Setting(check, default, help))


def parameter_of(declared: Setting, help: str = "") -> Any:
    """Field of a maker that is a setting declared elsewhere; `help` explains it here."""
    declared = attrs.evolve(declared, help=help or declared.help)
    return attrs.field(
        default=declared.default,
        converter=_converted,
        validator=_checked,
        metadata={"setting": declared},
    )


def parameters(maker: type) -> tuple[Parameter, ...]:
    """The parameters of a maker in the order of its declaration."""
    fields = attrs.fields(maker) if isinstance(maker, type) and attrs.has(maker) else ()
    keys = settings(maker) if fields else {}
    if not fields or len(keys) < len(fields):
        raise fault("maker", "a class of azc.tasks.MAKERS", maker)
    kinds = {field.name: _kind(field) for field in fields}
    return tuple(
        Parameter(name, kinds[name], None if key.required else key.default, key.help)
        for name, key in keys.items()
    )


def configured(maker: type[MADE], kind: str, values: Mapping[str, Any]) -> MADE:
    """Create a maker from named values; SettingsError lists all unknown, missing and wrong ones."""
    keys = settings(maker)
    problems = []
    for name, value in values.items():
        if name in keys:
            problems += _problems(name, keys[name], value)
        else:
            what = f"{kind} tasks have no parameter {shown(name)}; {nearest(name, keys)}"
            problems.append(SettingProblem("", what, name))
    for name, key in keys.items():
        if key.required and name not in values:
            what = f"{kind} tasks need the parameter {name!r}: {key.help}"
            problems.append(SettingProblem("", what, name))
    if problems:
        raise SettingsError(problems)
    return maker(**values)


def _kind(field: Any) -> type:
    origin = getattr(field.type, "__origin__", field.type)
    return origin if isinstance(origin, type) else type(field.default)


def _converted(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    try:
        return tuple(_converted(item) for item in value) if isinstance(value, list) else value
    except RecursionError:
        raise AzcError("a list is nested too deeply; expected one of texts or numbers") from None


def _problems(name: str, key: Setting, value: Any) -> list[SettingProblem]:
    try:
        key.check.take(_converted(value))
    except CheckError as error:
        sentence = f"{name} must be {key.check.expected} ({key.help}), but is {shown(value)}"
        return [SettingProblem("", text, name) for text in Check.refused(error, sentence).texts]
    return []


def _checked(maker: Any, field: Any, value: Any) -> None:
    if problems := _problems(field.name, field.metadata["setting"], value):
        raise SettingsError(problems)
