"""`azc report`: a report of a run, as a page of HTML."""

from pathlib import Path

import click


@click.command(short_help="Write a report of a run as one HTML file.")
@click.argument("run", metavar="RUN")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it.  [default: RUN/report.html]",
)
def report(run: str, output: Path | None) -> None:
    """Write the report of a run: one HTML file that any browser shows without a network.

    RUN is the run's folder; the run may still be running. The report shows each improvement on the way to the
    best program with what it changed, the populations, the success of each mutation, the use of time and
    evaluations, the hall of fame, and the final program with its dataflow drawn.

    \b
      azc report runs/20260102-030405-linear_regression
      azc report runs/20260102-030405-linear_regression -o linear.html
    """
    from azc.runs import opened, write_report

    click.echo(write_report(opened(run), output))
