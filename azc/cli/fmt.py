"""`azc fmt`: azl files in their standard format."""

import os
import sys

import click

from azc.cli.options import signature


@click.command(short_help="Format files.")
@click.argument("files", nargs=-1, required=True, metavar="FILE…|RUN…|-")
@click.option("--check", "only_check", is_flag=True, help="Change nothing; name the files that would change.")
@click.option("--diff", is_flag=True, help="Change nothing; show what would change.")
@signature
def fmt(files: tuple[str, ...], only_check: bool, diff: bool, signature_file: str | None) -> None:
    """Format files in place; `-` filters standard input.

    Comments stay. For a run's folder the best program is printed, and nothing is rewritten. With --check or
    --diff the exit code is 1 if anything would change.

    \b
      azc fmt algorithm.azl
      azc fmt --diff *.azl
      azc fmt - < listing.txt > algorithm.azl
    """
    if "-" in files and len(files) > 1:
        raise click.UsageError("- stands for standard input and is given alone")
    texts = [(file, *_read(file, signature_file)) for file in files]
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


def _read(file: str, signature_file: str | None) -> tuple[bytes, str]:
    """A file's bytes, and its formatted text."""
    from azc.cli.programs import program_file
    from azc.language import MAX_BYTES, format_text, load_signature, read_bytes

    data = sys.stdin.buffer.read(MAX_BYTES + 1) if file == "-" else read_bytes(program_file(file))
    declared = load_signature(signature_file) if signature_file else None
    return data, format_text(data, _name(file), declared)


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
