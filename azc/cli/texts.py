"""`azc check` and `azc fmt`: what is wrong with files of azl, and the one way to write them."""

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from azc.cli.words import json_text
from azc.words import counted

if TYPE_CHECKING:
    from azc.language import Problem


@click.command(short_help="Report every problem of files.")
@click.argument("files", nargs=-1, required=True, metavar="FILE…|-")
@click.option("--json", "as_json", is_flag=True, help="Print the problems as one JSON list.")
def check(files: tuple[str, ...], as_json: bool) -> None:
    """Report every problem of all files, or (`-`) of standard input; exit code 1 if there is any.

    \b
      azc check algorithm.azl
      azc check - < algorithm.azl
      azc check examples/programs/*.azl
    """
    found = [entry for file in files for entry in _problems(file)]
    if as_json:
        click.echo(json_text([fields for fields, _ in found], indent=2))
    else:
        for _, text in found:
            click.echo(text, err=True)
        faulty = len({fields["file"] for fields, _ in found})
        bad = f"{counted(len(found), 'problem')} in {counted(faulty, 'file')}"
        click.echo(
            f"{counted(len(files), 'file')} checked: {bad if found else 'no problems'}", err=bool(found)
        )
    if found:
        raise click.exceptions.Exit(1)


def _problems(file: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The problems of a file, each as fields and as text."""
    from azc.cli.programs import program_bytes
    from azc.errors import AzcError
    from azc.language import AzlError, parse

    try:
        parse(*program_bytes(file))
    except AzlError as error:
        yield from ((_fields(problem), str(problem)) for problem in error.problems)
        if error.rest:
            yield {"file": file, "line": None, "column": None, "message": error.rest}, error.rest
    except AzcError as error:
        yield {"file": file, "line": None, "column": None, "message": str(error)}, str(error)


def _fields(problem: "Problem") -> dict[str, Any]:
    where = {"file": problem.filename, "line": problem.line, "column": problem.column}
    return {**where, "message": problem.message}


@click.command(short_help="Rewrite files in the one way to write azl.")
@click.argument("files", nargs=-1, required=True, metavar="FILE…|RUN…|-")
@click.option("--check", "only_check", is_flag=True, help="Change nothing; name the files that would change.")
@click.option("--diff", is_flag=True, help="Change nothing; show what would change.")
def fmt(files: tuple[str, ...], only_check: bool, diff: bool) -> None:
    """Rewrite files in the one way to write azl; `-` filters standard input.

    Of a run's folder the best program is printed, and nothing is rewritten. Comments stay. With --check or
    --diff the exit code is 1 if anything would change.

    \b
      azc fmt algorithm.azl
      azc fmt --diff *.azl
      azc fmt - < listing.txt > algorithm.azl
    """
    if "-" in files and len(files) > 1:
        raise click.UsageError("- stands for standard input and is given alone")
    texts = [(file, *_read(file)) for file in files]
    changed = [(file, old, new) for file, old, new in texts if old != new.encode()]
    if diff:
        for entry in changed:
            click.echo(_diff(*entry), nl=False)
    elif only_check:
        for file, _, _ in changed:
            click.echo(f"would change {_name(file)}")
    else:
        _write(texts)
    if (only_check or diff) and changed:
        raise click.exceptions.Exit(1)


def _name(file: str) -> str:
    return "<stdin>" if file == "-" else file


def _read(file: str) -> tuple[bytes, str]:
    """A file's bytes, and its text in the one way to write it."""
    from azc.cli.programs import program_file
    from azc.language import MAX_BYTES, format_text
    from azc.language.reader import read_bytes

    data = sys.stdin.buffer.read(MAX_BYTES + 1) if file == "-" else read_bytes(program_file(file))
    return data, format_text(data, _name(file))


def _write(texts: list[tuple[str, bytes, str]]) -> None:
    from azc.cli.files import write

    for file, old, new in texts:
        if file == "-" or os.path.isdir(file):
            click.echo(new.encode(), nl=False)
        elif old != new.encode():
            write(file, new)
            click.echo(f"formatted {file}", err=True)


def _diff(file: str, old: bytes, new: str) -> str:
    from difflib import unified_diff

    before = old.decode("utf-8", "replace").splitlines(keepends=True)
    if before and not before[-1].endswith("\n"):
        before[-1] += "\n\\ No newline at end of file\n"
    name = _name(file)
    return "".join(unified_diff(before, new.splitlines(keepends=True), name, f"{name} (formatted)"))
