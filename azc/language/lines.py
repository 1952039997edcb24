"""Contents of one line of azl."""

from collections.abc import Iterator

import attrs

from azc.ir import Instruction
from azc.language.syntax import Token


@attrs.frozen
class FunctionHead:
    """Head of a function."""

    name: str
    column: int
    """Index of the name in the line."""


@attrs.frozen
class Pass:
    """The statement `pass`, which makes no instruction."""


@attrs.frozen
class Columns:
    """Columns of an instruction's parts: indexes into the line, in the instruction's own order."""

    out: int = 0
    operands: tuple[int, ...] = ()
    constants: tuple[int, ...] = ()
    """Columns of the constants, the number of a draw excluded."""


@attrs.frozen
class Statement:
    """A statement and its instruction."""

    instruction: Instruction
    draw_given: bool = False
    """Whether the text gives the draw; if not, the instruction's number is provisional."""
    columns: Columns = Columns()
    numbers: tuple[Token, ...] = ()
    """Numbers of operands and constants, as they are written."""

    @property
    def draw(self) -> int | None:
        """Number of the draw in the text; None if the text gives none."""
        return self.instruction.draw if self.draw_given else None

    def numbered(self, free: Iterator[int]) -> Instruction:
        """The instruction, with the next free number if it draws and the text gives no number."""
        fresh = self.instruction.op.random and not self.draw_given
        return self.instruction.with_draw(next(free)) if fresh else self.instruction


@attrs.frozen
class SourceLine:
    """Content of a line, and its comment with the sign."""

    content: FunctionHead | Statement | Pass | None
    comment: str | None
    start: int
    """Index of the first character that is not a blank."""
