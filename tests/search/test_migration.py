"""Migrants: their choice, their room, their insertion, and their fitness on other tasks."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from search.living import KINDS, alike, bits, home, job, leaving, lived, of_children, settings
from search.making import FUNCTIONS, flat, small, task, tasks

from azc.evaluation import evaluate
from azc.ir import Program
from azc.search import Evolution, Params, State
from azc.search.archipelago import Archipelago
from azc.search.engine.genome import WORDS
from azc.search.engine.state import Offspring
from azc.search.initial_state import ISLAND_BITS, copied
from azc.search.island_kinds import Kind
from azc.search.islands import Island, compute_job
from azc.search.migration import fitted, insert_migrants, migrants_of, oldest, together
from azc.search.space import coding_of, room
from azc.tasks import Task


def unpacked(chosen: Params, made: Offspring) -> list[Program]:
    """Migrants as programs."""
    return [coding_of(chosen.program).unpack(*pair) for pair in zip(made.genomes, made.sizes, strict=True)]


def others() -> list[Task]:
    """Tasks of another island."""
    return [task(seed, train=20) for seed in range(10, 13)]


# --- room -----------------------------------------------------------------------------------------------


@examples(max_examples=40)
@given(st.integers(0, 30), st.lists(st.integers(0, 19), max_size=8))
def test_migrants_no_longer_than_the_room_fit(space: int, slots: list[int]) -> None:
    """Migrants no longer than the room are copied unchanged; longer ones are left out."""
    chosen = settings()
    leavers = leaving(home(), slots)
    before = of_children(leavers)
    made = fitted(leavers, space)
    programs = unpacked(chosen, leavers)
    able = [index for index, program in enumerate(programs) if sum(map(len, program.functions)) <= space]
    assert made.genomes.shape == (len(able), space, WORDS)
    assert unpacked(chosen, made) == [programs[index] for index in able]
    for name in ("keys", "lineage", "fitnesses"):
        assert getattr(made, name).tobytes() == getattr(leavers, name)[able].tobytes()
    assert of_children(leavers) == before
    assert not any(np.shares_memory(a, b) for a, b in zip(made, leavers, strict=True))


def test_migrants_of_several_islands_are_joined() -> None:
    """Migrants of several islands are joined in order, in genomes with the largest room."""
    wide, narrow = settings(), small(2, size_limits={name: [1, 4] for name in FUNCTIONS})
    groups = [leaving(home(), [3, 1]), leaving(lived(narrow, 60), [0, 7, 7]), leaving(home(), [])]
    made = together(groups)
    assert made.genomes.shape[1] == room(wide) > room(narrow)
    expected = [program for group in groups for program in unpacked(wide, group)]
    assert unpacked(wide, made) == expected
    assert made.fitnesses.tolist() == [value for group in groups for value in group.fitnesses.tolist()]


# --- insertion ------------------------------------------------------------------------------------------


@examples(max_examples=40)
@given(st.lists(st.floats(0, 1), max_size=45), st.integers(20, 60))
def test_migrants_replace_the_oldest(fitnesses: list[float], evals: int) -> None:
    """Migrants replace the oldest in order, do not count as scored, and become the best if better."""
    state = copied(lived(settings(), evals).population)
    before, leavers = copied(state), leaving(home(), np.arange(len(fitnesses)) % 20)
    leavers.fitnesses[:] = fitnesses
    insert_migrants(state, leavers, oldest(state))
    entered = before.entered
    assert state.entered == entered + len(fitnesses)
    expected: dict[int, int] = {(entered + row) % 20: row for row in range(len(fitnesses))}
    for slot in range(20):
        source, row = (leavers, expected[slot]) if slot in expected else (before, slot)
        for name in Offspring._fields:
            assert getattr(state, name)[slot].tobytes() == getattr(source, name)[row].tobytes()
    assert state.best_fitness == max([before.best_fitness, *fitnesses])
    assert state.record == max(before.record, state.best_fitness)
    if state.best_fitness > before.best_fitness:
        best = fitnesses.index(max(fitnesses))
        assert state.best_genome.tobytes() == leavers.genomes[best].tobytes()
        assert state.best_lineage.tobytes() == leavers.lineage[best].tobytes()
    else:
        assert state.best_genome.tobytes() == before.best_genome.tobytes()
    for name in ("generator", "paid"):
        assert flat(state)[name] == flat(before)[name]
    assert state.progress[["evals", "origin"]] == before.progress[["evals", "origin"]]


def test_children_come_after_migrants() -> None:
    """The next child replaces the oldest individual that the migrants left."""
    chosen = settings()
    island = lived(chosen, 33)
    after = compute_job(
        Evolution(chosen, tasks()), job(island, 1, migrants=leaving(home()))
    ).island.population
    assert (after.evals, after.entered) == (34, 37)
    assert after.lineage["id"][16] == 34
    assert after.lineage["id"][13:16].tolist() == leaving(home()).lineage["id"].tolist()


@pytest.mark.parametrize("evals", [1, 19, 20])
def test_a_first_population_takes_no_migrants(evals: int) -> None:
    """A first population takes no migrants until it is full."""
    chosen = settings()
    evolution, island = Evolution(chosen, tasks()), lived(chosen, evals)
    came_to = compute_job(evolution, job(island, 30, migrants=leaving(home())))
    assert came_to.migrants == (3 if evals == 20 else 0)
    if evals < 20:
        assert bits(came_to.island) == bits(compute_job(evolution, job(island, 30)).island)


def test_a_new_experiment_takes_no_migrants() -> None:
    """A later experiment takes no migrants until its population is full."""
    chosen = settings("restarts")
    island = lived(chosen, 100)
    assert island.population.evals == 10
    assert compute_job(Evolution(chosen, tasks()), job(island, 5, migrants=leaving(home()))).migrants == 0


# --- choice ---------------------------------------------------------------------------------------------


def test_migrants_are_winners_of_tournaments() -> None:
    """Migrants are copies of winners of tournaments, each rank as often as it must win."""
    chosen = settings(tournament_size=3, n_migrants=10)
    archipelago, state = alike(chosen, 2), copied(home().population)
    ranks = np.random.default_rng(0).permutation(20)
    state.fitnesses[:] = (ranks + 1) / 32
    island, found = home()._replace(population=state), Counter[int]()
    for round_number in range(2, 402):
        migrants = archipelago.job(0, round_number, {0: island, 1: island}, 10).migrants
        assert migrants is not None
        found.update(np.round(migrants.fitnesses * 32).astype(int).tolist())
        for fitness, genome in zip(migrants.fitnesses, migrants.genomes, strict=True):
            slot = int(np.nonzero(state.fitnesses == fitness)[0][0])
            assert genome.tobytes() == state.genomes[slot].tobytes()
    n = sum(found.values())
    expected = np.diff((np.arange(21) / 20) ** 3) * n
    counts = np.array([found[rank] for rank in range(1, 21)])
    assert n == 4000
    assert (abs(counts - expected) <= 5 * np.sqrt(expected) + 1).all()


def test_every_island_and_round_draws_its_own_migrants() -> None:
    """Migrants are drawn separately for each source, target and round, and reproducibly."""
    archipelago = alike(settings(tournament_size=1, n_migrants=6), 3, topology="full")

    def drawn(number: int, round_number: int) -> list[bytes]:
        migrants = archipelago.job(number, round_number, dict.fromkeys(range(3), home()), 10).migrants
        assert migrants is not None
        assert len(migrants.fitnesses) == 12
        return [migrants.lineage[:6].tobytes(), migrants.lineage[6:].tobytes()]

    groups = [
        group for number in range(3) for round_number in (2, 3) for group in drawn(number, round_number)
    ]
    assert len(set(groups)) == len(groups) == 12
    assert drawn(1, 3) == drawn(1, 3)


def test_a_source_that_is_not_full_sends_no_migrants() -> None:
    """A source with an incomplete population sends no migrants."""
    archipelago = alike(settings(), 2)
    young = lived(settings(), 19)
    given = archipelago.job(0, 2, {0: home(), 1: young}, 10)
    assert given.migrants is not None
    assert len(given.migrants.fitnesses) == 0
    came_to = compute_job(Evolution(settings(), tasks()), given)
    assert came_to.migrants == 0


# --- other kinds ----------------------------------------------------------------------------------------


def visit(kind: str, migrants: Offspring, scored: bool, evals: int = 0) -> tuple[Params, State, State]:
    """Parameters, and the states of an island with other tasks before and after migrants come."""
    chosen = settings(kind)
    evolution = Evolution(chosen, others())
    island = compute_job(evolution, job(evals=45)).island
    counts = evolution.counts
    came_to = compute_job(evolution, job(island, evals, migrants=migrants, scored=scored))
    assert came_to.migrants == len(migrants.fitnesses)
    if evals == 0:
        assert evolution.counts == counts
        assert not any(came_to.counts.values())
    return chosen, island.population, came_to.island.population


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("hurdle", "everything", "budget")])
def test_migrants_are_scored_on_other_tasks(kind: str) -> None:
    """Migrants get the fitness on the island's tasks, keep key and number, and do not count as scored."""
    migrants = leaving(home(), range(8))
    chosen, before, after = visit(kind, migrants, scored=False)
    slots = [(before.entered + index) % 20 for index in range(8)]
    expected = [evaluate(program, others()).fitness for program in unpacked(chosen, migrants)]
    assert after.fitnesses[slots].tolist() == expected != migrants.fitnesses.tolist()
    assert (after.evals, after.entered) == (before.evals, before.entered + 8)
    assert after.keys[slots].tolist() == migrants.keys.tolist()
    assert after.lineage["length"][slots].tolist() == migrants.lineage["length"].tolist()
    assert after.lineage["id"][slots].tolist() == migrants.lineage["id"].tolist()
    assert after.generator.tobytes() == before.generator.tobytes()
    assert after.best_fitness == max(before.best_fitness, *expected)


def test_migrants_keep_their_fitness_on_the_same_tasks() -> None:
    """Migrants keep their fitness if it was measured on the island's tasks."""
    migrants = leaving(home(), range(8))
    _, before, after = visit("plain", migrants, scored=True)
    slots = [(before.entered + index) % 20 for index in range(8)]
    assert after.fitnesses[slots].tolist() == migrants.fitnesses.tolist()


def test_scoring_migrants_moves_the_hurdle() -> None:
    """Scored migrants count in the hurdle's window."""
    migrants = leaving(home(), range(8))
    _, before, after = visit("hurdle", migrants, scored=False)
    assert (after.hurdle.threshold["filled"][0] - before.hurdle.threshold["filled"][0]) % 25 == 8


DIFFERENCES = {
    "nothing that matters": ({"tournament_size": 2, "mutate_prob": 0.5}, "search", True),
    "tasks": ({}, "islands[0].tasks", False),
    "precision": ({"precision": "float32"}, "search", False),
    "budget": (KINDS["budget"], "search", False),
    "hurdle": (KINDS["hurdle"], "search", False),
}


@pytest.mark.parametrize("what", DIFFERENCES)
def test_migrants_are_scored_where_fitness_differs(what: str) -> None:
    """Migrants are scored if tasks, precision, budget or hurdle differ, but not if only breeding does."""
    search, name, scored = DIFFERENCES[what]
    run = {"n_islands": 3, "n_migrants": 2}
    kinds = (Kind(settings(**run, **search), name, 2), Kind(settings(**run), "search", 1))
    states = dict.fromkeys(range(3), home())
    jobs = [Archipelago(kinds).job(number, 2, states, 10) for number in range(3)]
    # In the ring, only island 1 has a source of its own kind.
    assert [given.scored for given in jobs] == [scored, True, scored]


def test_migrants_beyond_the_size_limits_are_left_out() -> None:
    """Migrants beyond the island's room or its limits of function sizes are left out."""
    limits = (2, 2, 8)
    shape = {name: [1, high] for name, high in zip(FUNCTIONS, limits, strict=True)}
    narrow = small(4, size_limits=shape)
    evolution = Evolution(narrow, tasks())
    island = compute_job(evolution, job(evals=40)).island
    sizes = home().population.sizes
    short = (sizes.sum(axis=1) <= room(narrow)) & (sizes <= np.array(limits)).all(axis=1)
    assert 0 < short.sum() < 20
    came_to = compute_job(evolution, job(island, 0, migrants=leaving(home(), range(20))))
    assert came_to.migrants == short.sum()


def test_migrants_have_children() -> None:
    """Migrants of larger genomes have children, with the migrants' numbers as parents."""
    sizes = {"setup": 2, "predict": 2, "learn": 8}
    narrow = small(4, {"mutations": ["alter_param"]}, sizes=sizes, initial="random")
    assert room(narrow) < room(settings())
    migrants = leaving(home(), range(20))
    migrants.fitnesses[:] += 1.0
    came_to = compute_job(Evolution(narrow, tasks()), job(lived(narrow, 40), 15, migrants=migrants))
    assert came_to.migrants > 0
    assert came_to.island.best_fitness > 1.0
    parents = came_to.island.population.lineage["parent"]
    assert set(parents.tolist()) & set(migrants.lineage["id"].tolist())


def test_migrants_keep_the_number_of_their_island() -> None:
    """Migrants keep their numbers, with the island of origin in the upper bits."""
    island = lived(settings(), 300, number=3)
    _, before, after = visit("plain", leaving(island), scored=False, evals=0)
    first = before.entered % 20
    assert (after.lineage["id"][first : first + 3] >> ISLAND_BITS).tolist() == [3, 3, 3]


def test_an_island_is_unchanged_by_migrants_that_leave() -> None:
    """Migrants are copies: changing them does not change the island that they left."""
    island: Island = lived(settings(), 100)
    before = bits(island)
    made = migrants_of(island.population, [1, 2])
    made.genomes[:] = -1
    made.fitnesses[:] = -1
    assert bits(island) == before
