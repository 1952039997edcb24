"""Formatter: a text in its one form, with comments kept in position."""

from collections.abc import Iterator

from azc.ir import Instruction, Signature
from azc.language.lines import FunctionHead, SourceLine, Statement
from azc.language.printer import INDENT, header_text, shows_draws, statement_text
from azc.language.reader import Source, read


def format_text(text: str | bytes, filename: str = "<azl>", signature: Signature | None = None) -> str:
    """Format a text: two blanks before statements, an empty line between functions.

    Functions keep their order, comments their line. A comment alone on its line is indented like the
    statements around it; after a function's last statement a comment at the margin stays there, since it
    belongs to what follows. Formatting twice changes nothing more. AzlError if the text is wrong.
    Signature as in `parse`.
    """
    return "".join(line + "\n" for line in _spaced(_written(read(text, filename, signature))))


def _written(source: Source) -> Iterator[str]:
    """Each line in its one form; empty lines stay."""
    draws = shows_draws(source.program)
    rest = {name: iter(source.program[name]) for name in source.program.names}
    current: Iterator[Instruction] | None = None
    for line, indented in zip(source.lines, _indented(source.lines), strict=True):
        if isinstance(line.content, FunctionHead):
            current = rest[line.content.name]
            yield _with_comment(header_text(line.content.name), line)
        elif current is None or line.content is None:
            yield INDENT * (indented and current is not None) + (line.comment or "")
        elif isinstance(line.content, Statement):
            yield _with_comment(INDENT + statement_text(next(current), draws), line)
        else:
            yield _with_comment(f"{INDENT}pass", line)


def _indented(lines: tuple[SourceLine, ...]) -> list[bool]:
    """Whether each comment is indented: a statement comes next, or the comment is not at the margin."""
    result, followed = [], False
    for line in reversed(lines):
        if line.content is not None:
            followed = not isinstance(line.content, FunctionHead)
        result.append(line.comment is not None and (followed or line.start > 0))
    return result[::-1]


def _with_comment(code: str, line: SourceLine) -> str:
    return code if line.comment is None else f"{code}  {line.comment}"


def _spaced(lines: Iterator[str]) -> list[str]:
    """Lines with one empty line before each function and its leading comments, and never two in a row."""
    spaced: list[str] = []
    for line in lines:
        if line.startswith("def "):
            lead = len(spaced)
            while lead and spaced[lead - 1].startswith("#"):
                lead -= 1
            if lead and spaced[lead - 1]:
                spaced.insert(lead, "")
        elif not line and (not spaced or not spaced[-1] or spaced[-1].startswith("def ")):
            continue
        spaced.append(line)
    while spaced and not spaced[-1]:
        spaced.pop()
    return spaced
