"""`azc config`: a configuration with every key, explained."""

import click

from azc.cli.options import overrides


@click.command(short_help="Print a configuration with every key, explained.")
@click.argument("file", required=False, metavar="[CONFIG.toml|-]")
@click.option("--kind", metavar="KIND", help="The kind of the tasks, as `azc tasks` lists them; else linear.")
@overrides
@click.option("-o", "--output", metavar="FILE.toml", help="Write there and not to standard output.")
def config(file: str | None, kind: str | None, overrides: tuple[str, ...], output: str | None) -> None:
    """Print a configuration with every key, its meaning, its bounds and its value.

    Without CONFIG.toml it is that of a new search; with it the same search, and everything that the file
    leaves to defaults. Keys that are not set are comments. Paths are printed whole, so that the output means
    the same in any folder.

    \b
      azc config -o search.toml
      azc config --kind table --set tasks.search.path=table.csv --set tasks.search.target=price
      azc config search.toml --set search.n_islands=8
    """
    from azc.cli.files import check_writable, write
    from azc.cli.mistaken import instead
    from azc.cli.sources import read_configuration
    from azc.search import commented, config_tables, default_config_tables

    if file is not None and kind is not None:
        raise click.UsageError("--kind is for a new configuration; a file says it itself")
    if output is not None:
        check_writable(output)
    if file is None:
        tables = default_config_tables(kind or "linear", overrides)
    else:
        with instead("config", file):
            name, given = read_configuration(file)
            tables = config_tables(name, overrides, data=given)
    text = commented(tables)
    if output is None:
        click.echo(text.encode(), nl=False)
    else:
        write(output, text)
