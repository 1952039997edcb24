"""`azc evolve`: a search, and what it found."""

from functools import partial
from typing import TYPE_CHECKING

import click

from azc.cli.options import eval_type, overrides, setting_option
from azc.cli.run_options import RunOptions, hand_out, run_options, watched

if TYPE_CHECKING:
    from azc.search import Config


@click.command(short_help="Search for a program.")
@click.argument("config", required=False, metavar="[CONFIG.toml|-]")
@click.option("--data", metavar="TABLE.csv", help="A table to learn from, instead of a configuration.")
@click.option("--target", metavar="COLUMN", help="The table's column to predict.")
@eval_type("for a table; else by the target")
@setting_option("--epochs", path="task.epochs", note="for a table; else {default}")
@setting_option("--seed", path="search.seed", note="else as the configuration says, else {default}")
@overrides
@click.option(
    "--initial-programs",
    multiple=True,
    metavar="FILE.azl|RUN",
    help="A program that the first population has, or a run's best; may be repeated.",
)
@click.option("--run-dir", metavar="DIR", help="The run's folder; else runs/<time>-<name>.")
@run_options
def evolve(
    config: str | None,
    data: str | None,
    target: str | None,
    eval_type: str | None,
    epochs: int | None,
    seed: int | None,
    overrides: tuple[str, ...],
    initial_programs: tuple[str, ...],
    run_dir: str | None,
    options: RunOptions,
    limits: tuple[str, ...],
) -> None:
    """Search for a program, and print the best one with its fitness.

    The program that is best on the select tasks is scored on the final tasks, which the search never saw.
    The run's folder keeps what happens, for `azc resume`, `azc show` and `azc report`. The first Ctrl-C ends
    the search after its round and still prints the best program; the second ends it at once.

    \b
      azc evolve examples/linear_regression.toml
      azc evolve search.toml --seed 3 --max-seconds 20 -o best.azl
      azc evolve search.toml --set search.n_islands=8 --n-jobs 4
      azc evolve --data table.csv --target price -o best.azl

    From a table: a target of text or of two values is two classes (more with --eval MULTICLASS_ACCURACY), any
    other a regression. Rows are divided into 60 % search, 20 % select and 20 % final. The search takes a
    minute unless told otherwise.
    """
    if (config is None) == (data is None):
        raise click.UsageError("give either CONFIG.toml or --data TABLE.csv --target COLUMN")
    options.check()
    if run_dir == "":
        raise click.UsageError("--run-dir needs a folder's name")
    overrides = (*overrides, *limits)
    if initial_programs:
        overrides = (*overrides, f"program.initial={_absolute(initial_programs)}")
    if data is not None:
        if target is None:
            raise click.UsageError("--data needs --target COLUMN, the column to predict")
        settings, name = _of_table(data, target, eval_type, epochs, overrides, seed), data
    else:
        assert config is not None
        if target is not None or eval_type is not None or epochs is not None:
            raise click.UsageError(
                "--target, --eval and --epochs belong to --data; a configuration says it itself"
            )
        settings, name = _of_file(config, overrides, seed)
    _run(settings, name, run_dir, options)


def _absolute(names: tuple[str, ...]) -> str:
    """Files as a configuration names them, wherever it lies itself."""
    import json
    from pathlib import Path

    return json.dumps([str(Path(name).absolute()) for name in names])


def _of_file(file: str, overrides: tuple[str, ...], seed: int | None) -> "tuple[Config, str]":
    """The search of a configuration, and its name: the file's, or that of standard input (`-`)."""
    from azc.cli.mistaken import instead
    from azc.cli.sources import read_configuration
    from azc.search import load_config

    with instead("evolve", file):
        name, given = read_configuration(file)
        return load_config(name, overrides, seed, data=given), name


def _of_table(
    data: str,
    target: str,
    eval_type: str | None,
    epochs: int | None,
    overrides: tuple[str, ...],
    seed: int | None,
) -> "Config":
    """The search of a table."""
    from azc.search import table_config

    given = {"eval_type": eval_type, "epochs": epochs}
    said = {name: value for name, value in given.items() if value is not None}
    return table_config(data, target, overrides=overrides, seed=seed, **said)


def _run(config: "Config", name: str, run_dir: str | None, options: RunOptions) -> None:
    from pathlib import Path

    from azc.runs import RunFolder, named_folder, run_search
    from azc.search import CONFIG

    path = Path(name)
    # A run's own configuration says nothing by its name.
    named = path.resolve().parent.name if path.name == CONFIG else path.stem
    folder = named_folder(named) if run_dir is None else RunFolder(Path(run_dir))
    begun = partial(run_search, config, run_dir=folder)
    hand_out(watched(begun, folder.path.name, config.params.program.declared, options), config, options)
