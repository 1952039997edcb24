"""Races: children that do worse than their parents on the first examples are not evaluated further."""

import math
from typing import Any

import attrs
import numpy as np
import pytest
from search.making import LINEAR_OPS, flat, task

from azc.errors import AzcError
from azc.evaluation import Evaluator
from azc.search import Evolution, Params, State, load_config, parameters, start
from azc.search.checks import Race
from azc.search.engine.state import Offspring
from azc.search.migration import migrants_of
from azc.search.space import coding_of
from azc.search.verifier import faults
from azc.tasks import Task

RACE = {"train": 0.5, "valid": 0.5, "margin": 0.01}


def racing(seed: int = 1, race: Any = RACE, **search: Any) -> Params:
    """A search in bins whose children race."""
    shape = {
        "addresses": {"scalars": 5, "vectors": 4, "matrices": 1},
        "ops": LINEAR_OPS,
        "size_limits": {"setup": [0, 4], "predict": [0, 5], "learn": [0, 8]},
    }
    table = {"strategy": "size_bins", "bin_size": 8, "target_fitness": 2.0, "seed": seed, "race": race}
    return parameters(table | search, shape, "RMS_ERROR")


def long_tasks(n_train: int = 400) -> list[Any]:
    """Tasks with enough examples for a race."""
    return [task(seed, train=n_train, valid=40) for seed in range(3)]


def first_examples(whole: Task, train: int, valid: int) -> Task:
    """A task with the first examples of another."""
    return attrs.evolve(
        whole,
        train_x=whole.train_x[:train],
        train_y=whole.train_y[:train],
        valid_x=whole.valid_x[:valid],
        valid_y=whole.valid_y[:valid],
    )


def evolved(chosen: Params, *evals: int, tasks: list[Any] | None = None) -> tuple[State, Evolution]:
    """The state after several advances, and the evolution."""
    evolution, state = Evolution(chosen, tasks or long_tasks()), start(chosen)
    for n in evals:
        state = evolution.advance(state, n, math.inf, sum(evals))
    return state, evolution


def test_losers_are_not_evaluated_further() -> None:
    """In a race fewer programs see all examples, and every individual has the fitness on all of them."""
    state, evolution = evolved(racing(), 3000)
    counts = evolution.counts
    assert counts["stopped_at_hurdle"] > 300
    assert counts["evaluated"] + counts["exact_hits"] + counts["functional_hits"] == 3000
    coding, judge = coding_of(racing().program), Evaluator(long_tasks())
    for slot in range(0, state.alive, 5):
        program = coding.unpack(state.genomes[slot], state.sizes[slot])
        assert state.fitnesses[slot] == judge.fitness(program)
    assert not [*faults(state, racing(), 4)]


def test_individuals_keep_their_fitness_on_the_first_examples() -> None:
    """What a race compares is the fitness on the first half of the examples."""
    state, _ = evolved(racing(), 1500)
    judge = Evaluator([first_examples(one, 200, 20) for one in long_tasks()])
    coding = coding_of(racing().program)
    for slot in range(0, state.alive, 5):
        assert state.early[slot] == judge.fitness(coding.unpack(state.genomes[slot], state.sizes[slot]))


def test_a_margin_of_one_stops_nobody() -> None:
    """With a margin that no child can miss, the history is that without a race."""
    wide, evolution = evolved(racing(race={**RACE, "margin": 1.0}), 1200)
    assert evolution.counts["stopped_at_hurdle"] == 0
    none, _ = evolved(racing(race=False), 1200)
    assert flat(wide._replace(early=none.early)) == flat(none)


@pytest.mark.parametrize("more", [{}, {"functional_cache": True}, {"exact_cache": False}], ids=str)
def test_the_history_does_not_depend_on_the_division(more: dict[str, Any]) -> None:
    """A search with a race has one history, however it is divided, with and without the exact cache."""
    chosen = racing(**more)
    whole, _ = evolved(chosen, 1000)
    assert flat(evolved(chosen, 1, 400, 599)[0]) == flat(whole)


@pytest.mark.parametrize("seed", range(8, 13))
def test_the_exact_cache_changes_no_race(seed: int) -> None:
    """A program that lost no race against its former parent may lose one against another: cached or not."""
    without, _ = evolved(racing(seed=seed, exact_cache=False), 1000)
    assert flat(evolved(racing(seed=seed), 1000)[0]) == flat(without)


def test_migrants_run_the_whole_race() -> None:
    """A migrant that is scored again gets both of its fitnesses, though its parent is unknown."""
    state, evolution = evolved(racing(), 600)
    migrants = migrants_of(evolved(racing(seed=2), 600)[0], range(10))
    wiped = Offspring(**{**migrants._asdict(), "fitnesses": np.zeros(10), "early": np.full(10, 0.99)})
    after, _ = evolved(racing(), 600)
    for array in (*after[:-1], *after.hurdle):
        array.setflags(write=True)
    evolution.score(after, wiped)
    assert wiped.fitnesses.tobytes() == migrants.fitnesses.tobytes()
    assert wiped.early.tobytes() == migrants.early.tobytes()
    assert state.evals == after.evals


def test_there_is_no_race_on_few_examples() -> None:
    """Below 100 first training examples nobody is stopped."""
    for n_train, races in ((198, False), (200, True)):
        _, evolution = evolved(racing(), 1500, tasks=long_tasks(n_train))
        assert (evolution.counts["stopped_at_hurdle"] > 0) == races


def test_only_some_searches_race() -> None:
    """`size_bins` races unless the configuration says otherwise or has a hurdle; rings never do."""
    plain, ring = {"strategy": "size_bins"}, {"strategy": "regularized_evolution"}
    assert parameters(plain, {}, "RMS_ERROR").island.race == Race()
    assert parameters({**plain, "race": False}, {}, "RMS_ERROR").island.race is None
    assert parameters({**plain, "race": True}, {}, "RMS_ERROR").island.race == Race()
    for table in ({**plain, "hurdle": {"train": 5}, "race": {}}, {**ring, "race": {"margin": 0.1}}, ring):
        assert parameters(table, {}, "RMS_ERROR").island.race is None
    with pytest.raises(AzcError, match=r"search\.race: margin: expected a number of at least 0"):
        parameters({**plain, "race": {"margin": -1}}, {}, "RMS_ERROR")


@pytest.mark.parametrize("race", ["false", "{margin = 0.1}"])
def test_a_complete_configuration_keeps_the_race(race: str) -> None:
    """A complete configuration says whether there is a race."""
    words = ["search.strategy=size_bins", f"search.race={race}"]
    config = load_config("examples/original/linear_regression.toml", words)
    table = {"strategy": "size_bins", "race": config.tables["search"]["race"]}
    assert parameters(table, {}, "RMS_ERROR").island.race == config.params.island.race
