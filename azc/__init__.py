"""azc: a compiler and search engine for AutoML-Zero programs.

The names below load what they need when first used; `import azc` itself loads nothing heavy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from azc.errors import AzcError

if TYPE_CHECKING:
    from azc.evaluation import Algorithm, Evaluation, compile, evaluate, evaluate_many
    from azc.ir import Program
    from azc.language import format_program, load, parse
    from azc.tasks import Task

_HOMES = {
    "Algorithm": "azc.evaluation",
    "Evaluation": "azc.evaluation",
    "Program": "azc.ir",
    "Task": "azc.tasks",
    "compile": "azc.evaluation",
    "evaluate": "azc.evaluation",
    "evaluate_many": "azc.evaluation",
    "format_program": "azc.language",
    "load": "azc.language",
    "parse": "azc.language",
}

__all__ = [
    "Algorithm",
    "AzcError",
    "Evaluation",
    "Program",
    "Task",
    "compile",
    "evaluate",
    "evaluate_many",
    "format_program",
    "load",
    "parse",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'azc' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
