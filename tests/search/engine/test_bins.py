"""Bins by size: what is in them, and the children of connected mutations."""

from collections import Counter
from functools import cache
from itertools import cycle
from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import linear
from programs import program as parsed
from search.making import ALL_OPS, FUNCTIONS, HURDLE, LINEAR_OPS, flat, parameters, task

from azc.errors import AzcError
from azc.evaluation import Evaluator
from azc.ir import INTERFACES, Program, interface_of
from azc.language import parse
from azc.passes import dead_code
from azc.search import Evolution, Params, Search, State, start
from azc.search.engine.bins import Bins, list_slots, selected
from azc.search.engine.compiled import entry, pointers
from azc.search.engine.state import arrays_of, state_of
from azc.search.initial_state import copied
from azc.search.migration import insert_migrants, migrants_of, slots_in_bins
from azc.search.names import MUTATIONS, UNCONNECTED
from azc.search.space import coding_of
from azc.search.variation_tables import bins
from azc.search.verifier import faults

CONNECTED = [name for name in MUTATIONS if name not in UNCONNECTED]
SEARCHES: dict[str, dict[str, Any]] = {
    "plain": {},
    "no cache": {"exact_cache": False},
    "functional": {"functional_cache": True},
    "hurdle": {"hurdle": HURDLE},
    "budget": {"train_budget": {"baseline": "neural_network", "factor": 1.0}},
    "small bins": {"bin_size": 3, "pool_size": 2},
    "all mutations": {"mutations": list(MUTATIONS)},
}


def binned(
    seed: int = 1, eval_type: str = "RMS_ERROR", search: dict[str, Any] | None = None, **program: Any
) -> Params:
    """A search in small bins, by default with all operations."""
    shape = {
        "addresses": {"scalars": 6, "vectors": 6, "matrices": 3},
        "ops": ALL_OPS,
        "size_limits": {"setup": [0, 5], "predict": [0, 6], "learn": [0, 9]},
        "initial": "empty",
    }
    table = {"strategy": "size_bins", "bin_size": 8, "pool_size": 6, "target_fitness": 2.0, "seed": seed}
    return parameters(table | (search or {}), shape | program, eval_type)


def some_tasks(eval_type: str = "RMS_ERROR", n: int = 3) -> list[Any]:
    """Small tasks."""
    return [task(seed, eval_type=eval_type) for seed in range(n)]


def evolved(chosen: Params, evals: int = 3000) -> tuple[State, Evolution]:
    """The state after a search."""
    evolution = Evolution(chosen, some_tasks(chosen.program.eval_type))
    return evolution.advance(start(chosen), evals), evolution


def programs_of(chosen: Params, state: State) -> list[Program]:
    """The programs alive."""
    pairs = zip(state.genomes[: state.alive], state.sizes[: state.alive], strict=True)
    return [coding_of(chosen.program).unpack(*pair) for pair in pairs]


@pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES)
@pytest.mark.parametrize("eval_type", INTERFACES)
def test_the_population_is_sound(search: dict[str, Any], eval_type: str) -> None:
    """Programs are legal, live code alone, within the limits, distinct, and in bins of their lengths."""
    chosen = binned(eval_type=eval_type, search=search)
    state, evolution = evolved(chosen)
    assert not [*faults(state, chosen, 4)]
    living = slice(0, state.alive)
    assert len({*map(tuple, state.keys[living].tolist())}) == state.alive
    lengths = Counter(state.lineage["length"][living].tolist())
    assert max(lengths.values()) <= chosen.island.strategy.bin_size
    assert (state.sizes[living].sum(axis=1) == state.lineage["length"][living]).all()
    assert (state.sizes[living] <= [high for _, high in chosen.program.size_limits]).all()
    for program in programs_of(chosen, state):
        assert dead_code(program, interface_of(eval_type)) == program
    counts = evolution.counts
    assert counts["evaluated"] + counts["exact_hits"] + counts["functional_hits"] == state.evals
    assert 3000 <= state.evals < 3006


@pytest.mark.parametrize("search", [{}, {"exact_cache": False}], ids=["cache", "no cache"])
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_scores_are_the_fitness_on_each_task(search: dict[str, Any], precision: str) -> None:
    """A program's scores have the bits of an evaluation on each task, and its fitness is their mean."""
    chosen = binned(search={**search, "precision": precision})
    state, _ = evolved(chosen)
    evaluator = Evaluator(some_tasks(), precision=precision)
    for slot, program in enumerate(programs_of(chosen, state)):
        result = evaluator.evaluate(program)
        assert state.scores[slot].tolist() == result.fitnesses
        assert state.fitnesses[slot] == result.fitness


@pytest.mark.parametrize("name", ["exact_cache", "functional_cache"])
def test_scores_from_a_cache_are_those_of_an_evaluation(name: str) -> None:
    """Programs whose fitness came from a cache have the scores of an evaluation, or of an equal behaviour."""
    chosen = binned(search={"exact_cache": False, name: True}, ops=LINEAR_OPS)
    state, evolution = evolved(chosen, 6000)
    hits = "exact_hits" if name == "exact_cache" else "functional_hits"
    assert evolution.counts[hits] > 100
    assert np.allclose(state.scores[: state.alive].mean(axis=1), state.fitnesses[: state.alive], rtol=1e-12)


@settings(max_examples=8)
@given(st.lists(st.integers(1, 900), min_size=1, max_size=6), st.integers(0, 3))
def test_history_does_not_depend_on_its_division(lengths: list[int], seed: int) -> None:
    """A search in pieces has the state of one in one piece, wherever the pieces end."""
    chosen = binned(seed, search={"exact_cache": False})
    evolution = Evolution(chosen, some_tasks())
    expected = evolution.advance(start(chosen), 2000)
    state = start(chosen)
    for evals in cycle(lengths):
        if state.evals >= 2000:
            break
        state = evolution.advance(state, min(evals, 2000 - state.evals))
    assert flat(state) == flat(expected)


def test_the_shortest_of_the_drawn_bins_has_the_child() -> None:
    """With very many draws, all children have the shortest parent; with one, longer ones have some."""
    many, _ = evolved(binned(search={"shortest_of": 1000}), 500)
    lineage = many.lineage[: many.alive]
    shortest = lineage[lineage["length"].argmin()]
    assert shortest["length"] == 0
    assert {*lineage["parent"].tolist()} == {shortest["parent"], shortest["id"]}
    one, _ = evolved(binned(search={"shortest_of": 1}), 500)
    assert len({*one.lineage["parent"][: one.alive].tolist()}) > 50


@entry
def select_all(population: State, bins: Bins, parents: Any) -> None:
    """Select a parent for each element of an array."""
    alive, inside, to = pointers(population), pointers(bins), pointers(parents)
    list_slots(alive, inside)
    for index in range(len(parents)):
        to[index] = selected(alive.fitnesses, alive.scores, inside, alive.generator)


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        ([[1.0, 0.0], [0.6, 0.6], [0.0, 1.0]], {0, 2}),
        ([[1.0, 1.0], [0.6, 0.6], [0.0, 0.0]], {0}),
        ([[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]], {0, 1, 2}),
        ([[-5.0, -7.0], [-6.0, -6.0], [-7.0, -5.0]], {0, 2}),
        ([[-inf, -inf], [-1e9, -1e9], [-inf, -inf]], {1}),
        ([[inf, 1.0], [2.0, 2.0], [inf, 3.0]], {2}),
        ([[-inf, -inf], [-inf, -inf], [-inf, -inf]], {0, 1, 2}),
        ([[inf, inf], [1.0, 1.0], [-inf, -inf]], {0}),
    ],
)
def test_lexicase_selects_the_best_of_a_task(rows: list[list[float]], chosen: set[int]) -> None:
    """Of one bin, the best of the first task drawn are parents, of these the best of the next."""
    settings = binned(search={"pool_size": 300})
    search = Search(settings, n_tasks=2)
    made = [parsed(f"s2 = {index}.5", "s1 = s2 * s2") for index in range(3)]
    search.tell(made, rows)
    parents = np.zeros(400, dtype=np.int64)
    select_all(search.state, bins(settings, 2), parents)
    assert {*parents.tolist()} == chosen


def test_the_exact_cache_changes_nothing() -> None:
    """With and without the exact cache a search has the same states."""
    first, _ = evolved(binned(search={"exact_cache": True}))
    second, _ = evolved(binned(search={"exact_cache": False}))
    assert flat(first) == flat(second)


@pytest.mark.parametrize("limit", [1, 2, 500, 1003])
def test_a_limit_is_exact(limit: int) -> None:
    """A limit cuts even children that differ in constants alone."""
    chosen = binned(search={"mutations": ["scan", "anneal", "grow", "insert_instruction"]})
    evolution = Evolution(chosen, some_tasks())
    assert evolution.advance(start(chosen), 5000, limit=limit).evals == limit


@pytest.mark.parametrize("limit", range(20, 32))
def test_a_family_that_a_limit_cuts_has_its_own_scores(limit: int) -> None:
    """Those that are left of children that differ in constants alone have the fitness of their constants."""
    chosen = binned(search={"mutations": ["scan"]}, ops=LINEAR_OPS, initial=[parse(linear())])
    state = Evolution(chosen, some_tasks()).advance(start(chosen), 5000, limit=limit)
    judge = Evaluator(some_tasks())
    for slot, program in enumerate(programs_of(chosen, state)):
        assert judge.fitness(program) == state.fitnesses[slot]


@pytest.mark.parametrize("name", CONNECTED)
def test_every_mutation_makes_children(name: str) -> None:
    """Each connected mutation is applied, and some of its children are better than their parents."""
    state, _ = evolved(binned(ops=LINEAR_OPS), 60_000)
    tried, better = state.paid[MUTATIONS.index(name)]
    assert tried > 50
    assert better > 0


def test_a_new_best_that_reaches_the_target_ends_the_step() -> None:
    """The first new best of at least the target ends an advance."""
    chosen = binned(ops=LINEAR_OPS)
    evolution = Evolution(chosen, some_tasks())
    state = evolution.advance(start(chosen), 100_000, target=0.5)
    assert state.best_fitness >= 0.5
    assert state.evals < 100_000
    before = evolution.advance(start(chosen), state.evals - 6)
    assert before.best_fitness < 0.5


@pytest.fixture(scope="module")
def state() -> State:
    """A state with a few hundred programs in bins."""
    return evolved(binned(), 1500)[0]


@settings(deadline=None)
@given(st.data())
def test_changed_states_are_refused_or_advanced(state: State, data: st.DataObject) -> None:
    """A state with any one word changed is refused, or Evolution advances it to a sound state."""
    chosen = binned()
    evolution = cached_evolution()
    arrays = arrays_of(state)
    name = data.draw(st.sampled_from([name for name, array in arrays.items() if array.size]))
    array = arrays[name].copy()
    flat_words = array.reshape(-1).view(np.uint64)
    flat_words[data.draw(st.integers(0, flat_words.size - 1))] = data.draw(
        st.integers(0, 60) | st.integers(0, 2**64 - 1)
    )
    try:
        after = evolution.advance(state_of(arrays | {name: array}), 50)
    except AzcError:
        return
    assert not [*faults(after, chosen, 4)]


@cache
def cached_evolution() -> Evolution:
    """Evolution on small tasks, made once."""
    return Evolution(binned(), some_tasks())


def test_more_programs_of_a_length_than_a_bin_holds_are_refused() -> None:
    """A state whose programs would not fit into their bins is refused, as is a length without a bin."""
    chosen = binned()
    made, evolution = evolved(chosen, 1500)
    for length in (3, 21, 22):
        lineage = made.lineage.copy()
        lineage["length"][:20] = length
        with pytest.raises(AzcError, match="live instructions"):
            evolution.advance(made._replace(lineage=lineage), 1)


@pytest.mark.parametrize("initial", ["random", "linear"])
def test_first_programs_enter_as_live_code(initial: str) -> None:
    """The first population is that of the configuration, without its dead code."""
    chosen = binned(search={"population_size": 30}, initial=initial)
    state, _ = evolved(chosen, 30 if initial == "random" else 1)
    assert not [*faults(state, chosen, 4)]
    assert 1 <= state.alive <= 30
    if initial == "linear":
        assert state.sizes[0].tolist() == [1, 1, 4]


@pytest.mark.parametrize(
    "sizes", [{name: [0, 0] for name in FUNCTIONS}, {name: [0, 1] for name in FUNCTIONS}]
)
def test_small_limits(sizes: dict[str, list[int]]) -> None:
    """A search in which hardly a program fits comes to an end."""
    chosen = binned(size_limits=sizes)
    state, _ = evolved(chosen, 500)
    assert not [*faults(state, chosen, 4)]


@pytest.mark.parametrize("length", [-1, 21, 22])
def test_migrants_of_a_length_without_a_bin_are_left_out(length: int) -> None:
    """Migrants whose forged length has no bin do not enter; others do, each once."""
    chosen = binned()
    made, _ = evolved(chosen, 600)
    home, _ = evolved(binned(seed=2), 600)
    migrants = migrants_of(home, range(10))
    forged = migrants._replace(lineage=migrants.lineage.copy())
    forged.lineage["length"] = length
    state = copied(made)
    insert_migrants(state, forged, slots_in_bins(state, forged, chosen.island.strategy.bin_size))
    assert flat(state) == flat(made)
    insert_migrants(state, migrants, slots_in_bins(state, migrants, chosen.island.strategy.bin_size))
    assert state.entered > made.entered
    assert not [*faults(state, chosen, 4)]


def test_first_programs_over_budget_do_not_enter() -> None:
    """Where no first program may enter, children come from an empty program, in every run the same."""
    budget = {"baseline": "linear", "factor": 0.9}
    chosen = binned(search={"train_budget": budget, "mutations": ["grow", "alter"]}, initial="linear")
    evolution = Evolution(chosen, some_tasks())
    assert evolution.advance(start(chosen), 1).alive == 0
    state = evolution.advance(start(chosen), 400)
    assert state.alive > 10
    assert flat(evolution.advance(start(chosen), 400)) == flat(state)


def test_migrants_leave_their_dead_code_behind() -> None:
    """Programs of a ring have dead code and no scores; in bins they have scores and no dead code."""
    shape = {"ops": LINEAR_OPS, "size_limits": {name: [0, 12] for name in FUNCTIONS}, "initial": "empty"}
    shape["addresses"] = {"scalars": 8, "vectors": 6, "matrices": 3}
    ring = parameters({"strategy": "live_evolution", "population_size": 40, "seed": 2}, shape, "RMS_ERROR")
    elsewhere = Evolution(ring, some_tasks())
    migrants = migrants_of(elsewhere.advance(start(ring), 400), range(40))
    chosen = binned(search={"mutations": ["anneal", "scan"]}, **shape, sizes=dict.fromkeys(FUNCTIONS, 0))
    evolution = Evolution(chosen, some_tasks())
    state = copied(evolution.advance(start(chosen), 20))
    arrived = migrants._replace(scores=np.zeros((40, evolution.n_scores)))
    evolution.score(state, arrived)
    assert arrived.scores.mean(axis=1) == pytest.approx(arrived.fitnesses, abs=1e-12)
    before = arrived.genomes.copy()
    evolution.admit(state, arrived)
    assert (arrived.genomes == before).all()
    interface = interface_of(chosen.program.eval_type)
    for program in programs_of(chosen, state):
        assert dead_code(program, interface) == program
    after = evolution.advance(state, 2000)
    assert not list(faults(after, chosen))
