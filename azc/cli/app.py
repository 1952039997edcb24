"""The command `azc`: its subcommands, and how errors, Ctrl-C and closed pipes end them.

Only click is loaded here and at the top of the commands' modules, so that `azc --help` is quick; a command
loads what it needs when it runs.
"""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import click

import azc
from azc.cli.check import check
from azc.cli.config import config
from azc.cli.emit import emit
from azc.cli.evolve import evolve
from azc.cli.explain import explain
from azc.cli.files import discard_output
from azc.cli.fmt import fmt
from azc.cli.meta import meta
from azc.cli.ops import ops
from azc.cli.paper import paper
from azc.cli.predict import predict
from azc.cli.report import report
from azc.cli.resume import resume
from azc.cli.run import run
from azc.cli.serve import serve
from azc.cli.show import compare, show
from azc.cli.tasks import tasks
from azc.cli.tune import tune
from azc.errors import CacheWarning
from azc.signals import ctrl_c_postponed

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 and the signal's number, as in shells."""


class Fault(click.ClickException):
    """Error of the input: prints the message alone, with exit code 1."""

    def show(self, file: Any = None) -> None:
        """Print the message on standard error."""
        click.echo(self.message, err=True, file=file)


class Commands(click.Group):
    """A group in which all commands treat errors, Ctrl-C and closed pipes alike."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which a new user needs them."""
        return list(self.commands)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the command line."""
        try:
            return super().make_context(*args, **extra)
        except KeyboardInterrupt:
            raise click.exceptions.Exit(INTERRUPTED) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand."""
        try:
            with ctrl_c_postponed(), _cache_warnings_in_a_line():
                result = super().invoke(ctx)
            if sys.stdout is not None:
                sys.stdout.flush()
        except azc.AzcError as error:
            raise Fault(str(error)) from None
        except KeyboardInterrupt:
            raise click.exceptions.Exit(INTERRUPTED) from None
        except MemoryError as error:
            raise Fault(f"not enough memory: {str(error) or 'ask for less at once'}") from None
        except BrokenPipeError:
            discard_output(sys.stdout)
            raise click.exceptions.Exit(0) from None
        except OSError as error:
            if error.filename is None:
                discard_output(sys.stdout)
            raise Fault(f"{error.filename or 'standard output'}: {error.strerror or error}") from None
        return result


@contextmanager
def _cache_warnings_in_a_line() -> Iterator[None]:
    """Print a warning of the cache as a line on standard error, without file and line."""
    shown = warnings.showwarning

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, CacheWarning):
            click.echo(f"azc: {message}", err=True)
        else:
            shown(message, category, filename, lineno, file, line)

    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = shown


@click.group(
    "azc",
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Exit codes:
  0    done
  1    the input is wrong: a program, a table, a configuration;
       or check or fmt --check found something (check --strict: or warned)
  2    the command line is wrong
  130  ended with Ctrl-C""",
)
@click.version_option(azc.__version__, prog_name="azc", message="%(prog)s %(version)s")
def main() -> None:
    """Run, search and compile AutoML-Zero programs: learning algorithms in azl.

    \b
      azc run network.azl --task linear,features=8,tasks=10
      azc evolve --data table.csv --target price -o best.azl
      azc predict best.azl --train table.csv new.csv --target price

    `azc COMMAND --help` explains a command, with examples.
    """


for _command in (
    run,
    evolve,
    resume,
    show,
    compare,
    report,
    tune,
    meta,
    predict,
    check,
    fmt,
    explain,
    emit,
    config,
    ops,
    tasks,
    paper,
    serve,
):
    main.add_command(_command)
