"""Mutations against what the original engine's mutator was seen to do, and what they may never do."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from search.making import close, measured, only, params, space, writes
from strategies import programs

from azc.ir import FUNCTIONS, OPS, Program, address, draw_numbers, verify
from azc.search.mutations import MUTATIONS, Functions, insert_instruction, mutated, remove_instruction
from azc.search.params import space_of
from azc.search.stream import Position, Stream

N = 10_000
TYPES = measured()["mutation_types"]


def parent() -> Program:
    """A program of the sizes and operations of the original measurement's."""
    s, v, m = (lambda i, kind=kind: address(kind, i) for kind in "svm")
    no_op = only("NO_OP", None)
    setup = (
        only("SCALAR_HEAVYSIDE", s(4), (s(5),)),
        only("VECTOR_DIFF", v(4), (v(5), v(6))),
        only("MATRIX_COLUMN_NORM", v(4), (m(5),)),
        only("VECTOR_PRODUCT", v(4), (v(5), v(6))),
    )
    predict = (
        no_op,
        only("SCALAR_ARCCOS", s(4), (s(5),)),
        only("VECTOR_INNER_PRODUCT", s(4), (v(5), v(6))),
        only("VECTOR_CONST_SET", v(4), (), (0.25, 0.5)),
        only("VECTOR_UNIFORM_SET", v(4), (), (-0.25, 0.5, 0)),
        only("SCALAR_SUM", s(4), (s(5), s(6))),
    )
    learn = (
        only("SCALAR_ARCTAN", s(4), (s(5),)),
        only("MATRIX_HEAVYSIDE", m(4), (m(5),)),
        only("VECTOR_OUTER_PRODUCT", m(4), (v(5), v(6))),
        only("MATRIX_DIFF", m(4), (m(5), m(6))),
        only("MATRIX_MIN", m(4), (m(5), m(6))),
        only("VECTOR_MEAN", s(4), (v(5),)),
        only("MATRIX_MEAN", s(4), (m(5),)),
        only("MATRIX_CONST_SET", m(4), (), (0.25, 0.5, 0.75)),
        only("SCALAR_MIN", s(4), (s(5), s(6))),
    )
    return Program(setup, predict, learn)


def what_changed(before: Functions, after: Functions) -> dict[str, Counter[str]]:
    """Which functions and positions a mutation touched, in the words of the measurement."""
    counts: dict[str, Counter[str]] = {"component_function": Counter(), "instructions_touched": Counter()}
    touched = 0
    for name, old, new in zip(FUNCTIONS, before, after, strict=True):
        kept, made = {id(i) for i in new}, {id(i) for i in old}
        appeared = [str(place) for place, i in enumerate(new) if id(i) not in made]
        vanished = [str(place) for place, i in enumerate(old) if id(i) not in kept]
        counts[f"new_position_{name}"] = Counter(appeared)
        counts[f"removed_position_{name}"] = Counter(vanished)
        counts[f"size_after_{name}"] = Counter([str(len(new))])
        touched += max(len(appeared), len(vanished))
        counts["component_function"][name] += bool(appeared or vanished)
    counts["instructions_touched"][str(touched)] += 1
    return counts


@pytest.mark.parametrize("name", MUTATIONS)
def test_places_and_sizes_are_the_originals(name: str) -> None:
    """Functions, positions and sizes that a mutation touches have the original's frequencies."""
    expected = TYPES[f"{name.upper()}_MUTATION_TYPE"]
    functions, stream = parent().functions, Stream(Position(1))
    where, found = space(), dict[str, Counter[str]]()
    for _ in range(N):
        for key, counts in what_changed(functions, MUTATIONS[name](functions, where, stream)).items():
            found.setdefault(key, Counter()).update(counts)
    for key, counts in found.items():
        # What an alteration leaves as it was is the same object here and was another there.
        if name == "alter_param" and "size" not in key:
            continue
        for value in counts.keys() | expected[key].keys():
            assert close(counts[value], N, expected[key].get(value, 0), 200_000), (key, value)


@pytest.mark.parametrize("name", ["randomize_instruction", "insert_instruction", "randomize_algorithm"])
def test_new_instructions_have_every_operation_alike(name: str) -> None:
    """The operations of new instructions are uniform over the list, as in the original."""
    functions, stream, where, found = parent().functions, Stream(Position(2)), space(), Counter[str]()
    known = {id(i) for f in functions for i in f}
    for _ in range(N // 2):
        for function in MUTATIONS[name](functions, where, stream):
            found.update(str(i.op.code) for i in function if id(i) not in known)
    expected = TYPES[f"{name.upper()}_MUTATION_TYPE"]["op_of_new_instruction"]
    for code in map(str, range(len(OPS))):
        assert close(found[code], found.total(), expected[code], sum(expected.values())), code


def test_only_functions_with_operations_are_mutated() -> None:
    """The function is drawn uniformly among those that have operations, however long they are."""
    ops: Any = ["SCALAR_SUM"]
    for allowed, expected in measured()["component_choice_by_allowed_ops_30000"].items():
        lists = {f"{name}_ops": ops if name in allowed.split() else [] for name in FUNCTIONS}
        where, stream, found = space(**lists), Stream(Position(3)), Counter[str]()
        for _ in range(3000):
            grown = insert_instruction(parent().functions, where, stream)
            found.update(
                n for n, a, b in zip(FUNCTIONS, parent().functions, grown, strict=True) if len(a) < len(b)
            )
        for name in FUNCTIONS:
            assert close(found[name], 3000, expected.get(name, 0), 30_000), (allowed, name)


def test_mutate_prob_is_how_often_a_child_is_mutated() -> None:
    """With 0.9 one child in ten is its parent, the same object, as often as in the original."""
    where = space_of(params(search={"mutate_prob": 0.9, "mutations": ["randomize_component_function"]}))
    stream, program = Stream(Position(4)), parent()
    same = sum(mutated(program, where, stream) is program for _ in range(N))
    assert close(same, N, measured()["mutate_prob_0.9_three_types"]["not_mutated"], 200_000)


def test_weights_decide_between_mutations() -> None:
    """A mutation of three times the weight comes three times as often."""
    where = space_of(
        params(search={"mutations": {"alter_param": 3, "identity": 1.0, "trade_instruction": 0}})
    )
    stream = Stream(Position(5))
    found = Counter(where.mutation(stream) for _ in range(N))
    assert found.keys() == {"alter_param", "identity"}
    assert close(found["identity"], N, 0.25 * 10**6, 10**6)


def test_sizes_stay_within_limits_and_reach_both() -> None:
    """Insertion and removal go to the least and the greatest size, both included, and never beyond."""
    where = space(size_limits={"setup": [1, 3], "predict": [0, 2], "learn": [2, 2]}, sizes={"learn": 2})
    stream, seen = Stream(Position(6)), [set[int](), set[int](), set[int]()]
    functions = (parent().setup[:1], (), parent().learn[:2])
    for step in range(2000):
        change = insert_instruction if Stream(Position(step)).uniform() < 0.5 else remove_instruction
        functions = change(functions, where, stream)
        for sizes, function in zip(seen, functions, strict=True):
            sizes.add(len(function))
    assert seen == [{1, 2, 3}, {0, 1, 2}, {2}]


@pytest.mark.parametrize("name", MUTATIONS)
def test_an_empty_program_stays_or_grows_by_one(name: str) -> None:
    """Mutations of functions without instructions do nothing, but insertion inserts."""
    changed = MUTATIONS[name](((), (), ()), space(), Stream(Position(7)))
    assert sum(map(len, changed)) == (name == "insert_instruction")


FORBIDDEN = {"RMS_ERROR": {"v0", "s0"}, "ACCURACY": {"v0", "s0"}, "MULTICLASS_ACCURACY": {"v0", "v1"}}


@pytest.mark.parametrize("eval_type", FORBIDDEN)
def test_features_and_label_are_never_written(eval_type: str) -> None:
    """What the evaluation type puts in before Predict and Learn is written by no evolved instruction."""
    where, stream, program = space(eval_type), Stream(Position(8)), Program()
    seen: set[str] = set()
    for _ in range(4000):
        program = Program(*map(tuple, (f[:20] for f in mutated(program, where, stream).functions)))
        seen |= writes(program)
    everything = {f"{kind}{i}" for kind in "svm" for i in range(10)}
    assert seen == everything - FORBIDDEN[eval_type]


def test_only_allowed_operations_appear_in_each_function() -> None:
    """A function's new instructions are of its own list of operations."""
    lists = {
        "setup_ops": ["SCALAR_CONST_SET"],
        "predict_ops": ["VECTOR_INNER_PRODUCT"],
        "learn_ops": ["NO_OP"],
    }
    where, stream, program = space(**lists), Stream(Position(9)), Program()
    for _ in range(500):
        program = mutated(program, where, stream)
    for name, function in zip(FUNCTIONS, program.functions, strict=True):
        assert {i.op.name for i in function} == set(lists[f"{name}_ops"])


@given(programs(max_instructions=5), st.sampled_from(sorted(MUTATIONS)), st.integers(0, 2**64 - 1))
def test_whatever_is_mutated_stays_sound(program: Program, name: str, seed: int) -> None:
    """The verifier accepts every mutation of every program, literals and given draws included."""
    verify(Program(*MUTATIONS[name](program.functions, space(), Stream(Position(seed)))))


def test_new_draws_get_the_smallest_free_number() -> None:
    """A new random instruction gets the smallest number that no other of its program has."""
    where = space(ops=["SCALAR_GAUSSIAN_SET"])
    stream = Stream(Position(10))
    taken = tuple(only("SCALAR_UNIFORM_SET", address("s", 2), (), (0.0, 1.0, draw)) for draw in (0, 1, 3))
    grown = insert_instruction(((), taken, ()), where, stream)
    assert draw_numbers(Program(*grown)) == {0, 1, 2, 3}
    grown = insert_instruction(grown, where, stream)
    assert draw_numbers(Program(*grown)) == {0, 1, 2, 3, 4}


def test_the_draws_of_redrawn_functions_are_free_again() -> None:
    """A function that is drawn anew is numbered as if its old instructions were not there."""
    where = space(ops=["SCALAR_GAUSSIAN_SET"])
    taken = tuple(only("SCALAR_UNIFORM_SET", address("s", 2), (), (0.0, 1.0, draw)) for draw in (1, 5, 3))
    changed = MUTATIONS["randomize_algorithm"]((taken[:1], taken[1:], ()), where, Stream(Position(11)))
    assert [i.draw for f in changed for i in f] == [0, 1, 2]
