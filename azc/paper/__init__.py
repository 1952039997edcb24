"""Studies: the experiments of AutoML-Zero (Real, Liang, So, Le 2020), each with its table and its figure.

Knows searches and what programs mean; nothing of the command line. Figures need matplotlib, `azc[paper]`.
"""

from typing import TYPE_CHECKING

from azc.lazy import lazy

if TYPE_CHECKING:
    from azc.paper.studies import BUDGETS, STUDIES, Study, StudyResult, run_study
    from azc.paper.success_rate import SuccessRate

__getattr__, __dir__ = lazy(
    __name__,
    {
        "BUDGETS": "studies",
        "STUDIES": "studies",
        "Study": "studies",
        "StudyResult": "studies",
        "SuccessRate": "success_rate",
        "run_study": "studies",
    },
)

__all__ = ["BUDGETS", "STUDIES", "Study", "StudyResult", "SuccessRate", "run_study"]
