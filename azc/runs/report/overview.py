"""The head of the page: the run's name, state, numbers and configuration."""

from typing import Any, Final

from azc.runs.report.about import About
from azc.runs.report.run_data import RunData
from azc.runs.report.words import (
    count_text,
    end_text,
    fitness_text,
    seconds_text,
    short_count,
    time_text,
)
from azc.words import counted

_LONG: Final = 40
"""Characters beyond which a value has a line of its own."""
_LONGEST: Final = 80
"""Characters of a value; the configuration below has all of it."""


def overview(about: About, reading: RunData) -> dict[str, Any]:
    """Name, state and numbers of the run."""
    return {
        "name": about.name,
        "state": _state(about, reading),
        "tiles": _numbers(about, reading),
        "facts": [(name, value, len(value) > _LONG) for name, value in _facts(about, reading) if value],
        "config_text": about.config_text if about.config else None,
    }


def _state(about: About, reading: RunData) -> dict[str, str]:
    """How the run ended, or when it was last heard of."""
    if not reading.starts:
        return {"badge": "", "text": "has not begun"}
    last = reading.starts[-1]
    if last["ended"]:
        return {"badge": "ended", "text": f"{time_text(last['ended_at'])}: {end_text(last['ended'])}"}
    heard = reading.last_heard or last["started_at"]
    if about.is_on:
        return {"badge": "on", "text": f"{time_text(heard)}, when this was written"}
    text = f"{time_text(last['ended_at'] or heard)}; azc resume goes on with it"
    return {"badge": "broken off", "text": text}


def best_fitness(reading: RunData) -> float | None:
    """The best on the search tasks."""
    return reading.best[-1]["fitness"] if reading.best else None


def _numbers(about: About, reading: RunData) -> list[tuple[str, str, str]]:
    evals = float(reading.evals[-1]) if reading.rounds else 0.0
    seconds = float(reading.seconds[-1]) if reading.rounds else None
    fitness = [("Best fitness", fitness_text(best_fitness(reading)), "on the search tasks")]
    for name in ("select", "final"):
        if name in about.header.fitness:
            fitness.append(
                (f"{name.capitalize()} fitness", fitness_text(about.header.fitness[name]), "of the result")
            )
    records = f"of {counted(reading.n_improvements, 'island record')}"
    rate = f"{short_count(evals / seconds)} a second" if seconds else ""
    return [
        *fitness,
        ("Programs scored", short_count(evals), rate),
        ("Time of search", seconds_text(seconds), counted(len(reading.starts), "start")),
        ("Improvements", count_text(reading.n_best), records),
        ("Islands", count_text(_islands(about, reading)), _episodes(reading)),
    ]


def _islands(about: About, reading: RunData) -> int | None:
    """How many there are; before the first round, how many there will be."""
    meant = about.table("search").get("n_islands")
    return reading.islands or (meant if isinstance(meant, int) else None)


def _episodes(reading: RunData) -> str:
    """Rounds, and experiments where all of them are known."""
    rounds = counted(reading.rounds, "round")
    if not reading.rounds or len(reading.restarts) != reading.islands:
        return rounds
    experiments = sum(len(at) + 1 for at in reading.restarts.values())
    return f"{rounds} · {counted(experiments, 'experiment')}"


def _facts(about: About, reading: RunData) -> list[tuple[str, str]]:
    search, program = about.table("search"), about.table("program")
    starts = reading.starts
    pairs = [
        ("Started", time_text(starts[0]["started_at"]) if starts else ""),
        ("Seed", _text(search.get("seed"))),
        ("Strategy", _text(search.get("strategy"))),
        ("Population", _text(search.get("population_size"))),
        ("Tournament", _text(search.get("tournament_size"))),
        ("Precision", _text(search.get("precision"))),
        (
            "Migration",
            _migration(search) if (_islands(about, reading) or 1) > 1 and "topology" in search else "",
        ),
        ("First programs", _text(program.get("initial"))),
        ("Evaluation", about.interface.name),
        ("Islands differ", "; ".join(map(_kind, about.kinds))),
    ]
    for name, tasks in about.table("tasks").items():
        pairs.append((f"{name.capitalize()} tasks", _table(tasks)))
    if not about.config:
        pairs.append(("Configuration", "given in Python"))
    pairs.append(("Versions", _table(about.table("versions"))))
    return pairs


def _migration(search: dict[str, Any]) -> str:
    return f"{search.get('topology', '?')}, {search.get('n_migrants', '?')} a round"


def _kind(kind: dict[str, Any]) -> str:
    """`2 with mutate_prob 0.5, tasks of their own`."""
    number = f"a share of {_text(kind['share'])}" if "share" in kind else _text(kind.get("count", 1))
    own = [f"{key} {_text(value)}" for key, value in kind.items() if key not in ("count", "share", "tasks")]
    tasks = ["tasks of their own"] if "tasks" in kind else []
    return f"{number} with {', '.join([*own, *tasks]) or 'nothing of their own'}"


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
