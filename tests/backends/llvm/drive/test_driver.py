"""Drivers: evaluations in slices, on fewer examples, and on features stored as float32."""

import numpy as np
import pytest
from evaluation.comparing import WANT, bits, observed
from programs import linear

import azc
from azc.backends.llvm import DONE, MORE, Binder, Block, driver, layout, locations, plan, scratch_cells
from azc.evaluation import Evaluator
from azc.evaluation.lanes import blocks, pack, stored_precision
from azc.evaluation.slices import Slices
from azc.tasks import Task

STATEFUL = linear(
    0.02,
    "s7 = 0.3; v1 = gaussian(0, 1)",
    "s6 = s6 + s7; s1 = s1 * s6",
    "s5 = gaussian(0, 0.1); v3 = s5 * v0; v1 = v1 + v3",
)
"""Linear regression with predictions and weights that depend on the number of earlier examples."""


def stopping_tasks(n: int = 6, epochs: int = 3) -> list[Task]:
    """Tasks that stop at different examples, some with other orders in each epoch."""
    generator = np.random.default_rng(7)
    return [
        Task(
            generator.normal(size=(9, 3)),
            generator.normal(size=9),
            generator.normal(size=(7, 3)),
            generator.normal(size=7),
            max_abs_error=[0.2, 3.0, 6.0, 9.0, 12.0, np.inf][k % 6],
            epochs=epochs,
            seed=k,
            train_order=np.stack([generator.permutation(9) for _ in range(epochs)]) if k % 2 else None,
        )
        for k in range(n)
    ]


@pytest.mark.parametrize("want", [WANT, WANT[:2]])
@pytest.mark.parametrize("budget", [1, 2, 3, 7, 16])
@pytest.mark.parametrize("backend", ["kernels", "native"])
def test_evaluation_in_slices_gives_the_same_bits(monkeypatch, backend, budget, want):
    """An evaluation has the same bits in calls of any number of examples."""
    program, tasks = azc.parse(STATEFUL), stopping_tasks()
    expected = observed(azc.evaluate(program, tasks, backend="python", want=want))
    monkeypatch.setattr(Slices, "first", classmethod(lambda cls, features: cls(budget)))
    monkeypatch.setattr(Slices, "took", lambda self, seconds: None)
    assert observed(Evaluator(tasks, backend=backend).evaluate(program, want)) == expected


def test_tasks_stop_in_training_in_validation_and_never():
    """Of the tasks of the test above, some stop in training, some in validation and some never."""
    found = azc.evaluate(azc.parse(STATEFUL), stopping_tasks(), want=("train_errors", "valid_errors"))
    counts = [(len(t), len(v)) for t, v in zip(found.train_errors, found.valid_errors, strict=True)]
    assert any(train < 9 for train, _ in counts)
    assert any(train == 9 and valid < 7 for train, valid in counts)
    assert any(not stopped for stopped in found.stopped_early)


def test_block_visits_only_the_first_examples():
    """A block for the first examples of its data gives the same fitnesses as data without the others."""
    program, tasks = azc.parse(STATEFUL), stopping_tasks(epochs=1)
    few = [
        Task(t.train_x[:4], t.train_y[:4], t.valid_x[:3], t.valid_y[:3], max_abs_error=np.inf, seed=t.seed)
        for t in tasks
    ]
    ((used, shape),) = blocks(6, 3, "float64", stored_precision(tasks, "float64"))
    interface = tasks[0].interface
    made = layout(shape, interface.addresses, locations(program.instructions()))
    block = Block(shape, [t.seed for t in tasks], [np.inf] * used, 4, 3)
    block.use(made, scratch_cells(shape, 0, {i.op for i in program.instructions()}))
    plain = [attrs_without_order(task) for task in tasks]
    block.show(pack(plain, shape, 0))
    steps, binder = plan(program, interface), Binder(made)
    binder.admit(binder.unknown(steps))
    block.load([binder.bind(function) for function in steps.functions], True, binder)
    entries = driver(made, interface, 0)
    block.start(entries)
    assert block.run(entries, 5) == MORE
    assert block.run(entries, 100) == DONE
    assert bits(block.fitness[:used]) == bits(azc.evaluate(program, few, backend="python").fitnesses)


def attrs_without_order(task: Task) -> Task:
    """The same task without max_abs_error and train_order."""
    return Task(task.train_x, task.train_y, task.valid_x, task.valid_y, seed=task.seed)


@pytest.mark.parametrize("eval_type", ["RMS_ERROR", "ACCURACY"])
def test_features_are_stored_as_float32_if_exact(eval_type):
    """Features that are exact in float32 in all tasks are stored so; results have the same bits."""
    generator = np.random.default_rng(1)
    x, y = generator.normal(size=(20, 5)).astype(np.float32).astype(np.float64), generator.integers(0, 2, 20)
    exact = Task(x, y, x[:7], y[:7], eval_type=eval_type)
    other = Task(x + 1e-12, y, x[:7], y[:7], eval_type=eval_type)
    assert stored_precision([exact], "float64") == "float32"
    assert stored_precision([exact, other], "float64") == "float64"
    assert stored_precision([other], "float32") == "float32"
    program = azc.parse(STATEFUL)
    expected = observed(azc.evaluate(program, [exact] * 3, backend="python", want=WANT))
    for backend in ("kernels", "native"):
        assert observed(azc.evaluate(program, [exact] * 3, backend=backend, want=WANT)) == expected
