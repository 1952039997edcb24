"""Lineage of individuals, compared with a history in single steps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from search.living import KINDS, settings, steps
from search.making import HURDLE, SMALL, flat, history, of_program, params, small, tasks
from strategies import programs

from azc.evaluation import evaluate
from azc.ir import INTERFACES, NO_OP, Program, interface_of
from azc.passes import dead_code
from azc.search import MUTATIONS, Evolution, Search, State, start
from azc.search.engine.state import NOBODY
from azc.search.initial import known_program
from azc.search.initial_state import EVALUATION, ISLAND_BITS
from azc.search.names import UNCONNECTED
from azc.tasks import Task


def live_length(program: Program, eval_type: str = "RMS_ERROR") -> int:
    """Number of live instructions of a program."""
    live = dead_code(program, interface_of(eval_type))
    return sum(instruction.op is not NO_OP for instruction in live.instructions())


# --- parents and ancestors ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", [0, 9])
def test_individuals_are_numbered(kind: str, number: int) -> None:
    """An individual's number is its evaluation on its island, with the island in the upper bits."""
    expected = 0
    for step in steps(settings(kind), 250, number):
        for slot in step.slots:
            expected += 1
            assert step.after.lineage["id"][slot] == (number << ISLAND_BITS) + expected
    assert expected & EVALUATION == expected >= 250


@pytest.mark.parametrize("kind", KINDS)
def test_a_parent_is_alive_when_its_child_is_bred(kind: str) -> None:
    """A child has the number and fitness of a living parent; the first population has no parents."""
    first = settings(kind).island.strategy.population_size
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
    """The ancestor is the nearest record in the line of parents, `generations` its distance."""
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
    """A living record is its own ancestor; the lineage of the best has the one before it."""
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


@pytest.mark.parametrize("mutation", [name for name in UNCONNECTED if name != "randomize_algorithm"])
def test_a_child_knows_its_mutation(mutation: str) -> None:
    """A child's lineage has a bit for its mutation; a child without mutation equals its parent."""
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
    """Children have at most one mutation in regularized evolution, and several in live evolution."""
    for kind, most in (("plain", 1), ("live", 5)):
        applied = [
            int(step.own(slot)["mutations"]) for step in steps(settings(kind), 400) for slot in step.slots
        ]
        assert max(word.bit_count() for word in applied) <= most
        assert all(word < 1 << len(MUTATIONS) for word in applied)
        assert (max(word.bit_count() for word in applied) > 1) == (kind == "live")


@pytest.mark.parametrize("kind", KINDS)
def test_mutations_are_paid_for_children_better_than_their_parents(kind: str) -> None:
    """`paid` counts the children with each mutation, and those better than their parents."""
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
    """Children with the identity mutation are never better than their parents."""
    chosen = small(1, {"mutations": ["identity"]}, initial=known_program("linear", False))
    last = [*steps(chosen, 200)][-1].after
    children, better = last.paid[MUTATIONS.index("identity")]
    assert (children > 100, better) == (True, 0)


# --- lengths --------------------------------------------------------------------------------------------


@examples(max_examples=60)
@given(programs(max_instructions=6, max_address=3, features=4), st.sampled_from(sorted(INTERFACES)))
def test_length_is_that_of_live_code(program: Program, eval_type: str) -> None:
    """An individual's length is its number of live instructions."""
    search = Search(of_program(program, eval_type))
    search.tell([program], [0.5])
    assert search.state.lineage["length"][0] == live_length(program, eval_type)


@pytest.mark.parametrize("kind", KINDS)
def test_every_individual_has_its_length(kind: str) -> None:
    """Every individual of a search has its number of live instructions as length."""
    chosen = settings(kind)
    for step in [*steps(chosen, 300)][::15]:
        search = Search(chosen, step.after)
        lengths = [live_length(program) for program in search.population]
        assert step.after.lineage["length"][: len(lengths)].tolist() == lengths


def test_random_programs_have_their_lengths() -> None:
    """Random programs of all operations have their number of live instructions as length."""
    chosen = params(search=SMALL, initial="random", sizes={"setup": 9, "predict": 9, "learn": 9})
    state = Evolution(chosen, tasks()).advance(start(chosen), 20)
    lengths = [live_length(program) for program in Search(chosen, state).population]
    assert state.lineage["length"].tolist() == lengths
    assert len(set(lengths)) > 3


# --- full fitnesses -------------------------------------------------------------------------------------


PARTIAL = ("functional_hits", "stopped_at_hurdle", "over_budget")


@pytest.mark.parametrize("kind", ["plain", "functional", "hurdle", "budget", "live"])
def test_full_fitness_is_marked(kind: str) -> None:
    """`full_fitness` is false for functional hits, stops at the hurdle and programs over budget."""
    seen = set[bool]()
    # Without an exact cache, a functional hit may be an earlier copy of the program itself.
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
def test_the_exact_cache_changes_no_full_fitness(window: int) -> None:
    """A search with a hurdle has the same state, `full_fitness` included, without the exact cache."""
    search = {"hurdle": {**HURDLE, "window": window}, "mutate_prob": 0.5}
    states = list[State]()
    for exact in (True, False):
        chosen = settings(**search, exact_cache=exact)
        states.append(history(chosen, Evolution(chosen, tasks()), [3000]))
    assert flat(states[0]) == flat(states[1])


@pytest.mark.parametrize("exact", [True, False])
def test_programs_stopped_at_the_hurdle_have_no_full_fitness(exact: bool) -> None:
    """`full_fitness` is 0 for programs below the hurdle, with or without exact cache, and 1 for others."""
    first = [Task(t.train_x[:4], t.train_y[:4], t.valid_x, t.valid_y, seed=t.seed) for t in tasks()]
    seen = set[bool]()
    for step in steps(settings("hurdle", exact_cache=exact), 300):
        (slot,) = step.slots
        program = Search(settings("hurdle"), step.after).population[slot]
        passed = bool(evaluate(program, first).fitness >= step.before.hurdle.threshold["height"][0])
        assert step.after.lineage["full_fitness"][slot] == passed
        seen.add(passed)
    assert seen == {False, True}


def test_told_programs_have_full_fitness_and_no_parents() -> None:
    """Told programs have full fitness and no parents; records among them are ancestors."""
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
