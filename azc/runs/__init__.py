"""A search that lasts: its folder, history, checkpoints, workers, result and report.

Knows how islands are advanced, and nothing of how; nothing of the command line. What needs the inner loop is
loaded when first used.
"""

from typing import TYPE_CHECKING

from azc.lazy import lazy
from azc.runs.header import Header, header_of, read_header, with_header

if TYPE_CHECKING:
    from azc.runs.callbacks import Callback, Improvement, Progress
    from azc.runs.folder import RunFolder, named_folder
    from azc.runs.launch import resume, run_search
    from azc.runs.processes import Processes
    from azc.runs.workers import Here, Lent

_LAZY = {
    "Callback": "callbacks",
    "Here": "workers",
    "Improvement": "callbacks",
    "Lent": "workers",
    "Processes": "processes",
    "Progress": "callbacks",
    "RunFolder": "folder",
    "named_folder": "folder",
    "resume": "launch",
    "run_search": "launch",
}


__getattr__, __dir__ = lazy(__name__, _LAZY)

__all__ = [
    "Callback",
    "Header",
    "Here",
    "Improvement",
    "Lent",
    "Processes",
    "Progress",
    "RunFolder",
    "header_of",
    "named_folder",
    "read_header",
    "resume",
    "run_search",
    "with_header",
]
