"""What a request of `azc serve` holds: keys and types checked, numbers and tasks read."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from azc.errors import AzcError
from azc.ir import INTERFACES
from azc.tasks import MAX_FEATURES, Task

T = TypeVar("T")

_WORDS: Final = {str: "a string", list: "a list", dict: "an object", int: "a whole number"}
_NOT_FINITE: Final = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf}
_TASK: Final = (
    "features",
    "eval",
    "n_classes",
    "max_abs_error",
    "epochs",
    "train",
    "valid",
    "train_order",
    "seed",
)
_EXAMPLES: Final = ("x", "y")
WORDS_COMPARED: Final = 1000
WORD_COMPARED: Final = 80
"""Maximum number and length of words among which the nearest is looked for, as comparing takes time."""
WORDS_SHOWN: Final = 20


class RequestReader:
    """An object of a request, its keys checked."""

    def __init__(self, fields: Any, where: str, known: Sequence[str]):
        if not isinstance(fields, dict):
            also = " or the name of a defined task" if known is _TASK else ""
            raise AzcError(f"{where} must be an object{also}, not {shown(fields)}")
        for name in fields:
            if name not in known:
                raise AzcError(f"{where} has no {shown(name)}; {nearest_text(name, known)}")
        self.fields: Mapping[str, Any] = fields
        self.where = where

    def take(self, name: str, kind: type[T]) -> T:
        """What stands under a name, which must be there, of a type."""
        if name not in self.fields:
            raise AzcError(f'{self.where} needs "{name}", {_WORDS[kind]}')
        value = self.fields[name]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise AzcError(f'"{name}" must be {_WORDS[kind]}, not {shown(value)}')
        return value

    def choice(self, name: str, known: Sequence[str], default: str | None = None) -> str:
        """One of some words."""
        if default is not None and name not in self.fields:
            return default
        return _one_of(name, self.take(name, str), known)

    def choices(self, name: str, known: Sequence[str]) -> list[str]:
        """Some of some words, each once; none where nothing is said."""
        if name not in self.fields:
            return []
        return list(dict.fromkeys(_one_of(name, value, known) for value in self.take(name, list)))


def _one_of(name: str, value: Any, known: Sequence[str]) -> str:
    if not isinstance(value, str) or value not in known:
        raise AzcError(f'"{name}" cannot be {shown(value)}; {nearest_text(value, known)}')
    return value


def nearest_text(name: Any, known: Iterable[str]) -> str:
    """A phrase that names the nearest of some words, or the first of them."""
    words = list(islice(known, WORDS_COMPARED))
    alike = [word for word in words if len(word) <= WORD_COMPARED]
    near = get_close_matches(str(name)[:40].lower(), alike, 1) if isinstance(name, str) else []
    if near:
        return f"did you mean {near[0]}?"
    if not words:
        return "there are none"
    more = ", …" if len(words) > WORDS_SHOWN else ""
    return f"there are {', '.join(word[:WORD_COMPARED] for word in words[:WORDS_SHOWN])}{more}"


def shown(value: Any) -> str:
    """What came, in a few words."""
    if isinstance(value, list | dict):
        return _WORDS[type(value)]
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = f'"{value[:60]}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def task_of(value: Any, where: str) -> Task:
    """The task that an object describes."""
    reader = RequestReader(value, where, _TASK)
    features = reader.take("features", int)
    if not 1 <= features <= MAX_FEATURES:
        raise AzcError(f'{where}: "features" must be from 1 to {MAX_FEATURES}, not {shown(features)}')
    given = {name: reader.fields[name] for name in ("n_classes", "epochs", "seed") if name in reader.fields}
    if "max_abs_error" in reader.fields:
        given["max_abs_error"] = _number(reader.fields["max_abs_error"], "max_abs_error")
    if "train_order" in reader.fields:
        given["train_order"] = _order(reader.take("train_order", list))
    examples = [_examples(reader, part, features) for part in ("train", "valid")]
    eval_type = reader.choice("eval", tuple(INTERFACES))
    try:
        return Task(*examples[0], *examples[1], eval_type=eval_type, **given)
    except AzcError as error:
        raise AzcError(f"{where}: {error}") from None


def _examples(
    reader: RequestReader, part: str, features: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    examples = RequestReader(reader.take(part, dict), f"{reader.where}.{part}", _EXAMPLES)
    rows = [_numbers(row, f"{part}.x[{index}]") for index, row in enumerate(examples.take("x", list))]
    for index, row in enumerate(rows):
        if len(row) != features:
            raise AzcError(f'{part}.x[{index}] has {len(row)} numbers; "features" is {shown(features)}')
    y = _numbers(examples.take("y", list), f"{part}.y")
    try:
        return np.array(rows, dtype=np.float64).reshape(len(rows), features), np.array(y, dtype=np.float64)
    except OverflowError:
        raise _too_large(part) from None


def _too_large(where: str) -> AzcError:
    return AzcError(f"{where} holds a whole number that no float64 holds; write it as a float")


def _numbers(values: Any, where: str) -> list[float]:
    """A list of numbers."""
    if not isinstance(values, list):
        raise AzcError(f"{where} must be a list of numbers, not {shown(values)}")
    if set(map(type, values)) <= {int, float}:
        return values
    return [_number(value, where, {}, f" at index {index}") for index, value in enumerate(values)]


def _number(value: Any, where: str, words: Mapping[str, float] = _NOT_FINITE, at: str = "") -> float:
    """A number, or what one of some words stands for; `at` says where in a list it stands."""
    if type(value) in (int, float):
        try:
            return float(value)
        except OverflowError:
            raise _too_large(where) from None
    if isinstance(value, str) and value in words:
        return words[value]
    also = ', "nan", "inf" or "-inf"' if words else ""
    raise AzcError(f"{where} takes numbers{also}, not {shown(value)}{at}")


def _order(epochs: list[Any]) -> list[list[int]]:
    for index, epoch in enumerate(epochs):
        if not isinstance(epoch, list) or not set(map(type, epoch)) <= {int}:
            raise AzcError(f"train_order[{index}] must be a list of whole numbers, indexes of examples")
        if len(epoch) != len(epochs[0]):
            raise AzcError("train_order must name the same number of examples for every epoch")
    return epochs
