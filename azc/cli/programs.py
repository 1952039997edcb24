"""Programs as arguments of commands: the program, its header, and its evaluation type."""

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from azc.ir import Interface, Program, SignatureLike
    from azc.language import Source
    from azc.runs import Header


def program_file(path: str) -> str:
    """File for a path; a run's folder stands for its best program."""
    import os

    if not os.path.isdir(path):
        return path
    from azc.search import program_file

    return str(program_file(path))


def program_bytes(path: str) -> tuple[bytes, str]:
    """Bytes of a program's file, of a run's best program or (`-`) of standard input, and a name for messages.

    At most one byte more than a program may have is read.
    """
    from azc.language import MAX_BYTES, read_bytes

    if path == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>"
    path = program_file(path)
    return read_bytes(path), path


def load_with_header(path: str) -> "tuple[Program, Header]":
    """Program in a file or a run's folder, and its header."""
    from azc.language import parse
    from azc.runs import read_header

    data, name = program_bytes(path)
    program = parse(data, name)
    return program, read_header(data, name)


def read_with_signature(
    path: str, eval_type: str | None, signature_file: str | None
) -> "tuple[Source, Header, SignatureLike]":
    """Source in a file or a run's folder, its header, and its signature.

    The signature is that of the option `--signature`, else the one that the text holds. Without one it is the
    interface of an evaluation type: that of the option `--eval`, else of the header, else of the run's
    configuration; else `azc.passes.evaluation_type` decides, and a guess is reported on standard error.
    """
    from azc.language import load_signature, read
    from azc.runs import read_header

    data, name = program_bytes(path)
    source = read(data, name, load_signature(signature_file) if signature_file else None)
    header = read_header(data, name)
    if source.signature is None:
        return source, header, interface_for(source.program, header, path, eval_type)
    if eval_type is not None:
        raise click.UsageError("--eval is for programs without a signature of their own; leave it out")
    return source, header, source.signature


def program_text(program: "Program", signature: "SignatureLike") -> str:
    """Text of a program; it begins with its signature if that is one of its own, as no other text says it."""
    from azc.ir import Signature
    from azc.language import format_program, signature_lines

    text = format_program(program)
    if not isinstance(signature, Signature):
        return text
    return "".join(f"# {line}\n" for line in signature_lines(signature)) + f"\n{text}"


def interface_for(program: "Program", header: "Header", path: str, eval_type: str | None) -> "Interface":
    """Interface of a program, from the option, its header, its run or a guess."""
    return decided(program, path, eval_type or header.eval_type or _configured(path))


def decided(program: "Program", path: str, said: str | None, default: str = "RMS_ERROR") -> "Interface":
    """Interface of a program, from a given evaluation type or a guess, reported on standard error."""
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
    """Evaluation type of a run's configuration; None if the path is not a run's folder."""
    from pathlib import Path

    from azc.runs import RunFolder, eval_type_of

    folder = RunFolder(Path(path))
    return eval_type_of(folder) if folder.path.is_dir() else None
