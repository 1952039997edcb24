"""How far a search is, on standard error while it runs: a bar on a terminal, else a line now and then."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from azc.cli.words import fitness_text, seconds_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azc.search import Config, Found, Progress

    Report = Callable[[Progress], None]

SECONDS_BETWEEN_LINES = 10.0


def watched(config: "Config", quiet: bool) -> "Found":
    """Run a search and show how far it is, unless all is to be quiet."""
    from azc.search import run_search

    if quiet:
        return run_search(config)
    shown: Callable[[], AbstractContextManager[Report]] = _bar if sys.stderr.isatty() else _lines
    with shown() as report:
        return run_search(config, report, lambda sentence: click.echo(sentence, err=True))


@contextmanager
def _lines() -> "Iterator[Report]":
    last = perf_counter()

    def report(progress: "Progress") -> None:
        nonlocal last
        if perf_counter() - last >= SECONDS_BETWEEN_LINES:
            last = perf_counter()
            click.echo(progress_text(progress), err=True)

    yield report


@contextmanager
def _bar() -> "Iterator[Report]":
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    with Bar(
        BarColumn(bar_width=24),
        TextColumn("{task.description}"),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        shown = bar.add_task("starting", total=None)

        def report(progress: "Progress") -> None:
            bar.update(shown, description=progress_text(progress), **_share(progress))

        yield report


def _share(progress: "Progress") -> dict[str, Any]:
    """How much of the bar is full; without an end in sight it only moves."""
    if progress.time_left is None:
        return {"total": None}
    return {"total": max(progress.seconds + progress.time_left, 1e-9), "completed": progress.seconds}


def progress_text(progress: "Progress") -> str:
    """How far a search is, in a line."""
    parts = [f"best {fitness_text(progress.best_fitness)}"]
    if progress.select_fitness is not None:
        parts.append(f"select {fitness_text(progress.select_fitness)}")
    if progress.experiment > 1:
        parts.append(f"experiment {progress.experiment}")
    parts.append(f"{progress.evals:,} programs, {progress.evals_per_second:,.0f}/s")
    if progress.time_left is not None:
        parts.append(f"{seconds_text(max(1, round(progress.time_left)))} left")
    return "  ".join(parts)
