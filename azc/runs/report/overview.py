"""The head of the page: what run this is, how it stands, what it amounts to."""

from typing import Any, Final

from azc.runs.report.about import About
from azc.runs.report.html import Html, element
from azc.runs.report.parts import facts, tiles
from azc.runs.report.reading import Reading
from azc.runs.report.words import count_text, fitness_text, plural, seconds_text, short_count, time_text

_ENDS: Final = {
    "target": "the target was reached",
    "max_evals": "its programs were spent",
    "max_seconds": "its time was spent",
    "patience": "no improvement came for as long as its patience",
    "callback": "a callback asked for it",
    "Ctrl-C": "by Ctrl-C",
    "SIGTERM": "by SIGTERM",
}


_LONGEST: Final = 80
"""Characters of a value; the configuration below has all of it."""


def overview(about: About, reading: Reading) -> Html:
    """Title, state and numbers."""
    return element(
        "header",
        element("p", "azc: a search for learning algorithms", class_="kicker"),
        element("h1", about.name),
        element("p", *_state(reading), class_="state"),
        tiles(_numbers(about, reading)),
        element("div", facts(_facts(about, reading)), class_="card"),
        _configuration(about),
        id="overview",
    )


def _state(reading: Reading) -> tuple[Html | str, ...]:
    """How the run ended, or when it was last heard of."""
    if not reading.starts:
        return ("has not begun",)
    last = reading.starts[-1]
    if last["ended"]:
        how = _ENDS.get(last["ended"], last["ended"])
        return element("span", "ended", class_="badge"), f" {time_text(last['ended_at'])}: {how}"
    heard = reading.last_heard or last["started_at"]
    text = f" {time_text(heard)} last heard of: it is on, or was broken off (`azc resume` goes on with it)"
    return element("span", "not ended", class_="badge on"), text


def best_fitness(reading: Reading) -> float | None:
    """The best on the search tasks."""
    return reading.best[-1]["fitness"] if reading.best else None


def _numbers(about: About, reading: Reading) -> list[tuple[str, str, str]]:
    evals = float(reading.evals[-1]) if reading.epochs else 0.0
    seconds = float(reading.seconds[-1]) if reading.epochs else None
    fitness = [("Best fitness", fitness_text(best_fitness(reading)), "on the search tasks")]
    for name in ("select", "final"):
        if name in about.header.fitness:
            fitness.append(
                (f"{name.capitalize()} fitness", fitness_text(about.header.fitness[name]), "of the result")
            )
    rate = f"{short_count(evals / seconds)} a second" if seconds else ""
    experiments = sum(len(at) + 1 for at in reading.restarts.values())
    more = plural(experiments, "experiment") if len(reading.restarts) == reading.islands else ""
    return [
        *fitness,
        ("Programs scored", short_count(evals), rate),
        ("Time of search", seconds_text(seconds), plural(len(reading.starts), "start")),
        ("Improvements", count_text(reading.n_best), f"of {plural(reading.n_improvements, 'island record')}"),
        (
            "Islands",
            count_text(reading.islands),
            " · ".join(filter(None, [plural(reading.epochs, "epoch"), more])),
        ),
    ]


def _facts(about: About, reading: Reading) -> list[tuple[str, str]]:
    search, program = about.table("search"), about.table("program")
    starts = reading.starts
    pairs = [
        ("Started", time_text(starts[0]["started_at"]) if starts else ""),
        ("Seed", _text(search.get("seed"))),
        ("Strategy", _text(search.get("strategy"))),
        ("Population", _text(search.get("population_size"))),
        ("Tournament", _text(search.get("tournament_size"))),
        ("Precision", _text(search.get("precision"))),
        ("Migration", _migration(search) if reading.islands > 1 and "topology" in search else ""),
        ("First programs", _text(program.get("initial"))),
        ("Evaluation", about.interface.name),
    ]
    for name, tasks in about.table("tasks").items():
        pairs.append((f"{name.capitalize()} tasks", _table(tasks)))
    if not about.config:
        pairs.append(("Configuration", "given in Python"))
    pairs.append(("Versions", _table(about.table("versions"))))
    return pairs


def _migration(search: dict[str, Any]) -> str:
    return f"{search.get('topology', '?')}, {search.get('n_migrants', '?')} an epoch"


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    text = "" if value is None else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _table(values: Any) -> str:
    """A table of a configuration in a line."""
    if not isinstance(values, dict):
        return _text(values)
    return ", ".join(f"{key} {_text(value)}" for key, value in values.items() if value not in ("", {}, []))


def _configuration(about: About) -> Html | None:
    if not about.config:
        return None
    text = element("pre", about.config_text, tabindex="0", aria_label="config.toml")
    return element("details", element("summary", "The whole configuration (config.toml)"), text)
