"""`azc resume`: a run goes on."""

from functools import partial

import click

from azc.cli.run_options import RunOptions, hand_out, run_options, watched


@click.command(short_help="Resume a run.")
@click.argument("run", metavar="RUN")
@run_options
def resume(run: str, options: RunOptions, limits: tuple[str, ...]) -> None:
    """Resume a run as if nothing had happened, and print the best program with its fitness.

    What happened since the last checkpoint happens again, to the last bit. A run that has ended prints its
    result again, unless a new limit lets it go on; the new limit is written into the run's configuration.
    The workers may be others than before, and more or fewer.

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
        partial(go_on, run, config=config), folder.path.name, config.params.program.eval_type, options
    )
    hand_out(found, config, options)
