"""`azc check`: errors and warnings of azl files."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from azc.cli.options import eval_type, signature
from azc.cli.words import json_text
from azc.words import counted

if TYPE_CHECKING:
    from azc.language import Problem


class Finding(NamedTuple):
    """An error or a warning, or the number of those that are not listed."""

    fields: dict[str, Any]
    text: str
    number: int = 1


@click.command(short_help="Report all problems of files.")
@click.argument("files", nargs=-1, required=True, metavar="FILE…|-")
@eval_type("else as the file says, or the first under which something is live")
@signature
@click.option("--strict", is_flag=True, help="Exit code 1 also where there are only warnings.")
@click.option("--json", "as_json", is_flag=True, help="Print the problems as one JSON list.")
def check(
    files: tuple[str, ...], eval_type: str | None, signature_file: str | None, strict: bool, as_json: bool
) -> None:
    """Report all problems of files, or (`-`) of standard input; exit code 1 if there are any.

    Warnings are about lines that are legal but surely a mistake: an address that is read and never written,
    an instruction without effect, the label read in Predict. Only with --strict do they change the exit code.

    \b
      azc check algorithm.azl
      azc check - < algorithm.azl
      azc check --strict examples/*.azl
    """
    found = [finding for file in files for finding in _findings(file, eval_type, signature_file)]
    counts = {
        severity: sum(finding.number for finding in found if finding.fields["severity"] == severity)
        for severity in ("error", "warning")
    }
    if as_json:
        click.echo(json_text([finding.fields for finding in found], indent=2))
    else:
        for finding in found:
            click.echo(finding.text, err=True)
        click.echo(
            f"{counted(len(files), 'file')} checked: {_summary(found, counts)}", err=counts["error"] > 0
        )
    if counts["error"] or (strict and counts["warning"]):
        raise click.exceptions.Exit(1)


def _summary(found: list[Finding], counts: dict[str, int]) -> str:
    words = {"error": "problem", "warning": "warning"}
    said = [counted(count, words[severity]) for severity, count in counts.items() if count]
    faulty = len({finding.fields["file"] for finding in found})
    return f"{' and '.join(said)} in {counted(faulty, 'file')}" if said else "no problems"


def _findings(file: str, eval_type: str | None, signature_file: str | None) -> Iterator[Finding]:
    """Errors of a file, or its warnings if it has none."""
    from azc.cli.programs import read_with_signature
    from azc.errors import AzcError
    from azc.language import AzlError, warnings_of

    try:
        source, _, declared = read_with_signature(file, eval_type, signature_file)
        problems = warnings_of(source, declared)
        yield from (Finding(_fields(problem), str(problem)) for problem in problems)
    except AzlError as error:
        yield from (Finding(_fields(problem), str(problem)) for problem in error.problems)
        if error.rest:
            yield Finding(_whole(file, error.rest), error.rest, error.n_problems - len(error.problems))
    except AzcError as error:
        yield Finding(_whole(file, str(error)), str(error))


def _fields(problem: "Problem") -> dict[str, Any]:
    return {
        "file": problem.filename,
        "line": problem.line,
        "column": problem.column,
        "severity": problem.severity,
        "message": problem.message,
        "instead": list(problem.instead),
    }


def _whole(file: str, message: str) -> dict[str, Any]:
    """Fields of a problem of a whole file."""
    where = {"file": file, "line": None, "column": None}
    return {**where, "severity": "error", "message": message, "instead": []}
