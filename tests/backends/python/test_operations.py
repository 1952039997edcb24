"""Every operation in a compiled module, and edge cases."""

import math

import numpy as np
import pytest
from backends.python.making import EVERY_OPERATION, any_instruction, instruction

from azc.backends.python import load_module
from azc.ir import OPS, Program, semantics

NAN, INF = math.nan, math.inf


def after(features, *instructions, precision="float64", seed=0, **cells):
    """Memory after running instructions as Setup on given cells, as in `v1=[1, 2]`."""
    module = load_module(Program(instructions), precision=precision, minimum=10)
    memory = module.new_memory(features, seed)
    for name, value in cells.items():
        getattr(memory, name[0])[int(name[1:])] = value
    module.setup(memory)
    return memory


def same(a, b):
    """Whether two arrays have the same bits; nans count as equal."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    return (
        a.shape == b.shape
        and np.array_equal(a, b, equal_nan=True)
        and bool(np.all(np.isnan(a) | (np.signbit(a) == np.signbit(b))))
    )


def operand(kind, features, seed):
    """Random numbers of both signs for an operand of a kind."""
    shape = {"s": (), "v": (features,), "m": (features, features)}[kind]
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_every_operation_agrees_with_its_meaning(op, precision):
    """Each operation writes the result of its meaning, for one feature and more, and nothing else."""
    for features in (1, 2, 5):
        values = [operand(kind, features, i).astype(precision) for i, kind in enumerate(op.operands)]
        cells = {f"{kind}{4 + i}": values[i] for i, kind in enumerate(op.operands)}
        memory = after(features, any_instruction(op), precision=precision, **cells)
        written = {kind: getattr(memory, kind)[3] for kind in "svm"}
        assert all(cells.dtype == precision for cells in (memory.s, memory.v, memory.m))
        if op.operands:
            arguments = [value[()] for value in values] + ([features] if op.meaning == "fill" else [])
            with np.errstate(all="ignore"):
                expected = getattr(semantics, op.meaning)(*arguments)
            assert same(written[op.result], np.asarray(expected).astype(precision))
        for kind in {"s", "v", "m"} - {op.result}:
            assert not written[kind].any()


@pytest.mark.parametrize("features", [1, 3])
def test_all_operations_in_one_module(features):
    """A module of all operations gives the same memory as modules of one operation each, run in turn."""
    together = after(features, *EVERY_OPERATION["Setup"])
    in_turn = load_module(Program(), minimum=10).new_memory(features)
    for one in EVERY_OPERATION["Setup"]:
        load_module(Program((one,)), minimum=10).setup(in_turn)
    assert all(same(getattr(together, kind), getattr(in_turn, kind)) for kind in "svm")


def test_transpose_onto_itself():
    """A matrix may be transposed in place."""
    memory = after(2, instruction("MATRIX_TRANSPOSE", "m1", "m1"), m1=[[1, 2], [3, 4]])
    assert memory.m[1].tolist() == [[1, 3], [2, 4]]


def test_matrix_vector_onto_its_vector():
    """A vector may be overwritten with its product with a matrix."""
    memory = after(2, instruction("MATRIX_VECTOR_PRODUCT", "v1", "m1", "v1"), m1=[[1, 2], [3, 4]], v1=[5, 6])
    assert memory.v[1].tolist() == [17, 39]


def test_matmul_onto_itself():
    """A matrix may be squared in place."""
    memory = after(2, instruction("MATRIX_MATRIX_PRODUCT", "m1", "m1", "m1"), m1=[[1, 2], [3, 4]])
    assert memory.m[1].tolist() == [[7, 10], [15, 22]]


def test_copies_are_copies():
    """A result does not change when its operand is overwritten later."""
    memory = after(
        1,
        instruction("VECTOR_ROW_BROADCAST", "m1", "v1"),
        instruction("MATRIX_ROW_MEAN", "v2", "m1"),
        instruction("VECTOR_CONST_SET", "v1", constants=(0, 9.0)),
        instruction("MATRIX_CONST_SET", "m1", constants=(0, 0, 8.0)),
        v1=[1],
    )
    assert (memory.v[1], memory.v[2], memory.m[1]) == ([9], [1], [[8]])


@pytest.mark.parametrize(
    ("a", "b"), [(0.0, -0.0), (-0.0, 0.0), (NAN, 1.0), (1.0, NAN), (NAN, INF), (1.0, 2.0), (2.0, 1.0)]
)
@pytest.mark.parametrize("kind", ["SCALAR", "VECTOR", "MATRIX"])
def test_minimum_and_maximum_of_equals_and_nan(kind, a, b):
    """Minimum and maximum of equals, or with a nan, are the first operand; the second for matrices."""
    k = {"SCALAR": "s", "VECTOR": "v", "MATRIX": "m"}[kind]
    cells = {f"{k}4": a, f"{k}5": b}
    other = b if kind == "MATRIX" else a
    for name, wanted in (("MIN", min(a, b)), ("MAX", max(a, b))):
        memory = after(3, instruction(f"{kind}_{name}", f"{k}3", f"{k}4", f"{k}5"), **cells)
        expected = other if a == b or math.isnan(a + b) else wanted
        found = getattr(memory, k)[3]
        assert same(found, np.full(found.shape, expected))


def test_heaviside_by_rank():
    """Heaviside of zero, of either sign, is 1 for scalars and 0 for vectors and matrices; of nan it is 0."""
    points, above, scalar = [-1.0, -0.0, 0.0, 5e-324, NAN], [0, 0, 0, 1, 0], [0, 1, 1, 1, 0]
    assert after(5, instruction("VECTOR_HEAVYSIDE", "v3", "v4"), v4=points).v[3].tolist() == above
    assert after(5, instruction("MATRIX_HEAVYSIDE", "m3", "m4"), m4=points).m[3, 2].tolist() == above
    found = [after(1, instruction("SCALAR_HEAVYSIDE", "s3", "s4"), s4=x).s[3] for x in points]
    assert found == scalar


def test_matmul_folds():
    """Products sum in the order of a fold, not from left to right."""
    row = [1e16, 1.0, -1e16, 1.0]
    memory = after(4, instruction("VECTOR_INNER_PRODUCT", "s3", "v4", "v5"), v4=row, v5=1.0)
    assert memory.s[3] == (1e16 - 1e16) + (1.0 + 1.0)
    memory = after(4, instruction("MATRIX_MATRIX_PRODUCT", "m3", "m4", "m5"), m4=row, m5=1.0)
    assert memory.m[3].tolist() == [[2.0] * 4] * 4


@pytest.mark.parametrize(
    ("written", "cell", "expected"),
    [
        (instruction("VECTOR_MAX", "v3", 0.0, "v4"), "v", [0.0, 2.0]),
        (instruction("SCALAR_PRODUCT", "s3", 2.0, "s4"), "s", 6.0),
        (instruction("SCALAR_DIVISION", "s3", -1.5, 0.0), "s", -INF),
        (instruction("VECTOR_DIVISION", "v3", 0.0, 0.0), "v", [NAN, NAN]),
        (instruction("SCALAR_VECTOR_PRODUCT", "v3", -0.0, "v4"), "v", [0.0, -0.0]),
        (instruction("SCALAR_VECTOR_PRODUCT", "v3", "s4", 2.0), "v", [6.0, 6.0]),
        (instruction("SCALAR_SUM", "s3", INF, "s4"), "s", INF),
        (instruction("SCALAR_SUM", "s3", "s4", -INF), "s", -INF),
        (instruction("SCALAR_SIN", "s3", -0.0), "s", -0.0),
        (instruction("SCALAR_BROADCAST", "v3", 1.5), "v", [1.5, 1.5]),
        (instruction("VECTOR_INNER_PRODUCT", "s3", 2.0, "v4"), "s", 2.0),
        (instruction("MATRIX_VECTOR_PRODUCT", "v3", 2.0, "v4"), "v", [2.0, 2.0]),
        (instruction("MATRIX_MATRIX_PRODUCT", "m3", "m4", 1.0), "m", [[3.0, 3.0], [7.0, 7.0]]),
        (instruction("VECTOR_OUTER_PRODUCT", "m3", "v4", 2.0), "m", [[-2.0, -2.0], [4.0, 4.0]]),
        (instruction("VECTOR_COLUMN_BROADCAST", "m3", 2.0), "m", [[2.0, 2.0], [2.0, 2.0]]),
        (instruction("MATRIX_ROW_NORM", "v3", 1.0), "v", [2.0**0.5, 2.0**0.5]),
        (instruction("MATRIX_TRANSPOSE", "m3", NAN), "m", [[NAN, NAN], [NAN, NAN]]),
        (instruction("VECTOR_ABS", "v3", -2.0), "v", [2.0, 2.0]),
    ],
    ids=lambda value: value.op.name if hasattr(value, "op") else "",
)
def test_literals(written, cell, expected):
    """A literal operand is a number, or an array filled with it if the operation needs one."""
    memory = after(2, written, s4=3.0, v4=[-1.0, 2.0], m4=[[1.0, 2.0], [3.0, 4.0]])
    assert same(getattr(memory, cell)[3], expected)


@pytest.mark.parametrize(
    ("index", "element"),
    [(0.25, 2), (0.999, 7), (1.0, 7), (3.5, 7), (-1.0, 0), (NAN, 0), (INF, 7), (1, 1), (7, 7)],
)
def test_element_writes(index, element):
    """An element's index is a fraction of the number of features, clipped to its range, or an integer."""
    memory = after(8, instruction("VECTOR_CONST_SET", "v3", constants=(index, -0.0)), v3=1.0)
    assert [i for i in range(8) if np.signbit(memory.v[3, i])] == [element]
    memory = after(8, instruction("MATRIX_CONST_SET", "m3", constants=(index, 0, 2.0)))
    assert np.argwhere(memory.m[3]).tolist() == [[element, 0]]


def test_draws_agree_with_the_specification():
    """Draws of a seed, step, number and element have the values in the specification."""
    memory = after(3, instruction("VECTOR_GAUSSIAN_SET", "v3", constants=(0.0, 1.0, 0)), seed=2026)
    expected = [-0.32850685568897775, 0.6041691407621608, 0.6659537324863362]
    assert np.allclose(memory.v[3], expected, rtol=4 * 2.0**-52, atol=0)

    draw = instruction("VECTOR_UNIFORM_SET", "v1", constants=(0.0, 1.0, 3))
    module = load_module(Program((), (draw,)))
    memory = module.new_memory(8, seed=2026)
    for _ in range(5):
        module.predict(memory, [0.0] * 8)
    assert memory.v[1, 7] == 0.9838933688078952


@pytest.mark.parametrize("kind", ["UNIFORM", "GAUSSIAN"])
def test_draws_are_numbered_by_element(kind):
    """A random scalar is element 0 of its draw; the elements of a matrix are numbered row by row."""
    memory = after(
        4,
        instruction(f"SCALAR_{kind}_SET", "s3", constants=(-1.0, 2.0, 5)),
        instruction(f"VECTOR_{kind}_SET", "v3", constants=(-1.0, 2.0, 5)),
        instruction(f"MATRIX_{kind}_SET", "m3", constants=(-1.0, 2.0, 5)),
        seed=7,
    )
    assert memory.s[3] == memory.v[3, 0]
    assert memory.v[3].tolist() == memory.m[3, 0].tolist()
    assert len(set(memory.m[3].ravel().tolist())) == 16


def test_float32_rounds_once():
    """In float32, literals, constants, elementary functions and draws are rounded once, parameters never."""
    memory = after(
        2,
        instruction("SCALAR_CONST_SET", "s2", constants=(0.1,)),
        instruction("SCALAR_PRODUCT", "s3", 0.1, 0.1),
        instruction("SCALAR_PRODUCT", "s4", 0.1, "s2"),
        instruction("SCALAR_EXP", "s5", "s2"),
        instruction("SCALAR_UNIFORM_SET", "s6", constants=(0.1, 0.1, 0)),
        instruction("VECTOR_INNER_PRODUCT", "s7", 0.1, "v2"),
        instruction("SCALAR_GAUSSIAN_SET", "s8", constants=(1e300, -1e-300, 0)),
        precision="float32",
        v2=[1.0, 2.0],
    )
    tenth = np.float32(0.1)
    assert memory.s[2] == tenth
    assert memory.s[3] == memory.s[4] == tenth * tenth
    assert memory.s[5] == np.float32(math.exp(float(tenth)))
    assert memory.s[6] == tenth
    assert memory.s[7] == tenth + tenth * np.float32(2.0)
    assert memory.s[8] == INF
