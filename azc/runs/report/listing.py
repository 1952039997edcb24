"""Listings of programs: live lines, and changes from one program to the next."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any, Final

import attrs

from azc.errors import AzcError
from azc.ir import Literal, SignatureLike, own_signature
from azc.language import format_instruction, header_text, parse, shows_draws
from azc.passes import roles

UNREADABLE: Final = "unreadable"
"""Function name of lines that are not a program."""
SAME: Final = " "
ADDED: Final = "+"
REMOVED: Final = "-"
ALIKE: Final = 0.5
"""Minimum share of common words, exclusive, for two lines to be counterparts."""
_WORD: Final = re.compile(r"-?[\w.]+|[^\s\w]")
Ranges = tuple[tuple[int, int], ...]


@attrs.frozen
class ListingLine:
    """A line of a program's text."""

    function: str
    """The name of a function, or `UNREADABLE`."""
    text: str
    live: bool = True
    """Whether a prediction depends on it."""
    head: bool = False
    """Whether it is a function's head."""
    value: float | None = None
    """Result of the instruction, if it is the same at every execution and the instruction has operands."""


def lines(text: str, declared: SignatureLike, draws: bool | None = None) -> list[ListingLine]:
    """Lines of a program; a text that is not a program is split unchanged.

    draws: whether random instructions show their numbers; None: if the text needs them.
    """
    try:
        program = parse(text, signature=own_signature(declared))
    except AzcError:
        return [ListingLine(UNREADABLE, line) for line in text.splitlines()]
    numbered = shows_draws(program) if draws is None else draws
    found = []
    for name, function in roles(program, declared).items():
        found.append(ListingLine(name, header_text(name), head=True))
        for role in function:
            written = f"  {format_instruction(role.instruction, numbered)}"
            found.append(
                ListingLine(name, written, role.live, value=_given(role.value, role.instruction.operands))
            )
    return found


def _given(value: Literal | None, operands: tuple[object, ...]) -> float | None:
    return value.value if value is not None and operands else None


def listing(read: Sequence[ListingLine], notes: Sequence[str] = ()) -> list[list[dict[str, str]]]:
    """Lines by function, as the page lists them: text, kind (head, live or dead) and a note."""
    noted = zip(read, notes or [""] * len(read), strict=True)
    return [
        [{"text": line.text, "kind": _kind(line), "note": note} for line, note in group]
        for _, group in groupby(noted, key=lambda pair: pair[0].function)
    ]


def _kind(line: ListingLine) -> str:
    return "head" if line.head else "live" if line.live else "dead"


@attrs.frozen
class Row:
    """A line of a difference."""

    mark: str
    """`SAME`, `ADDED` or `REMOVED`."""
    text: str
    live: bool = True
    """Whether the line is live: in the new program if it is in both."""
    woke: bool | None = None
    """Change of a line in both programs: True if it became live, False if dead, None if neither."""
    changed: Ranges = ()
    """Begin and end of each range of the text that differs from its counterpart."""
    head: bool = False


def difference(old: Sequence[ListingLine], new: Sequence[ListingLine]) -> list[Row]:
    """Difference of two programs line by line; lines with a counterpart show the ranges that changed."""
    # The function is compared too, so that lines never match across functions.
    before, after = ([(line.function, line.text) for line in lines] for lines in (old, new))
    rows: list[Row] = []
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            rows += map(_both, old[a:b], new[c:d])
        elif b - a == d - c:
            for _, pairs in groupby(zip(old[a:b], new[c:d], strict=True), key=_alike):
                rows += _exchanged([*pairs])
        else:
            rows += _block(old[a:b], new[c:d])
    return rows


def _both(old: ListingLine, new: ListingLine) -> Row:
    woke = new.live if new.live != old.live else None
    return attrs.evolve(_row(SAME, new), woke=woke)


def _row(mark: str, line: ListingLine, changed: Ranges = ()) -> Row:
    return Row(mark, line.text, line.live, changed=changed, head=line.head)


def _block(old: Sequence[ListingLine], new: Sequence[ListingLine]) -> list[Row]:
    """Rows of all removed lines, then of all added ones."""
    return [*(_row(REMOVED, line) for line in old), *(_row(ADDED, line) for line in new)]


def _alike(pair: tuple[ListingLine, ListingLine]) -> bool:
    """Whether two lines are counterparts: most of their words are common."""
    old, new = (list[str](_WORD.findall(line.text)) for line in pair)
    return SequenceMatcher(None, old, new, autojunk=False).ratio() > ALIKE


def _exchanged(pairs: Sequence[tuple[ListingLine, ListingLine]]) -> list[Row]:
    """Rows of equally many removed and added lines; each stands beside its counterpart if they are alike."""
    if not _alike(pairs[0]):
        return _block([old for old, _ in pairs], [new for _, new in pairs])
    rows = []
    for before, after in pairs:
        removed, added = changes(before.text, after.text)
        rows += [_row(REMOVED, before, removed), _row(ADDED, after, added)]
    return rows


def changes(old: str, new: str) -> tuple[Ranges, Ranges]:
    """Ranges of the old and of the new text that differ, word by word."""
    before, after = ([*_WORD.finditer(text)] for text in (old, new))
    matcher = SequenceMatcher(None, [m[0] for m in before], [m[0] for m in after], autojunk=False)
    different = [code[1:] for code in matcher.get_opcodes() if code[0] != "equal"]
    return (
        tuple((before[a].start(), before[b - 1].end()) for a, b, _, _ in different if b > a),
        tuple((after[c].start(), after[d - 1].end()) for _, _, c, d in different if d > c),
    )


def packed(rows: Sequence[Row]) -> list[list[Any]]:
    """Rows as a script reads them: mark, text, live, woke, changed, head."""
    return [[r.mark, r.text, int(r.live), r.woke, [*map(list, r.changed)], int(r.head)] for r in rows]
