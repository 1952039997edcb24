"""Every operation, in kernels and in native code, against the Python backend."""

import numpy as np
import pytest
from backends.llvm.running import FORMS as FORMS_OF_CODE
from backends.llvm.running import RMS_ERROR, Cells, learned, shape_of

import azc
from azc.backends.llvm import FORMS, Shape, plan
from azc.ir import OPS, Instruction, Op, Program, address

SHAPES = (
    *((1, 1), (1, 3), (2, 4), (3, 2), (4, 8), (5, 17)),
    *((31, 1), (32, 4), (33, 1), (33, 3), (35, 2)),
)
"""Features and lanes: below, at and above multiples of a register; sums written out and looped."""
NATIVE_SHAPES = ((3, 1), (4, 5), (33, 2))
"""Fewer shapes, as every program is compiled."""
SPECIALS = (
    *(np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, -5e-324, 2.2e-308, 1.7e308, -1e300, 1e16, 1e6, -1e5),
    *(1.0, -1.0, 0.5, -0.5, 0.7853981633974483, 1.5707963267948966, 710.0, -745.0, 1e-20, 2.0**20, 88.8),
)
CONSTANTS = {
    "value": (0.0, -0.0, np.nan, 1e300, -0.1),
    "index": (0.0, 0.99, 0.5, -1.0, np.nan),
    "row": (0.0, 0.99, 0.5, 1.5, np.inf),
    "column": (0.99, 0.0, 0.4, 0, -np.inf),
    "low": (0.0, 2.0, -1e300, np.nan, -0.0),
    "high": (1.0, 1.0, 1e300, 1.0, np.inf),
    "mean": (0.0, 1.0, np.nan, -np.inf, 1e308),
    "sd": (1.0, -2.0, 1.0, 0.0, 1e308),
    "draw": (0, 0, 1, 2**31 - 1, 7),
}
"""Five variants of each constant."""


def variants(op: Op) -> list[Instruction]:
    """Instructions of an operation: all addresses different, output over each operand, equal operands."""
    if not op.result:
        return [Instruction(op)]
    if op.constants:
        return [
            Instruction(op, address(op.result, 3 + i), (), tuple(CONSTANTS[name][i] for name in op.constants))
            for i in range(5)
        ]
    kinds = op.operands
    takes = [[0, 1, 2, 3]]  # indexes, among four addresses, of output and operands: all different,
    takes += [[n, *range(1, 4)] for n, kind in enumerate(kinds, 1) if kind == op.result]  # out = a, out = b,
    takes += [[0, 1, 1, 1]] if len(kinds) > 1 and len(set(kinds)) == 1 else []  # a = b,
    takes += [[1, 1, 1, 1]] if len(kinds) > 1 and set(kinds) == {op.result} else []  # all the same
    return [
        Instruction(
            op,
            address(op.result, first + where[0]),
            tuple(address(kind, first + n) for kind, n in zip(kinds, where[1:], strict=False)),
        )
        for first, where in zip(range(3, 60, 4), takes, strict=False)
    ]


def filled(program: Program, shape: Shape, seed: int) -> Cells:
    """Numbers for every address: some lanes ordinary, some with special values, some with nothing else."""
    generator = np.random.default_rng(seed)
    cells = {}
    for where in sorted(program.addresses(), key=str):
        size = (shape.cells(where.kind), shape.lanes)
        ordinary = generator.normal(size=size) * 10.0 ** generator.integers(-3, 4, size)
        share = generator.choice([0.0, 0.1, 1.0], size=shape.lanes)
        special = generator.choice(SPECIALS, size=size)
        with np.errstate(over="ignore"):
            cells[where] = np.where(generator.random(size) < share, special, ordinary).astype(shape.precision)
    return cells


def defined(
    program: Program, shape: Shape, cells: Cells, seeds: list[int], x: np.ndarray | None = None
) -> list[Cells]:
    """Memory after Learn on the Python backend, a lane at a time."""
    found, made = [], {}
    x = np.zeros((shape.features, shape.lanes)) if x is None else x
    for lane, seed in enumerate(seeds):
        if seed not in made:
            made[seed] = azc.compile(
                program, shape.features, backend="python", precision=shape.precision, seed=seed
            )
        algorithm = made[seed]
        algorithm.start()
        algorithm.predict_one(np.zeros(shape.features))
        for where, value in cells.items():
            rows = getattr(algorithm.memory, where.kind)
            rows[where.index] = value[:, lane].reshape(rows.shape[1:])
        algorithm.learn_one(x[:, lane], 0.0)
        found.append({w: getattr(algorithm.memory, w.kind)[w.index].flatten() for w in cells})
    return found


def assert_as_defined(program: Program, shape: Shape, form: str, seed: int) -> None:
    """Assert that every cell of every lane has the bits of the definition."""
    cells = filled(program, shape, seed)
    draws = any(instruction.op.random for instruction in program["Learn"])
    seeds = [(seed + draws * lane * 0x9E3779B97F4A7C15) % 2**64 for lane in range(shape.lanes)]
    found = learned(program, shape, form, cells, seeds)
    assert_equal(found, defined(program, shape, cells, seeds), shape)


def assert_equal(found: Cells, defined: list[Cells], shape: Shape) -> None:
    """Assert that every cell of every lane has the bits of the definition."""
    for lane, expected in enumerate(defined):
        for where, value in expected.items():
            here = found[where][:, lane]
            same = np.isnan(here) & np.isnan(value)
            same |= (here == value) & (np.signbit(here) == np.signbit(value))
            assert same.all(), (f"{where} in lane {lane} of {shape}", here[~same], value[~same])


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize(("features", "lanes"), SHAPES)
def test_every_kernel_agrees_with_python(features, lanes, precision):
    """The kernels of all operations give the same bits as Python, also with output over operands."""
    for op in OPS:
        program = Program((), (), tuple(variants(op)))
        assert_as_defined(program, shape_of(features, lanes, precision), "kernels", op.code)


@pytest.mark.parametrize("vector_bytes", [16, 64])
@pytest.mark.parametrize(("features", "lanes"), [(5, 1), (4, 13), (33, 2)])
def test_vectors_of_other_machines_change_no_bit(features, lanes, vector_bytes):
    """Kernels for vectors of 16 and 64 bytes give the same bits as Python."""
    for op in OPS:
        shape = Shape(features, lanes, "float64", vector_bytes)
        assert_as_defined(Program((), (), tuple(variants(op))), shape, "kernels", op.code)


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize(("features", "lanes"), NATIVE_SHAPES)
def test_every_native_operation_agrees_with_python(features, lanes, precision):
    """Native code of all operations gives the same bits as Python, also with output over operands."""
    for op in OPS:
        program = Program((), (), tuple(variants(op)))
        assert_as_defined(program, shape_of(features, lanes, precision), "native", op.code)


def test_a_kernel_writes_nothing_but_its_output():
    """A kernel changes no cell except its output, neither neighbours nor operands."""
    for op in (op for op in OPS if op.result):
        instruction = variants(op)[0]
        around = [
            Instruction(OPS[code], address(kind, index), (address(kind, index),) * 2)
            for code, kind in ((44, "s"), (45, "v"), (46, "m"))
            for index in range(3, 8)
        ]
        program = Program(tuple(around), (), (instruction,))
        shape = shape_of(3, 3)
        cells = filled(program, shape, op.code)
        found = learned(program, shape, "kernels", cells, [1, 2, 3])
        for where in cells:
            if where != instruction.out:
                assert cells[where].tobytes() == found[where].tobytes(), op.name


FEATURES = address("v", 0)


def reading_features() -> list[Instruction]:
    """Every operation with vector operands, each choice of them the features, with different results."""
    found = []
    for form in (form for form in FORMS if form is not None and form.features and form.second is None):
        kinds = enumerate(form.first.operands)
        operands = tuple(FEATURES if n in form.features else address(kind, 40 + n) for n, kind in kinds)
        found.append(Instruction(form.first, address(form.first.result, 3 + len(found)), operands))
    return found


IN_PLACE = [
    *((f, n, p, p) for f, n in ((1, 1), (4, 3), (5, 4), (16, 2), (33, 3)) for p in ("float64", "float32")),
    *((f, n, "float64", "float32") for f, n in ((1, 2), (4, 12), (16, 1), (33, 4))),
]


@pytest.mark.parametrize("form", FORMS_OF_CODE)
@pytest.mark.parametrize(("features", "lanes", "precision", "stored"), IN_PLACE)
def test_operations_read_features_in_place(features, lanes, precision, stored, form):
    """Operations that read features in place, as one or both operands, give the same bits as Python."""
    shape = shape_of(features, lanes, precision, stored)
    generator = np.random.default_rng(features)
    special = generator.choice(SPECIALS, size=(features, lanes))
    x = np.where(generator.random((features, lanes)) < 0.1, special, generator.normal(size=special.shape))
    with np.errstate(over="ignore"):
        x = x.astype(stored).astype("float64")
    instructions = reading_features()
    assert len(
        {step.number for step in plan(Program((), (), tuple(instructions)), RMS_ERROR)["Learn"]}
    ) == len(instructions)
    for start in range(0, len(instructions), 12):  # a few at a time, as there are 64 addresses
        program = Program((), (), tuple(instructions[start : start + 12]))
        cells = {where: value for where, value in filled(program, shape, 1).items() if where != FEATURES}
        found = learned(program, shape, form, cells, [1] * lanes, x, exposed=False)
        assert_equal(found, defined(program, shape, cells, [1] * lanes, x), shape)


@pytest.mark.parametrize("form", FORMS_OF_CODE)
@pytest.mark.parametrize(("features", "lanes"), [(3, 2), (40, 1), (40, 3)])
def test_no_operation_writes_past_its_scratch_memory(form, features, lanes):
    """Sums, written out or looped, do not change the numbers behind their scratch memory."""
    shape = shape_of(features, lanes)
    for op in OPS:
        if op.constants or not op.result:
            continue
        program = Program((), (), (variants(op)[0],))
        used = shape.scratch_cells(op) * lanes
        scratch = np.full(used + 64 * features, 7.5)
        learned(program, shape, form, filled(program, shape, 1), [1] * lanes, scratch=scratch)
        assert (scratch[used:] == 7.5).all(), op.name
