"""The experiments of AutoML-Zero (Real, Liang, So, Le 2020): what to run, what came out, and its figure.

Knows searches and what programs mean; nothing of the command line. Figures need matplotlib, `azc[paper]`.
"""

from typing import TYPE_CHECKING

from azc.lazy import lazy

if TYPE_CHECKING:
    from azc.paper.experiments import BUDGETS, EXPERIMENTS, Experiment, ExperimentResult, run_experiment

__getattr__, __dir__ = lazy(
    __name__,
    {
        "BUDGETS": "experiments",
        "EXPERIMENTS": "experiments",
        "Experiment": "experiments",
        "ExperimentResult": "experiments",
        "run_experiment": "experiments",
    },
)

__all__ = ["BUDGETS", "EXPERIMENTS", "Experiment", "ExperimentResult", "run_experiment"]
