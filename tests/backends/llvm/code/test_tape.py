"""Kernels, tapes and layouts of memory."""

import sys

import numpy as np
import pytest
from backends.llvm.running import layout_of, learned, shape_of
from programs import program

import azc
from azc.backends.llvm import Binder, Shape, layout, plan, tape
from azc.backends.llvm.code.forms import END, FORMS, numbers_for
from azc.backends.llvm.code.kernels import RECORD, Kernels, kernel_name, kernels
from azc.evaluation import Evaluator
from azc.ir import INTERFACES, OPS, ORIGINAL, Literal, address

RMS_ERROR = INTERFACES["RMS_ERROR"]


def records(learn: str, features: int = 3, lanes: int = 4, precision: str = "float64") -> np.ndarray:
    """The tape of Learn."""
    made = program(learn=learn)
    return tape(plan(made, RMS_ERROR), layout_of(made, shape_of(features, lanes, precision)))["Learn"]


@pytest.mark.parametrize("shape", [(1, 1), (4, 4), (40, 3)], ids=str)
def test_every_operation_has_a_kernel(shape):
    """Each form of each operation has a kernel; forms of the same name share one."""
    kernels(shape_of(*shape)).require(numbers_for(OPS))
    addresses = kernels(shape_of(*shape)).addresses
    assert len(addresses) == len(FORMS) > END == len(OPS)
    assert 0 not in addresses
    names = [kernel_name(number, shape_of(*shape)) for number in range(len(FORMS))]
    assert len(set(zip(addresses, names, strict=True))) == len(set(addresses)) == len(set(names))


@pytest.mark.parametrize("lanes", [1, 4])
def test_there_are_kernels_for_3072_features(lanes):
    """Kernels run with 3072 features, the maximum."""
    shape = shape_of(3072, lanes)
    cells = {address("v", 0): np.zeros((3072, lanes)), address("v", 2): np.full((3072, lanes), 2.0)}
    found = learned(program(learn="s2 = dot(v2, v2); v1 = v2 * s2"), shape, "kernels", cells, range(lanes))
    assert found[address("s", 2)].tolist() == [[4 * 3072.0] * lanes]
    assert (found[address("v", 1)] == 8 * 3072).all()


def test_a_record_is_a_cache_line():
    """A record has 64 bytes: kernel, result, two operands, two constants, a draw."""
    assert RECORD.itemsize == 64
    assert RECORD.names[:7] == ("kernel", "out", "a", "b", "first", "second", "c")


def test_tape_has_a_record_for_each_instruction_and_an_end():
    """Each function has a tape; its records number the kernels; a NO_OP has no record."""
    made = azc.parse("def Setup():\n  s2 = 1\ndef Predict():\ndef Learn():\n  NoOp()\n  s3 = s2 + s2\n")
    found = tape(plan(made, RMS_ERROR), layout_of(made, shape_of(2, 1)))
    assert {name: records["kernel"].tolist() for name, records in found.items()} == {
        "Setup": [56, END],
        "Predict": [END],
        "Learn": [1, END],
    }


@pytest.mark.parametrize(("precision", "size"), [("float64", 8), ("float32", 4)])
def test_records_hold_byte_offsets(precision, size):
    """Records hold offsets in bytes: the interface's addresses come first, then the others."""
    (record, _) = records("v3 = dot(m2, v0)", features=3, lanes=4, precision=precision)
    cell = 4 * size
    # v0, s0, s1, v3, m2
    assert record["b"] == 0
    assert record["out"] == (3 + 1 + 1) * cell
    assert record["a"] == (3 + 1 + 1 + 3) * cell


def test_an_element_set_writes_one_cell():
    """The record of an element set has the offset of the element's cell as result."""
    _, first, second, matrix, _ = records("v0[0] = 5; v0[0.99] = 6; m0[1, 2] = 7", features=3, lanes=2)
    assert (first["out"], first["first"]) == (0, 5)
    assert (second["out"], second["first"]) == (2 * 2 * 8, 6)
    assert (matrix["out"], matrix["first"]) == ((5 + 1 * 3 + 2) * 2 * 8, 7)


def test_a_draw_has_two_parameters_and_a_number():
    """The record of a draw has its parameters and its number, as in the text."""
    (record, _) = records("v3 = gaussian(0.5, 2, draw=9)")
    assert (record["first"], record["second"], record["c"]) == (0.5, 2.0, 9)


def test_a_literal_has_cells_of_its_own():
    """A literal operand has cells in memory, the same ones for all equal literals."""
    made = program(learn="s2 = s3 + 0.5; s3 = s2 * 0.5; s4 = s2 + 0.25")
    placed = layout_of(made, shape_of(2, 1))
    assert {value for _, _, value in placed.literals} == {0.5, 0.25}
    assert ("s", Literal(0.5)) in placed.offsets
    found = learned(made, shape_of(2, 1), "kernels", {address("s", 3): np.array([[1.0]])}, [0])
    assert [found[address("s", i)].item() for i in (2, 3, 4)] == [1.5, 0.75, 1.75]


def test_only_used_addresses_have_memory():
    """A layout has cells for the used addresses only, at different offsets."""
    made = program(learn="m60 = outer(v50, v50)")
    placed = layout_of(made, shape_of(5, 3))
    assert placed.cells == 5 + 1 + 1 + 5 + 25
    starts = sorted(placed.offsets.values())
    assert len(set(starts)) == len(placed.offsets) == 5


def test_offsets_of_the_interface_are_fixed():
    """Offsets of features, label and prediction are the same in every layout of a shape."""
    shape = shape_of(4, 2)
    first, second = (
        layout(shape, RMS_ERROR.addresses, others) for others in ([], [address("s", 5), address("v", 1)])
    )
    for where in RMS_ERROR.addresses:
        assert first.offsets[where] == second.offsets[where]


def test_a_bound_tape_names_kernels_by_address():
    """Binding replaces the numbers of kernels by their addresses and changes nothing else."""
    made = program(learn="s2 = s3 + s4; v2 = uniform(0, 1)")
    placed = layout_of(made, shape_of(2, 1))
    steps = plan(made, RMS_ERROR)
    binder = Binder(placed)
    binder.admit(steps["Learn"])
    bound = np.frombuffer(binder.bind(steps["Learn"]), dtype=RECORD)
    unbound = tape(steps, placed)["Learn"]
    addresses = kernels(placed.shape).addresses
    assert bound["kernel"].tolist() == [addresses[number] for number in unbound["kernel"]]
    for name in RECORD.names[1:]:
        assert bound[name].tolist() == unbound[name].tolist()


def test_a_step_that_was_not_admitted_is_not_bound():
    """Binding a step that was not admitted is a KeyError."""
    made = program(learn="s2 = s3 + s4")
    with pytest.raises(KeyError):
        Binder(layout_of(made, shape_of(2, 1))).bind(plan(made, RMS_ERROR)["Learn"])


@pytest.mark.parametrize(
    ("second", "ops", "lanes"), [("s2 = s3 * s4", ORIGINAL, 19), ("s2 = tanh(s3)", OPS, 21)]
)
def test_first_program_builds_only_its_own_kernels(monkeypatch, second, ops, lanes):
    """The first program builds its own kernels, the next one all of the smallest sufficient operation set."""
    built, build = [], Kernels._build

    def counted(self, numbers):
        built.append(len(numbers))
        build(self, numbers)

    monkeypatch.setattr(sys.modules[Kernels.__module__], "is_cached", lambda key: False)
    monkeypatch.setattr(Kernels, "_build", counted)
    shape = shape_of(3, lanes)
    for made in (program(learn="s2 = s3 + s4"), program(learn=second)):
        binder = Binder(layout_of(made, shape))
        binder.admit(binder.unknown(plan(made, RMS_ERROR)))
    assert built == [2, len(numbers_for(ops))]


def test_equal_programs_have_equal_tapes():
    """Equal programs have equal tapes, also if a nan differs in sign."""
    first, second = (program(learn=f"s2 = {value}") for value in ("nan", "-nan"))
    assert first == second
    tapes = [tape(plan(made, RMS_ERROR), layout_of(made, shape_of(2, 1))) for made in (first, second)]
    assert tapes[0]["Learn"].tobytes() == tapes[1]["Learn"].tobytes()


@pytest.mark.parametrize("lanes", range(1, 18))
def test_a_cell_is_cut_into_vectors(lanes):
    """The parts of a cell cover its lanes once, in order, in widths that are powers of two."""
    for precision, vector_bytes in (("float64", 32), ("float32", 32), ("float64", 64), ("float64", 16)):
        parts = Shape(3, lanes, precision, vector_bytes).parts
        assert [part.lane for part in parts] == [sum(p.lanes for p in parts[:i]) for i in range(len(parts))]
        assert sum(part.lanes for part in parts) == lanes
        assert all(part.width in (1, 2, 4, 8) and part.width == part.lanes for part in parts)


def test_forgotten_instructions_are_admitted_again(monkeypatch):
    """Results stay right after a binder has reached its limit and forgotten instructions."""
    monkeypatch.setattr(Binder, "LIMIT", 7)
    task = azc.Task([[1.0]], [0.0], [[1.0]], [0.0])
    evaluator = Evaluator(task, backend="kernels")
    for first in range(20):
        made = azc.parse(
            f"def Setup():\n  s2 = {first}\n  s3 = {first + 0.5}\n  s4 = {first + 0.25}\n"
            "def Predict():\n  s5 = s2 + s3\n  s1 = s5 + s4\ndef Learn():\n"
        )
        found = evaluator.evaluate(made, ["train_errors"])
        assert found.train_errors[0].tolist() == [3 * first + 0.75]
        assert evaluator.fitness(made) == found.fitness
