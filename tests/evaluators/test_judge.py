"""Judging: what becomes of scores that an evaluator gives, and of calls that fail."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from evaluators.making import FORMULA, PROGRAMS
from hypothesis import given
from hypothesis import strategies as st

from azc.errors import AzcError
from azc.evaluators import EvaluatorSettings, Judge
from azc.evaluators.functions import FunctionCaller
from azc.evaluators.judge import MAX_IN_A_ROW
from azc.ir import Program

NUMBERS = st.floats(allow_nan=True, allow_infinity=True)


def judge(function: Callable[..., Any], cases: int = 1, give: str = "programs") -> Judge:
    """A judge by a function."""
    settings = EvaluatorSettings(give=give, cases=cases, features=1)
    return Judge(FunctionCaller(function, settings, FORMULA, "float64"), cases)


@given(st.lists(NUMBERS, max_size=8))
def test_scores_are_taken_as_they_are(numbers: list[float]) -> None:
    """Finite scores and minus infinity stay; nan and infinity become the worst score, and are counted."""
    programs = [PROGRAMS[0]] * len(numbers)
    rows, failures = judge(lambda given: numbers).scores(programs)
    wrong = [math.isnan(number) or number == math.inf for number in numbers]
    assert rows[:, 0].tolist() == [-math.inf if bad else n for n, bad in zip(numbers, wrong, strict=True)]
    assert [failure.kind for failure in failures] == ["nan"] * sum(wrong)


def test_rows_of_cases_stay_whole() -> None:
    """A row with one bad number is the worst in all cases."""
    rows, failures = judge(lambda given: [[1.0, 2.0], [3.0, math.nan]], cases=2).scores(PROGRAMS)
    assert rows.tolist() == [[1.0, 2.0], [-math.inf, -math.inf]]
    assert [failure.kind for failure in failures] == ["nan"]


def test_a_mean_beyond_all_numbers_is_no_score() -> None:
    """Scores whose mean overflows are bad too, since they would be the best for ever."""
    rows, failures = judge(lambda given: [[1.7e308, 1.7e308]], cases=2).scores(PROGRAMS[:1])
    assert rows.tolist() == [[-math.inf, -math.inf]]
    assert len(failures) == 1


@pytest.mark.parametrize(
    "answer",
    [None, 1.0, [1.0], [1.0, 2.0, 3.0], ["a", "b"], [[1.0], [1.0, 2.0]], {"scores": [1.0, 2.0]}, [{}, {}]],
    ids=str,
)
def test_other_answers_are_errors_of_the_evaluator(answer: Any) -> None:
    """Anything but a number for each program is told, as an exception would be."""
    rows, failures = judge(lambda given: answer).scores(PROGRAMS)
    if answer != [1.0]:  # which is right for each program alone
        assert {failure.kind for failure in failures} == {"raised"}
        assert "expected a list, a number each" in failures[0].message
        assert (rows == -math.inf).all()


def test_an_exception_costs_no_other_program_its_score() -> None:
    """A call that raises is repeated with each program alone."""

    def scores(given: Sequence[Program]) -> list[float]:
        if PROGRAMS[1] in given:
            raise ZeroDivisionError("no lines")
        return [7.0] * len(given)

    rows, failures = judge(scores).scores([*PROGRAMS, PROGRAMS[0]])
    assert rows[:, 0].tolist() == [7.0, -math.inf, 7.0]
    assert [(one.kind, one.message) for one in failures] == [("raised", "ZeroDivisionError: no lines")]
    assert "s1 = s2 + s2" in failures[0].program


def test_interrupts_pass_through() -> None:
    """Ctrl-C is no failure of a program; SystemExit is one."""

    def stops(given: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(stops).scores(PROGRAMS)

    def exits(given: object) -> None:
        raise SystemExit(2)

    assert [one.kind for one in judge(exits).scores(PROGRAMS[:1])[1]] == ["raised"]


def test_a_run_of_failures_ends() -> None:
    """After a hundred programs in a row the judge gives up, with the last message; a score begins anew."""
    works = False

    def fails(given: Sequence[Program]) -> list[float]:
        if works:
            return [0.0] * len(given)
        raise RuntimeError("the simulator is gone")

    judging = judge(fails)
    judging.scores(PROGRAMS[:1] * (MAX_IN_A_ROW - 1))
    works = True
    judging.scores(PROGRAMS)
    works = False
    judging.scores(PROGRAMS[:1] * (MAX_IN_A_ROW - 1))
    with pytest.raises(
        AzcError, match="failed for 100 programs in a row, at last: RuntimeError: the simulator"
    ):
        judging.scores(PROGRAMS)


def test_nan_alone_ends_nothing() -> None:
    """A search may begin with programs that all have nan."""
    rows, failures = judge(lambda given: [math.nan] * len(given)).scores(PROGRAMS * MAX_IN_A_ROW)
    assert len(failures) == len(rows) == 2 * MAX_IN_A_ROW


def test_functions_get_algorithms_in_lanes() -> None:
    """Algorithms have the lanes, features and precision of the settings, and different draws in each lane."""
    import azc

    drawing = azc.parse("def Setup():\n  s1 = uniform(0, 1)\ndef Predict():\n  pass\n", signature=FORMULA)
    seen = []

    def scores(algorithms: Sequence[azc.Algorithm]) -> list[float]:
        (algorithm,) = algorithms
        seen.append((algorithm.lanes, algorithm.features, algorithm.memory.s.dtype))
        return [len(np.unique(algorithm.call("Predict", x=np.zeros(5))["value"]))]

    settings = EvaluatorSettings(lanes=5, features=3)
    rows, _ = Judge(FunctionCaller(scores, settings, FORMULA, "float32"), 1).scores([drawing])
    assert seen == [(5, 3, np.float32)]
    assert rows.tolist() == [[5.0]]
