"""Memory that an evaluation needs is computed before it is allocated, and is not exceeded."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest
from evaluation.comparing import BACKENDS, COMPILED
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import programs

import azc
from azc.evaluation import Evaluator
from azc.evaluation.needs import needed_bytes
from azc.tasks import tasks_from_spec

WIDE = azc.Task(np.ones((1, 3072)), [0], np.ones((1, 3072)), [0])
MATRIX = azc.parse("def Predict():\n  m0 = outer(v0, v0)")


@settings(max_examples=12)
@given(
    st.lists(programs(max_instructions=4, max_address=12, features=6), min_size=1, max_size=3),
    st.sampled_from(COMPILED),
    st.sampled_from(["float64", "float32"]),
    st.integers(1, 9),
    st.sampled_from([(3, 2), (40, 4200)]),
    st.booleans(),
)
def test_an_evaluator_holds_at_most_needed_bytes(
    several: list[azc.Program], backend: str, precision: str, n_tasks: int, n: tuple[int, int], memory: bool
) -> None:
    """An evaluator holds at most `needed_bytes` of its first program, and more than a tenth of that."""
    tasks = tasks_from_spec(f"linear,features=6,train={n[0]},valid={n[1]},tasks={n_tasks}")
    want = ["memory"] if memory else []
    evaluator = Evaluator(tasks, backend=backend, precision=precision)
    evaluator.evaluate(several[0], want)
    said = needed_bytes(several[0], tasks, backend, precision, want)
    assert said / 10 < evaluator.nbytes <= said


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_matrix_of_3072_rows_takes_needed_bytes(backend: str) -> None:
    """NumPy's peak memory is between half and 1.05 of `needed_bytes`, with all that can be returned."""
    want = ["memory", "train_errors", "valid_errors"]
    azc.evaluate(MATRIX, azc.Task([[1.0]], [0], [[1.0]], [0]), backend=backend)
    said = needed_bytes(MATRIX, [WIDE], backend, want=want)
    tracemalloc.start()
    try:
        Evaluator([WIDE], backend=backend).evaluate(MATRIX, want)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert said / 2 < peak < said * 1.05


@pytest.mark.parametrize("backend", COMPILED)
def test_all_blocks_count_before_any_is_made(backend: str) -> None:
    """A large matrix on 5,000 tasks is refused before any block is allocated; on one task it is evaluated."""
    evaluator = Evaluator([WIDE] * 5000, backend=backend, max_bytes=2**33)
    tracemalloc.start()
    try:
        with pytest.raises(azc.AzcError, match=r"on 5,000 tasks takes .* GiB and azc may use 8\.0 GiB"):
            evaluator.evaluate(MATRIX)
        with pytest.raises(azc.AzcError, match="takes"):
            evaluator.fitness(MATRIX)
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()
    Evaluator([WIDE], backend=backend, max_bytes=2**33).evaluate(MATRIX)


def test_a_program_that_fits_alone_fits_after_others() -> None:
    """Memory of earlier programs is freed when needed, and the bits stay the same."""
    several = [azc.parse(f"def Learn():\n  m{i} = outer(v0, v0)\n  s1 = norm(m{i})") for i in range(40)]
    task = azc.Task(np.eye(160), np.arange(160.0), np.eye(160), np.arange(160.0))
    limit = needed_bytes(several[0], [task], "kernels") * 3
    evaluator = Evaluator(task, backend="kernels", max_bytes=limit)
    expected = Evaluator(task, backend="python").fitness(several[0])
    for way in (evaluator.fitness, lambda one: evaluator.evaluate(one).fitness):
        for one in several:
            assert way(one) == expected
            assert evaluator.nbytes <= limit


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_deleted_evaluator_is_freed_at_once(backend: str) -> None:
    """A deleted evaluator is freed at once, without the garbage collector."""
    gc.disable()
    try:
        evaluator = Evaluator(WIDE, backend=backend)
        evaluator.evaluate(azc.Program())
        evaluator.fitness(azc.parse("def Learn():\n  s3 = s2 + s1"))
        gone = weakref.ref(evaluator)
        del evaluator
        assert gone() is None
    finally:
        gc.enable()


def test_a_program_that_does_not_fit_leaves_the_evaluator_usable() -> None:
    """After a program that does not fit, the next one has the same fitness as before."""
    evaluator = Evaluator(WIDE, backend="kernels", max_bytes=2**26)
    before = evaluator.fitness(azc.Program())
    for _ in range(2):
        with pytest.raises(azc.AzcError, match="takes"):
            evaluator.fitness(MATRIX)
        assert evaluator.fitness(azc.Program()) == before
