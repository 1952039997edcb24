"""Dead code: what is left out changes nothing, and what is left in is needed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import programs

from azc.evaluation import Evaluator
from azc.ir import Program
from azc.language import format_program, parse
from azc.search.live import without_dead_code
from azc.search.scorer import Scorer
from azc.tasks import Task

TYPES = ("RMS_ERROR", "ACCURACY", "MULTICLASS_ACCURACY")


def task(eval_type: str) -> Task:
    """A small task of two epochs."""
    x = np.random.default_rng(1).normal(size=(9, 4))
    y = (x[:, 0] > 0).astype(float)
    classes = 2 if eval_type == "MULTICLASS_ACCURACY" else None
    return Task(x, y, x[:5], y[:5], eval_type=eval_type, epochs=2, n_classes=classes)


TASKS = {eval_type: task(eval_type) for eval_type in TYPES}


@settings(max_examples=60)
@given(programs(max_instructions=6, max_address=3, features=4), st.sampled_from(TYPES))
def test_dead_code_changes_no_error(program: Program, eval_type: str) -> None:
    """Without its dead code a program makes the same errors, stops alike and scores the same, bit for bit."""
    evaluator = Evaluator(TASKS[eval_type], backend="python")
    want = ("train_errors", "valid_errors")
    full = evaluator.evaluate(program, want)
    live = evaluator.evaluate(without_dead_code(program, eval_type), want)
    assert full.fitnesses == live.fitnesses
    assert full.stopped_early == live.stopped_early
    for name in want:
        np.testing.assert_array_equal(getattr(full, name), getattr(live, name))


@settings(max_examples=50)
@given(programs(max_instructions=6), st.sampled_from(TYPES))
def test_live_code_has_no_dead_code(program: Program, eval_type: str) -> None:
    """Removing dead code a second time removes nothing."""
    live = without_dead_code(program, eval_type)
    assert without_dead_code(live, eval_type) == live


DEAD = """
def Setup():
  s2 = 0.1
  s0 = 3
  s7 = 4
  v1[0.5] = 1
  v1[0.0] = 2
def Predict():
  v5 = v0 * v0
  s1 = dot(v0, v1)
  s6 = s6 + s2
def Learn():
  s3 = 0.5
  s3 = s0 - s1
  v2 = s3 * v0
  v0 = 2 * v2
  v1 = v1 + v2
  s1 = s3 + s3
"""


def test_what_is_overwritten_or_never_read_is_dead() -> None:
    """Dead are writes to what is put in anew, overwritten values, and sums that feed only themselves."""
    live = format_program(without_dead_code(parse(DEAD), "RMS_ERROR"))
    left = [line.strip() for line in live.splitlines() if "=" in line]
    assert left == [
        "v1[0.5] = 1",
        "v1[0.0] = 2",
        "s1 = dot(v0, v1)",
        "s3 = s0 - s1",
        "v2 = s3 * v0",
        "v1 = v1 + v2",
    ]


@pytest.mark.parametrize(
    ("eval_type", "left"), [("ACCURACY", ["s1 = 1"]), ("MULTICLASS_ACCURACY", ["v2 = bcast(s1)", "s1 = 1"])]
)
def test_the_prediction_is_the_interfaces(eval_type: str, left: list[str]) -> None:
    """What is live follows from where the evaluation type has its prediction."""
    program = parse("def Predict():\n  v2 = bcast(s1)\n  s1 = 1.0\n")
    live = format_program(without_dead_code(program, eval_type))
    assert [line.strip() for line in live.splitlines() if "=" in line] == left


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
