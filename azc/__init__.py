"""azc: a compiler and search engine for AutoML-Zero programs.

The names below load what they need when first used; `import azc` itself loads nothing heavy.
"""

from typing import TYPE_CHECKING

from azc.errors import AzcError
from azc.lazy import lazy

if TYPE_CHECKING:
    from azc.evaluation import Algorithm, Evaluation, compile, evaluate, evaluate_many
    from azc.ir import Program, Signature
    from azc.language import format_program, load, load_signature, parse
    from azc.runs import resume, run_search
    from azc.search import load_config
    from azc.tasks import Task

_HOMES = {
    "Algorithm": "evaluation",
    "Evaluation": "evaluation",
    "Program": "ir",
    "Signature": "ir",
    "Task": "tasks",
    "compile": "evaluation",
    "evaluate": "evaluation",
    "evaluate_many": "evaluation",
    "format_program": "language",
    "load": "language",
    "load_config": "search",
    "load_signature": "language",
    "parse": "language",
    "resume": "runs",
    "run_search": "runs",
}

__all__ = [
    "Algorithm",
    "AzcError",
    "Evaluation",
    "Program",
    "Signature",
    "Task",
    "compile",
    "evaluate",
    "evaluate_many",
    "format_program",
    "load",
    "load_config",
    "load_signature",
    "parse",
    "resume",
    "run_search",
]
__version__ = "0.1.0"
__getattr__, __dir__ = lazy(__name__, _HOMES)
