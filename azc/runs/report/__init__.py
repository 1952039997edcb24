"""The report of a run: one HTML file that needs nothing from anywhere, for people to look at and pass on.

Knows what a run's folder holds; changes nothing in it but the report. Jinja2 is loaded when first used.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azc.runs.folder import RunFolder


def write_report(folder: "RunFolder", to: Path | None = None) -> Path:
    """Write the report of a run, which may still be on: `report.html` in its folder, or `to`; the path.

    AzcError where the folder's files are missing or damaged, or where nothing can be written.
    """
    from azc.runs.files import write_durably
    from azc.runs.report.about import about
    from azc.runs.report.page import page
    from azc.runs.report.run_data import read

    path = folder.report if to is None else to
    write_durably(path, page(about(folder), read(folder.history)).encode())
    return path


__all__ = ["write_report"]
