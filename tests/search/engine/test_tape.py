"""Tapes of the inner loop equal those of the backend, byte for byte."""

from collections.abc import Iterator, Sequence
from ctypes import string_at
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import program
from search.making import of_program, scored, task
from strategies import programs

from azc.backends.llvm import TAPE_BYTES, BatchBinder, plan, tape
from azc.ir import BY_NAME, INTERFACES, Program
from azc.passes.canonical import canonical
from azc.search import Evolution

TYPES = sorted(INTERFACES)
FUSED = [
    BY_NAME[name] for name in ("SCALAR_DIFF", "SCALAR_PRODUCT", "SCALAR_VECTOR_PRODUCT", "VECTOR_SUM")
] + [BY_NAME[name] for name in ("VECTOR_HEAVYSIDE", "VECTOR_PRODUCT", "VECTOR_OUTER_PRODUCT", "MATRIX_SUM")]
SETS = [BY_NAME[name] for name in ("VECTOR_CONST_SET", "MATRIX_CONST_SET", "SCALAR_CONST_SET", "VECTOR_SUM")]


def written(evolution: Evolution, program: Program) -> Iterator[tuple[str, bytes, bytes]]:
    """Names, tapes of the program scored last, and the backend's tapes of its canonical form, by block."""
    interface = INTERFACES[evolution.params.program.eval_type]
    live = canonical(program, interface)
    for block in evolution._tasks.blocks:
        full = block.runs["full"]
        addresses = np.array(block.kernels.addresses, dtype=np.uint64)
        expected = tape(plan(live, interface), block.layout)
        *own, batch = (string_at(full.tapes + index * TAPE_BYTES, TAPE_BYTES) for index in range(4))
        for name, tape_of in zip(live.names, own, strict=True):
            records = expected[name].copy()
            records["kernel"] = addresses[records["kernel"]]
            yield name, tape_of[: records.nbytes], records.tobytes()
        if full.shape.batch > 1:
            binder = BatchBinder(block.layout, interface)
            batched = binder.bind(live, plan(live, interface)["Predict"])
            seen = bool(full.get("batch_predict"))
            yield "whether on batches", bytes([seen]), bytes([batched is not None])
            if batched is not None:
                yield "Predict on a batch", batch[: len(batched.predict)], batched.predict
                yield "inputs", string_at(full.batch_inputs, len(batched.inputs)), batched.inputs


def assert_same_tapes(program: Program, eval_type: str = "RMS_ERROR", **more: Any) -> None:
    """Assert that inner loop and backend make the same tapes of a program, that on a batch included."""
    _, evolution = scored(program, [task(0, valid=40, eval_type=eval_type)], **more)
    for name, found, expected in written(evolution, program):
        assert found == expected, (name, *(np.frombuffer(tape, dtype=np.int64) for tape in (found, expected)))


@settings(max_examples=60)
@given(programs(max_instructions=6, max_address=4, features=4), st.sampled_from(TYPES))
def test_tapes_are_the_backends(program: Program, eval_type: str) -> None:
    """Tapes of any program have the backend's bytes: literals, draws, elements by fraction and index."""
    assert_same_tapes(program, eval_type)


@settings(max_examples=60)
@given(programs(max_instructions=6, max_address=3, ops=FUSED), st.sampled_from(TYPES))
def test_neighbours_are_fused_as_the_backend_fuses(program: Program, eval_type: str) -> None:
    """Pairs of operations are fused as in the backend."""
    assert_same_tapes(program, eval_type)


@settings(max_examples=40)
@given(programs(max_instructions=6, max_address=2, ops=SETS, features=4), st.sampled_from(TYPES))
def test_elements_are_set_where_the_backend_sets_them(program: Program, eval_type: str) -> None:
    """Tapes of programs that set single elements, of features too, have the backend's bytes."""
    assert_same_tapes(program, eval_type)


@settings(max_examples=20)
@given(programs(max_instructions=5, max_address=4, features=4), st.sampled_from([1, 3, 4, 8]))
def test_offsets_follow_lanes_and_precision(program: Program, lanes: int) -> None:
    """Tapes have the backend's offsets for any number of lanes and either precision."""
    for precision in ("float64", "float32"):
        _, evolution = scored(program, [task(0, valid=40)], lanes, precision=precision)
        assert all(found == expected for _, found, expected in written(evolution, program))


CASES = {
    "a batch: what is read and not written": program("v1 = gaussian(0, 1)", "v2 = v0 * v1; s1 = dot(v2, v1)"),
    "a batch: the prediction alone": program("", "s2 = mean(v0)", "s1 = s0 + s2"),
    "no batch: carried on": program("", "s2 = s2 + s0; s1 = s2 + s3; s3 = mean(v0)"),
    "no batch: an element kept": program("", "v1[0] = 3; v1 = v1 + v0; s1 = mean(v1)"),
    "a batch: an element of what was written": program("", "v1 = v0 + v0; v1[0] = 3; s1 = mean(v1)"),
    "no batch: a draw": program("", "s1 = uniform(0, 1); s1 = s1 + s1"),
    "features read in place": program("", "s1 = dot(v0, v0)"),
    "features overwritten in Predict": program(
        "", "s1 = mean(v0); v0 = v0 + v0; s2 = mean(v0); s1 = s1 + s2"
    ),
    "an element of the features set": program("", "v0[0] = 3; s1 = dot(v0, v1)", "v1 = v1 + v0"),
    "an element of the features set in Learn": program("", "s1 = dot(v0, v1)", "v0[1] = 3; v1 = v1 + v0"),
    "features used in Setup": program("v1 = v0 + v0", "s1 = dot(v0, v1)"),
    "features overwritten by the first of a pair": program(
        "", "v0 = s2 * v0; v3 = v0 + v0; s1 = mean(v3)", "v1 = v1 + v0"
    ),
    "features overwritten by a pair": program("", "v0 = s2 * v0; v0 = v0 + v1; s1 = dot(v0, v1)"),
    "the label read in Predict": program("", "s1 = s0 + s2", "s2 = abs(s0)"),
    "the label overwritten in Learn": program("", "s1 = s2 + s2", "s0 = s0 * s0; s2 = s0 + s2"),
    "a pair through another address": program("", "s1 = dot(v0, v1)", "v2 = s0 * v0; v1 = v1 + v2"),
    "no pair: read twice": program("", "s1 = dot(v0, v1)", "v2 = s0 * v0; v1 = v1 + v2; v1 = v1 + v2"),
    "no pair: both operands": program("", "s1 = mean(v1)", "v2 = s0 * v0; v1 = v2 + v2"),
    "no pair: the prediction between": program(
        "", "s1 = s0 - s2; s3 = s1 * s1; s1 = s1 + s3", "s2 = abs(s3)"
    ),
    "a pair with the features outside": program("", "s1 = mean(v1)", "v1 = s0 * v1; v1 = v0 + v1"),
    "three that could be paired": program("", "s1 = mean(v1)", "v1 = s0 * v1; v1 = v0 + v1; v1 = v1 + v0"),
    "matrices": program(
        "m0 = gaussian(0, 1)", "v1 = dot(m0, v0); s1 = mean(v1)", "m1 = outer(v1, v0); m0 = m0 + m1"
    ),
    "elements by number and fraction": program(
        "v1[2] = 5; v1[0.99999999] = 6; v1[1e308] = 7; v1[-1.0] = 8; m0[1, 0.5] = 9",
        "v2 = dot(m0, v1); s1 = mean(v2)",
    ),
    "draws": program(
        "v1 = uniform(-1, 1, draw=7)",
        "s2 = gaussian(0.5, 2, draw=3); s1 = s2 + s2; s3 = mean(v1); s1 = s1 * s3",
    ),
    "literals": program("", "s2 = 0.5 + s3; v1 = 0.5 * v0; s1 = dot(v1, v0); s1 = s1 * s2"),
    "nothing": program(""),
}


@pytest.mark.parametrize("case", CASES)
def test_the_rules_of_tapes(case: str) -> None:
    """Tapes of a program for each rule of plans have the backend's bytes."""
    assert_same_tapes(CASES[case])


def test_tapes_of_all_blocks_are_written() -> None:
    """Each block of tasks has its own tapes, with the offsets of its memory."""
    cased = CASES["elements by number and fraction"]
    groups = [task(0), task(1, features=6), task(2, features=6, train=5), *[task(3, features=3)] * 9]
    _, evolution = scored(cased, groups)
    assert len(evolution._tasks.blocks) > 2
    assert all(found == expected for _, found, expected in written(evolution, cased))


def learns(evolution: Evolution) -> Sequence[int]:
    """The address of Learn's tape in each block; 0 where there is none."""
    return [int(block.runs["full"].get("learn")) for block in evolution._tasks.blocks]


def test_a_learn_without_live_code_has_no_tape() -> None:
    """A Learn without live code has no tape."""
    assert learns(scored(program("", "s1 = abs(s2)", "s3 = 1"), [task(0)])[1]) == [0]
    assert learns(scored(program("", "s1 = s2 + s2", "s2 = 1"), [task(0)])[1]) != [0]


def test_a_program_as_long_as_the_limits_has_room() -> None:
    """A program of the maximum sizes has the backend's tapes, features and label included."""
    lines = "v0[0] = 1; " + "v1 = v1 + v0; " * 9
    longest = program("v1[0] = 1;" * 10, lines + "s1 = s0 + s0", lines)
    assert of_program(longest).program.size_limits == ((0, 10), (0, 11), (0, 10))
    assert_same_tapes(longest)
