"""Page of the report: templates, styles, scripts and data in one file that needs no network."""

import json
import math
from functools import cache
from importlib import resources
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from azc.runs.report.improvements import progress_section, steps
from azc.runs.report.overview import overview
from azc.runs.report.programs import final_section, hall_section
from azc.runs.report.run_data import RunData
from azc.runs.report.run_files import RunFiles
from azc.runs.report.statistics import cost_section, mutation_section, population_section
from azc.runs.report.traces import Chart

_DIGITS: Final = 10
"""Significant digits of numbers in a chart."""


def page(files: RunFiles, data: RunData) -> str:
    """The report as HTML."""
    sections = {
        "overview": overview(files, data),
        "progress": progress_section(data, files),
        "population": population_section(data),
        "mutations": mutation_section(data),
        "costs": cost_section(data),
        "hall": hall_section(files),
        "final": final_section(files, data),
    }
    charts: list[Chart] = [chart for section in sections.values() for chart in section.get("charts", ())]
    return (
        environment()
        .get_template("page.html")
        .render(
            **sections,
            charts=plain({chart.name: chart.spec for chart in charts}),
            improvements=plain(steps(data, files.declared)),
        )
    )


@cache
def environment() -> Environment:
    """Environment of the templates: text is escaped, and unknown names are errors."""
    made = Environment(
        loader=FunctionLoader(lambda name: _read(f"templates/{name}")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.policies["json.dumps_kwargs"] = {
        "allow_nan": False,
        "ensure_ascii": False,
        "separators": (",", ":"),
    }
    made.policies["json.dumps_function"] = json.dumps
    made.globals["inline"] = lambda path: Markup(_read(path))
    return made


def plain(value: Any) -> Any:
    """A value for JSON: numbers with few digits, null for numbers that are not finite."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float):
        return _short(value) if math.isfinite(value) else None
    return value


def _short(value: float) -> float | int:
    rounded = float(f"{value:.{_DIGITS}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 2**53 else rounded


def _read(path: str) -> str:
    """Text of a file in this package."""
    return resources.files("azc.runs.report").joinpath(path).read_text(encoding="utf-8")
