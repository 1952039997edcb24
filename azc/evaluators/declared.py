"""The keys of the table `[evaluator]`, declared once."""

import re
from typing import Any, Final

import attrs

from azc.evaluation import MAX_LANES
from azc.problems import CheckError
from azc.settings import TEXT, TRUTH, Check, Setting, number, one_of, setting, settings, whole
from azc.tasks import MAX_FEATURES

MAX_CASES: Final = 10_000
"""Maximum number of numbers in a score."""
MAX_SECONDS: Final = 1e6
"""Longest time limit: what operating systems wait for at a time."""
GIVE: Final = ("algorithms", "programs")
"""What a Python function gets."""


def _python(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[^\W\d][\w.]*:[^\W\d][\w.]*", value):
        raise CheckError
    return value


def _command(value: Any) -> tuple[str, ...]:
    texts = value if isinstance(value, (list, tuple)) else ()
    if not texts or not all(isinstance(one, str) and one and "\0" not in one for one in texts):
        raise CheckError
    return tuple(texts)


def _seconds(value: Any) -> float:
    seconds: float = number(0.0, MAX_SECONDS).take(value)
    if not seconds:
        raise CheckError
    return seconds


@attrs.frozen(kw_only=True)
class EvaluatorSettings:
    """The table `[evaluator]`: who scores programs, what it gets and what it answers."""

    python: str | None = setting(
        "function that scores, in a module beside the configuration or on Python's path",
        Check('text like "module:function"', _python),
        None,
        unset="given to `run_search`",
    )
    command: tuple[str, ...] | None = setting(
        "command that scores, started in the configuration's folder; lines of JSON go in and out",
        Check('a list like ["node", "score.js"]', _command),
        None,
    )
    folder: str | None = setting("folder of the module or command", TEXT, None, unset="the configuration's")
    give: str = setting("what a Python function gets", one_of(GIVE), "algorithms")
    features: int = setting("F, elements of a vector in algorithms", whole(1, MAX_FEATURES), 4)
    lanes: int = setting(
        "copies of the program in an algorithm; the draws of lane i have the seed i", whole(1, MAX_LANES), 1
    )
    cases: int = setting("numbers in a score, one a case; their mean is the fitness", whole(1, MAX_CASES), 1)
    batch: int = setting("maximum number of programs scored in one call", whole(1, MAX_CASES), 32)
    seconds: float = setting(
        "maximum seconds of a call; what exceeds them is stopped, and its programs are scored one by one",
        Check("a number above 0, at most 1000000", _seconds),
        60.0,
    )
    deterministic: bool = setting(
        "whether a program always gets the same score; then programs of equal canonical form are scored once",
        TRUTH,
        True,
    )
    stages: bool = setting(
        'whether a command scores for selection ("select") and at the end ("final") too; a function does if '
        "it takes `stage`",
        TRUTH,
        False,
    )


EVALUATOR: Final[dict[str, Setting]] = settings(EvaluatorSettings)
"""The keys by name."""
