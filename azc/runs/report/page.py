"""The page: all sections, scripts and styles in one file that asks for nothing from anywhere."""

from importlib import resources
from typing import Final

from azc.runs.report.about import About
from azc.runs.report.charts import populations, progress
from azc.runs.report.costs import costs, front, mutations, times
from azc.runs.report.html import Html, data_island, element
from azc.runs.report.overview import overview
from azc.runs.report.result import final_section, hall_section
from azc.runs.report.run_data import RunData
from azc.runs.report.story import steps, story
from azc.runs.report.tables import cost_section, mutation_section, population_section

_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'unsafe-inline'",
        "style-src 'unsafe-inline'",
        "img-src data: blob:",
        "font-src data:",
    )
)
"""What a browser may load for the page: nothing that is not in it."""
_SCRIPTS: Final = ("charts.js", "steps.js", "page.js")
_LINKS: Final = (
    ("overview", "Overview"),
    ("progress", "Progress"),
    ("population", "Population"),
    ("mutations", "Mutations"),
    ("costs", "Costs"),
    ("hall", "Hall of fame"),
    ("final", "Program"),
)


def page(about: About, reading: RunData) -> str:
    """The report as HTML."""
    charts = [progress(reading), *populations(reading), mutations(reading), costs(reading), *times(reading)]
    if about.hall:
        charts.append(front(about.hall))
    body = element(
        "body",
        element("a", "To the report", href="#overview", class_="unseen skip"),
        _bar(about),
        element(
            "main",
            overview(about, reading),
            story(reading, about),
            population_section(reading),
            mutation_section(reading),
            cost_section(reading),
            hall_section(about),
            final_section(about, reading),
        ),
        data_island("charts", {chart.name: chart.spec for chart in charts if not chart.empty}),
        data_island("improvements", steps(reading, about.interface)),
        # The library ends no script early; its own text is what plotly distributes to stand in pages.
        Html(f"<script>{_plotly()}</script>"),
        *(Html(f"<script>{_file(name)}</script>") for name in _SCRIPTS),
    )
    return f"<!DOCTYPE html>\n{element('html', _head(about), body, lang='en')}\n"


def _head(about: About) -> Html:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{about.name}: azc report"),
        Html(f"<style>{_file('report.css')}</style>"),
    )


def _bar(about: About) -> Html:
    """What stays at the top: where one can go; the script marks where one is."""
    links = [element("a", text, href=f"#{name}") for name, text in _LINKS]
    theme = element(
        "button", "◐", type="button", id="theme", aria_label="Light or dark", title="Light or dark"
    )
    return element("nav", element("div", *links), theme, aria_label="Sections")


def _file(name: str) -> str:
    return resources.files("azc.runs.report").joinpath(name).read_text(encoding="utf-8")


def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())
