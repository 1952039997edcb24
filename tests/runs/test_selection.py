"""Selection of the best program on the select tasks, over several experiments and starts."""

import json
from typing import Any

import pytest

from azc.ir import Program
from azc.language import parse
from azc.runs.selection import Offer, Selection

TEXT = "def Setup():\n  s1 = {}\ndef Predict():\n  s1 = s1 + s1\ndef Learn():\n  s2 = s1 - s0\n"
A, B, C = (parse(TEXT.format(value)) for value in (0.1, 1 / 3, -2.5e-300))


class Scores:
    """Scores programs by a table, and records which."""

    def __init__(self, **scores: float) -> None:
        self.scores = {"A": A, "B": B, "C": C}
        self.by_program = {self.scores[name]: score for name, score in scores.items()}
        self.scored: list[Program] = []

    def __call__(self, program: Program, kind: int) -> float:
        """A program's score, on any kind of island."""
        self.scored.append(program)
        return self.by_program[program]


def offered(program: Program, search_fitness: float, individual: int) -> list[Offer]:
    """An offer of one program."""
    return [Offer(individual, search_fitness, lambda: program)]


@pytest.mark.parametrize(
    ("scores", "best"), [({"A": 0.1, "B": 0.3, "C": 0.2}, B), ({"A": 0.3, "B": 0.1, "C": 0.3}, C)]
)
def test_the_best_is_kept_and_of_equals_the_later(scores: dict[str, float], best: Program) -> None:
    """The selection keeps the program with the best score, of equals the later, and its other values."""
    selection = Selection(Scores(**scores))
    for number, program in enumerate((A, B, C)):
        selection.offer(offered(program, 0.5 + number, number))
    assert (selection.program, selection.fitness) == (best, 0.3)
    assert selection.search_fitness == 0.5 + selection.individual == 0.5 + [A, B, C].index(best)


def test_a_repeated_offer_is_not_scored_again() -> None:
    """A program that an island offers again is not scored again, whatever other islands offer."""
    scores = Scores(A=0.1, B=0.0, C=0.2)
    selection = Selection(scores)
    for island, program in ((0, A), (1, B), (0, A), (1, B), (0, C), (1, B), (0, C)):
        selection.offer(offered(program, 0.0, [A, B, C].index(program)), island)
        selection.end_round()
    assert scores.scored == [A, B, C]


@pytest.mark.parametrize(("better", "best"), [(False, B), (True, A)])
def test_an_equal_one_is_kept_unless_it_has_to_be_better(better: bool, best: Program) -> None:
    """Of equals the last offered is kept; of those that have to be better none."""
    selection = Selection(Scores(A=0.5, B=0.5))
    selection.offer(offered(A, 0.0, 1))
    selection.offer(offered(B, 0.0, 2), better=better)
    assert selection.program == best


def test_what_one_island_offers_first_is_still_known_after_it() -> None:
    """Several offers of an island in one round are remembered together."""
    scores = Scores(A=0.1, B=0.3, C=0.2)
    selection = Selection(scores)
    for _ in range(3):
        selection.offer(offered(A, 0.9, 1))
        selection.offer([*offered(A, 0.9, 1), *offered(B, 0.8, 2), *offered(C, 0.7, 3)], most=1)
        selection.end_round()
    assert scores.scored == [A, B, C]


@pytest.mark.parametrize("programs", [[], [B], [B, A]])
def test_a_selection_survives_json(programs: list[Program]) -> None:
    """A selection restored from JSON is equal, with minus infinity and all digits of constants."""
    scores = Scores(A=0.1, B=0.2)
    selection, again = Selection(scores), Selection(scores)
    for program in programs:
        selection.offer(offered(program, 0.4, 1 << 41 | [A, B].index(program)), 3, 2)
        selection.end_round()
    values: dict[str, Any] = json.loads(json.dumps(selection.to_dict()))
    again.restore(values)
    assert again == selection
    before = len(scores.scored)
    if programs:
        again.offer(offered(programs[-1], 0.4, again.individual if len(programs) == 1 else 1 << 41), 3)
    assert len(scores.scored) == before


def test_a_front_is_offered_in_parts() -> None:
    """Of a front only some new programs are scored at a time; those left out come next, known ones never."""
    scores = Scores(A=0.1, B=0.3, C=0.3)
    selection = Selection(scores)
    front = [*offered(A, 0.9, 1), *offered(B, 0.8, 2), *offered(C, 0.7, 3)]
    for scored in ([A], [A, B], [A, B, C], [A, B, C]):
        before = [*scores.scored]
        left = selection.offer(front, most=1)
        selection.end_round()
        assert left == (scores.scored == before)
        assert scores.scored == scored
    assert (selection.program, selection.search_fitness) == (C, 0.7)
    for offers in (front[1:], front):
        selection.offer(offers)
        selection.end_round()
    assert scores.scored == [A, B, C, A]
