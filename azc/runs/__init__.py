"""Runs: a search with a folder, history, checkpoints, workers, result and report.

Knows that islands are advanced, not how; knows nothing of the command line. Modules that need the inner
loop are imported on first use.
"""

from typing import TYPE_CHECKING

from azc.lazy import lazy
from azc.runs.header import Header, header_of, read_header, with_header

if TYPE_CHECKING:
    from azc.runs.callbacks import Callback, Improvement, Progress
    from azc.runs.cluster import connected as connected
    from azc.runs.folder import RunFolder, named_folder
    from azc.runs.folder import configured as configured
    from azc.runs.folder import eval_type_of as eval_type_of
    from azc.runs.folder import lock as lock
    from azc.runs.folder import opened as opened
    from azc.runs.hall_of_fame import HALL_COLUMNS as HALL_COLUMNS
    from azc.runs.launch import WorkersOption as WorkersOption
    from azc.runs.launch import resume, run_search
    from azc.runs.meta import Generation as Generation
    from azc.runs.meta import Spent as Spent
    from azc.runs.meta import TunedStrategy, tune_strategy
    from azc.runs.processes import Processes
    from azc.runs.report import write_report as write_report
    from azc.runs.summary import Summary as Summary
    from azc.runs.summary import differences as differences
    from azc.runs.summary import summarize as summarize
    from azc.runs.workers import InProcess, OnExecutor

_LAZY = {
    "WorkersOption": "launch",
    "Summary": "summary",
    "configured": "folder",
    "connected": "cluster",
    "differences": "summary",
    "eval_type_of": "folder",
    "lock": "folder",
    "opened": "folder",
    "summarize": "summary",
    "Generation": "meta",
    "HALL_COLUMNS": "hall_of_fame",
    "write_report": "report",
    "Callback": "callbacks",
    "InProcess": "workers",
    "Improvement": "callbacks",
    "OnExecutor": "workers",
    "Processes": "processes",
    "Progress": "callbacks",
    "RunFolder": "folder",
    "Spent": "meta",
    "TunedStrategy": "meta",
    "named_folder": "folder",
    "resume": "launch",
    "run_search": "launch",
    "tune_strategy": "meta",
}


__getattr__, __dir__ = lazy(__name__, _LAZY)

__all__ = [
    "Callback",
    "Header",
    "Improvement",
    "InProcess",
    "OnExecutor",
    "Processes",
    "Progress",
    "RunFolder",
    "TunedStrategy",
    "header_of",
    "named_folder",
    "read_header",
    "resume",
    "run_search",
    "tune_strategy",
    "with_header",
]
