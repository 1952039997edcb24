"""The improvements of a run, one after the other: what each changed of the one before and of its ancestor."""

from functools import cache
from typing import Any

from azc.ir import Interface
from azc.runs.report.about import About
from azc.runs.report.charts import progress
from azc.runs.report.diff import difference, packed
from azc.runs.report.html import Html, element
from azc.runs.report.parts import axis_switch, figure, fitness_switch, section
from azc.runs.report.programs import ListingLine, lines
from azc.runs.report.run_data import RunData
from azc.runs.report.words import count_text, fitness_text, gain_text, seconds_text


def steps(reading: RunData, interface: Interface) -> list[dict[str, Any]]:
    """What the page shows of each improvement."""
    texts = [*(row["program"] for row in reading.best), *reading.ancestors.values()]
    # Numbers of draws on all programs or on none, else they would seem to change.
    draws = any("draw=" in text for text in texts)

    @cache
    def read(text: str) -> list[ListingLine]:
        return lines(text, interface, draws)

    found: list[dict[str, Any]] = []
    before: dict[str, Any] | None = None
    for row in reading.best:
        now = read(row["program"])
        ancestor = reading.ancestors.get(row["ancestor"])
        known = before is not None and row["ancestor"] == before["individual"]
        found.append(
            {
                "title": f"Improvement {count_text(row['rank'])}",
                "facts": _facts(row, before),
                "mutations": [*filter(None, row["mutations"].split(", "))],
                "before": packed(difference(read(before["program"]) if before else [], now)),
                "ancestor": None if ancestor is None or known else packed(difference(read(ancestor), now)),
                "known": known,
            }
        )
        before = row
    return found


def _facts(row: dict[str, Any], before: dict[str, Any] | None) -> list[tuple[str, str]]:
    gain = f" ({gain_text(row['fitness'] - before['fitness'])})" if before else ""
    return [
        ("Fitness", f"{fitness_text(row['fitness'])}{gain}"),
        ("Of its parent", fitness_text(row["parent_fitness"]) if row["parent_fitness"] is not None else ""),
        ("Programs scored", count_text(row["run_evals"])),
        ("Known after", _known_after(row)),
        ("Generations", _generations(row)),
        ("Found on", f"island {row['island']}, experiment {row['experiment']}, round {row['round']}"),
        ("Live instructions", count_text(row["length"])),
    ]


def _known_after(row: dict[str, Any]) -> str:
    """All improvements of a round are known when it is complete."""
    seconds = row["search_seconds"]
    return "" if seconds is None else f"{seconds_text(seconds)} of search, with all of its round"


def _generations(row: dict[str, Any]) -> str:
    """Since which program they are counted, if it is not a first one itself."""
    if row["ancestor"] is not None:
        return f"{count_text(row['generations'])} since its ancestor that was an improvement"
    return (
        f"{count_text(row['generations'])} from the beginning" if row["generations"] else "0, a first program"
    )


def story(reading: RunData, about: About) -> Html:
    """The section: the chart, and below it the difference that a click chooses."""
    shown, every = len(reading.best), reading.n_best
    lead = (
        "Each point is a program better than all before it. Click one, or step through them with the "
        "arrow keys: what it changed is shown below."
    )
    if shown < every:
        lead += f" Of {every:,} the {shown:,} greatest steps are shown, each against the one shown before."
    if about.own_tasks:
        lead += (
            " Some islands have tasks of their own: their fitnesses are not of the same tasks as the others'."
        )
    drawn = progress(reading)
    chart = figure(drawn, wide=True)
    fitness = fitness_switch() if "error" in drawn.views else None
    switches = element("div", axis_switch(), fitness, class_="switches") if chart else None
    if not shown:
        empty = element(
            "p", "No improvement yet: no program was scored better than nothing.", class_="empty card"
        )
        lead = "The best fitness of the run." if chart else ""
        return section("progress", "Progress", lead, switches, chart, empty)
    return section("progress", "Progress", lead, switches, chart, _panel(shown))


def _panel(count: int) -> Html:
    """Where the script puts an improvement."""
    facts = element("div", element("h3", "", id="step-title"), element("dl", id="step-facts", class_="facts"))
    listing = element(
        "div", id="diff", class_="listing diff", tabindex="0", role="region", aria_label="Difference"
    )
    difference = element("div", _switches(), listing, element("p", id="diff-note", class_="note"))
    improvement = element("div", facts, difference, class_="improvement")
    return element("div", _controls(count), improvement, class_="card", id="steps")


def _controls(count: int) -> Html:
    """Which improvement is shown."""
    ends = {"min": 1, "max": count, "value": count, "step": 1}
    return element(
        "div",
        element("button", "←", type="button", id="step-back", aria_label="Improvement before"),
        element("input", type="range", id="step", aria_label="Which improvement", **ends),
        element("button", "→", type="button", id="step-on", aria_label="Next improvement"),
        element("output", f"{count} / {count}", id="step-number", for_="step"),
        class_="steps",
    )


def _switches() -> Html:
    """What it is compared with, and how much of it is shown."""
    against = element(
        "div",
        element("span", "Compared with"),
        element("button", "the best before", type="button", data_against="before", aria_pressed="true"),
        element("button", "its ancestor", type="button", data_against="ancestor", aria_pressed="false"),
        class_="switch",
        role="group",
        aria_label="Compared with",
    )
    box = element("input", type="checkbox", id="only-live")
    alive = element("label", box, " live code only", class_="switch")
    return element("div", against, alive, class_="switches")
