"""Evaluators of one's own: a Python function, or a command, that scores programs in place of tasks.

Knows programs and how they are compiled; nothing of search. All but the settings is loaded when first used.
"""

from typing import TYPE_CHECKING

from azc.evaluators.declared import EVALUATOR, EvaluatorSettings
from azc.lazy import lazy

if TYPE_CHECKING:
    from azc.evaluators.judge import FAILURES, STAGES, Failure, Judge
    from azc.evaluators.own import OwnEvaluator

__getattr__, __dir__ = lazy(
    __name__,
    {"FAILURES": "judge", "STAGES": "judge", "Failure": "judge", "Judge": "judge", "OwnEvaluator": "own"},
)

__all__ = ["EVALUATOR", "FAILURES", "STAGES", "EvaluatorSettings", "Failure", "Judge", "OwnEvaluator"]
