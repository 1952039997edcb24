"""The report of a run: one HTML file that works offline.

Reads a run's folder and changes nothing in it but the report. Jinja2 is imported when a report is written.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azc.runs.folder import RunFolder


def write_report(folder: "RunFolder", to: Path | None = None) -> Path:
    """Write the report of a run, on or ended, to `report.html` in its folder or to `to`; return the path.

    AzcError if the folder's files are missing or damaged, or if the report cannot be written.
    """
    from azc.runs.files import write_durably
    from azc.runs.report.page import page
    from azc.runs.report.run_data import read
    from azc.runs.report.run_files import read_files

    path = folder.report if to is None else to
    write_durably(path, page(read_files(folder), read(folder.history)).encode())
    return path


__all__ = ["write_report"]
