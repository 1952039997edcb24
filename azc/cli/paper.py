"""`azc paper`: studies of AutoML-Zero's paper."""

from collections.abc import Callable
from time import monotonic, perf_counter
from typing import Final

import click

from azc.cli.words import columns
from azc.words import seconds_text

_PAUSE: Final = 2.0
"""Least seconds between two lines about progress."""


@click.command(short_help="Run a study of AutoML-Zero's paper.")
@click.argument("name", required=False)
@click.option("--budget", type=click.Choice(("quick", "hour", "day")), default="quick", show_default=True,
              help="How much to run on two cores; a day has eight hours.")  # fmt: skip
@click.option("--run-dir", metavar="DIR", help="Folder of the run, by default paper/NAME-BUDGET.")
@click.option("--config-dir", metavar="DIR", help="Configurations of your own, named as in examples/paper/.")
@click.option("--n-jobs", type=click.IntRange(1), default=1, show_default=True, metavar="N",
              help="The number of processes.")  # fmt: skip
def paper(name: str | None, budget: str, run_dir: str | None, config_dir: str | None, n_jobs: int) -> None:
    """Run a study of AutoML-Zero's paper (Real, Liang, So, Le 2020) and draw its figure.

    Without a name, list the studies. Results are kept in the run's folder trial by trial: the same
    command goes on where it was stopped. The configurations are in examples/paper/; a copy lies in the
    folder.

    \b
      azc paper
      azc paper figure-4 --n-jobs 2
      azc paper figure-4 --budget hour --n-jobs 2
    """
    from azc.errors import AzcError
    from azc.paper import STUDIES, run_study
    from azc.problems import nearest, shown

    if name is None:
        click.echo(columns((name, one.title) for name, one in STUDIES.items()))
        return
    if name not in STUDIES:
        raise AzcError(f"there is no study {shown(name)}; {nearest(name, STUDIES)}")
    folder = run_dir or f"paper/{name}-{budget}"
    began = perf_counter()
    found = run_study(
        name, folder, budget=budget, n_jobs=n_jobs, config_folder=config_dir, on_progress=_teller()
    )
    click.echo(f"{found.sentence}\n")
    click.echo(columns([found.columns, *found.rows]))
    click.echo(f"\n{seconds_text(perf_counter() - began)}, wrote {folder}", err=True)


def _teller() -> Callable[[str], None]:
    """Says on standard error how far trials are, now and then."""
    last = monotonic()

    def tell(line: str) -> None:
        nonlocal last
        if monotonic() - last >= _PAUSE:
            last = monotonic()
            click.echo(line, err=True)

    return tell
