"""Program x tasks -> fitness: chooses the backend, runs epochs, stops and reports as the specification says.

Knows nothing of search or of the command line.
"""

from azc.evaluation.algorithm import Algorithm, compile
from azc.evaluation.evaluator import BACKENDS, PRECISIONS, Evaluator, evaluate, evaluate_many
from azc.evaluation.findings import Stop, constant_predictions, stops
from azc.evaluation.result import WANTS, Evaluation, Report, mean, reported_numbers

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
