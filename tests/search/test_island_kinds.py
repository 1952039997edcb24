"""Islands in configurations: their number, kinds and migration, and errors."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from search.making import TASKS_TABLE, params

from azc.errors import AzcError
from azc.search import SEARCH, Config, default_config, load_config
from azc.search.checks import ISLANDS, WHOLE_RUN
from azc.search.island_kinds import counts
from azc.tasks import Task

GOOD = (
    """
[search]
n_islands = 8
population_size = 40
tournament_size = 5
"""
    + TASKS_TABLE
)


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """Reads a configuration of the tables above and some of islands."""

    def read(islands: str = "", overrides: tuple[str, ...] = (), seed: int | None = None) -> Config:
        path = tmp_path / "search.toml"
        path.write_text(GOOD + islands)
        return load_config(path, overrides, seed)

    return read


# --- keys of the run ------------------------------------------------------------------------------------


def test_islands_have_defaults() -> None:
    """The default is one island, a ring, three migrants, and no set length of rounds or patience."""
    run, limits = params().run, params().limits
    assert (run.n_islands, run.topology, run.n_migrants) == (1, "ring", 3)
    assert (run.round_evals, limits.patience) == (None, None)


def test_islands_are_configured(read: Any) -> None:
    """Number of islands, topology, migrants, length of rounds and patience can be configured."""
    config = read(
        overrides=(
            "search.topology=random",
            "search.n_migrants=0",
            "search.round_evals=500",
            "search.patience=100000",
        )
    )
    run, limits = config.params.run, config.params.limits
    assert (run.n_islands, run.topology, run.n_migrants) == (8, "random", 0)
    assert (run.round_evals, limits.patience) == (500, 100_000)


FAULTS = {
    "search.n_islands=0": r"search\.n_islands: expected a whole number from 1 to 1048576, but it is 0",
    "search.n_islands=1048577": r"search\.n_islands: expected a whole number from 1 to 1048576",
    "search.n_islands=many": r"search\.n_islands: expected a whole number .* it is 'many'",
    "search.topology=rign": r"search\.topology: expected a word, but it is 'rign'; the nearest is 'ring'",
    "search.topology=star": r"search\.topology: expected a word, .*; there are ring, random, full, none",
    "search.n_migrants=-1": r"search\.n_migrants: expected a whole number of at least 0, but it is -1",
    "search.n_migrants=1.5": r"search\.n_migrants: expected a whole number of at least 0, but it is 1\.5",
    "search.n_migrants=41": r"search\.n_migrants: 41 from each of 1 islands are more than a population of 40",
    "search.patience=0": r"search\.patience: expected a whole number of at least 1, but it is 0",
    "search.round_evals=0": r"search\.round_evals: expected a whole number of at least 1, but it is 0",
    "search.round_evals=1e4": r"search\.round_evals: expected a whole number of at least 1, .* is 10000\.0",
    "search.migrants=3": r"search\.migrants: there is no such key; the nearest is 'n_migrants'",
    "islands.count=3": r"islands: expected tables \[\[islands\]\], but it is \{'count': 3\}",
}


@pytest.mark.parametrize("override", FAULTS)
def test_faults_say_what_was_expected(read: Any, override: str) -> None:
    """An error in a key of islands names the key and says what was expected."""
    with pytest.raises(AzcError, match=FAULTS[override]):
        read(overrides=(override,))


@pytest.mark.parametrize(
    ("topology", "migrants", "fine"),
    [("full", 5, True), ("full", 6, False), ("ring", 40, True), ("random", 40, True), ("none", 1000, True)],
)
def test_migrants_must_fit_the_population(read: Any, topology: str, migrants: int, fine: bool) -> None:
    """Migrants from all sources together must be no more than the population."""
    overrides = (f"search.topology={topology}", f"search.n_migrants={migrants}")
    if fine:
        assert read(overrides=overrides).params.run.n_migrants == migrants
        return
    with pytest.raises(AzcError, match=r'from each of 7 islands .* expected fewer, or topology = "random"'):
        read(overrides=overrides)


def test_a_single_island_takes_any_number_of_migrants() -> None:
    """A single island takes any `n_migrants`."""
    assert params(search={"n_migrants": 5000, "topology": "full"}).run.n_migrants == 5000


# --- kinds ----------------------------------------------------------------------------------------------


def test_islands_are_of_one_kind_by_default(read: Any) -> None:
    """Without tables [[islands]] there is one kind."""
    config = read()
    (kind,) = config.kinds
    assert (kind.params, kind.tasks, kind.count) == (config.params, "search", 8)


def test_tables_of_islands_change_keys_of_search(read: Any) -> None:
    """A table [[islands]] changes keys of [search] for its islands only."""
    config = read(
        """
[[islands]]
count = 2
mutate_prob = 0.5
mutations = {alter_param = 1.0}
population_size = 60

[[islands]]
share = 0.25
strategy = "live_evolution"
n_offspring = 10
hurdle = {train = 5}

[[islands]]
precision = "float32"
"""
    )
    assert [kind.count for kind in config.kinds] == [2, 2, 1, 3]
    assert {kind.tasks for kind in config.kinds} == {"search"}
    first, second, third, rest = (kind.params.island for kind in config.kinds)
    assert rest == config.params.island
    assert (first.mutate_prob, first.strategy.population_size, first.strategy.tournament_size) == (0.5, 60, 5)
    assert first.mutations == (("alter_param", 1.0),)
    assert (second.strategy.name, second.strategy.n_offspring, second.strategy.population_size) == (
        "live_evolution",
        10,
        40,
    )
    assert second.hurdle is not None
    assert second.hurdle.train == 5
    assert third.precision == "float32"
    for kind in config.kinds:
        assert (kind.params.run, kind.params.limits) == (config.params.run, config.params.limits)


def test_tables_may_cover_all_islands(read: Any) -> None:
    """Tables that cover all islands leave no kind with the keys of [search] alone."""
    config = read("[[islands]]\ncount = 5\n[[islands]]\ncount = 3\nmutate_prob = 1.0\n")
    assert [(kind.count, kind.params.island.mutate_prob) for kind in config.kinds] == [(5, 0.9), (3, 1.0)]


def test_a_given_seed_applies_to_every_kind(read: Any) -> None:
    """The argument `seed` applies to all kinds."""
    config = read("[[islands]]\nmutate_prob = 0.5\n", seed=11)
    assert {kind.params.run.seed for kind in config.kinds} == {11}


def test_a_kind_may_have_tasks_of_its_own(read: Any) -> None:
    """A kind's own tasks are [tasks.search] with changes, and with the same seed by default."""
    config = read(
        "[[islands]]\ncount = 3\ntasks = {tasks = 5}\n"
        "[[islands]]\ntasks = {features = 6, train = 20, seed = 9}\n"
    )
    assert [kind.tasks for kind in config.kinds] == ["islands[0].tasks", "islands[1].tasks", "search"]
    first, second, search = (config.tasks(kind.tasks) for kind in config.kinds)
    assert [len(first), len(second), len(search)] == [5, 2, 2]
    assert np.array_equal(first[0].train_x, search[0].train_x)
    assert second[0].train_x.shape == (20, 6)
    assert second[0].source.endswith("seed 9")


def test_tasks_of_another_kind_inherit_their_parameters(read: Any, tmp_path: Path) -> None:
    """Tasks of another kind inherit only those parameters of [tasks.search] that they have."""
    x, y = np.ones((7, 3)), np.zeros(7)
    np.savez(tmp_path / "mine.npz", train_x=x, train_y=y, valid_x=x, valid_y=y)
    own = 'tasks = {kind = "arrays", path = "mine.npz"}'
    config = read(f"[[islands]]\n{own}\n", ("tasks.search.epochs=2",))
    (task,) = config.tasks("islands[0].tasks")
    assert (task.n_train, task.features, task.epochs) == (7, 3, 2)


def test_tasks_of_a_kind_are_made_once(read: Any) -> None:
    """Tasks of a kind are made once."""
    config = read("[[islands]]\ntasks = {tasks = 5}\n")
    assert config.tasks("islands[0].tasks")[0] is config.tasks("islands[0].tasks")[0]


def test_given_tasks_have_islands_too() -> None:
    """Overrides give several islands to a search on given tasks, all of one kind."""
    made = [Task(np.ones((4, 3)), np.ones(4), np.ones((2, 3)), np.ones(2))]
    config = default_config(made, made, made, overrides=["search.n_islands=4", "search.topology=full"])
    assert [(kind.count, kind.tasks) for kind in config.kinds] == [(4, "search")]
    assert config.kinds[0].params == config.params
    assert {*config.tables} == {"search", "program"}


@given(st.lists(st.integers(1, 9) | st.floats(0, 1, exclude_min=True), max_size=5), st.integers(1, 1000))
def test_counts_and_shares_of_islands(wanted: list[int | float], n_islands: int) -> None:
    """Counts are exact, shares are rounded to at least one island, and the last kind is the rest."""
    tables = [{"count": one} if isinstance(one, int) else {"share": one} for one in wanted]
    expected = [one if isinstance(one, int) else max(1, round(one * n_islands)) for one in wanted]
    if sum(expected) > n_islands:
        with pytest.raises(AzcError, match=rf"islands: {sum(expected)} in all, but search.n_islands = "):
            counts(tables, n_islands)
    else:
        assert counts(tables, n_islands) == [*expected, n_islands - sum(expected)]


def test_every_key_of_search_is_of_a_kind_or_the_run() -> None:
    """Every key of [search] is either a key of [[islands]] or one of the run."""
    assert ISLANDS.keys() - {"count", "share", "tasks"} == SEARCH.keys() - WHOLE_RUN
    assert SEARCH.keys() >= WHOLE_RUN


KIND_FAULTS = {
    # a table of islands: what the message says
    "max_evals = 5": r"islands\[0\]\.max_evals: holds for the whole run; there are count, share, tasks, .*",
    "seed = 5": r"islands\[0\]\.seed: holds for the whole run",
    "mutate_prop = 0.5": r"islands\[0\]\.mutate_prop: there is no such key; the nearest is 'mutate_prob'",
    "initial = 'random'": r"islands\[0\]\.initial: there is no such key",
    "mutate_prob = 1.5": r"islands\[0\]\.mutate_prob: expected a number from 0\.0 to 1\.0, but it is 1\.5",
    "hurdle = {train = 0}": r"islands\[0\]\.hurdle: train: expected a whole number",
    "count = 0": r"islands\[0\]\.count: expected a whole number of at least 1, but it is 0",
    "count = 1.0": r"islands\[0\]\.count: expected a whole number of at least 1, but it is 1\.0",
    "share = 0": r"islands\[0\]\.share: expected a number above 0, but it is 0",
    "share = 1.5": r"islands\[0\]\.share: expected a number from 0\.0 to 1\.0, but it is 1\.5",
    "count = 2\nshare = 0.5": r"islands\[0\]: count and share; give one of them",
    "count = 9": r"islands: 9 in all, but search\.n_islands = 8; raise it",
    "share = 1.0\n[[islands]]": r"islands: 9 in all, but search\.n_islands = 8; raise it",
    "[[islands]]\ncount = -1": r"islands\[1\]\.count: expected a whole number",
    "tasks = 3": r"islands\[0\]\.tasks: expected a table like \{features = 8\}, but it is 3",
    "tasks = {featurs = 8}": r"islands\[0\]\.tasks: .*'featurs'; the nearest is 'features'",
    "tasks = {features = 0}": r"islands\[0\]\.tasks: features must be",
}


@pytest.mark.parametrize("table", KIND_FAULTS)
def test_faults_of_kinds_name_their_table(read: Any, tmp_path: Path, table: str) -> None:
    """An error in a table [[islands]] names the file, the table and the key."""
    with pytest.raises(AzcError, match=rf"{tmp_path}/search\.toml: {KIND_FAULTS[table]}"):
        read(f"[[islands]]\n{table}\n")


def test_islands_are_tables() -> None:
    """An entry of `islands` that is no table is an error."""
    with pytest.raises(AzcError, match=r"islands\[0\]: expected a table, but it is 'two'"):
        counts(["two"], 3)  # type: ignore[list-item]


def test_a_kind_with_a_population_smaller_than_its_migrants_is_an_error(read: Any) -> None:
    """A kind with a population smaller than its migrants is an error."""
    with pytest.raises(AzcError, match=r"n_migrants: 3 from each of 1 islands .* population of 2"):
        read("[[islands]]\npopulation_size = 2\n")


def test_missing_data_of_a_kind_name_its_table(tmp_path: Path) -> None:
    """Missing data of a kind's tasks are an error on request, with the name of its table."""
    np.savetxt(
        tmp_path / "here.csv", np.arange(60).reshape(20, 3), delimiter=",", header="a,b,y", comments=""
    )
    path = tmp_path / "search.toml"
    path.write_text(
        "[search]\nn_islands = 2\n[tasks.search]\nkind = 'table'\npath = 'here.csv'\ntarget = 'y'\n"
        "[[islands]]\ntasks = {kind = 'table', path = 'gone.csv', target = 'y'}\n"
    )
    config = load_config(path)
    config.tasks("search")
    with pytest.raises(AzcError, match=r"islands\[0\]\.tasks: .*gone\.csv"):
        config.tasks("islands[0].tasks")
