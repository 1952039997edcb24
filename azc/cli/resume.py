"""`azc resume`: a run goes on."""

from functools import partial

import click

from azc.cli.running import Where, hand_out, run_options, watched


@click.command(short_help="Go on with a run.")
@click.argument("run", metavar="RUN")
@click.option("--max-seconds", type=click.FloatRange(0), metavar="S", help="Of search, over all starts.")
@click.option("--max-evals", type=click.IntRange(1), metavar="N", help="Programs of the whole run.")
@run_options
def resume(run: str, max_seconds: float | None, max_evals: int | None, where: Where) -> None:
    """Go on with a run as if nothing had happened, and print the best program with its fitness.

    What happened since the last checkpoint happens again, to the last bit. A run that has ended gives its
    result again, unless a new limit lets it go on. Number and place of workers may differ from before.

    \b
      azc resume runs/20260131-120000-search
      azc resume runs/20260131-120000-search --max-seconds 7200 --n-jobs 4
    """
    from azc.runs import resume as go_on
    from azc.runs.folder import configured, opened

    where.check()
    given = {"max_seconds": max_seconds, "max_evals": max_evals}
    limits = [f"search.{name}={value!r}" for name, value in given.items() if value is not None]
    folder = opened(run)
    eval_type = configured(folder).params.eval_type
    found = watched(partial(go_on, run, overrides=limits), folder.path.name, eval_type, where)
    hand_out(found, configured(folder), where)
