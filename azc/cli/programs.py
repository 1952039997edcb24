"""A program file as a command takes it: the program, and what its header says."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azc.ir import Program
    from azc.runs.header import Header


def load_with_header(path: str) -> "tuple[Program, Header]":
    """The program in a file, and its header."""
    from azc.language import parse
    from azc.language.reader import read_bytes
    from azc.runs.header import read_header

    data = read_bytes(path)
    program = parse(data, path)
    return program, read_header(data, path)
