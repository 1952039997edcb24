"""Scores by live code."""

from azc.ir import Program
from azc.language import parse
from azc.search.scorer import Scorer


def test_equal_live_code_is_evaluated_once() -> None:
    """A program that differs from another only in dead code is not run again."""
    seen: list[Program] = []
    scorer = Scorer(lambda program: float(seen.append(program) or len(seen)), "RMS_ERROR")
    one, same, other = (
        parse(f"def Predict():\n  s{k} = {k}.0\n  s1 = {v}\n") for k, v in ((2, 1), (3, 1), (2, 2))
    )
    assert [scorer(p) for p in (one, same, other, one)] == [1.0, 1.0, 2.0, 1.0]
    assert seen == [parse("def Predict():\n  s1 = 1\n"), parse("def Predict():\n  s1 = 2\n")]


def test_what_a_draw_is_keeps_programs_apart() -> None:
    """Programs that draw other numbers are other programs."""
    scorer = Scorer(lambda program: float(program.setup[0].constants[-1]), "RMS_ERROR")
    draws = (parse(f"def Setup():\n  s1 = gaussian(0, 1, draw={draw})\n") for draw in (3, 5))
    assert [scorer(program) for program in draws] == [3.0, 5.0]
