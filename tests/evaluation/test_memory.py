"""Memory that an evaluation returns depends on program and tasks only, not on earlier programs."""

from itertools import product

import numpy as np
import pytest
from evaluation.comparing import BACKENDS, COMPILED, bits
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import moderate_constants, programs

import azc
from azc.evaluation import Evaluator

TASK = azc.Task([[1.0, 2.0], [3.0, 1.0]], [1.0, 0.5], [[2.0, 1.0]], [1.0])
HIGH = azc.parse("def Setup():\n  s63 = 1\n  v40 = 2 * v0\n  m20 = outer(v0, v0)")


def memory(evaluator: Evaluator, program: azc.Program) -> dict[str, bytes | tuple[int, ...]]:
    """Bits and shapes of the returned memory."""
    found = evaluator.evaluate(program, ["memory"]).memory
    assert found is not None
    return {f"{kind} {np.shape(rows)}": bits(rows) for kind, rows in found[0].items()}


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_earlier_program_adds_no_addresses(backend: str) -> None:
    """Memory has ten addresses of each kind, even after a program that used s63, v40 and m20."""
    evaluator = Evaluator(TASK, backend=backend)
    evaluator.evaluate(HIGH)
    found = evaluator.evaluate(azc.Program(), ["memory"]).memory
    assert found is not None
    assert {kind: len(rows) for kind, rows in found[0].items()} == {"s": 10, "v": 10, "m": 10}


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_address_beyond_ten_is_reported_with_all_before_it(backend: str) -> None:
    """Memory has all addresses up to the last one used, with zero in the unused ones."""
    found = azc.evaluate(HIGH, TASK, backend=backend, want=["memory"]).memory
    assert found is not None
    assert {kind: len(rows) for kind, rows in found[0].items()} == {"s": 64, "v": 41, "m": 21}
    assert found[0]["s"][63] == 1
    assert not found[0]["s"][9:63].any()


@settings(max_examples=15)
@given(
    st.lists(programs(max_instructions=4, features=2, values=moderate_constants()), min_size=2, max_size=4),
    st.sampled_from(["float64", "float32"]),
    st.sampled_from([None, 1, 4]),
)
def test_memory_is_the_same_on_every_backend_in_any_order(
    several: list[azc.Program], precision: str, lanes: int | None
) -> None:
    """Programs on one evaluator, forwards and backwards, give the memory that each gives alone."""
    alone = {one: memory(Evaluator(TASK, backend="python", precision=precision), one) for one in several}
    for backend, order in product(COMPILED, (several, several[::-1])):
        evaluator = Evaluator(TASK, backend=backend, precision=precision, lanes=lanes)
        for one in order:
            assert memory(evaluator, one) == alone[one], backend


@settings(max_examples=30)
@given(programs(max_instructions=4, features=2, values=moderate_constants()))
def test_a_compiled_algorithms_memory_has_the_same_addresses_on_every_backend(program: azc.Program) -> None:
    """The memory of a compiled algorithm has the same addresses and bits on every backend."""
    shown = [azc.compile(program, 2, backend=backend).memory for backend in BACKENDS]
    for cells in shown[1:]:
        for kind in "svm":
            one, other = getattr(cells, kind), getattr(shown[0], kind)
            assert one.shape == other.shape
            assert bits(one) == bits(other)
