"""`azc show` and `azc compare`: the hall of fame of a run, and several runs side by side."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from azc.cli.words import columns, json_text
from azc.words import counted, fitness_text, seconds_text

if TYPE_CHECKING:
    from azc.runs import Summary

WIDEST: Final = 24
"""Maximum number of characters of a setting's value on a terminal."""


@click.command(short_help="Show the best programs of a run.")
@click.argument("run", metavar="RUN")
@click.option("--program", "length", type=int, metavar="LENGTH", help="Print the program of this length.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(run: str, length: int | None, as_json: bool) -> None:
    """Print a run's hall of fame: the best program, and the best of each length.

    The run may still be running.

    \b
      azc show runs/20260131-120000-search
      azc show runs/20260131-120000-search --program 9 > short.azl
    """
    from azc.errors import AzcError
    from azc.runs import summarize

    about = summarize(run)
    if length is not None:
        for entry in about.hall_of_fame:
            if entry.length == length:
                click.echo(entry.program, nl=False)
                return
        there = ", ".join(str(entry.length) for entry in about.hall_of_fame) or "none yet"
        raise AzcError(f"{run}: no program of length {length} is in the hall of fame; there are {there}")
    if as_json:
        click.echo(json_text(_fields(about)))
        return
    click.echo(_headline(about))
    if not about.hall_of_fame:
        click.echo("the hall of fame is written with the first checkpoint, after the first round")
        return
    rows = [("length", "fitness", "island", "evaluation")]
    for entry in about.hall_of_fame:
        fitness = fitness_text(entry.fitness)
        rows.append((f"{entry.length}", fitness, f"{entry.island}", f"{entry.evaluation:,}"))
    click.echo(columns(rows, right=range(4)))
    click.echo(f"\n{about.hall_of_fame[0].program}", nl=False)


@click.command(short_help="Compare runs side by side.")
@click.argument("runs", nargs=-1, required=True, metavar="RUN RUN...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def compare(runs: tuple[str, ...], as_json: bool) -> None:
    """Print the results of runs side by side, and the settings that differ.

    \b
      azc compare runs/*
    """
    from azc.runs import differences, summarize

    about = [summarize(run) for run in _run_folders(runs)]
    if as_json:
        for one in about:
            click.echo(json_text(_fields(one)))
        return
    rows = [("run", "best", "select", "final", "programs", "time", "a second", "until the best", "ended")]
    rows += [
        (
            one.name,
            fitness_text(one.best_fitness),
            _fitness(one, "select"),
            _fitness(one, "final"),
            f"{one.evals:,}",
            seconds_text(one.seconds),
            f"{one.evals_per_second:,.0f}",
            f"{one.best_evals:,}",
            one.ended or ("running" if one.is_on else "interrupted"),
        )
        for one in about
    ]
    click.echo(columns(rows, right=range(1, 8)))
    if different := differences(about):
        shown = map(_cut, different) if sys.stdout.isatty() else different
        click.echo()
        click.echo(columns([("setting", *(one.name for one in about)), *shown]))


def _run_folders(paths: Sequence[str]) -> list[str]:
    """Paths that hold runs; others are named on standard error. A single path, or all if none holds a run."""
    from pathlib import Path

    from azc.runs import RunFolder

    runs = [path for path in paths if RunFolder(Path(path)).is_run]
    if not runs or len(paths) == 1:
        return [*paths]
    for path in paths:
        if path not in runs:
            click.echo(f"{path}: holds no run", err=True)
    return runs


def _fitness(about: "Summary", name: str) -> str:
    """Fitness of a run's result on a set of tasks, as text; empty if there is none."""
    return fitness_text(about.result[name]) if name in about.result else ""


def _cut(row: Sequence[str]) -> list[str]:
    """A row of settings, its values shortened to fit side by side."""
    name, *values = row
    return [name, *(value if len(value) <= WIDEST else f"{value[: WIDEST - 1]}…" for value in values)]


def _headline(about: "Summary") -> str:
    parts = [
        about.name,
        f"{counted(about.evals, 'program')} in {seconds_text(about.seconds)}",
        counted(about.rounds, "round"),
        f"ended: {about.ended}" if about.ended else _not_ended(about),
    ]
    lines = [", ".join(parts)]
    if about.result:
        fitness = ", ".join(f"{name} {fitness_text(value)}" for name, value in about.result.items())
        lines.append(f"its result, best.azl: {fitness}")
    return "\n".join(lines) + "\n"


def _not_ended(about: "Summary") -> str:
    """State of a run that has not ended, as text."""
    state = "running" if about.is_on else "interrupted (azc resume continues it)"
    if about.last_round_at is None:
        return state
    ago = (datetime.now(UTC) - datetime.fromisoformat(about.last_round_at)).total_seconds()
    return f"{state}, its last round {seconds_text(max(0.0, ago))} ago"


def _fields(about: "Summary") -> dict[str, Any]:
    import attrs

    from azc.runs import HALL_COLUMNS

    hall = [{name: getattr(entry, name) for name in HALL_COLUMNS} for entry in about.hall_of_fame]
    settings = {name: json.loads(text) for name, text in about.settings.items()}
    return attrs.asdict(about) | {"hall_of_fame": hall, "settings": settings}
