"""Strategies: how children are made."""

import pytest
from search.making import SMALL, history, key, length, params, small, tasks

from azc.errors import AzcError
from azc.language import parse
from azc.search import STRATEGIES, Evolution, Params, Search


def settings(strategy: str, **search: object) -> Params:
    """A small search by a strategy."""
    return params(search={**SMALL, "strategy": strategy, **search}, initial="linear")


def test_random_search_has_no_parents() -> None:
    """Random search makes every program like those of the first population, whatever their fitness."""
    search = Search(
        params(search={**SMALL, "strategy": "random_search"}, initial="random", sizes={"learn": 3})
    )
    for _ in range(5):
        asked = search.ask(20)
        assert {tuple(map(len, program.functions)) for program in asked} == {(0, 0, 3)}
        assert len(set(asked)) == 20
        search.tell(asked, map_length(asked))


def test_random_search_keeps_functions_without_operations() -> None:
    """Setup and Predict are the first program's where only Learn has operations; Learn is random."""
    given = parse(
        "def Setup():\n  s2 = 0.25\ndef Predict():\n  s1 = dot(v0, v1)\ndef Learn():\n  v1 = v0 + v1"
    )
    search = Search(
        params(
            search={**SMALL, "strategy": "random_search"},
            initial=(given,),
            sizes={"learn": 3},
            setup_ops=(),
            predict_ops=(),
        )
    )
    asked = search.ask(50)
    assert {program["Setup"] for program in asked} == {given["Setup"]}
    assert {program["Predict"] for program in asked} == {given["Predict"]}
    assert {len(program["Learn"]) for program in asked} == {3}
    assert len({program["Learn"] for program in asked}) == 50


def map_length(programs: list) -> list[float]:
    """Fitnesses of programs."""
    return [length(program) for program in programs]


def test_live_evolution_changes_live_code() -> None:
    """Live evolution changes a mutated child's live code; regularized evolution often does not."""
    shares = {}
    for strategy in ("regularized_evolution", "live_evolution"):
        chosen = settings(strategy, mutate_prob=1.0)
        search = Search(chosen)
        (parent,) = search.ask()
        search.tell([parent] * 20, [0.5] * 20)
        own = key(chosen, parent)
        shares[strategy] = sum(key(chosen, child) == own for child in search.ask(300))
    assert shares["live_evolution"] <= 3
    assert shares["regularized_evolution"] > 30


def test_live_evolution_copies_a_parent_without_mutation() -> None:
    """Without mutation, a child of live evolution equals its parent."""
    search = Search(settings("live_evolution", mutate_prob=0.0))
    (parent,) = search.ask()
    search.tell([parent] * 20, [0.5] * 20)
    assert set(search.ask(100)) == {parent}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_searches(strategy: str) -> None:
    """Every strategy scores the requested number of programs, and has one history for a seed."""
    more = {"initial": "random", "sizes": {"setup": 2, "predict": 2, "learn": 4}}
    chosen = small(2, {"strategy": strategy}, **more)
    states = [history(chosen, Evolution(chosen, tasks()), [500]) for _ in range(2)]
    assert states[0].evals == 500
    assert states[0].genomes.tobytes() == states[1].genomes.tobytes()
    assert states[0].best_fitness >= states[0].fitnesses.max()


def test_random_search_needs_random_programs() -> None:
    """Random search without random first programs is an error with the remedy."""
    with pytest.raises(
        AzcError, match=r'search\.strategy: random_search .* expected program.initial = "random"'
    ):
        params(search={"strategy": "random_search"}, initial="empty")
