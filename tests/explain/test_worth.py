"""What instructions and numbers are worth on tasks."""

import math

import numpy as np
import pytest
from programs import linear, text

from azc.evaluation import Evaluator
from azc.explain import FACTORS, ablation, sensitivity
from azc.explain.worth import difference, student
from azc.ir import interface_of, quantities, with_quantities
from azc.language import parse
from azc.tasks import tasks_from_spec

RMS_ERROR = interface_of("RMS_ERROR")
TASKS = tasks_from_spec("linear,features=4,train=100,valid=20,tasks=4")


def test_instructions_are_worth_what_is_lost_without_them() -> None:
    """The worth is the mean of the paired differences; dead instructions are worth nothing."""
    program = parse(linear(0.1, predict="s5 = mean(v0)"))
    found = ablation(program, RMS_ERROR, TASKS)
    assert [len(function) for function in found.values()] == [1, 2, 4]
    (inner, dead) = found["Predict"]
    assert (dead.mean, dead.half) == (0, 0)
    whole = np.array(Evaluator(TASKS).evaluate(program).fitnesses)
    blind = parse(linear(0.1, predict="s5 = mean(v0)").replace("  s1 = dot(v0, v1)\n", ""))
    without = np.array(Evaluator(TASKS).evaluate(blind).fitnesses)
    assert inner.mean == pytest.approx(np.mean(whole - without))
    assert 0 < inner.half < inner.mean


def test_intervals() -> None:
    """Half a 95 % interval of a mean, as in tables of Student's t; nan for one value."""
    assert difference(np.array([1.0, 2.0, 3.0, 4.0])).half == pytest.approx(2.054, abs=3e-3)
    assert math.isnan(difference(np.array([1.0])).half)
    table = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 9: 2.262, 30: 2.042, 1000: 1.962}
    for freedom, value in table.items():
        assert student(freedom) == pytest.approx(value, abs=4e-3)


def test_numbers_are_tried_at_several_values() -> None:
    """Each number has a curve; numbers that are 0 have none."""
    program = parse(linear(0.1, setup="v1 = gaussian(0, 0.5)"))
    curves = sensitivity(program, TASKS)
    assert [curve.value for curve in curves] == [0.1, 0.5]
    assert curves[0].fitnesses[FACTORS.index(1.0)] == Evaluator(TASKS).fitness(program)
    assert curves[0].fitnesses[0] < max(curves[0].fitnesses)


def test_quantities() -> None:
    """Constants and literals are quantities, indexes and draws are not; spreads and bounds stay legal."""
    program = parse(
        text("s2 = 0.5; v1 = gaussian(1, 2); v2 = uniform(-1, 1); v3[0.5] = 4", "s1 = s2 * 3", "")
    )
    assert quantities(program) == [0.5, 1, 2, -1, 1, 4, 3]
    other = with_quantities(program, [1, 2, -3, 5, 4, 6, 7])
    assert quantities(other) == [1, 2, 3, 4, 5, 6, 7]
    assert with_quantities(program, quantities(program)) == program
