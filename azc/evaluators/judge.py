"""Judging: scores of programs by somebody else's evaluator, whatever it does."""

from collections.abc import Sequence
from math import inf
from typing import Final, Protocol

import attrs
import numpy as np
from numpy.typing import NDArray

from azc.errors import AzcError
from azc.ir import Program
from azc.language import format_program
from azc.problems import shown

FAILURES: Final = ("nan", "raised", "timed_out", "died")
"""Ways in which an evaluator gives no score."""
STAGES: Final = ("search", "select", "final")
"""What a score is for: the search, the choice of the program to return, its last score."""
MAX_IN_A_ROW: Final = 100
"""Programs one after the other without a score, after which a run ends; those of nan do not count."""
MAX_MESSAGE: Final = 2_000
"""Maximum number of characters of a message that is kept."""
WORST: Final = -inf
"""Score of a program without one."""
Rows = NDArray[np.float64]
"""[program][case]"""


@attrs.frozen
class Failure:
    """A program that got no score."""

    kind: str
    """One of `FAILURES`."""
    message: str
    program: str


class CallFailedError(Exception):
    """A call of an evaluator that gave no scores."""

    def __init__(self, kind: str, message: str):
        super().__init__(message)
        self.kind = kind


class Caller(Protocol):
    """Calls an evaluator."""

    @property
    def takes_stage(self) -> bool:
        """Whether it scores for selection and at the end too."""

    def __call__(self, programs: Sequence[Program], stage: str) -> object:
        """What the evaluator returned; `CallFailedError` if it raised, died or took too long."""

    def close(self) -> None:
        """End it."""


def rows_of(answer: object, count: int, cases: int) -> Rows:
    """The scores in an answer for `count` programs; `CallFailedError` if it is of another form."""
    expected = "a number each" if cases == 1 else f"a row of {cases} numbers each"
    try:
        rows = np.array(answer, dtype=np.float64)  # None becomes nan
    except Exception:  # a class of somebody else's may raise anything
        raise CallFailedError("raised", f"returned {shown(answer)}; expected a list, {expected}") from None
    if cases == 1 and rows.ndim == 1:
        rows = rows.reshape(-1, 1)
    if rows.shape != (count, cases) and not (rows.size == 0 and count == 0):
        shape = "no scores" if not rows.size else f"scores of shape {rows.shape}"
        raise CallFailedError("raised", f"returned {shape} for {count} programs; expected a list, {expected}")
    return rows.reshape(count, cases)


class Judge:
    """Scores programs by an evaluator; those that get no score have the worst."""

    def __init__(self, caller: Caller, cases: int):
        self.caller = caller
        self.cases = cases
        self._in_a_row = 0

    def scores(self, programs: Sequence[Program], stage: str = "search") -> tuple[Rows, list[Failure]]:
        """Scores of programs, and what went wrong; AzcError if nothing else has for long.

        A call that fails is repeated with each of its programs alone, so that one costs no other its score.
        """
        if not programs:
            return np.zeros((0, self.cases)), []
        try:
            rows = rows_of(self.caller(programs, stage), len(programs), self.cases)
        except CallFailedError as error:
            if len(programs) == 1:
                return np.full((1, self.cases), WORST), [self._failed(error, programs[0])]
            alone = [self.scores([program], stage) for program in programs]
            return np.concatenate([one for one, _ in alone]), [f for _, found in alone for f in found]
        self._in_a_row = 0
        failures = []
        with np.errstate(over="ignore", invalid="ignore"):
            means = rows.mean(axis=1)
        # A mean is nan or infinite where a number of the row is, or where they are too large.
        for row in np.flatnonzero(np.isnan(means) | (means == inf)).tolist():
            failures.append(_failure("nan", f"its score is {_said(rows[row])}", programs[row]))
            rows[row] = WORST
        rows[means == WORST] = WORST
        return rows, failures

    def _failed(self, error: CallFailedError, program: Program) -> Failure:
        self._in_a_row += 1
        if self._in_a_row >= MAX_IN_A_ROW:
            raise AzcError(
                f"the evaluator failed for {MAX_IN_A_ROW} programs in a row, at last: {error}; mend it, then "
                "resume the run"
            )
        return _failure(error.kind, str(error), program)


def _failure(kind: str, message: str, program: Program) -> Failure:
    """A failure, whose message any file can hold."""
    text = message[:MAX_MESSAGE].encode("utf-8", "backslashreplace").decode()
    return Failure(kind, text, format_program(program))


def _said(row: NDArray[np.float64]) -> str:
    texts = ", ".join(f"{value:g}" for value in row[:5])
    return texts if len(row) <= 5 else f"{texts}, …"
