"""Connected mutations: what their children are, made one by one from a given parent."""

from typing import Any

import numpy as np
import pytest
from search.making import FUNCTIONS, LINEAR_OPS, parameters, task

import azc
from azc.ir import Address, Program, address
from azc.search import Evolution, Search, start
from azc.search.names import MUTATIONS
from azc.search.space import coding_of

PARENT = azc.parse(
    "def Setup():\n  s2 = 0.25\ndef Predict():\n  s1 = dot(v0, v1)\n"
    "def Learn():\n  s3 = s0 - s1\n  s3 = s3 * s2\n  v2 = s3 * v0\n  v1 = v1 + v2\n"
)


def children(name: str, *parents: Program, evals: int = 400, **changes: Any) -> list[Program]:
    """Children of programs by one mutation alone, and their children."""
    table = {
        "strategy": "size_bins",
        "mutations": [name],
        "bin_size": 100,
        "target_fitness": 2.0,
        "seed": 3,
    }
    shape = {
        "addresses": {"scalars": 8, "vectors": 7, "matrices": 2},
        "ops": LINEAR_OPS,
        "size_limits": {name: [0, 12] for name in FUNCTIONS},
        "initial": parents,
    }
    chosen = parameters(table, shape | changes, "RMS_ERROR")
    state = Evolution(chosen, [task(0), task(1)]).advance(start(chosen), evals)
    coding = coding_of(chosen.program)
    pairs = zip(state.genomes[: state.alive], state.sizes[: state.alive], strict=True)
    assert (state.lineage["mutations"][len(parents) : state.alive] == 1 << MUTATIONS.index(name)).all()
    return [coding.unpack(*pair) for pair in pairs][len(parents) :]


def lengths(program: Program) -> list[int]:
    """Instructions of each function."""
    return [len(function) for function in program.functions]


def test_shrink_never_adds() -> None:
    """Every child of `shrink` is shorter than the program it came from."""
    made = children("shrink", PARENT)
    assert made
    assert all(sum(lengths(child)) < sum(lengths(PARENT)) for child in made)


def test_alter_never_adds() -> None:
    """No child of `alter` has more instructions in a function than its parent; many have as many."""
    made = children("alter", PARENT)
    assert all(np.less_equal(lengths(child), lengths(PARENT)).all() for child in made)
    assert sum(lengths(child) == lengths(PARENT) for child in made) > 20


def test_scan_changes_constants_and_adds_factors() -> None:
    """Children of `scan` have the parent's code, and for each new constant one product in Learn more."""
    for child in children("scan", PARENT):
        more = len(child["Setup"]) - len(PARENT["Setup"])
        assert len(child["Predict"]) == len(PARENT["Predict"])
        assert len(child["Learn"]) == len(PARENT["Learn"]) + more
        assert all(instruction.op.name == "SCALAR_CONST_SET" for instruction in child["Setup"])


def asked(name: str, parent: Program, count: int = 300) -> list[Program]:
    """Children of one program by a mutation, bred from one snapshot, before any is scored."""
    shape = {
        "addresses": {"scalars": 8, "vectors": 7, "matrices": 2},
        "ops": LINEAR_OPS,
        "size_limits": {name: [0, 12] for name in FUNCTIONS},
        "initial": [parent],
    }
    search = Search(parameters({"strategy": "size_bins", "mutations": [name]}, shape, "RMS_ERROR"))
    search.tell(search.ask(1), [0.5])
    return [child for child in search.ask(count) if child != parent]


def decaying(child: Program) -> tuple[Address, float, float]:
    """What decays at the end of Learn, the factor's beginning, and the constant by which it is multiplied."""
    last, constants = child["Learn"][-1], {i.out: float(i.constants[0]) for i in child["Setup"]}
    assert last.op.name == "SCALAR_PRODUCT"
    factor, by = last.operands
    assert last.out == factor
    assert isinstance(factor, Address)
    return factor, constants[factor], constants[by]  # type: ignore[index]


def test_anneal_lets_a_factor_decay() -> None:
    """Learn ends by multiplying the rate, or a new factor of a temporary, by a constant just below one."""
    made = [child for child in asked("anneal", PARENT) if len(child["Setup"]) <= len(PARENT["Setup"]) + 2]
    beginnings: dict[int, set[float]] = {0: set(), 1: set()}
    for child in made:
        assert child["Predict"] == PARENT["Predict"]
        factor, beginning, by = decaying(child)
        assert 0.97 <= by < 1
        more = len(child["Learn"]) - len(PARENT["Learn"]) - 1
        beginnings[more].add(beginning)
        if more:
            # The product stands behind the temporary that it scales; all else is as it was.
            scaled = next(i for i in child["Learn"] if factor in i.operands)
            assert scaled.out in scaled.operands
            assert scaled.out in {address("s", 3), address("v", 2)}
            assert [i for i in child["Learn"][:-1] if i is not scaled and i != scaled] == [*PARENT["Learn"]]
        else:
            assert factor == address("s", 2)
            assert child["Learn"][:-1] == PARENT["Learn"]
    assert beginnings == {0: {0.25, 0.75, 2.5}, 1: {1.0, 3.0, 10.0}}


@pytest.mark.parametrize(
    "changes",
    [
        {"addresses": {"scalars": 4, "vectors": 7, "matrices": 2}},  # no scalar is free
        {"size_limits": {"setup": [0, 1], "predict": [0, 12], "learn": [0, 12]}},
        {"size_limits": {"setup": [0, 12], "predict": [0, 12], "learn": [0, 4]}},
    ],
)
def test_anneal_without_room_makes_no_children(changes: dict[str, Any]) -> None:
    """Where there is no free scalar, or a function is full, there is no child of `anneal`."""
    assert children("anneal", PARENT, **changes) == []


def test_anneal_takes_no_constant_that_predict_reads_or_setup_overwrites() -> None:
    """Of the constants only a rate decays: one that Learn alone reads, with the value that Setup leaves."""
    parent = azc.parse(
        "def Setup():\n  s2 = 0.5\n  s3 = s2 + s2\n  s2 = 0.25\n  s4 = 2\n  v1 = s3 * v1\n"
        "def Predict():\n  s5 = dot(v0, v1)\n  s1 = s5 * s4\n"
        "def Learn():\n  s6 = s0 - s1\n  s6 = s6 * s2\n  s6 = s6 * s4\n  v2 = s6 * v0\n  v1 = v1 + v2\n"
    )
    setup_ops = ["SCALAR_CONST_SET", "SCALAR_SUM", "SCALAR_VECTOR_PRODUCT"]
    rest = ["VECTOR_INNER_PRODUCT", "SCALAR_DIFF", "SCALAR_PRODUCT", "SCALAR_VECTOR_PRODUCT", "VECTOR_SUM"]
    scalars = {"scalars": 9, "vectors": 7, "matrices": 2}
    ops = {"setup_ops": setup_ops, "predict_ops": rest, "learn_ops": rest}
    made = children("anneal", parent, addresses=scalars, **ops)
    assert made
    for child in made:
        assert child["Learn"][-1].out not in {address("s", 2), address("s", 4)}


def test_parameter_adds_memory_that_learn_sums() -> None:
    """A child of `parameter` reads a new address in Predict, to which Learn adds something."""
    parent = azc.parse("def Predict():\n  s1 = dot(v0, v0)\n")
    for child in children("parameter", parent, evals=150):
        sums = {
            i.out for i in child["Learn"] if i.op.name in ("SCALAR_SUM", "VECTOR_SUM") and i.out in i.operands
        }
        assert sums & {operand for i in child["Predict"] for operand in i.operands}


def test_parameters_begin_at_zero_or_set_by_setup() -> None:
    """Some new parameters are set by Setup where it has operations for that."""
    parent = azc.parse("def Predict():\n  s1 = dot(v0, v0)\n")
    made = children("parameter", parent, evals=150, setup_ops=["VECTOR_GAUSSIAN_SET", "SCALAR_CONST_SET"])
    assert 0.1 < np.mean([bool(child["Setup"]) for child in made]) < 0.9
    assert not any(child["Setup"] for child in children("parameter", parent, evals=150, setup_ops=[]))


def test_compose_adds_predictions() -> None:
    """A program composed with itself predicts a multiple of what it predicts."""
    parent = azc.parse("def Predict():\n  s2 = dot(v0, v0)\n  s3 = s2 * s2\n  s1 = s3 - s2\n")
    made = children("compose", parent, evals=100)
    x = np.array([[0.5, -1.5, 2.0, 1.0]])
    expected = azc.compile(parent, features=4).predict(x)
    ratios = [(azc.compile(child, features=4).predict(x) / expected).item() for child in made]
    assert made
    assert all(ratio >= 2 and ratio == round(ratio) for ratio in ratios)


def test_exchange_takes_a_function_of_another() -> None:
    """Every function of a child of `exchange` is that of one of the first programs, but for dead code."""
    other = azc.parse(
        "def Setup():\n  s2 = 0.5\ndef Predict():\n  s1 = dot(v1, v0)\ndef Learn():\n  v1 = v1 + v0\n"
    )
    known = [{*f["Setup"]} | {*f["Predict"]} | {*f["Learn"]} for f in (PARENT, other)]
    for child in children("exchange", PARENT, other, evals=60):
        for function in child.functions:
            assert any({*function} <= instructions for instructions in known)


def test_grow_reads_new_values() -> None:
    """Children of `grow` are longer, and what they compute differs."""
    made = children("grow", PARENT)
    assert sum(sum(lengths(child)) > sum(lengths(PARENT)) for child in made) > len(made) / 2


@pytest.mark.parametrize("name", ["grow", "parameter", "scan", "anneal", "alter", "compose"])
def test_features_and_label_are_never_written(name: str) -> None:
    """Children write no features and no label."""
    for child in children(name, PARENT):
        outs = {i.out for i in child.instructions()}
        assert not outs & {address("v", 0), address("s", 0)}


def test_draws_of_children_are_distinct() -> None:
    """Random instructions that come from two parents get numbers of draws of their own."""
    parent = azc.parse("def Setup():\n  v1 = gaussian(0, 1)\ndef Predict():\n  s1 = dot(v0, v1)\n")
    for child in children("compose", parent, evals=60):
        draws = [i.constants[-1] for i in child.instructions() if i.op.random]
        assert len(draws) == len(set(draws)) >= 2
