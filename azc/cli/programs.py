"""A program file as a command takes it: the program, what its header says, and its evaluation type."""

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from azc.ir import Interface, Program
    from azc.runs import Header


def program_file(path: str) -> str:
    """The file that a path means: that of the best program, where it is a run's folder."""
    import os

    if not os.path.isdir(path):
        return path
    from azc.search import program_file

    return str(program_file(path))


def program_bytes(path: str) -> tuple[bytes, str]:
    """The bytes of a program's file, of a run's best or (`-`) of standard input; and its name in messages.

    At most one byte more than a program may have is read.
    """
    from azc.language import MAX_BYTES, read_bytes

    if path == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>"
    path = program_file(path)
    return read_bytes(path), path


def load_with_header(path: str) -> "tuple[Program, Header]":
    """The program in a file, or the best one of a run's folder, and its header."""
    from azc.language import parse
    from azc.runs import read_header

    data, name = program_bytes(path)
    program = parse(data, name)
    return program, read_header(data, name)


def load_with_interface(path: str, eval_type: str | None) -> "tuple[Program, Header, Interface]":
    """The program in a file or a run's folder, its header, and how it meets its data.

    That is as the option `--eval` says, else the program's header, else the run's configuration. Where
    nothing says it, `azc.passes.evaluation_type` decides; a guess is told on standard error.
    """
    program, header = load_with_header(path)
    return program, header, interface_for(program, header, path, eval_type)


def interface_for(program: "Program", header: "Header", path: str, eval_type: str | None) -> "Interface":
    """How a program meets its data, from the option, its header, its run or a guess."""
    return decided(program, path, eval_type or header.eval_type or _configured(path))


def decided(program: "Program", path: str, said: str | None, default: str = "RMS_ERROR") -> "Interface":
    """How a program meets its data, from what is said of it or a guess, which is told on standard error."""
    from azc.errors import AzcError
    from azc.passes import evaluation_type

    try:
        found = evaluation_type(program, said, default=default)
    except AzcError as error:
        raise AzcError(f"{path}: {error}; name another with --eval") from None
    if found.guess:
        click.echo(f"{path}: {found.guess}; name another with --eval", err=True)
    return found.interface


def _configured(path: str) -> str | None:
    """What a run's configuration says, where the path is a run's folder."""
    from pathlib import Path

    from azc.runs import RunFolder, eval_type_of

    folder = RunFolder(Path(path))
    return eval_type_of(folder) if folder.path.is_dir() else None
