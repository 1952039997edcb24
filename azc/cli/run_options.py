"""Options that `azc evolve` and `azc resume` share: limits, workers, and output."""

from collections.abc import Callable
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from azc.cli.options import setting_option
from azc.cli.words import columns, json_text
from azc.words import counted, fitness_text, seconds_text

if TYPE_CHECKING:
    from azc.ir import SignatureLike
    from azc.runs import WorkersOption
    from azc.search import Config, SearchResult

_LIMITS: Final = {"max_evals": "N", "max_seconds": "S", "target_fitness": "F", "patience": "N"}
"""Limits that end a run, with the words for their values in the help."""
_OPTIONS = (
    click.option("--n-jobs", type=click.IntRange(1), default=1, metavar="N", help="The number of processes."),
    click.option("--scheduler", metavar="ADDRESS", help="A Dask cluster, like tcp://10.0.0.1:8786."),
    click.option("--scheduler-file", metavar="FILE", help="The same, by its scheduler's file."),
    click.option("-o", "--output", metavar="BEST.azl", help="Write the best program there as well."),
    click.option("--quiet", "-q", is_flag=True, help="Show nothing while it runs."),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object, and nothing while it runs."),
)


class RunOptions(NamedTuple):
    """Options of a run: workers, folder and limits."""

    n_jobs: int
    scheduler: str | None
    scheduler_file: str | None
    output: str | None
    silent: bool
    as_json: bool

    @property
    def quiet(self) -> bool:
        """Whether nothing is shown while it runs."""
        return self.silent or self.as_json

    def check(self) -> None:
        """Raise an error for options that do not go together, or a file that cannot be written."""
        from azc.cli.files import check_writable

        if sum((self.n_jobs > 1, self.scheduler is not None, self.scheduler_file is not None)) > 1:
            raise click.UsageError("--n-jobs, --scheduler and --scheduler-file exclude each other; give one")
        if self.output is not None:
            check_writable(self.output)

    def workers(self) -> "WorkersOption":
        """Function that makes the workers, or the number of processes."""
        from azc.runs import InProcess, Processes

        if self.scheduler is not None or self.scheduler_file is not None:
            from azc.runs import connected

            return connected(self.scheduler, self.scheduler_file)
        return InProcess if self.n_jobs == 1 else partial(Processes, count=self.n_jobs)


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of a run, given to the command as `options`, and as `limits`: overrides of a configuration."""

    @wraps(command)
    def with_options(
        n_jobs: int,
        scheduler: str | None,
        scheduler_file: str | None,
        output: str | None,
        quiet: bool,
        as_json: bool,
        **others: Any,
    ) -> Any:
        given = {name: others.pop(name) for name in _LIMITS}
        limits = tuple(f"search.{name}={value!r}" for name, value in given.items() if value is not None)
        options = RunOptions(n_jobs, scheduler, scheduler_file, output, quiet, as_json)
        return command(options=options, limits=limits, **others)

    ends = [
        setting_option(f"--{name.replace('_', '-')}", path=f"search.{name}", metavar=metavar)
        for name, metavar in _LIMITS.items()
    ]
    for option in reversed((*ends, *_OPTIONS)):
        with_options = option(with_options)
    return with_options


def watched(
    run: "Callable[..., SearchResult]", name: str, declared: "SignatureLike", options: RunOptions
) -> "SearchResult":
    """Run a search and show its progress; its result."""
    from azc.cli.display import watching

    with watching(options.quiet, name, declared) as watcher:
        return run(workers=options.workers(), callbacks=[watcher], on_notice=watcher.notice)


def hand_out(found: "SearchResult", config: "Config", options: RunOptions) -> None:
    """Print a result, and write the program where it is wanted."""
    from azc.cli.files import write
    from azc.language import format_program
    from azc.runs import header_of, with_header

    text = format_program(found.program)
    if options.output is not None:
        header = header_of(config, found.kind, fitness=found.fitness, run=found.run_name)
        write(options.output, with_header(header, text))
    if options.as_json:
        click.echo(json_text(_fields(found, text)))
        return
    click.echo(text)
    click.echo(columns((f"{name} fitness", fitness_text(value)) for name, value in found.fitness.items()))
    if found.run_record > found.best_fitness:
        click.echo(
            f"\nof the run's programs this is the best on the select tasks; on the search tasks one had "
            f"{fitness_text(found.run_record)}"
        )
    click.echo(f"\n{_effort(found)}")
    for written in filter(None, (options.output, found.run)):
        click.echo(f"wrote {written}", err=True)


_NAMES = (
    "best_fitness",
    "select_fitness",
    "final_fitness",
    "evals",
    "seconds",
    "evals_per_second",
    "seed",
    "experiments",
    "rounds",
    "run_record",
    "ended",
    "interrupted",
    "run",
)


def _fields(found: "SearchResult", text: str) -> dict[str, Any]:
    return {**{name: getattr(found, name) for name in _NAMES}, **found.counts, "program": text}


def _share(found: "SearchResult", name: str) -> str:
    return f"{found.counts[name] / max(1, found.evals):.0%}"


def _effort(found: "SearchResult") -> str:
    parts = [
        f"{counted(found.evals, 'program')} in {seconds_text(found.seconds)}",
        f"{found.evals_per_second:,.0f} a second",
        f"{_share(found, 'evaluated')} evaluated",
        counted(found.experiments, "experiment"),
        f"seed {found.seed}",
    ]
    return ", ".join([*parts, f"ended by {found.ended}"])
