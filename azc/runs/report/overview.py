"""Head of the page: the run's name, state, numbers and configuration."""

from typing import Any, Final

from azc.runs.report.run_data import RunData
from azc.runs.report.run_files import RunFiles
from azc.runs.report.words import (
    count_text,
    end_text,
    fitness_text,
    seconds_text,
    short_count,
    time_text,
)
from azc.words import counted

_MAX_SHORT: Final = 40
"""Maximum number of characters of a value without a line of its own."""
_MAX_CHARACTERS: Final = 80
"""Maximum number of characters of a value here; the configuration further down shows all of it."""


def overview(files: RunFiles, data: RunData) -> dict[str, Any]:
    """Name, state and numbers of the run."""
    return {
        "name": files.name,
        "state": _state(files, data),
        "tiles": _numbers(files, data),
        "facts": [(name, value, len(value) > _MAX_SHORT) for name, value in _facts(files, data) if value],
        "config_text": files.config_text if files.config else None,
    }


def _state(files: RunFiles, data: RunData) -> dict[str, str]:
    """State of the run as a badge, with the time and reason of its end, or of its last sign of life."""
    if not data.starts:
        return {"badge": "", "text": "has not begun"}
    last = data.starts[-1]
    if last["ended"]:
        return {"badge": "ended", "text": f"{time_text(last['ended_at'])}: {end_text(last['ended'])}"}
    heard = data.last_heard or last["started_at"]
    if files.is_on:
        return {"badge": "running", "text": f"{time_text(heard)}, when this was written"}
    text = f"{time_text(last['ended_at'] or heard)}; azc resume continues it"
    return {"badge": "interrupted", "text": text}


def best_fitness(data: RunData) -> float | None:
    """Best fitness on the search tasks; None before the first improvement."""
    return data.best[-1]["fitness"] if data.best else None


def _numbers(files: RunFiles, data: RunData) -> list[tuple[str, str, str]]:
    evals = float(data.evals[-1]) if data.rounds else 0.0
    seconds = float(data.seconds[-1]) if data.rounds else None
    fitness = [("Best fitness", fitness_text(best_fitness(data)), files.searched)]
    for name in ("select", "final"):
        if name in files.header.fitness:
            fitness.append(
                (f"{name.capitalize()} fitness", fitness_text(files.header.fitness[name]), "of the result")
            )
    records = f"of {counted(data.n_improvements, 'island record')}"
    rate = f"{short_count(evals / seconds)} a second" if seconds else ""
    return [
        *fitness,
        ("Programs scored", short_count(evals), rate),
        ("Time of search", seconds_text(seconds), counted(len(data.starts), "start")),
        ("Improvements", count_text(data.n_best), records),
        ("Islands", count_text(_islands(files, data)), _rounds_and_experiments(data)),
    ]


def _islands(files: RunFiles, data: RunData) -> int | None:
    """Number of islands; before the first round, the configured number."""
    meant = files.table("search").get("n_islands")
    return data.islands or (meant if isinstance(meant, int) else None)


def _rounds_and_experiments(data: RunData) -> str:
    """Numbers of rounds and, if known for all islands, of experiments."""
    rounds = counted(data.rounds, "round")
    if not data.rounds or len(data.restarts) != data.islands:
        return rounds
    experiments = sum(len(at) + 1 for at in data.restarts.values())
    return f"{rounds} · {counted(experiments, 'experiment')}"


def _facts(files: RunFiles, data: RunData) -> list[tuple[str, str]]:
    search, program = files.table("search"), files.table("program")
    starts = data.starts
    pairs = [
        ("Started", time_text(starts[0]["started_at"]) if starts else ""),
        ("Seed", _text(search.get("seed"))),
        ("Strategy", _text(search.get("strategy"))),
        ("Population", _text(search.get("population_size"))),
        ("Tournament", _text(search.get("tournament_size"))),
        ("Precision", _text(search.get("precision"))),
        (
            "Migration",
            _migration(search) if (_islands(files, data) or 1) > 1 and "topology" in search else "",
        ),
        ("First programs", _text(program.get("initial"))),
        ("Evaluation", files.declared.name),
        ("Islands differ", "; ".join(map(_kind, files.kinds))),
    ]
    for name, tasks in files.table("tasks").items():
        pairs.append((f"{name.capitalize()} tasks", _table(tasks)))
    if evaluator := files.table("evaluator"):
        pairs.append(("Evaluator", _evaluator(evaluator)))
    if not files.config:
        pairs.append(("Configuration", "given in Python"))
    pairs.append(("Versions", _table(files.table("versions"))))
    return pairs


def _evaluator(table: dict[str, Any]) -> str:
    """Who scores programs, and what it gets."""
    command = table.get("command")
    who = table.get("python") or (
        " ".join(map(str, command)) if isinstance(command, list) else "given in Python"
    )
    gets = f"{_text(table.get('lanes'))} lanes of {_text(table.get('features'))} features"
    given = gets if table.get("give") == "algorithms" and not command else "programs"
    return f"{who}, gets {given}"


def _migration(search: dict[str, Any]) -> str:
    return f"{search.get('topology', '?')}, {search.get('n_migrants', '?')} a round"


def _kind(kind: dict[str, Any]) -> str:
    """Settings of a kind of island in words: `2 with mutate_prob 0.5, tasks of their own`."""
    number = f"a share of {_text(kind['share'])}" if "share" in kind else _text(kind.get("count", 1))
    own = [f"{key} {_text(value)}" for key, value in kind.items() if key not in ("count", "share", "tasks")]
    tasks = ["tasks of their own"] if "tasks" in kind else []
    return f"{number} with {', '.join([*own, *tasks]) or 'nothing of their own'}"


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    text = "" if value is None else str(value)
    return text if len(text) <= _MAX_CHARACTERS else f"{text[: _MAX_CHARACTERS - 1]}…"


def _table(values: Any) -> str:
    """A table of a configuration, in one line."""
    if not isinstance(values, dict):
        return _text(values)
    return ", ".join(f"{key} {_text(value)}" for key, value in values.items() if value not in ("", {}, []))
