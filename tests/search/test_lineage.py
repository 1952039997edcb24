"""Lineage of individuals, compared with a history in single steps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from search.living import KINDS, settings, steps
from search.making import HURDLE, SMALL, flat, history, of_program, params, small, tasks
from strategies import programs

from azc.ir import INTERFACES, NO_OP, Program, interface_of
from azc.passes import dead_code
from azc.search import MUTATIONS, Evolution, Search, State, start
from azc.search.engine.state import NOBODY
from azc.search.initial import known_program
from azc.search.initial_state import EVALUATION, ISLAND_BITS


def live_length(program: Program, eval_type: str = "RMS_ERROR") -> int:
    """How many instructions a program has that matter."""
    live = dead_code(program, interface_of(eval_type))
    return sum(instruction.op is not NO_OP for instruction in live.instructions())


# --- parents and ancestors ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", [0, 9])
def test_everybody_has_a_number(kind: str, number: int) -> None:
    """The island's in the upper bits; below, how many were scored there with it, in all experiments."""
    expected = 0
    for step in steps(settings(kind), 250, number):
        for slot in step.slots:
            expected += 1
            assert step.after.lineage["id"][slot] == (number << ISLAND_BITS) + expected
    assert expected & EVALUATION == expected >= 250


@pytest.mark.parametrize("kind", KINDS)
def test_a_parent_is_alive_when_its_child_is_bred(kind: str) -> None:
    """A child knows its parent's number and fitness; the first population has no parents."""
    first = settings(kind).island.population_size
    for step in steps(settings(kind), 300, 1):
        for slot in step.slots:
            lineage = step.own(slot)
            if step.before.entered < first:
                assert lineage["parent"] == lineage["ancestor"] == NOBODY
                assert lineage["generations"] == lineage["mutations"] == 0
                continue
            (parent,) = step.parents(lineage["parent"])
            assert lineage["parent_fitness"] == step.before.fitnesses[parent]


@pytest.mark.parametrize("kind", KINDS)
def test_an_ancestor_is_the_last_record_in_line(kind: str) -> None:
    """From parent to parent back, the first that was a record, and how many generations ago."""
    line, records = dict[int, int](), set[int]()
    for step in steps(settings(kind, seed=4), 400, 2):
        for slot in step.slots:
            lineage = step.own(slot)
            line[int(lineage["id"])] = int(lineage["parent"])
            if lineage["parent"] == NOBODY:
                continue
            ancestor, generations = int(lineage["parent"]), 1
            while ancestor not in records and line[ancestor] != NOBODY:
                ancestor, generations = line[ancestor], generations + 1
            expected = ancestor if ancestor in records else NOBODY
            assert (lineage["ancestor"], lineage["generations"]) == (expected, generations)
        if step.record:
            records.add(int(step.after.best_lineage["id"][0]))
    assert len(records) > 1


@pytest.mark.parametrize("kind", ["plain", "offspring", "restarts"])
def test_a_record_is_its_own_ancestor(kind: str) -> None:
    """As long as it lives; what the best is remembered with says where it came from itself."""
    seen = 0
    for step in steps(settings(kind, seed=4), 400):
        best = step.after.best_lineage[0]
        (slots,) = np.nonzero(step.after.lineage["id"] == best["id"])
        if step.record and len(slots):
            assert step.after.lineage["ancestor"][slots[0]] == best["id"]
            assert step.after.lineage["generations"][slots[0]] == 0
            assert best["ancestor"] != best["id"]
            seen += 1
    assert seen > 1


# --- mutations ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mutation", [name for name in MUTATIONS if name != "randomize_algorithm"])
def test_a_child_knows_its_mutation(mutation: str) -> None:
    """There is a bit a mutation; a child without any is its parent."""
    chosen = small(1, {"mutations": [mutation], "mutate_prob": 0.7}, initial=known_program("linear", False))
    bit, seen = 1 << MUTATIONS.index(mutation), list[int]()
    for step in steps(chosen, 200):
        for slot in step.slots if step.before.evals >= 20 else ():
            lineage = step.own(slot)
            (parent,) = step.parents(lineage["parent"])
            seen.append(int(lineage["mutations"]))
            if not lineage["mutations"]:
                sizes = step.after.sizes[slot]
                assert sizes.tolist() == step.before.sizes[parent].tolist()
                n = sizes.sum()
                assert step.after.genomes[slot, :n].tobytes() == step.before.genomes[parent, :n].tobytes()
    assert set(seen) == {0, bit}
    assert 0.5 < np.mean(np.array(seen) == bit) < 0.9


def test_a_child_is_mutated_once() -> None:
    """By the paper's strategy a child has one mutation or none, by one that goes on it may have several."""
    for kind, most in (("plain", 1), ("live", 5)):
        applied = [
            int(step.own(slot)["mutations"]) for step in steps(settings(kind), 400) for slot in step.slots
        ]
        assert max(word.bit_count() for word in applied) <= most
        assert all(word < 1 << len(MUTATIONS) for word in applied)
        assert (max(word.bit_count() for word in applied) > 1) == (kind == "live")


@pytest.mark.parametrize("kind", KINDS)
def test_mutations_are_paid_for_children_better_than_their_parents(kind: str) -> None:
    """Children with each mutation are counted, and those of them that are better than their parents."""
    expected = np.zeros((len(MUTATIONS), 2), dtype=np.int64)
    for step in steps(settings(kind), 400):
        for slot in step.slots:
            lineage = step.own(slot)
            for mutation in range(len(MUTATIONS)):
                if lineage["mutations"] >> mutation & 1:
                    better = step.after.fitnesses[slot] > lineage["parent_fitness"]
                    expected[mutation] += (1, better)
        assert step.after.paid.tolist() == expected.tolist()
    assert expected[:, 1].sum() > 0


def test_identity_never_pays() -> None:
    """A child that is its parent is not better."""
    chosen = small(1, {"mutations": ["identity"]}, initial=known_program("linear", False))
    last = [*steps(chosen, 200)][-1].after
    children, better = last.paid[MUTATIONS.index("identity")]
    assert (children > 100, better) == (True, 0)


# --- lengths --------------------------------------------------------------------------------------------


@examples(max_examples=60)
@given(programs(max_instructions=6, max_address=3, features=4), st.sampled_from(sorted(INTERFACES)))
def test_length_is_that_of_live_code(program: Program, eval_type: str) -> None:
    """An individual's length is what dead-code elimination leaves of it."""
    search = Search(of_program(program, eval_type))
    search.tell([program], [0.5])
    assert search.state.lineage["length"][0] == live_length(program, eval_type)


@pytest.mark.parametrize("kind", KINDS)
def test_everybody_alive_has_its_length(kind: str) -> None:
    """The length is that of live code, whatever `n_offspring`."""
    chosen = settings(kind)
    for step in [*steps(chosen, 300)][::15]:
        search = Search(chosen, step.after)
        lengths = [live_length(program) for program in search.population]
        assert step.after.lineage["length"][: len(lengths)].tolist() == lengths


def test_random_programs_have_their_lengths() -> None:
    """So have those of all operations, of which most is dead."""
    chosen = params(search=SMALL, initial="random", sizes={"setup": 9, "predict": 9, "learn": 9})
    state = Evolution(chosen, tasks()).advance(start(chosen), 20)
    lengths = [live_length(program) for program in Search(chosen, state).population]
    assert state.lineage["length"].tolist() == lengths
    assert len(set(lengths)) > 3


# --- whole fitnesses ------------------------------------------------------------------------------------


PARTIAL = ("functional_hits", "stopped_at_hurdle", "over_budget")


@pytest.mark.parametrize("kind", ["plain", "functional", "hurdle", "budget", "live"])
def test_a_fitness_from_all_examples_is_known_as_one(kind: str) -> None:
    """Functional hits, who stops at the hurdle and who costs too much have others' or none."""
    seen = set[bool]()
    # Without an exact cache a functional hit may be of a program itself.
    exact = kind == "functional"
    for step in steps(settings(kind, exact_cache=exact), 600):
        (slot,) = step.slots
        partial = any(step.counts[name] for name in PARTIAL)
        assert step.after.lineage["full_fitness"][slot] == (not partial)
        seen.add(partial)
    assert seen == (
        {False, True} if set(KINDS[kind]) & {"functional_cache", "hurdle", "train_budget"} else {False}
    )


@pytest.mark.parametrize("window", [5, 25, 60])
def test_a_whole_fitness_is_not_what_was_once_found(window: int) -> None:
    """Who stops at the hurdle has no whole fitness, though a lower hurdle once let its like pass."""
    search = {"hurdle": {**HURDLE, "window": window}, "mutate_prob": 0.5}
    states = list[State]()
    for exact in (True, False):
        chosen = settings(**search, exact_cache=exact)
        states.append(history(chosen, Evolution(chosen, tasks()), [3000]))
    assert flat(states[0]) == flat(states[1])


def test_what_is_told_has_a_whole_fitness_and_no_parents() -> None:
    """Programs scored elsewhere are nobody's children; records among them are ancestors."""
    search = Search(settings())
    asked = search.ask(20)
    search.tell(asked, [0.1] * 20)
    search.tell(search.ask(2), [0.3, 0.2])
    lineage = search.state.lineage
    assert set(lineage["full_fitness"]) == {1}
    assert set(lineage["parent"]) == {NOBODY}
    assert lineage["id"][:3].tolist() == [21, 22, 3]
    assert lineage["ancestor"][:2].tolist() == [21, NOBODY]
    assert search.state.record == search.best_fitness == 0.3
