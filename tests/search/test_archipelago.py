"""Archipelagos: topologies, kinds, shares, lengths of rounds, and independence of their order."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from search.living import alike, content, settings
from search.making import flat, small, task, tasks

from azc.search import Evolution, start
from azc.search.archipelago import TOPOLOGIES, Archipelago, default_round_evals
from azc.search.bench import ENDLESS
from azc.search.checks import TOPOLOGIES as NAMES
from azc.search.initial_state import ISLAND_BITS
from azc.search.island_kinds import Kind
from azc.search.islands import Island, Outcome, compute_job

SIZES = st.integers(2, 40)
SEEDS = st.integers(0, 2**64 - 1)
ROUNDS = st.integers(2, 10_000)


def kinds(*counts: int, **search: Any) -> tuple[Kind, ...]:
    """Kinds with these counts of islands."""
    return tuple(Kind(settings(n_islands=sum(counts), **search), "search", count) for count in counts)


# --- topologies -----------------------------------------------------------------------------------------


def test_topologies_are_those_of_the_configuration() -> None:
    """Every value of the key `topology` has a function."""
    assert tuple(TOPOLOGIES) == NAMES


@given(SIZES, SEEDS, ROUNDS)
def test_sources_are_other_islands(size: int, seed: int, round_number: int) -> None:
    """Sources are other existing islands, without repetition."""
    for function in TOPOLOGIES.values():
        for number in range(size):
            sources = function(number, size, seed, round_number)
            assert number not in sources
            assert set(sources) <= set(range(size))
            assert len(set(sources)) == len(sources)


@given(SIZES, SEEDS, ROUNDS)
def test_sources_by_topology(size: int, seed: int, round_number: int) -> None:
    """Sources are the previous island in `ring`, all others in `full`, one in `random`, none in `none`."""
    by = {name: [f(n, size, seed, round_number) for n in range(size)] for name, f in TOPOLOGIES.items()}
    assert by["ring"] == [[size - 1], *([n] for n in range(size - 1))]
    assert all(len(sources) == size - 1 for sources in by["full"])
    assert not any(by["none"])
    assert all(len(sources) == 1 for sources in by["random"])


def test_random_sources_are_uniform() -> None:
    """Random sources are uniform over the other islands and depend on the seed."""
    drawn = [TOPOLOGIES["random"](2, 6, 7, round_number)[0] for round_number in range(1, 4001)]
    assert all(abs(drawn.count(other) - 800) <= 5 * np.sqrt(800) for other in (0, 1, 3, 4, 5))
    again = [TOPOLOGIES["random"](2, 6, 8, round_number)[0] for round_number in range(1, 4001)]
    assert drawn != again


def test_no_sources_in_the_first_round() -> None:
    """The first round, a single island and `n_migrants = 0` have no sources."""
    assert alike(settings(), 3).sources(1, 1) == []
    assert alike(settings(), 3).sources(1, 2) == [0]
    assert alike(settings(), 1, topology="full").sources(0, 2) == []
    assert alike(settings(), 3, n_migrants=0).sources(1, 2) == []


# --- kinds and shares -----------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 5), min_size=1, max_size=5))
def test_islands_have_kinds_in_order(counts: list[int]) -> None:
    """Islands are numbered kind by kind, with each kind's count."""
    archipelago = Archipelago(kinds(*counts))
    assert archipelago.size == sum(counts)
    found = [archipelago.kind_of(number) for number in range(archipelago.size)]
    assert found == [index for index, count in enumerate(counts) for _ in range(count)]
    with pytest.raises(IndexError):
        archipelago.kind_of(archipelago.size)


@given(st.integers(1, 30), st.integers(1, 10**9))
def test_shares_sum_to_max_evals(size: int, most: int) -> None:
    """Shares sum to `max_evals` and differ by at most one program."""
    archipelago = alike(settings(), size, max_evals=most)
    shares = [archipelago.share(number) for number in range(size)]
    assert sum(share for share in shares if share is not None) == most
    assert max(shares, key=int) - min(shares, key=int) <= 1


def test_without_a_limit_there_are_no_shares() -> None:
    """Without `max_evals`, islands have no share and their jobs no limit."""
    archipelago = alike(settings(), 3)
    assert archipelago.share(1) is None
    assert archipelago.job(1, 1, {}, 10).share == ENDLESS


def test_more_islands_than_programs() -> None:
    """With more islands than programs, the first islands score one each, the others none."""
    archipelago = alike(settings(), 4, max_evals=2)
    assert run(archipelago, 2, [0, 1, 2, 3])[-1] == [1, 1, 0, 0]


# --- length of a round ---------------------------------------------------------------------------------

SHAPES = st.tuples(st.integers(1, 60), st.integers(1, 60), st.integers(1, 30), st.integers(1, 50))


@examples(max_examples=40)
@given(st.lists(SHAPES, min_size=1, max_size=4))
def test_more_tasks_make_rounds_shorter(shapes: list[tuple[int, ...]]) -> None:
    """A default round has 10 to 100,000 programs, two significant digits, and no more with more tasks."""
    made = [task(0, f, train, valid, epochs=epochs) for train, valid, f, epochs in shapes]
    evals = [default_round_evals(made[:n]) for n in range(1, len(made) + 1)]
    assert evals == sorted(evals, reverse=True)
    for n in evals:
        assert 10 <= n <= 100_000
        assert str(n).rstrip("0") == str(n)[: len(str(n).rstrip("0"))]
        assert len(str(n).rstrip("0")) <= 2


def test_rounds_have_bounds() -> None:
    """A minimal task gives the longest default round, a huge one the shortest."""
    for connected in (False, True):
        assert default_round_evals([task(0, 1, 1, 1)], connected=connected) == 100_000
    assert default_round_evals([task(0, 100, 5000, 10, epochs=1000)]) == 10


def test_matrices_make_rounds_shorter() -> None:
    """Matrix operations make default rounds shorter, more so with more features."""
    tasks = [[task(0, features, 1000, 100)] for features in (1, 16, 160)]
    shorter = [default_round_evals(made) / default_round_evals(made, matrices=True) for made in tasks]
    assert shorter == sorted(shorter)
    assert shorter[0] < 1.5
    assert shorter[2] > 5


def test_connected_mutations_make_rounds_shorter() -> None:
    """Where nearly every child computes something new, default rounds are a quarter as long."""
    made = [task(0, 4, 1000, 100)] * 80
    assert 0.23 < default_round_evals(made, connected=True) / default_round_evals(made) < 0.27


# --- order ----------------------------------------------------------------------------------------------


def outcomes(
    archipelago: Archipelago, rounds: int, order: list[int], evals: int = 60
) -> dict[tuple[int, int], Outcome]:
    """Outcomes of all rounds of all islands; `order` chooses which computable round comes next."""
    evolutions = [Evolution(kind.params, tasks()) for kind in archipelago.kinds]
    states = [dict[int, Island]() for _ in range(rounds + 1)]
    found, turn = dict[tuple[int, int], Outcome](), 0
    left = {
        (round_number, number) for round_number in range(1, rounds + 1) for number in range(archipelago.size)
    }
    while left:
        able = sorted(
            (round_number, number)
            for round_number, number in left
            if round_number == 1
            or {number, *archipelago.sources(number, round_number)} <= states[round_number - 1].keys()
        )
        round_number, number = able[order[turn % len(order)] % len(able)]
        turn += 1
        given = archipelago.job(number, round_number, states[round_number - 1], evals)
        found[round_number, number] = compute_job(evolutions[archipelago.kind_of(number)], given)
        states[round_number][number] = found[round_number, number].island
        left.remove((round_number, number))
    return found


def run(archipelago: Archipelago, rounds: int, order: list[int]) -> list[list[int]]:
    """Number of programs that each island had scored after each round."""
    found = outcomes(archipelago, rounds, order)
    numbers = range(archipelago.size)
    return [[found[round_number, n].island.evals for n in numbers] for round_number in range(1, rounds + 1)]


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_order_does_not_matter(topology: str) -> None:
    """The order in which rounds are computed changes no bit of any outcome."""
    archipelago = Archipelago(kinds(2, 2, topology=topology, n_migrants=2, restart_after=130))
    first = outcomes(archipelago, 4, [0])
    for order in ([7, 3, 1, 12, 5], [100], np.random.default_rng(0).integers(0, 100, 50).tolist()):
        again = outcomes(archipelago, 4, order)
        assert all(content(again[key]) == content(first[key]) for key in first)


def test_islands_differ_and_mix() -> None:
    """Islands get different populations, and migrants from the second round on."""
    found = outcomes(alike(settings(n_migrants=4), 3, topology="full"), 3, [0])
    populations = {found[3, n].island.population.genomes.tobytes() for n in range(3)}
    assert len(populations) == 3
    assert set(found[1, 0].island.population.lineage["id"] >> ISLAND_BITS) == {0}
    assert [found[round_number, 0].migrants for round_number in (1, 2, 3)] == [0, 8, 8]


def test_migrants_arrive_from_every_source() -> None:
    """Migrants of each source enter a population, and stay until children replace them."""
    # Populations of 20 are full, and first send migrants, after two rounds of 10 programs.
    found = outcomes(alike(settings(n_migrants=4), 3, topology="full"), 3, [0], evals=10)
    for number in range(3):
        ids = found[3, number].island.population.lineage["id"]
        expected = {source: 12 if source == number else 4 for source in range(3)}
        assert Counter((ids >> ISLAND_BITS).tolist()) == expected


def test_the_first_island_alone_is_the_single_search() -> None:
    """Without migration, island 0 ends in the state of a single search."""
    chosen = settings(topology="none")
    found = outcomes(alike(chosen, 3), 4, [0])
    expected = Evolution(chosen, tasks()).advance(start(chosen), 240)
    assert flat(found[4, 0].island.population) == flat(expected)


def test_islands_begin_with_different_random_programs() -> None:
    """Random first populations differ between islands."""
    chosen = small(1, initial="random", sizes={"setup": 3, "predict": 3, "learn": 3})
    found = outcomes(alike(chosen, 4), 1, [0], evals=20)
    assert len({found[1, n].island.population.genomes.tobytes() for n in range(4)}) == 4
