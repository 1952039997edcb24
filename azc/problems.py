"""Problems of an input, collected to be reported all at once, and the words that errors are made of."""

import re
from collections.abc import Iterable, Iterator, Sequence, Sized
from contextlib import contextmanager
from difflib import get_close_matches
from itertools import islice
from reprlib import Repr
from typing import Any, Final

import attrs

from azc.errors import AzcError

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
