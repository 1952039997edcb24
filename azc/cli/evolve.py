"""`azc evolve`: a search, and what it found."""

from typing import TYPE_CHECKING, Any

import click

from azc.cli.options import eval_type
from azc.cli.words import columns, counted, fitness_text, json_text, seconds_text

if TYPE_CHECKING:
    from azc.cli.header import Header
    from azc.search import Config, Found

MAX_ABS_ERROR = 100.0
EPOCHS = 1
"""Fitness is the best of all epochs: with several a search finds programs that are right by luck in one."""


@click.command(short_help="Search for a program.")
@click.argument("config", required=False, metavar="[CONFIG.toml]")
@click.option("--data", metavar="TABLE.csv", help="A table to learn from, instead of a configuration.")
@click.option("--target", metavar="COLUMN", help="The table's column to predict.")
@eval_type("Evaluation type, for a table; else by the target.")
@click.option(
    "--epochs",
    type=click.IntRange(1),
    metavar="N",
    help="Passes over the training rows, for a table; else 1.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**64 - 1), metavar="N", help="What all random numbers depend on."
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="TABLE.KEY=VALUE",
    help="Change the configuration; may be repeated.",
)
@click.option(
    "--max-seconds", type=click.FloatRange(0), metavar="S", help="The same as --set search.max_seconds=S."
)
@click.option(
    "-o", "--output", metavar="BEST.azl", help="Write the best program there, with what `predict` must know."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evolve(
    config: str | None,
    data: str | None,
    target: str | None,
    eval_type: str | None,
    epochs: int | None,
    seed: int | None,
    overrides: tuple[str, ...],
    max_seconds: float | None,
    output: str | None,
    as_json: bool,
) -> None:
    """Search for a program, and print the best with its fitness.

    The program that is best on the select tasks is scored on the final tasks, which the search never saw.
    Ctrl-C ends the search and still prints the best.

    \b
      azc evolve examples/linear_regression.toml
      azc evolve search.toml --seed 3 --set search.max_seconds=20 -o best.azl
      azc evolve --data table.csv --target price -o best.azl

    From a table: a target of text or of two values is classes (two), any other a regression. Rows are divided
    into 60 % search, 20 % select and 20 % final. The search takes a minute unless told otherwise.
    """
    from azc.cli.files import check_writable
    from azc.cli.progress import watched

    if (config is None) == (data is None):
        raise click.UsageError("give either CONFIG.toml or --data TABLE.csv --target COLUMN")
    if output is not None:
        check_writable(output)
    if max_seconds is not None:
        overrides = (*overrides, f"search.max_seconds={max_seconds!r}")
    if config is not None:
        if target is not None or eval_type is not None or epochs is not None:
            raise click.UsageError(
                "--target, --eval and --epochs belong to --data; a configuration says it itself"
            )
        settings, header = _from_configuration(config, overrides, seed)
    else:
        assert data is not None
        if target is None:
            raise click.UsageError("--data needs --target COLUMN, the column to predict")
        settings, header = _from_table(data, target, eval_type, epochs, overrides, seed)
    found = watched(settings, as_json)
    _hand_out(found, header, output, as_json)


def _from_configuration(path: str, overrides: tuple[str, ...], seed: int | None) -> "tuple[Config, Header]":
    from azc.cli.header import Header
    from azc.search import load_config

    config = load_config(path, overrides, seed)
    tasks = config.tasks("search")
    header = Header(
        eval_type=config.params.eval_type,
        epochs=_common([task.epochs for task in tasks]),
        max_abs_error=_common([task.max_abs_error for task in tasks]),
        seed=config.params.seed,
        preprocessing=config.preprocessing,
    )
    return config, header


def _common(values: list[Any]) -> Any:
    """What all have in common, or nothing."""
    return values[0] if len(set(values)) == 1 else None


def _from_table(
    data: str,
    target: str,
    eval_type: str | None,
    epochs: int | None,
    overrides: tuple[str, ...],
    seed: int | None,
) -> "tuple[Config, Header]":
    from attrs import evolve

    from azc.cli.header import Header
    from azc.cli.sources import prepared
    from azc.search import default_config
    from azc.tasks import SETS

    table = prepared(data, target, Header(eval_type=eval_type, max_abs_error=MAX_ABS_ERROR, seed=seed or 0))
    header = evolve(
        table.header,
        eval_type=table.how.eval_type,
        epochs=epochs or EPOCHS,
        preprocessing=table.how,
    )
    sets = [table._replace(header=header).tasks(name) for name in SETS]
    return default_config(*sets, overrides=overrides, seed=header.seed, source=data), header


def _hand_out(found: "Found", header: "Header", output: str | None, as_json: bool) -> None:
    from attrs import evolve

    from azc.cli.files import write
    from azc.cli.header import header_text
    from azc.language import format_program

    text = format_program(found.program)
    fitness = {"search": found.best_fitness, "select": found.select_fitness, "final": found.final_fitness}
    if output is not None:
        write(output, f"{header_text(evolve(header, fitness=fitness))}\n{text}")
    if as_json:
        click.echo(json_text(_fields(found, text)))
        return
    click.echo(text)
    click.echo(columns((f"{name} fitness", fitness_text(value)) for name, value in fitness.items()))
    click.echo(f"\n{_effort(found)}")
    if output is not None:
        click.echo(f"wrote {output}", err=True)


def _fields(found: "Found", text: str) -> dict[str, Any]:
    names = (
        "best_fitness",
        "select_fitness",
        "final_fitness",
        "evals",
        "seconds",
        "evals_per_second",
        "seed",
        "experiments",
        "interrupted",
    )
    return {**{name: getattr(found, name) for name in names}, **found.counts, "program": text}


def _share(found: "Found", name: str) -> str:
    return f"{found.counts[name] / max(1, found.evals):.0%}"


def _effort(found: "Found") -> str:
    parts = [
        f"{counted(found.evals, 'program')} in {seconds_text(found.seconds)}",
        f"{found.evals_per_second:,.0f} a second",
        f"{_share(found, 'evaluated')} evaluated",
        counted(found.experiments, "experiment"),
        f"seed {found.seed}",
    ]
    return ", ".join([*parts, *(["ended with Ctrl-C"] if found.interrupted else [])])
