"""A program file as a command takes it: the program, and what its header says."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azc.ir import Program
    from azc.runs.header import Header


def program_file(path: str) -> str:
    """The file that a path means: that of the best program, where it is a run's folder."""
    from pathlib import Path

    from azc.runs import RunFolder

    folder = RunFolder(Path(path))
    return str(folder.best) if folder.path.is_dir() and folder.is_run else path


def load_with_header(path: str) -> "tuple[Program, Header]":
    """The program in a file, or the best one of a run's folder, and its header."""
    from azc.language import parse
    from azc.language.reader import read_bytes
    from azc.runs.header import read_header

    path = program_file(path)
    data = read_bytes(path)
    program = parse(data, path)
    return program, read_header(data, path)
