"""Reader: text to program, with all problems of the text and the numbers of draws."""

import re
from collections.abc import Sequence
from functools import lru_cache
from os import PathLike
from typing import Final

import attrs

from azc.arguments import a_path, a_text, optional, takes, text_or_bytes
from azc.errors import AzcError
from azc.ir import MAX_INSTRUCTIONS, SUPERVISED, Program, Signature, a_signature, smallest_free_draws
from azc.language.diagnostics import listed, unknown_function
from azc.language.errors import MAX_PROBLEMS, AzlError, Complaint, Problem
from azc.language.lines import FunctionHead, Pass, SourceLine, Statement
from azc.language.statements import read_line
from azc.reading import read_up_to

MAX_BYTES: Final = 2**20
"""Maximum length of a text in UTF-8."""
_signature: Final = optional(a_signature)
_SIGNATURE: Final = re.compile(rb"\[\s*signature\s*\]")
_BOM: Final = b"\xef\xbb\xbf"
_NEWLINE: Final = re.compile(rb"\r\n|\r|\n")
_REMEMBERED_LENGTH: Final = 200


@attrs.frozen
class Source:
    """A text that was read: content of each line, and the program."""

    lines: tuple[SourceLine, ...]
    texts: tuple[str, ...]
    """Lines as they are written, without line ends."""
    program: Program
    filename: str
    signature: Signature | None = None
    """The signature that was given, or that the text holds; None if it is that of supervised learning."""


def parse(text: str | bytes, filename: str = "<azl>", signature: Signature | None = None) -> Program:
    """Parse a text of azl; AzlError with every problem of the text if it is wrong.

    The functions are those of the signature; without one, those of the table `[signature]` in the comments at
    the top of the text; without that, Setup, Predict and Learn.
    """
    return read(text, filename, signature).program


@takes(path=a_path)
def load(path: str | PathLike[str], signature: Signature | None = None) -> Program:
    """Parse a file; AzlError if its text is wrong, AzcError if it cannot be read. Signature as in `parse`."""
    return parse(read_bytes(path), str(path), signature)


def read_bytes(path: str | PathLike[str]) -> bytes:
    """Bytes of a file, at most one more than `MAX_BYTES`; AzcError if it cannot be read."""
    try:
        return read_up_to(path, MAX_BYTES)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise AzcError(f"cannot read {path}: {reason}") from None


def read(text: str | bytes, filename: str, signature: Signature | None = None) -> Source:
    """Read a text of azl line by line; AzlError with every problem of the text if it is wrong.

    A text that is too long is not read at all. The first problems are described, further ones only counted,
    so that the time is linear in the length of the text.
    """
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text_or_bytes("text", text)
    a_text("filename", filename)
    if len(data) > MAX_BYTES:
        raise AzlError([_too_long(data, filename)])
    lines = _NEWLINE.split(data.removeprefix(_BOM))
    signature = _signature("signature", signature) or _signature_in(data, lines, filename)
    names = SUPERVISED if signature is None else signature.names
    reader = _Reader(names)
    for number, line in enumerate(lines, 1):
        reader.take(number, line)
    if reader.complaints:
        raise AzlError(_problems(reader.complaints, data, filename), reader.unlisted)
    program = _numbered([reader.bodies.get(name, []) for name in names], names)
    texts = tuple(line.decode("utf-8") for line in lines)
    return Source(tuple(reader.lines), texts, program, filename, signature)


def _signature_in(data: bytes, lines: Sequence[bytes], filename: str) -> Signature | None:
    """The signature that a text's comments hold; nearly all texts hold none, which is seen at once."""
    if _SIGNATURE.search(data) is None:
        return None
    from azc.language.signatures import signature_in

    return signature_in((line.decode("utf-8", "replace") for line in lines), filename)


class _Reader:
    """Sorts lines into functions and collects complaints."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self.lines: list[SourceLine] = []
        """Lines before the first wrong one."""
        self.bodies: dict[str, list[Statement]] = {}
        self.complaints: list[tuple[Complaint, int, bytes, bool]] = []
        """First complaints, each with line number, line, and whether the line is wrong by itself."""
        self.unlisted = 0
        """Number of further complaints."""
        self._heads: dict[str, int] = {}
        self._body: list[Statement] | None = None

    def take(self, number: int, data: bytes) -> None:
        """Read one line, without its end."""
        line = _read_short(data) if len(data) <= _REMEMBERED_LENGTH else _read(data)
        if isinstance(line, Complaint):
            self._blame(line, number, data, True)
            return
        if not self.complaints:
            self.lines.append(line)
        try:
            if isinstance(line.content, FunctionHead):
                self._begin(line.content, number)
            elif line.content is not None:
                self._add(line.content, line.start)
        except Complaint as complaint:
            self._blame(complaint, number, data, False)

    def _blame(self, complaint: Complaint, number: int, data: bytes, alone: bool) -> None:
        if len(self.complaints) < MAX_PROBLEMS:
            self.complaints.append((complaint, number, data, alone))
        else:
            self.unlisted += 1
        if data.lstrip().startswith(b"def"):
            # The lines that follow belong to some function, so they are not complained about.
            self._body = []

    def _begin(self, header: FunctionHead, number: int) -> None:
        if header.name not in self._names:
            raise unknown_function(header.name, self._names, header.column)
        first = self._heads.setdefault(header.name, number)
        if first != number:
            raise Complaint(
                f"{header.name} is defined already, in line {first}; a function is defined once",
                header.column,
            )
        self._body = self.bodies[header.name] = []

    def _add(self, statement: Statement | Pass, start: int) -> None:
        if self._body is None:
            heads = listed([f"def {name}():" for name in self._names], "or")
            raise Complaint(f"expected {heads} before the first statement", start)
        if isinstance(statement, Pass) or len(self._body) > MAX_INSTRUCTIONS:
            return
        self._body.append(statement)
        if len(self._body) == MAX_INSTRUCTIONS + 1:
            raise Complaint(
                f"a function holds at most {MAX_INSTRUCTIONS} instructions; this is one more", start
            )


def _read(data: bytes) -> SourceLine | Complaint:
    """Content of one line, or the complaint about it."""
    try:
        return read_line(_decoded(data))
    except Complaint as complaint:
        return complaint.with_traceback(None)


_read_short = lru_cache(maxsize=4096)(_read)
"""Cached for short lines, since programs repeat them."""


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        column = len(line[: error.start].decode("utf-8"))
        raise Complaint(f"expected UTF-8, found the byte 0x{line[error.start]:02X}", column) from None


def _problems(
    complaints: Sequence[tuple[Complaint, int, bytes, bool]], data: bytes, filename: str
) -> list[Problem]:
    """Problems of the text from complaints about lines, with lines to write instead if known."""
    from azc.language.habits import addresses_in, advice_on

    taken, problems = addresses_in(data), []
    for complaint, number, line, alone in complaints:
        text = line.decode("utf-8", "replace")
        advice = advice_on(text, taken) if alone else None
        if advice is not None and advice.guess and complaint.advice:
            advice = None
        message = complaint.message if advice is None else f"{complaint.what}; {advice}"
        instead = () if advice is None else advice.lines
        problems.append(Problem(message, number, complaint.column + 1, text, filename, instead))
    return problems


def _too_long(data: bytes, filename: str) -> Problem:
    """Problem of a text beyond the limit, at the first character beyond."""
    lines = _NEWLINE.split(data[:MAX_BYTES])
    last = lines[-1].decode("utf-8", "ignore")
    message = f"the text is longer than 1 MiB ({MAX_BYTES} bytes), the most that a file may hold"
    return Problem(message, len(lines), len(last) + 1, last, filename)


def _numbered(bodies: Sequence[Sequence[Statement]], names: tuple[str, ...]) -> Program:
    """Program with a number for every draw: explicit ones first, then the smallest free ones in order."""
    taken = {statement.draw for body in bodies for statement in body}
    free = smallest_free_draws({draw for draw in taken if draw is not None})
    functions = [tuple(statement.numbered(free) for statement in body) for body in bodies]
    return Program(*functions, names=names)
