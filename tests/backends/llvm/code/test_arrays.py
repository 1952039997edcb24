"""Entries store NumPy's arrays in memory, however these lie, and count and clear as their function says."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import azc
from azc.backends.llvm import arrays_are_read
from azc.evaluation.compiled_machine import CompiledMachine

SIGNATURE = azc.Signature(
    "all kinds",
    {
        "Setup": {},
        "Take": {"inputs": {"s": "s0", "v": "v0", "m": "m0"}, "clears": ["s2", "m2"]},
        "Keep": {"opens_step": False, "outputs": {"kept": "s1"}},
    },
)
PROGRAM = azc.parse(
    """
def Setup():
def Take():
def Keep():
  s1 = -1 * s1
  s2 = s1 + s2
  v1 = v1 + v1
  m1 = m1 + m1
  m2 = m1 + m2
""",
    signature=SIGNATURE,
)


def lying(array: NDArray[Any], order: list[int], steps: list[int]) -> NDArray[Any]:
    """Equal to an array, with its axes in another order in memory, gaps between numbers, some backwards."""
    order = [axis for axis in order if axis < array.ndim]
    steps = steps[: array.ndim]
    size = [abs(step) * n for step, n in zip(steps, array.shape, strict=True)]
    room = np.full([size[axis] for axis in order], np.nan, array.dtype)
    found = room.transpose([order.index(axis) for axis in range(array.ndim)])[
        (..., *(slice(None, None, step) for step in steps))
    ]
    found[...] = array
    return found


@settings(max_examples=60, deadline=None)
@given(
    features=st.integers(1, 24),
    lanes=st.integers(1, 24),
    precision=st.sampled_from(["float64", "float32"]),
    with_lanes=st.lists(st.booleans(), min_size=3, max_size=3),
    order=st.permutations([0, 1, 2]),
    steps=st.lists(st.sampled_from([1, 1, 1, 2, -1, -3]), min_size=3, max_size=3),
)
def test_memory_holds_what_the_arrays_hold(
    features: int, lanes: int, precision: str, with_lanes: list[bool], order: list[int], steps: list[int]
) -> None:
    """Inputs of all kinds, of all lanes or of one, lie in memory as NumPy says that they lie in the array."""
    machine = CompiledMachine(PROGRAM, SIGNATURE, features, precision, tuple(range(lanes)), "native", 0)
    machine.clear()
    for kind in "svm":
        getattr(machine.memory, kind)[...] = 7
    generator = np.random.default_rng(0)
    shapes = [(lanes,) * has + (features,) * axes for axes, has in enumerate(with_lanes)]
    arrays = [generator.normal(size=shape).astype(precision) for shape in shapes]
    entry = machine.entries[1]
    assert entry is not None
    entry(*(lying(array, order, steps) for array in arrays))
    for kind, array in zip("svm", arrays, strict=True):
        cells = getattr(machine.memory, kind)[:, 0]
        np.testing.assert_array_equal(cells, np.broadcast_to(array, cells.shape))
        # What lies behind an input is neither overwritten nor, with an address between, cleared.
        assert (getattr(machine.memory, kind)[:, 1] == 7).all()
    assert not machine.memory.s[:, 2].any()
    assert not machine.memory.m[:, 2].any()
    assert machine.step == 1


def test_an_entry_opens_a_step_if_its_function_does() -> None:
    """Take opens a step, Keep shares it."""
    algorithm = azc.compile(PROGRAM, 2, signature=SIGNATURE, backend="native")
    inputs = {"s": 1.0, "v": [1.0, 2.0], "m": np.eye(2)}
    steps = []
    for name in ("Take", "Keep", "Take", "Take", "Keep"):
        algorithm.call(name, **(inputs if name == "Take" else {}))
        steps.append(algorithm.step)
    assert steps == [1, 1, 2, 3, 3]


def test_without_entries_a_call_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where arrays lie otherwise in memory, NumPy copies them."""
    inputs = {"s": np.arange(3.0), "v": np.arange(6.0).reshape(3, 2), "m": np.eye(2)}
    found = []
    for read in (True, False):
        monkeypatch.setattr("azc.evaluation.compiled_machine.arrays_are_read", lambda read=read: read)
        algorithm = azc.compile(PROGRAM, 2, signature=SIGNATURE, lanes=3, backend="native")
        algorithm.memory.s[...] = 5
        algorithm.call("Take", **inputs)
        found.append(algorithm.memory.copy())
    for kind in "svm":
        np.testing.assert_array_equal(getattr(found[0], kind), getattr(found[1], kind))


def test_this_python_and_numpy_are_read() -> None:
    """On the versions that tests run with, entries are in use."""
    assert arrays_are_read()
