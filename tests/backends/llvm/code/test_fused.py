"""Fused loops of native code: the bits of single operations, and code that does not grow with the lanes."""

import numpy as np
import pytest
import strategies as azl
from backends.llvm.lower.test_operations import assert_as_defined, assert_equal, defined, filled, variants
from backends.llvm.running import RMS_ERROR, layout_of, learned, shape_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import azc
from azc.backends.llvm import Shape, native_text, plan
from azc.backends.llvm.code.fused import fused
from azc.backends.llvm.lower.emit import BY_ELEMENT, SPREADING
from azc.ir import OPS, Program, address

ELEMENTWISE = [op for op in OPS if op.meaning in BY_ELEMENT | SPREADING.keys() | {"constant"}]
DOT = next(op for op in OPS if op.meaning == "dot")
MANY_LANES = Shape(3, 69, "float64", 16)
"""More registers a cell than are written out, and a lane that fills none."""
SHAPES = (
    *(shape_of(3, 1), shape_of(2, 4, "float32"), shape_of(5, 9), shape_of(4, 3, "float64", "float32")),
    *(shape_of(33, 2), shape_of(35, 1, "float32"), MANY_LANES),
)
ADAM = """
def Setup():

def Predict():

def Learn():
  v3 = s1 * v3
  v4 = s2 * v0
  v3 = v3 + v4
  s3 = s1 * s2
  v5 = v0 * v0
  v6 = sqrt(v5)
  v6 = v6 + 0.1
  v2 = v3 / v6
"""


@pytest.mark.filterwarnings("ignore:compiled for RMS_ERROR")
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(data=st.data())
def test_a_fused_loop_has_the_bits_of_its_operations(data: st.DataObject) -> None:
    """Runs of operations by element, scalars and sums between them, features in place or in memory."""
    shape = data.draw(st.sampled_from(SHAPES))
    kinds = data.draw(st.sampled_from(["vs", "ms", "vms"]))
    ops = [op for op in ELEMENTWISE if op.result in kinds] + [DOT]
    one = azl.instructions(ops, 3, True, shape.features, azl.moderate_constants())
    program = Program((), (), tuple(data.draw(st.lists(one, min_size=2, max_size=14))))
    exposed = data.draw(st.booleans())
    x = np.random.default_rng(data.draw(st.integers(0, 99))).normal(size=(shape.features, shape.lanes))
    x = x.astype(shape.stored).astype("float64")
    cells = {w: v for w, v in filled(program, shape, 1).items() if w != RMS_ERROR.features}
    seeds = [1] * shape.lanes
    found = learned(program, shape, "native", cells, seeds, x, exposed)
    expected = defined(program, shape, cells, seeds, x)
    if not exposed:  # then a pair's first result may be nowhere
        pairs = [step for step in plan(program, RMS_ERROR)["Learn"] if len(step.instructions) == 2]
        nowhere = {step.first.out for step in pairs if step.first is not None}
        expected = [{w: v for w, v in lane.items() if w not in nowhere} for lane in expected]
    assert_equal(found, expected, shape)


def test_what_one_loop_takes_together() -> None:
    """Neighbours by element are one loop; scalars go before it, unless it reads their result."""
    assert loops(ADAM) == [1, 7]
    assert loops(ADAM.replace("s3 = s1 * s2", "s2 = s1 * s2")) == [3, 1, 4]


def loops(text: str) -> list[int]:
    """Numbers of steps of the loops of Learn, but for its features."""
    steps = plan(azc.parse(text), RMS_ERROR, exposed=True)["Learn"]
    return [len(loop) for loop in fused([step for step in steps if step.first is not None])]


def test_a_literal_beyond_float32_is_infinite() -> None:
    """Literals become constants of the code, rounded as memory rounds them."""
    program = azc.parse(
        "def Setup():\n\ndef Predict():\n\ndef Learn():\n  v1 = v1 + 1e300\n  v2 = v1 * -1e-300\n"
    )
    cells = {address("v", n): np.ones((2, 4), "float32") for n in (1, 2)}
    found = learned(program, shape_of(2, 4, "float32"), "native", cells, [1] * 4)
    assert np.isposinf(found[address("v", 1)]).all()
    assert np.isnan(found[address("v", 2)]).all()


@pytest.mark.parametrize("form", ["kernels", "native"])
def test_operations_in_many_lanes(form: str) -> None:
    """Every operation where a cell is a loop over registers gives the same bits as Python."""
    for op in OPS:
        assert_as_defined(Program((), (), tuple(variants(op)[:2])), MANY_LANES, form, op.code)


def test_code_does_not_grow_with_lanes() -> None:
    """A program in 4,096 lanes has code as short as in 512."""
    program = azc.parse(ADAM)
    sizes = []
    for lanes in (512, 4096):
        made = layout_of(program, shape_of(8, lanes))
        sizes.append(len(native_text(plan(program, RMS_ERROR), made)[0]))
    assert sizes[1] < 1.1 * sizes[0]
