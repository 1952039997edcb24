"""Mutations, compared with measurements of the original engine, and their bounds."""

from collections import Counter
from itertools import accumulate
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from search.making import (
    FUNCTIONS,
    children,
    close,
    m,
    marks,
    measured,
    mutating,
    only,
    params,
    s,
    unpacked,
    v,
)
from search.making import writes as written
from strategies import programs

from azc.ir import OPS, ORIGINAL, Program, address, draw_numbers, faults
from azc.search import Search
from azc.search.engine import loop
from azc.search.engine.state import children as room_for
from azc.search.names import MUTATION_TABLE, UNCONNECTED, Mutation
from azc.search.space import coding_of, room

N = 200_000
CHUNK = 50_000
TYPES = measured()["mutation_types"]
LIMITS = {"setup": [0, 5], "predict": [0, 7], "learn": [0, 10]}
Counts = dict[str, Counter[str]]


def parent() -> Program:
    """A program with the sizes and operations of the one measured in the original."""
    setup = (
        only("SCALAR_HEAVYSIDE", s(4), (s(5),)),
        only("VECTOR_DIFF", v(4), (v(5), v(6))),
        only("MATRIX_COLUMN_NORM", v(4), (m(5),)),
        only("VECTOR_PRODUCT", v(4), (v(5), v(6))),
    )
    predict = (
        only("NO_OP", None),
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


def count(counts: Counter[str], where: Any) -> None:
    """Count the positions at which a condition holds, [child][position]."""
    counts.update({str(position): int(n) for position, n in enumerate(where.sum(axis=0)) if n})


def what_changed(genomes: Any, sizes: Any, ids: Any) -> Counts:
    """Counts of functions, positions and sizes that children changed, named as in the measurement."""
    found: Counts = {"component_function": Counter(), "op_of_new_instruction": Counter()}
    starts = np.concatenate([np.zeros((len(sizes), 1), int), np.cumsum(sizes, axis=1)], axis=1)
    begins = [0, *accumulate(map(len, parent().functions))]
    touched = np.zeros(len(sizes), int)
    for index, name in enumerate(FUNCTIONS):
        own = ids[begins[index] : begins[index + 1]]
        rows = starts[:, index, None] + np.arange(len(own) + 1)
        there = np.arange(len(own) + 1) < sizes[:, index, None]
        rows = np.where(there, rows, 0)
        here = np.where(there, np.take_along_axis(genomes[:, :, 3], rows, axis=1), -1)
        appeared = there & ~np.isin(here, own)
        vanished = ~(here[:, None, :] == own[None, :, None]).any(axis=2)
        count(found.setdefault(f"new_position_{name}", Counter()), appeared)
        count(found.setdefault(f"removed_position_{name}", Counter()), vanished)
        found[f"size_after_{name}"] = Counter(map(str, sizes[:, index].tolist()))
        many = np.maximum(appeared.sum(axis=1), vanished.sum(axis=1))
        touched += many
        found["component_function"][name] += int((many > 0).sum())
        codes = np.take_along_axis(genomes[:, :, 0] & 255, rows, axis=1)[appeared]
        found["op_of_new_instruction"].update(
            {str(code): int(n) for code, n in enumerate(np.bincount(codes, minlength=len(OPS))) if n}
        )
    found["instructions_touched"] = Counter(map(str, touched.tolist()))
    return found


def counted(name: str) -> Counts:
    """Counts of what N mutations of a type changed, with the original's operations."""
    settings = mutating(parent(), [name], size_limits=LIMITS, ops=[op.name for op in ORIGINAL])
    total = dict[str, Counter[str]]()
    own = marks(coding_of(settings.program).pack(parent(), room(settings))[0], parent())[:19]
    for seed in range(N // CHUNK):
        made = children(settings, parent(), CHUNK, marked=True, seed=seed)
        for key, counts in what_changed(*made, own).items():
            total.setdefault(key, Counter()).update(counts)
    return total


@pytest.mark.parametrize("name", [name for name in UNCONNECTED if f"{name.upper()}_MUTATION_TYPE" in TYPES])
def test_changes_are_as_frequent_as_the_originals(name: str) -> None:
    """Changed functions, positions, sizes and new operations have the original's frequencies."""
    expected = TYPES[f"{name.upper()}_MUTATION_TYPE"]
    for key, counts in counted(name).items():
        # An altered instruction counts as the same one here, and as another in the measurement.
        if (name == "alter_param" and "size" not in key) or key not in expected:
            continue
        totals = (N, N)
        if key == "op_of_new_instruction":
            totals = (counts.total(), sum(expected[key].values()))
        for value in counts.keys() | expected[key].keys():
            assert close(counts[value], totals[0], expected[key].get(value, 0), totals[1]), (key, value)


def test_one_instruction_is_altered() -> None:
    """Alteration changes at most one instruction, with functions and positions in them drawn uniformly."""
    settings = mutating(parent(), ["alter_param"], size_limits=LIMITS)
    before = coding_of(settings.program).pack(parent(), room(settings))[0][:19]
    genomes, sizes = children(settings, parent(), N)
    assert (sizes == [4, 6, 9]).all()
    changed = (genomes[:, :19] != before).any(axis=2)
    assert set(changed.sum(axis=1).tolist()) == {0, 1}
    lengths = [len(f) for f in parent().functions for _ in f]
    for found, i, n in zip(changed.sum(axis=0).tolist(), parent().instructions(), lengths, strict=True):
        name = i.op.name if i.op.name == "NO_OP" else f"{i.op.name}_OP"
        rates = measured()["alter_param_what_changed"][name]
        rate = 1 - rates.get("none", 0) / sum(rates.values())
        assert close(found, N, rate * N / 3 / n, N), i


def test_only_functions_with_operations_are_mutated() -> None:
    """The mutated function is drawn uniformly from those with operations, whatever their lengths."""
    for allowed, expected in measured()["component_choice_by_allowed_ops_30000"].items():
        lists = {f"{name}_ops": ["SCALAR_SUM"] if name in allowed.split() else [] for name in FUNCTIONS}
        settings = mutating(parent(), ["insert_instruction"], **lists)
        _, sizes = children(settings, parent(), 30_000)
        grown = (sizes - [4, 6, 9]).sum(axis=0)
        assert grown.sum() == 30_000
        for name, found in zip(FUNCTIONS, grown.tolist(), strict=True):
            assert close(found, 30_000, expected.get(name, 0), 30_000), (allowed, name)


def test_mutate_prob_is_how_often_a_child_is_mutated() -> None:
    """Children are mutated with probability `mutate_prob`, by mutations of equal weight equally often."""
    names = {"alter_param": "one", "randomize_instruction": "one", "randomize_component_function": "whole"}
    settings = params(
        search={"population_size": 1, "tournament_size": 1, "mutate_prob": 0.9, "mutations": list(names)},
        size_limits=LIMITS,
        initial=parent(),
    )
    expected = measured()["mutate_prob_0.9_three_types"]
    genomes, _ = children(settings, parent(), CHUNK, marked=True)
    before = coding_of(settings.program).pack(parent(), room(settings))[0]
    rows = (genomes[:, :19, :3] != before[:19, :3]).any(axis=2).sum(axis=1)
    assert close(int((rows > 1).sum()), CHUNK, expected["whole_component"], N)
    # An alteration may leave an instruction unchanged.
    altered = TYPES["ALTER_PARAM_MUTATION_TYPE"]["what_changed"]["identical_instruction"] / N
    assert close(int((rows == 0).sum()), CHUNK, expected["not_mutated"] + 0.3 * N * altered, N)


def test_weights_decide_between_mutations() -> None:
    """Mutations are drawn in proportion to their weights, and never with weight 0."""
    settings = mutating(
        parent(), {"insert_instruction": 3, "remove_instruction": 1.0, "trade_instruction": 0}
    )
    _, sizes = children(settings, parent(), CHUNK)
    grown = sizes.sum(axis=1) - 19
    assert set(grown.tolist()) == {-1, 1}
    assert close(int((grown < 0).sum()), CHUNK, 0.25 * 10**9, 10**9)


def test_sizes_stay_within_limits_and_reach_both() -> None:
    """Insertion and removal stay within the size limits and reach both."""
    limits = {"setup": [1, 3], "predict": [0, 2], "learn": [2, 2]}
    settings = params(
        search={
            "population_size": 5,
            "tournament_size": 1,
            "mutations": ["insert_instruction", "remove_instruction", "trade_instruction"],
        },
        size_limits=limits,
    )
    search, seen = Search(settings), [set[int](), set[int](), set[int]()]
    for _ in range(300):
        asked = search.ask(5)
        search.tell(asked, [0.5] * 5)
        for sizes, function in zip(seen, zip(*(p.functions for p in asked), strict=True), strict=True):
            sizes.update(map(len, function))
    assert seen == [{1, 2, 3}, {0, 1, 2}, {2}]


@pytest.mark.parametrize("name", UNCONNECTED)
def test_an_empty_program_stays_or_grows_by_one(name: str) -> None:
    """Insertion adds an instruction to an empty program; other mutations of the original add none."""
    _, sizes = children(mutating(Program(), [name]), Program(), 100)
    assert (sizes.sum(axis=1) == (name == "insert_instruction")).all()


FORBIDDEN = {"RMS_ERROR": {"v0", "s0"}, "ACCURACY": {"v0", "s0"}, "MULTICLASS_ACCURACY": {"v0", "v1"}}


@pytest.mark.parametrize("eval_type", FORBIDDEN)
def test_features_and_label_are_never_written(eval_type: str) -> None:
    """Evolved instructions write all addresses but those of features and label."""
    search = Search(params(eval_type, {"population_size": 10, "tournament_size": 2}))
    seen: set[str] = set()
    for _ in range(200):
        asked = search.ask(10)
        search.tell(asked, [0.5] * 10)
        seen |= {out for program in asked for out in written(program)}
    everything = {f"{kind}{i}" for kind in "svm" for i in range(10)}
    assert seen == everything - FORBIDDEN[eval_type]


def test_only_allowed_operations_appear_in_each_function() -> None:
    """A function's new instructions are of its own list of operations."""
    lists = {
        "setup_ops": ["SCALAR_CONST_SET"],
        "predict_ops": ["VECTOR_INNER_PRODUCT"],
        "learn_ops": ["NO_OP"],
    }
    search = Search(params(search={"population_size": 10, "tournament_size": 2}, **lists))
    for _ in range(50):
        asked = search.ask(10)
        search.tell(asked, [0.5] * 10)
    for name, functions in zip(
        FUNCTIONS, zip(*(p.functions for p in search.population), strict=True), strict=True
    ):
        assert {i.op.name for f in functions for i in f} == set(lists[f"{name}_ops"])


@given(
    programs(max_instructions=5, max_address=9, features=4),
    st.sampled_from(sorted(UNCONNECTED)),
    st.integers(0, 2**64 - 1),
)
def test_mutated_programs_are_sound(program: Program, name: str, seed: int) -> None:
    """The verifier accepts every mutation of any program."""
    settings = mutating(program, [name])
    for child in unpacked(settings, children(settings, program, 20, seed=seed)):
        assert list(faults(child)) == []


def test_new_draws_get_the_smallest_free_number() -> None:
    """A new random instruction gets the smallest draw number that is free in its program."""
    taken = tuple(only("SCALAR_UNIFORM_SET", address("s", 2), (), (0.0, 1.0, draw)) for draw in (0, 1, 3))
    settings = mutating(Program((), taken), ["insert_instruction"], ops=["SCALAR_GAUSSIAN_SET"])
    (grown,) = unpacked(settings, children(settings, Program((), taken), 1))
    assert draw_numbers(grown) == {0, 1, 2, 3}
    (grown,) = unpacked(settings, children(settings, grown, 1))
    assert draw_numbers(grown) == {0, 1, 2, 3, 4}


def test_the_draws_of_redrawn_functions_are_free_again() -> None:
    """Randomized functions may reuse the draw numbers of their old instructions."""
    taken = tuple(only("SCALAR_UNIFORM_SET", address("s", 2), (), (0.0, 1.0, draw)) for draw in (1, 5, 3))
    before = Program(taken[:1], taken[1:])
    settings = mutating(before, ["randomize_algorithm"], ops=["SCALAR_GAUSSIAN_SET"])
    (changed,) = unpacked(settings, children(settings, before, 1))
    assert [i.draw for i in changed.instructions()] == [0, 1, 2]


def test_the_draws_of_other_functions_are_not_reused() -> None:
    """A randomized function gets no draw number of another function."""
    taken = tuple(only("SCALAR_UNIFORM_SET", address("s", 2), (), (0.0, 1.0, draw)) for draw in (1, 0, 3))
    before, lists = Program(taken[:2], taken[2:]), {"predict_ops": [], "learn_ops": []}
    settings = mutating(before, ["randomize_component_function"], setup_ops=["SCALAR_GAUSSIAN_SET"], **lists)
    (changed,) = unpacked(settings, children(settings, before, 1))
    assert [i.draw for i in changed.instructions()] == [0, 1, 3]


@pytest.mark.parametrize(
    "mutation",
    [mutation for mutation in MUTATION_TABLE if not mutation.connected],
    ids=lambda mutation: mutation.name,
)
@pytest.mark.parametrize("full", [True, False])
def test_no_mutation_writes_beyond_its_room(mutation: Mutation, full: bool) -> None:
    """No mutation writes beyond the room of its genome, not even at the size limits."""
    least, greatest = (3, 3) if full else (0, 6)
    chosen = params(
        search={"mutations": [mutation.name], "mutate_prob": 1.0, "population_size": 5, "tournament_size": 2},
        initial="random",
        sizes=dict.fromkeys(FUNCTIONS, 3),
        size_limits={name: [least, greatest] for name in FUNCTIONS},
    )
    search, guard, n = Search(chosen), 4, 400
    search.tell(search.ask(5), [0.5] * 5)
    own = room_for(n, room(chosen), n_functions=3)
    # The last genome ends where the guard begins.
    memory = np.full(own.genomes.size + guard * own.genomes.shape[2], 7, dtype=np.int64)
    genomes = memory[: own.genomes.size].reshape(own.genomes.shape)
    for _ in range(20):
        loop.breed_all(search.state, own._replace(genomes=genomes), n, search._loop.breeding)
        assert (memory[own.genomes.size :] == 7).all()
        assert own.sizes.sum(axis=1).max() <= room(chosen)
    assert room(chosen) == (3 * greatest + 1 if mutation.inserts else 9)
