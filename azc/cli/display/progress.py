"""Progress of a search as text."""

from math import isfinite
from typing import TYPE_CHECKING, Any

from azc.cli.words import number_text
from azc.words import counted, fitness_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from azc.runs import Improvement, Progress

SECONDS_BETWEEN_LINES = 10.0
SECONDS_BETWEEN_BESTS = 1.0


def clock(seconds: float) -> str:
    """A duration like a clock, in which few digits change as it grows: `0:07`, `3:20`, `1:00:00`."""
    if not isfinite(seconds):
        return "?"
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def fitness_word(fitness: float) -> str:
    """A fitness in a few characters, whatever its magnitude."""
    return fitness_text(fitness) if abs(fitness) < 1e4 else number_text(fitness)


def start_text(name: str, search: "Mapping[str, Any]") -> str:
    """One line on a run: its islands, seed, and limits."""
    from azc.search import LIMITS

    limits = ", ".join(f"{key} {search[key]:,}" for key in LIMITS if key in search)
    return f"{name}: {counted(search['n_islands'], 'island')}, seed {search['seed']}; ends by {limits}"


def progress_text(progress: "Progress") -> str:
    """Progress of a run, in a line that begins with `round`."""
    parts = [f"round {progress.round:,}", f"best {fitness_word(progress.best_fitness)}"]
    if progress.select_fitness is not None:
        parts.append(f"select {fitness_word(progress.select_fitness)}")
    if progress.n_islands > 1:
        parts.append(f"{progress.n_islands} islands")
    if progress.experiments > progress.n_islands:
        parts.append(counted(progress.experiments, "experiment"))
    rate = f", {progress.evals_per_second:,.0f}/s" if progress.evals_per_second else ""
    parts.append(f"{progress.evals:,} programs{rate}")
    parts.append(clock(progress.seconds))
    if progress.time_left is not None:
        parts.append(f"{clock(progress.time_left)} left")
    return "  ".join(parts)


def improvement_text(improvement: "Improvement") -> str:
    """A new best program, in a line that begins with `best`."""
    parts = [
        f"best {fitness_word(improvement.fitness)}",
        f"length {improvement.length}",
        f"island {improvement.island}",
        f"round {improvement.round:,}",
        f"{improvement.run_evals:,} programs",
        clock(improvement.search_seconds),
    ]
    return "  ".join(parts)
