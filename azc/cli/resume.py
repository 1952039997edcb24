"""`azc resume`: continue a run after a stop."""

from functools import partial

import click

from azc.cli.run_options import RunOptions, hand_out, run_options, watched


@click.command(short_help="Resume a run.")
@click.argument("run", metavar="RUN")
@run_options
def resume(run: str, options: RunOptions, limits: tuple[str, ...]) -> None:
    """Resume a run as if it had not stopped, and print the best program with its fitness.

    Rounds since the last checkpoint are computed again, with the same bits. A run that has ended prints its
    result again, unless a new limit lets it continue; the new limit is written into the run's configuration.
    The number and kind of workers may change.

    \b
      azc resume runs/20260131-120000-search
      azc resume runs/20260131-120000-search --max-seconds 7200 --n-jobs 4
    """
    from azc.cli.mistaken import instead
    from azc.runs import configured, opened
    from azc.runs import resume as go_on

    options.check()
    with instead("resume", run):
        folder = opened(run)
    config = configured(folder, limits)
    found = watched(
        partial(go_on, run, config=config), folder.path.name, config.params.program.declared, options
    )
    hand_out(found, config, options)
