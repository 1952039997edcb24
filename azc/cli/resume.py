"""`azc resume`: a run goes on."""

from functools import partial

import click

from azc.cli.running import Where, hand_out, run_options, watched


@click.command(short_help="Go on with a run.")
@click.argument("run", metavar="RUN")
@click.option("--max-seconds", type=click.FloatRange(0), metavar="S", help="Of search, over all starts.")
@click.option("--max-evals", type=click.IntRange(1), metavar="N", help="Programs of the whole run.")
@click.option("--target-fitness", type=float, metavar="F", help="On the select tasks.")
@click.option("--patience", type=click.IntRange(1), metavar="N", help="Programs without a better one.")
@run_options
def resume(run: str, where: Where, **limits: float | None) -> None:
    """Go on with a run as if nothing had happened, and print the best program with its fitness.

    What happened since the last checkpoint happens again, to the last bit. A run that has ended gives its
    result again, unless a new limit lets it go on; it stays in the run's configuration. Number and place of
    workers may differ from before.

    \b
      azc resume runs/20260131-120000-search
      azc resume runs/20260131-120000-search --max-seconds 7200 --n-jobs 4
    """
    from azc.runs import resume as go_on
    from azc.runs.folder import configured, opened

    where.check()
    overrides = [f"search.{name}={value!r}" for name, value in limits.items() if value is not None]
    folder = opened(run)
    eval_type = configured(folder).params.eval_type
    found = watched(partial(go_on, run, overrides=overrides), folder.path.name, eval_type, where)
    hand_out(found, configured(folder), where)
