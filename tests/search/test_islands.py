"""Islands: a round is a function of its job, and an island's history is that of a search."""

from itertools import pairwise
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from search.living import KINDS, Step, bits, content, job, leaving, lived, of_best, rises, settings, steps
from search.making import flat, history, small, tasks

from azc.search import Evolution, Params, start
from azc.search import islands as module
from azc.search.initial_state import EVALUATION, ISLAND_BITS
from azc.search.islands import Best, Island, Job, begin, best_of_island, compute_job


def outcome(chosen: Params, evolution: Evolution | None = None, **given: Any) -> dict[str, Any]:
    """All bits of a round's outcome."""
    return content(compute_job(evolution or Evolution(chosen, tasks()), job(**given)))


def visited(kind: str) -> tuple[Params, Job]:
    """A round with migrants, in the middle of an island's history."""
    chosen = settings(kind)
    others = leaving(lived(settings(kind, seed=2), 60), range(5))
    return chosen, job(lived(chosen, 140), migrants=others)


# --- a function of its job ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_round_is_a_function_of_its_job(kind: str) -> None:
    """A round computed again, or in an Evolution used before, has the same outcome."""
    chosen, given = visited(kind)
    used = Evolution(chosen, tasks())
    used.advance(start(chosen, 7), 2500)
    first = content(compute_job(Evolution(chosen, tasks()), given))
    assert content(compute_job(used, given)) == first
    assert content(compute_job(used, given)) == first


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("evals", [12, 130])
def test_a_first_round_is_a_function_of_its_job(kind: str, evals: int) -> None:
    """A first round has the same outcome in an Evolution used before, with a full population or not."""
    chosen = settings(kind)
    used = Evolution(chosen, tasks())
    used.advance(start(chosen, 7), 2500)
    assert outcome(chosen, used, evals=evals) == outcome(chosen, evals=evals)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seconds", [1e-9, 0.002, 1e9])
def test_a_round_does_not_depend_on_its_slices(
    kind: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The length of slices does not change a round's outcome."""
    chosen, given = visited(kind)
    expected = content(compute_job(Evolution(chosen, tasks()), given))
    monkeypatch.setattr(module, "SLICE_SECONDS", seconds)
    assert content(compute_job(Evolution(chosen, tasks()), given)) == expected


@pytest.mark.parametrize("kind", ["plain", "everything"])
@pytest.mark.parametrize("scored", [True, False])
def test_a_round_leaves_its_job_unchanged(kind: str, scored: bool) -> None:
    """A round changes neither the island nor the migrants of its job."""
    chosen, given = visited(kind)
    given = attrs.evolve(given, scored=scored)
    assert given.island is not None
    assert given.migrants is not None
    before = bits(given.island), [array.tobytes() for array in given.migrants]
    came_to = compute_job(Evolution(chosen, tasks()), given)
    assert (bits(given.island), [array.tobytes() for array in given.migrants]) == before
    assert bits(came_to.island) != before[0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_program_of_a_round_is_counted_once(kind: str) -> None:
    """Evaluations and cache hits of a round add up to the programs scored, migrants aside."""
    chosen, given = visited(kind)
    assert given.island is not None
    given = attrs.evolve(given, scored=False)
    came_to = compute_job(Evolution(chosen, tasks()), given)
    ways = [came_to.counts[name] for name in ("evaluated", "exact_hits", "functional_hits")]
    assert sum(ways) == came_to.island.evals - given.island.evals
    assert came_to.migrants == 5


# --- a search's history ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "restart_after" not in KINDS[kind]])
def test_an_island_alone_is_a_search(kind: str) -> None:
    """A round of island 0 equals an advance of a single search."""
    chosen = settings(kind)
    island = lived(chosen, 400)
    assert flat(island.population) == flat(Evolution(chosen, tasks()).advance(start(chosen), 400))
    assert (island.experiment, island.before) == (1, 0)


@examples(max_examples=20)
@given(
    st.sampled_from(["plain", "hurdle", "restarts"]),
    st.lists(st.integers(1, 120), min_size=1, max_size=6),
    st.integers(0, 3),
)
def test_rounds_may_be_of_any_length(kind: str, lengths: list[int], number: int) -> None:
    """Lengths of rounds do not change the history of an island without migrants."""
    chosen = settings(kind)
    evolution = Evolution(chosen, tasks())
    expected = compute_job(evolution, job(evals=sum(lengths), number=number))
    island, improvements, ended = None, list[Any](), list[Any]()
    for evals in lengths:
        came_to = compute_job(evolution, job(island, evals, number))
        island = came_to.island
        improvements += came_to.improvements
        ended += came_to.ended
    assert island is not None
    assert bits(island) == bits(expected.island)
    assert [*map(of_best, improvements)] == [*map(of_best, expected.improvements)]
    assert [*map(of_best, ended)] == [*map(of_best, expected.ended)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", [0, 3])
def test_a_history_is_that_of_its_steps(kind: str, number: int) -> None:
    """A round ends in the state of a history in single steps, restarts included."""
    chosen = settings(kind)
    came_to = compute_job(Evolution(chosen, tasks()), job(evals=350, number=number))
    by_the_book = [*steps(chosen, 350, number)]
    last = by_the_book[-1]
    assert flat(came_to.island.population) == flat(last.after)
    assert came_to.island.experiment == last.experiment
    assert came_to.island.experiment == (
        1 if chosen.island.restart_after is None else -(-350 // chosen.island.restart_after)
    )


def ends_of_experiments(by_the_book: list[Step]) -> list[Step]:
    """The last steps of the experiments that ended."""
    return [a for a, b in pairwise(by_the_book) if a.experiment != b.experiment]


@pytest.mark.parametrize("kind", ["restarts", "everything"])
def test_experiments_end_with_their_bests(kind: str) -> None:
    """An outcome has the best program of each experiment that ended, in order."""
    chosen = settings(kind)
    came_to = compute_job(Evolution(chosen, tasks()), job(evals=400))
    ends = ends_of_experiments([*steps(chosen, 400)])
    assert [best.experiment for best in came_to.ended] == [step.experiment for step in ends] != []
    for best, step in zip(came_to.ended, ends, strict=True):
        assert best.fitness == step.after.best_fitness
        assert best.genome.tobytes() == step.after.best_genome.tobytes()
        assert best.lineage.tobytes() == step.after.best_lineage.tobytes()


def test_an_experiment_begins_like_one_that_is_started() -> None:
    """A second experiment equals a start with its number, with counts continued from the first."""
    chosen = settings("restarts")
    island = lived(chosen, 150, number=2)
    first = Evolution(chosen, tasks()).advance(start(chosen, 1, island=2), 90)
    second = start(chosen, 2, island=2, before=90, record=first.record)
    second.paid[:] = first.paid
    assert flat(island.population) == flat(Evolution(chosen, tasks()).advance(second, 60))
    assert (island.evals, island.before, island.experiment) == (150, 90, 2)
    assert island.record >= island.best_fitness


def test_an_experiment_begins_with_the_next_round() -> None:
    """An experiment that ends with its round is replaced at the beginning of the next round."""
    chosen = settings("restarts")
    evolution = Evolution(chosen, tasks())
    first = compute_job(evolution, job(evals=90))
    assert (first.island.experiment, first.ended) == (1, ())
    second = compute_job(evolution, job(first.island, evals=1))
    assert (second.island.experiment, second.island.population.evals) == (2, 1)
    assert [best.fitness for best in second.ended] == [first.island.best_fitness]


# --- improvements ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_improvements_are_the_records(kind: str) -> None:
    """Improvements are exactly the programs better than all before, earlier experiments included."""
    found = 0
    for number in range(4):
        chosen = settings(kind, seed=3 + number)
        came_to = compute_job(Evolution(chosen, tasks()), job(evals=500, number=number))
        records = [step for step in steps(chosen, 500, number) if step.record]
        assert rises([best.fitness for best in came_to.improvements])
        assert [best.fitness for best in came_to.improvements] == [s.after.best_fitness for s in records]
        for best, step in zip(came_to.improvements, records, strict=True):
            assert_found(best, step, number)
        found += len(records)
    assert found > 6


def assert_found(best: Best, step: Step, number: int) -> None:
    """Assert that a program found is the best of its step, with its island and evaluation number."""
    after = step.after
    for array, expected in (
        (best.genome, after.best_genome),
        (best.sizes, after.best_sizes),
        (best.lineage, after.best_lineage),
    ):
        assert array.tobytes() == expected.tobytes()
    before = int(after.progress["origin"][0]) & EVALUATION
    assert best.experiment == step.experiment
    assert best.lineage["id"][0] >> ISLAND_BITS == number
    assert before + step.before.evals < best.lineage["id"][0] & EVALUATION <= before + after.evals


def test_a_migrant_is_no_improvement() -> None:
    """A better migrant raises the record but is no improvement."""
    chosen = settings()
    island = lived(chosen, 30)
    others = lived(settings(seed=2), 2000)
    best = int(others.population.fitnesses.argmax())
    assert others.population.fitnesses[best] > island.record
    came_to = compute_job(Evolution(chosen, tasks()), job(island, 1, migrants=leaving(others, [best])))
    assert came_to.improvements == ()
    assert came_to.island.record == came_to.island.best_fitness == others.population.fitnesses[best]


# --- what ends a round ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0, 1, 19, 20, 23, 101, 250])
def test_an_island_scores_its_share_exactly(kind: str, share: int) -> None:
    """An island scores exactly its share, and nothing in later rounds."""
    chosen = settings(kind)
    evolution, island = Evolution(chosen, tasks()), None
    for _ in range(6):
        came_to = compute_job(evolution, job(island, 60, share=share))
        island = came_to.island
    assert island is not None
    assert island.evals == share
    after = compute_job(evolution, job(island, 60, share=share))
    assert bits(after.island) == bits(island)
    assert (after.improvements, after.ended) == ((), ())


@pytest.mark.parametrize(("size", "evals", "scored"), [(1, 33, 33), (7, 33, 34), (7, 34, 34), (50, 21, 70)])
def test_the_last_offspring_are_all_scored(size: int, evals: int, scored: int) -> None:
    """A round scores all of its last offspring."""
    assert lived(settings(n_offspring=size), evals).evals == scored


def test_offspring_end_with_their_experiment() -> None:
    """Experiments have exactly `restart_after` programs, with several offspring too."""
    island = lived(settings(n_offspring=7, restart_after=45), 200)
    assert (island.experiment, island.before) == (5, 180)


@pytest.mark.parametrize("size", [1, 6])
def test_a_new_best_at_the_target_ends_a_round(size: int) -> None:
    """A new best that reaches the target ends a round; the next round continues after it."""
    plain = compute_job(Evolution(settings(), tasks()), job(evals=1500))
    target = plain.improvements[-2].fitness
    chosen = settings(n_offspring=size, target_fitness=target)
    evolution, island, ends = Evolution(chosen, tasks()), None, list[Island]()
    for _ in range(8):
        island = compute_job(evolution, job(island, 1500)).island
        ends.append(island)
    assert ends[0].best_fitness >= target
    assert ends[0].evals < 1500
    assert best_of_island(ends[0]).lineage["id"][0] > ends[0].evals - size
    # After the target is reached, only a better program ends a round.
    for before, after in pairwise(ends):
        assert after.evals - before.evals >= 1500 or after.best_fitness > before.best_fitness


def test_the_target_ends_rounds_of_later_experiments_too() -> None:
    """In a later experiment, a best that reaches the target ends a round without being an improvement."""
    chosen = settings(restart_after=30, target_fitness=0.0)
    evolution = Evolution(chosen, tasks())
    first = compute_job(evolution, job(evals=29)).island
    while first.evals < 30:
        first = compute_job(evolution, job(first, 30 - first.evals)).island
    second = compute_job(evolution, job(first, 30))
    assert (second.island.experiment, second.island.population.evals) == (2, 1)
    assert second.improvements == ()


# --- islands --------------------------------------------------------------------------------------------


def test_islands_of_one_seed_differ() -> None:
    """Islands draw different random numbers; those of island 0 are those of a single search."""
    chosen = small(1, initial="random")
    words = [begin(chosen, number).population.generator.tobytes() for number in range(50)]
    assert len(set(words)) == 50
    assert words[0] == start(chosen).generator.tobytes()
    other_seed = attrs.evolve(chosen, run=attrs.evolve(chosen.run, seed=2))
    other = [begin(other_seed, number).population.generator.tobytes() for number in range(50)]
    assert not set(words) & set(other)


def test_an_island_begins_empty() -> None:
    """A new island has no programs, no best and no record."""
    island = begin(settings(), 3)
    assert (island.evals, island.best_fitness, island.record) == (0, -np.inf, -np.inf)
    assert best_of_island(island).fitness == -np.inf


def test_a_round_equals_several_advances() -> None:
    """A round of an island equals several advances of a search."""
    chosen = settings()
    expected = history(chosen, Evolution(chosen, tasks()), [100, 30, 170])
    island = lived(chosen, 300)
    assert flat(island.population) == flat(expected)
