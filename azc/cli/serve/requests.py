"""Requests of `azc serve`: their keys and the checks of values, declared once; tasks made from their data.

All problems of a request are collected and reported at once.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from azc.errors import AzcError
from azc.evaluation import BACKENDS, PRECISIONS, WANTS
from azc.ir import Signature
from azc.problems import CheckError, Problems, nearest, shown
from azc.settings import TEXT, TRUTH, Check, Setting, list_of, one_of, required, taken
from azc.tasks import FEATURES, TASK, Task

Keys = Mapping[str, Setting]
Examples = tuple[NDArray[np.float64], NDArray[np.float64]]
_NOT_FINITE: Final = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf}
"""Numbers that JSON cannot write, by the strings that stand for them."""
MAX_PROGRAMS: Final = 10_000
"""Maximum number of programs of a request."""
_NUMBER_TYPES: Final = frozenset({int, float})


class EvaluationRequest(NamedTuple):
    """Evaluation that a request asks for."""

    programs: list[str]
    """Texts of the programs."""
    is_list: bool
    """Whether the answer has a list, an entry a program."""
    tasks: list[str | Task]
    """Names of defined tasks, and tasks that came with the request."""
    backend: str
    precision: str
    want: list[str]
    """What to return besides the fitness."""
    simplify: bool
    """Whether to return each program's canonical form, and its key."""
    signature: Signature | None = None
    """Signature of programs that are not supervised learning's; they are not evaluated."""


# --- checks of values -----------------------------------------------------------------------------------


def _all_of(types: frozenset[type], expected: str, item: str) -> Check:
    """Check of a list of values of some types; checked as a whole, since there may be millions."""

    def single(value: Any) -> Any:
        if type(value) not in types:
            raise CheckError
        return value

    one_by_one = list_of(Check(item, single), expected)

    def take(value: Any) -> Any:
        return value if type(value) is list and types.issuperset(map(type, value)) else one_by_one.take(value)

    return Check(expected, take)


def _lists_of(check: Check, expected: str) -> Check:
    """Check of a list of lists, each by `check`; on a failure, all lists are checked for their problems."""
    one_by_one = list_of(check, expected)

    def take(value: Any) -> Any:
        if not isinstance(value, list):
            raise CheckError
        try:
            for item in value:
                check.take(item)
        except CheckError:
            return one_by_one.take(value)
        return value

    return Check(expected, take)


def _limit(value: Any) -> Any:
    is_word = isinstance(value, str) and value in _NOT_FINITE
    return TASK["max_abs_error"].check.take(_NOT_FINITE[value] if is_word else value)


def _order(value: Any) -> Any:
    found = _INDEX_LISTS.take(value)
    if len(set(map(len, found))) > 1:
        raise CheckError("expected the same number of examples for every epoch")
    return found


OBJECT: Final = Check("an object", lambda value: _of_type(value, dict))
ANYTHING: Final = Check("anything", lambda value: value)
TASK_LIST: Final = Check("a list of tasks or names, at least one", lambda value: _of_type(value, list))
PROGRAM_LIST: Final = Check(f"a list of texts, from 1 to {MAX_PROGRAMS:,}", lambda value: _texts(value))
NUMBERS: Final = _all_of(_NUMBER_TYPES, "a list of numbers", "a number")
ROWS: Final = _lists_of(NUMBERS, "a list of lists of numbers")
_INDEX_LISTS: Final = _lists_of(
    _all_of(frozenset({int}), "a list of whole numbers", "a whole number"),
    "a list of indexes of examples for each epoch",
)


def _of_type(value: Any, kind: type) -> Any:
    if not isinstance(value, kind) or not (value or kind is dict):
        raise CheckError
    return value


def _texts(value: Any) -> Any:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_PROGRAMS:
        raise CheckError
    return list_of(TEXT, PROGRAM_LIST.expected).take(value)


# --- keys -----------------------------------------------------------------------------------------------

_ID: Final = Setting(ANYTHING, None, "sent back with the answer")
DEFINE_KEYS: Final[Keys] = {"id": _ID, "define": required("tasks by name", OBJECT)}
EVALUATE_KEYS: Final[Keys] = {
    "id": _ID,
    "program": Setting(TEXT, None, "the program, in azl"),
    "programs": Setting(PROGRAM_LIST, None, "several, each answered on its own"),
    "task": Setting(ANYTHING, None, "a task, or the name of one"),
    "tasks": Setting(TASK_LIST, None, "several"),
    "backend": Setting(one_of(BACKENDS), BACKENDS[0], "what runs the program; all give the same bits"),
    "precision": Setting(one_of(PRECISIONS), PRECISIONS[0], "the numbers in memory"),
    "simplify": Setting(TRUTH, False, "whether to return the canonical form and its key"),
    "signature": Setting(OBJECT, None, "signature of the programs; such programs are not evaluated on tasks"),
    "return": Setting(list_of(one_of(WANTS), "a list of words"), (), "what else to return"),
}
TASK_KEYS: Final[Keys] = {
    "features": required("features an example", FEATURES),
    "eval": required(TASK["eval_type"].help, TASK["eval_type"].check),
    "n_classes": TASK["n_classes"],
    "max_abs_error": Setting(
        Check(f'{TASK["max_abs_error"].check.expected}, or "inf"', _limit),
        TASK["max_abs_error"].default,
        TASK["max_abs_error"].help,
    ),
    "epochs": TASK["epochs"],
    "train": required("training examples", OBJECT),
    "valid": required("validation examples", OBJECT),
    "train_order": Setting(
        Check(_INDEX_LISTS.expected, _order), None, "indexes of examples in the order of each epoch"
    ),
    "seed": TASK["seed"],
}
_SAME_IN_TASK: Final = ("n_classes", "epochs", "seed", "max_abs_error", "train_order")
"""Keys that are parameters of `Task` under the same names."""
_EXAMPLES_KEYS: Final[Keys] = {
    "x": required("features (n, F)", ROWS),
    "y": required("labels (n,)", NUMBERS),
}


def fields_of(where: str, values: Mapping[str, Any], keys: Keys, problems: Problems) -> dict[str, Any]:
    """Values of an object by key, with defaults for missing keys; adds what is wrong to `problems`."""
    return taken(where, values, keys, problems, lambda key: f"there is no such key; {nearest(key, keys)}")


# --- tasks ----------------------------------------------------------------------------------------------


def task_of(value: Any, where: str, problems: Problems) -> Task | None:
    """Task that an object describes; if it is wrong, None, and what is wrong is added to `problems`."""
    if not isinstance(value, dict):
        problems.add(where, f"expected an object or the name of a defined task, but it is {shown(value)}")
        return None
    found = Problems()
    fields = fields_of(where, value, TASK_KEYS, found)
    features, more = fields["features"], {name: fields[name] for name in _SAME_IN_TASK}
    train = _examples(f"{where}.train", fields["train"], features, found)
    valid = _examples(f"{where}.valid", fields["valid"], features, found)
    if train and valid and not found.found:
        try:
            return Task(*train, *valid, eval_type=fields["eval"], **more)
        except AzcError as error:
            found.add(where, *str(error).splitlines())
    problems.found += found.found
    return None


def _examples(where: str, values: Any, features: Any, problems: Problems) -> Examples | None:
    """Examples of an object as float64 arrays (n, F) and (n,); None if something is wrong with them."""
    if not isinstance(values, dict):
        return None  # reported already, by the check of the key
    fields = fields_of(where, values, _EXAMPLES_KEYS, problems)
    if not isinstance(features, int) or (problems.found and problems.wrong(where)):
        return None
    rows = fields["x"]
    if not {features}.issuperset(map(len, rows)):
        index, wrong = next((i, len(row)) for i, row in enumerate(rows) if len(row) != features)
        problems.add(f"{where}.x", f"item {index}: expected {features} numbers, but it has {wrong}")
        return None
    try:
        x, y = (np.array(fields[name], dtype=np.float64) for name in ("x", "y"))
    except OverflowError:
        problems.add(where, "a whole number is too large for float64")
        return None
    return x.reshape(len(rows), features), y
