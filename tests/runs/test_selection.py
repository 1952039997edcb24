"""The program that is best on the select tasks, over several experiments and several starts."""

import json
from typing import Any

import pytest

from azc.ir import Program
from azc.language import parse
from azc.runs.selection import Selection

TEXT = "def Setup():\n  s1 = {}\ndef Predict():\n  s1 = s1 + s1\ndef Learn():\n  s2 = s1 - s0\n"
A, B, C = (parse(TEXT.format(value)) for value in (0.1, 1 / 3, -2.5e-300))


class Scores:
    """Scores programs by a table, and notes whom."""

    def __init__(self, **scores: float) -> None:
        self.scores = {"A": A, "B": B, "C": C}
        self.by_program = {self.scores[name]: score for name, score in scores.items()}
        self.scored: list[Program] = []

    def __call__(self, program: Program, kind: int) -> float:
        """A program's score, whatever kind of island it is of."""
        self.scored.append(program)
        return self.by_program[program]


@pytest.mark.parametrize(
    ("scores", "best"), [({"A": 0.1, "B": 0.3, "C": 0.2}, B), ({"A": 0.3, "B": 0.1, "C": 0.3}, C)]
)
def test_the_best_is_kept_and_of_equals_the_later(scores: dict[str, float], best: Program) -> None:
    """With all that was said of it."""
    selection = Selection(Scores(**scores))
    for number, program in enumerate((A, B, C)):
        selection.offer(program, 0.5 + number, number)
    assert (selection.program, selection.fitness) == (best, 0.3)
    assert selection.search_fitness == 0.5 + selection.individual == 0.5 + [A, B, C].index(best)


def test_what_an_island_offers_again_is_not_scored_again() -> None:
    """Whatever other islands offer in between."""
    scores = Scores(A=0.1, B=0.0, C=0.2)
    selection = Selection(scores)
    for island, program in ((0, A), (1, B), (0, A), (1, B), (0, C), (1, B), (0, C)):
        selection.offer(program, 0.0, [A, B, C].index(program), island)
    assert scores.scored == [A, B, C]


@pytest.mark.parametrize("offered", [[], [B], [B, A]])
def test_it_is_the_same_after_it_was_written_down(offered: list[Program]) -> None:
    """As JSON, minus infinity and all digits of constants included."""
    scores = Scores(A=0.1, B=0.2)
    selection, again = Selection(scores), Selection(scores)
    for program in offered:
        selection.offer(program, 0.4, 1 << 41 | [A, B].index(program), 3, 2)
    values: dict[str, Any] = json.loads(json.dumps(selection.to_dict()))
    again.restore(values)
    assert again == selection
    before = len(scores.scored)
    if offered:
        again.offer(offered[-1], 0.4, again.individual if len(offered) == 1 else 1 << 41, 3)
    assert len(scores.scored) == before
