"""`azc config`: a configuration with every key, explained."""

from typing import TYPE_CHECKING

import click

from azc.cli.options import overrides

if TYPE_CHECKING:
    from azc.search import ConfigTables


@click.command(short_help="Print a configuration with every key, explained.")
@click.argument("file", required=False, metavar="[CONFIG.toml|-]")
@click.option("--kind", metavar="KIND", help="The kind of the tasks, as `azc tasks` lists them; else linear.")
@click.option("--data", metavar="TABLE.csv", help="A table to learn from, as in `azc evolve --data`.")
@click.option("--target", metavar="COLUMN", help="The table's column to predict.")
@overrides
@click.option("-o", "--output", metavar="FILE.toml", help="Write there and not to standard output.")
def config(
    file: str | None,
    kind: str | None,
    data: str | None,
    target: str | None,
    overrides: tuple[str, ...],
    output: str | None,
) -> None:
    """Print a configuration with every key, its meaning, its bounds and its value.

    Without CONFIG.toml it is that of a new search, or of a search on a table (--data); with it the same
    search, and everything that the file leaves to defaults. Keys that are not set are comments. Paths are
    printed whole, so that the output means the same in any folder.

    \b
      azc config -o search.toml
      azc config --kind two_layer --set search.n_islands=4
      azc config --data table.csv --target price -o search.toml
      azc config search.toml --set search.seed=3 | azc evolve -
    """
    from azc.cli.files import check_writable, write
    from azc.search import config_text

    if sum(given is not None for given in (file, kind, data)) > 1:
        raise click.UsageError("CONFIG.toml, --kind and --data exclude each other; give one")
    if (data is None) != (target is None):
        raise click.UsageError("--data TABLE.csv and --target COLUMN go together")
    if output is not None:
        check_writable(output)
    text = config_text(_tables(file, kind, data, target, overrides))
    if output is None:
        # TOML is UTF-8, whatever the terminal's encoding.
        click.echo(text.encode(), nl=False)
    else:
        write(output, text)


def _tables(
    file: str | None, kind: str | None, data: str | None, target: str | None, overrides: tuple[str, ...]
) -> "ConfigTables":
    """Tables of the configuration to print."""
    from azc.cli.mistaken import instead
    from azc.cli.sources import read_configuration
    from azc.search import config_tables, default_config_tables, table_config_tables

    if file is not None:
        with instead("config", file):
            name, given = read_configuration(file)
            return config_tables(name, overrides, data=given)
    if data is not None and target is not None:
        return table_config_tables(data, target, overrides)
    return default_config_tables(kind or "linear", overrides)
