"""What changed from one program to the next, line by line and within lines."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any, Final

import attrs

from azc.runs.report.programs import ListingLine

SAME: Final = " "
ADDED: Final = "+"
REMOVED: Final = "-"
ALIKE: Final = 0.5
"""Lines are counterparts if they share more of their words than this."""
_WORD: Final = re.compile(r"-?[\w.]+|[^\s\w]")
Ranges = tuple[tuple[int, int], ...]


@attrs.frozen
class Row:
    """A line of a difference."""

    mark: str
    """`SAME`, `ADDED` or `REMOVED`."""
    text: str
    live: bool = True
    """In the program that it stands in; in the new one where it stands in both."""
    woke: bool | None = None
    """Of a line in both: True if it came alive, False if it died, None if neither."""
    changed: Ranges = ()
    """Where its text differs from its counterpart's, as pairs of begin and end."""
    head: bool = False


def difference(old: Sequence[ListingLine], new: Sequence[ListingLine]) -> list[Row]:
    """The lines of two programs as one listing, with what changed within lines that have a counterpart."""
    # The function is a part of what is compared, so that lines never match across heads.
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
    """All that went, then all that came."""
    return [*(_row(REMOVED, line) for line in old), *(_row(ADDED, line) for line in new)]


def _alike(pair: tuple[ListingLine, ListingLine]) -> bool:
    """Whether one line may be seen as the other, changed: most words are in both."""
    old, new = (list[str](_WORD.findall(line.text)) for line in pair)
    return SequenceMatcher(None, old, new, autojunk=False).ratio() > ALIKE


def _exchanged(pairs: Sequence[tuple[ListingLine, ListingLine]]) -> list[Row]:
    """As many lines for as many others: each beside its counterpart, if they are alike."""
    if not _alike(pairs[0]):
        return _block([old for old, _ in pairs], [new for _, new in pairs])
    rows = []
    for before, after in pairs:
        removed, added = changes(before.text, after.text)
        rows += [_row(REMOVED, before, removed), _row(ADDED, after, added)]
    return rows


def changes(old: str, new: str) -> tuple[Ranges, Ranges]:
    """Where two texts differ, word by word: ranges of the old and of the new."""
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
