"""Validation in batches: the same bits as one by one, with early stops and in slices too.

AZC_TEST_EXAMPLES sets the number of random programs, for runs longer than that of the test suite.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pytest
from evaluation.comparing import ERRORS, WANT, assert_same_bits, bits, evaluated, observed
from evaluation.test_same_bits import EXAMPLES, task_sets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import constants, moderate_constants, programs

import azc
from azc.backends.llvm import Batched, inputs
from azc.backends.llvm.drive.block import Block
from azc.evaluation import Evaluator, bench, lanes
from azc.evaluation.slices import Slices
from azc.ir import INTERFACES, Instruction, Interface, Program, address
from azc.tasks import Task

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(autouse=True)
def short_validations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let short validations run in batches, too, though that takes longer."""
    monkeypatch.setattr(bench, "LONG_VALIDATION", 0)


@contextmanager
def in_batches_of(size: int | None) -> Iterator[None]:
    """Set the number of examples in a batch of validation; None leaves it as azc has it."""
    with pytest.MonkeyPatch.context() as patch:
        if size is not None:
            patch.setattr(lanes, "_batch", lambda features, lanes, vector, n_valid: size)
        yield


def independent(predict: Sequence[Instruction], interface: Interface) -> tuple[Instruction, ...]:
    """Predict without the instructions that carry values from one example to the next."""
    kept: list[Instruction] = []
    for instruction in predict:
        if inputs([*kept, instruction], interface) is not None:
            kept.append(instruction)
    return tuple(kept)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Program, list[Task], int, int | None]:
    """A program, mostly one that runs on batches, tasks, a number of lanes and the size of a batch."""
    features = draw(st.sampled_from([1, 2, 3, 4, 5, 8, 16]))
    values = draw(st.sampled_from([constants(), moderate_constants()]))
    program = draw(programs(max_instructions=7, max_address=3, features=features, values=values))
    tasks = draw(task_sets(features, (8, 50), 4))
    if draw(st.integers(0, 3)):
        program = program.having(
            [program["Setup"], independent(program["Predict"], tasks[0].interface), program["Learn"]]
        )
    return program, tasks, draw(st.integers(1, 4)), draw(st.sampled_from([None, None, 2, 3, 5, 7]))


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), print_blob=True)
@given(cases(), st.sampled_from(["float64", "float32"]))
def test_any_program_shows_the_same_bits_in_batches(case, precision):
    """Random programs compute the same bits in batches, in validation one by one and in other backends."""
    program, tasks, n_lanes, size = case
    with in_batches_of(size):
        assert_same_bits(program, tasks, precision, n_lanes)
        found = evaluated(program, tasks, "kernels", precision, n_lanes, ERRORS)
    with in_batches_of(1):
        assert found == evaluated(program, tasks, "kernels", precision, n_lanes, ERRORS)


INDEPENDENT = """
def Setup():
  s2 = 0.05
  v1 = gaussian(0, 1)
def Predict():
  s3 = dot(v0, v1)
  v2 = 0.5 * v0
  s4 = norm(v2)
  s1 = s3 * s4
def Learn():
  s5 = s0 - s1
  s5 = s5 * s2
  v3 = s5 * v0
  v1 = v1 + v3
"""


def stopping_tasks(n: int, valid: int, epochs: int = 1, late: int = 0) -> list[Task]:
    """Tasks of which every second stops in validation, after the first few examples."""
    generator, made = np.random.default_rng(3), []
    for k in range(n):
        x, v = generator.normal(size=(12, 4)), generator.normal(size=(valid, 4)) * 0.1
        y, u = x[:, 0], v[:, 0].copy()
        if k % 2:
            u[late + 3 * k] = 50.0
        made.append(Task(x, y, v, u, max_abs_error=[np.inf, 20.0][k % 2], epochs=epochs, seed=k))
    return made


@pytest.fixture
def batched(monkeypatch: pytest.MonkeyPatch) -> list[Batched]:
    """What blocks get to run on batches; a batch has at least 4 examples, on every processor."""
    given: list[Batched] = []
    load, batch = Block.load, lanes._batch

    def loaded(self, tapes, learns, code, batched=None):
        if batched is not None:
            given.append(batched)
        load(self, tapes, learns, code, batched)

    monkeypatch.setattr(Block, "load", loaded)
    monkeypatch.setattr(lanes, "_batch", lambda *shape: max(4, batch(*shape)))
    return given


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("late", [0, 17, 30])
def test_lanes_that_stop_within_a_batch(n, late, precision, batched):
    """A stop within a batch ends a task's errors at its example; other tasks run to their end."""
    for epochs in (1, 3):
        tasks = stopping_tasks(n, 47, epochs, late)
        assert_same_bits(azc.parse(INDEPENDENT), tasks, precision)
    assert batched
    if n > 1:
        found = azc.evaluate(azc.parse(INDEPENDENT), stopping_tasks(n, 47, 1, late), want=ERRORS)
        assert len(found.valid_errors[1]) == late + 3


@pytest.mark.parametrize("budget", [1, 3, 16, 17, 40])
@pytest.mark.parametrize("eval_type", ["RMS_ERROR", "ACCURACY"])
def test_an_evaluation_in_slices_is_the_same(monkeypatch, budget, eval_type, batched):
    """An evaluation in slices of any number of examples has the same bits."""
    program, tasks = azc.parse(INDEPENDENT), stopping_tasks(4, 53, 2, 20)
    if eval_type == "ACCURACY":
        tasks = [
            Task(t.train_x, t.train_y > 0, t.valid_x, t.valid_y > 0, eval_type=eval_type, epochs=2)
            for t in tasks
        ]
    expected = observed(azc.evaluate(program, tasks, backend="python", want=ERRORS))
    monkeypatch.setattr(Slices, "first", classmethod(lambda cls, features: cls(budget)))
    monkeypatch.setattr(Slices, "took", lambda self, seconds: None)
    assert observed(Evaluator(tasks, backend="kernels").evaluate(program, ERRORS)) == expected
    assert batched


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_memory_is_that_after_the_last_example(n, batched):
    """Returned memory is that after the last example: validation then runs one by one."""
    program, tasks = azc.parse(INDEPENDENT), stopping_tasks(n, 40)
    expected = observed(azc.evaluate(program, tasks, backend="python", want=WANT))
    assert observed(azc.evaluate(program, tasks, backend="kernels", want=WANT)) == expected
    assert not batched


def test_programs_with_and_without_batches_alternate(batched):
    """Programs on one evaluator do not read what others left in the memory of batches."""
    texts = (
        INDEPENDENT,
        INDEPENDENT.replace("s3 * s4", "s3 + s1"),
        INDEPENDENT.replace("0.5 * v0", "v0 - v3"),
        INDEPENDENT.replace("0.5", "0.25").replace("norm(v2)", "dot(v2, v9)"),
        "def Predict():\n  v2 = v0 - v3\n  v9 = v2 * v2\n  v3 = v9 + v9\n  s1 = norm(v9)\n",
    )
    tasks = stopping_tasks(2, 40)
    evaluator = Evaluator(tasks, backend="kernels")
    for text in (*texts, *texts, *texts[::-1]):
        program = azc.parse(text if "Setup" in text else f"def Setup():\n{text}def Learn():\n")
        expected = azc.evaluate(program, tasks, backend="python").fitness
        assert bits(evaluator.fitness(program)) == bits(expected)
    assert batched


def test_only_long_validations_have_batches(monkeypatch):
    """Validations of at least LONG_VALIDATION examples, counted over all epochs, have batches."""
    monkeypatch.setattr(bench, "LONG_VALIDATION", 100)
    shapes = [
        Evaluator(stopping_tasks(1, *long)).groups[0].blocks[0].shape for long in ((99,), (50, 2), (100,))
    ]
    assert [shape.batch > 1 for shape in shapes] == [False, True, True]


@pytest.mark.parametrize(
    ("n", "valid", "features", "size"),
    [
        (1, 40, 4, 16),
        (2, 40, 4, 8),
        (3, 40, 4, 4),
        (4, 40, 4, 4),
        (10, 40, 4, 1),
        (1, 31, 4, 1),
        (1, 40, 17, 1),
    ],
)
def test_few_lanes_have_batches(n, valid, features, size):
    """Batches need few lanes, few features, and examples for two batches."""
    _, shape = lanes.blocks(n, features, "float64", "float64", n_valid=valid)[0]
    assert shape.batch == size or shape.vector_bytes != 32


RULES = {
    # Predict: addresses that it reads from memory; None if it carries a value to the next example
    "": ["s1"],
    "s1 = dot(v0, v1)": ["v1"],
    "s2 = s0 + s3": ["s3", "s1"],
    "s1 = s1 + s2": None,
    "s2 = s3 + s4; s3 = s2 + s2; s1 = s3 + s3": None,
    "s3 = s2 + s4; s3 = s3 + s2; s1 = s3 + s3": ["s2", "s4"],
    "v1[0] = 3; s1 = mean(v1)": None,
    "v1 = v0 + v2; v1[0] = 3; s1 = mean(v1)": ["v2"],
    "v0[0] = 3; s1 = mean(v0)": [],
    "s0 = s0 + s0; v0 = v0 + v0; s1 = dot(v0, v0)": [],
    "s1 = gaussian(0, 1)": None,
    "s2 = 0.5 + s3; s1 = 2": ["s3"],
}


@pytest.mark.parametrize("predict", RULES)
def test_what_a_batch_takes_from_memory(predict):
    """Inputs of a batch: addresses that Predict reads and does not write, and the prediction if unwritten."""
    lines = "".join(f"  {line.strip()}\n" for line in predict.split(";") if line.strip())
    program = azc.parse(f"def Setup():\ndef Predict():\n{lines}def Learn():\n")
    found = inputs(program["Predict"], INTERFACES["RMS_ERROR"])
    expected = RULES[predict]
    assert found == (None if expected is None else [address(name[0], int(name[1:])) for name in expected])
