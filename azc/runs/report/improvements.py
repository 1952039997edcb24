"""Progress section: each improvement, as a difference from the one before and from its ancestor."""

from functools import cache
from typing import Any

from azc.explain import Explanation, changes, explain
from azc.ir import SignatureLike, own_signature
from azc.language import parse
from azc.runs.report.charts import progress
from azc.runs.report.listing import ListingLine, difference, lines, packed
from azc.runs.report.run_data import RunData
from azc.runs.report.run_files import RunFiles
from azc.runs.report.traces import drawable
from azc.runs.report.words import count_text, fitness_text, gain_text, seconds_text


def steps(data: RunData, declared: SignatureLike) -> list[dict[str, Any]]:
    """Title, facts, mutations and differences of each improvement, for the page's script."""
    texts = [*(row["program"] for row in data.best), *data.ancestors.values()]
    # Draws are numbered in all programs or in none, so that they do not seem to change.
    draws = any("draw=" in text for text in texts)

    @cache
    def read(text: str) -> list[ListingLine]:
        return lines(text, declared, draws)

    @cache
    def meaning(text: str) -> Explanation | None:
        try:
            return explain(parse(text, signature=own_signature(declared)), declared)
        except Exception:  # a report is not lost for words on one of its programs
            return None

    found: list[dict[str, Any]] = []
    before: dict[str, Any] | None = None
    for row in data.best:
        now = read(row["program"])
        ancestor = data.ancestors.get(row["ancestor"])
        known = before is not None and row["ancestor"] == before["individual"]
        found.append(
            {
                "title": f"Improvement {count_text(row['rank'])}",
                "facts": [
                    *_facts(row, before),
                    *_in_words(meaning(before["program"]) if before else None, meaning(row["program"])),
                ],
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


def _in_words(before: Explanation | None, now: Explanation | None) -> list[tuple[str, str]]:
    """What a program is, and what is new in it."""
    if now is None:
        return []
    new = "; ".join(changes(before, now)) if before else ""
    return [("What is new", new), ("In words", now.traits.summary)]


def _known_after(row: dict[str, Any]) -> str:
    """Seconds of search until the improvement's round was complete, as text."""
    seconds = row["search_seconds"]
    return "" if seconds is None else f"{seconds_text(seconds)} of search, with all of its round"


def _generations(row: dict[str, Any]) -> str:
    """Number of generations since the ancestor, or since the first program, as text."""
    if row["ancestor"] is not None:
        return f"{count_text(row['generations'])} since its ancestor that was an improvement"
    return (
        f"{count_text(row['generations'])} from the beginning" if row["generations"] else "0, a first program"
    )


def progress_section(data: RunData, files: RunFiles) -> dict[str, Any]:
    """Data for the chart of the best fitness, and the number of improvements to step through."""
    shown, every = len(data.best), data.n_best
    lead = (
        "Each point is a program better than all before it. Click one, or step through them with the "
        "arrow keys: what it changed is shown below."
    )
    if shown < every:
        lead += f" Of {every:,} the {shown:,} greatest steps are shown, each against the one shown before."
    if files.own_tasks:
        lead += (
            " Some islands have tasks of their own: their fitnesses are not of the same tasks as the others'."
        )
    charts = drawable([progress(data)])
    if not shown:
        lead = "The best fitness of the run." if charts else ""
    has_error = any("error" in chart.views for chart in charts)
    return {"lead": lead, "charts": charts, "has_error": has_error, "shown": shown}
