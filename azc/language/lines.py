"""What one line of azl can say."""

from collections.abc import Iterator

import attrs

from azc.ir import Instruction
from azc.language.syntax import Token


@attrs.frozen
class FunctionHead:
    """The head of a function."""

    name: str
    column: int
    """The index of the name in the line."""


@attrs.frozen
class Pass:
    """The statement that is no instruction."""


@attrs.frozen
class Columns:
    """Where the parts of an instruction stand: indexes into the line, in the instruction's own order."""

    out: int = 0
    operands: tuple[int, ...] = ()
    constants: tuple[int, ...] = ()
    """Without the number of a draw."""


@attrs.frozen
class Statement:
    """A statement and the instruction that it means."""

    instruction: Instruction
    draw_given: bool = False
    """Whether the text says which draw it is; else the instruction's number is not yet known."""
    columns: Columns = Columns()
    numbers: tuple[Token, ...] = ()
    """The numbers that stand for operands and constants, as they are written."""

    @property
    def draw(self) -> int | None:
        """The number of the draw that the text gives."""
        return self.instruction.draw if self.draw_given else None

    def numbered(self, free: Iterator[int]) -> Instruction:
        """The instruction, with the next free number if it draws and the text does not say which draw."""
        fresh = self.instruction.op.random and not self.draw_given
        return self.instruction.with_draw(next(free)) if fresh else self.instruction


@attrs.frozen
class SourceLine:
    """What a line says, and its comment with the sign."""

    content: FunctionHead | Statement | Pass | None
    comment: str | None
    start: int
    """The index of its first character that is no blank."""
