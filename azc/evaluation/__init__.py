"""Program x tasks -> fitness: chooses the backend, runs epochs, stops and reports as the specification says.

Knows nothing of search or of the command line.
"""

from typing import TYPE_CHECKING

from azc.evaluation.algorithm import Algorithm, compile
from azc.evaluation.evaluator import BACKENDS, PRECISIONS, Evaluator, evaluate, evaluate_many
from azc.evaluation.findings import Stop, constant_predictions, stops
from azc.evaluation.result import WANTS, Evaluation, Report, mean, reported_numbers
from azc.lazy import lazy

if TYPE_CHECKING:
    from azc.evaluation.lanes import GroupKey as GroupKey
    from azc.evaluation.lanes import blocks as blocks
    from azc.evaluation.lanes import group_bytes as group_bytes
    from azc.evaluation.lanes import groups as groups
    from azc.evaluation.lanes import pack as pack
    from azc.evaluation.lanes import stored_precision as stored_precision

# Lanes need LLVM, which the Python backend does without.
__getattr__, __dir__ = lazy(
    __name__,
    dict.fromkeys(("GroupKey", "blocks", "group_bytes", "groups", "pack", "stored_precision"), "lanes"),
)

__all__ = [
    "BACKENDS",
    "PRECISIONS",
    "WANTS",
    "Algorithm",
    "Evaluation",
    "Evaluator",
    "Report",
    "Stop",
    "compile",
    "constant_predictions",
    "evaluate",
    "evaluate_many",
    "mean",
    "reported_numbers",
    "stops",
]
