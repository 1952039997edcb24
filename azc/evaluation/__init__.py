"""Evaluation: program and tasks to fitness, by a chosen backend, as the specification says.

Knows nothing of search or of the command line.
"""

from typing import TYPE_CHECKING

from azc.evaluation.algorithm import Algorithm
from azc.evaluation.compiling import MAX_LANES as MAX_LANES
from azc.evaluation.compiling import compile
from azc.evaluation.evaluator import BACKENDS, PRECISIONS, Evaluator, evaluate, evaluate_many
from azc.evaluation.findings import Stop, constant_predictions, stops
from azc.evaluation.result import WANTS, Evaluation, Report, mean, reported_numbers
from azc.lazy import lazy

if TYPE_CHECKING:
    from azc.evaluation.bench import Bench as Bench
    from azc.evaluation.bench import TaskBlock as TaskBlock
    from azc.evaluation.bench import bench_bytes as bench_bytes
    from azc.evaluation.bench import cut as cut
    from azc.evaluation.learner import Learner as Learner

# A bench needs LLVM; the Python backend must work without.
__getattr__, __dir__ = lazy(
    __name__,
    {**dict.fromkeys(("Bench", "TaskBlock", "bench_bytes", "cut"), "bench"), "Learner": "learner"},
)

__all__ = [
    "BACKENDS",
    "PRECISIONS",
    "WANTS",
    "Algorithm",
    "Evaluation",
    "Evaluator",
    "Learner",
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
