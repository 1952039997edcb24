"""Same seed, same history, same bits: searches of every kind give the recorded digests."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from runs.making import EXAMPLE, settings
from runs.normal_form import digest

from azc.runs import run_search
from azc.search import load_config

MUTATIONS = (
    '["alter_param", "randomize_instruction", "randomize_component_function", "insert_instruction", '
    '"remove_instruction", "trade_instruction", "identity"]'
)
FREE = {
    "program.initial": "empty",
    "program.sizes": "{setup = 1, predict = 1, learn = 1}",
    "program.size_limits": "{setup = [1, 6], predict = [1, 6], learn = [1, 10]}",
    "search.mutations": MUTATIONS,
}
"""Programs that grow and shrink, from empty ones."""
CLASSES = """
[search]
strategy = "regularized_evolution"
population_size = 40
tournament_size = 5
mutate_prob = 0.9
max_evals = 30000
round_evals = 4000
target_fitness = 2

[program]
initial = "empty"
addresses = {scalars = 4, vectors = 5, matrices = 2}
size_limits = {setup = [1, 5], predict = [1, 6], learn = [1, 10]}

[tasks.search]
kind = "table"
path = "table.csv"
target = "y"
"""
OWN_TASKS = """
[[islands]]
count = 1
population_size = 60
precision = "float32"

[[islands]]
count = 1
strategy = "random_search"
tasks = {features = 3}
"""


def example(folder: Path, islands: str = "", **changes: object) -> tuple[Path, list[str]]:
    """The small search of linear regression with other values, `table__key` for `table.key`."""
    path = folder / "search.toml"
    path.write_text(f"{EXAMPLE.read_text()}\n{islands}")
    return path, settings({name.replace("__", "."): value for name, value in changes.items()})


def classes(folder: Path, labels: Sequence[str], **changes: object) -> tuple[Path, list[str]]:
    """A search on a table with as many classes as there are labels."""
    rows = [f"{i * 37 % 101 / 50},{i * 53 % 97 / 40},{i * 11 % 89 / 30},{i % 7}" for i in range(120)]
    lines = [f"{row},{labels[i * 37 % 101 * len(labels) // 101]}" for i, row in enumerate(rows)]
    (folder / "table.csv").write_text("\n".join(["a,b,c,d,y", *lines]))
    path = folder / "search.toml"
    path.write_text(CLASSES)
    return path, [f"{name.replace('__', '.')}={value}" for name, value in changes.items()]


def free(**changes: object) -> dict[str, object]:
    """Programs that grow and shrink, and other changes."""
    return {**FREE, **changes}


CASES = {
    "regularized_evolution": lambda f: example(f, search__strategy="regularized_evolution"),
    "live_evolution_growing": lambda f: example(f, **free(search__strategy="live_evolution")),
    "random_search": lambda f: example(f, search__strategy="random_search"),
    "hurdle_and_budget": lambda f: example(
        f,
        **free(
            search__hurdle="{train = 5, quantile = 0.4, window = 50}",
            search__train_budget='{baseline = "linear", factor = 1.2}',
        ),
    ),
    "no_caches": lambda f: example(f, search__exact_cache="false", search__functional_cache="false"),
    "functional_cache_growing": lambda f: example(
        f, **free(search__functional_cache="{train = 4, valid = 3}", search__n_offspring=1)
    ),
    "islands_that_differ": lambda f: example(
        f, OWN_TASKS, search__n_islands=4, search__topology="random", search__n_migrants=2
    ),
    "float32_epochs": lambda f: example(
        f, **free(search__precision="float32", tasks__search__epochs=3, tasks__search__train=12)
    ),
    "size_bins": lambda f: example(
        f,
        **free(
            search__strategy="size_bins",
            search__bin_size=5,
            search__mutations="{grow = 3, parameter = 3, scan = 1, anneal = 1, shrink = 1, alter = 3, "
            "exchange = 1, compose = 1, insert_instruction = 1}",
        ),
    ),
    "two_classes": lambda f: classes(f, ["no", "yes"], search__functional_cache="true", search__n_islands=2),
    "three_classes_epochs": lambda f: classes(
        f, ["a", "b", "c"], tasks__search__eval_type="MULTICLASS_ACCURACY", tasks__search__epochs=2
    ),
}
DIGESTS = {
    "size_bins": "9b14022d6aa22cdf15e30074f69e5c82decf9c65c57cc48826ebce3b3e673cd1",
    "regularized_evolution": "b32e9ae0b81c03bc06c8eec3f40f7576545e1062926d409adf6186ae4bb4a541",
    "live_evolution_growing": "0828f437f65e766bc9dc963163553e946b902cc15428ca6cc809297001bd9ec5",
    "random_search": "5d9d8f75ff69cb9bf355a0bd52c6929245206c03f3b7be513d5e9487fd4a5277",
    "hurdle_and_budget": "bf35b22e0665edf1df82b3987a285494e4ebe66cf17d95027c0c66c9a08a769f",
    "no_caches": "78c0faccbad2744ee0e823beb978c9b058fe5911483e31ea1e1f25a37753712d",
    "functional_cache_growing": "c85a67fa692f4ea0e28cc4f0f41cc8aad9f175c9a737438f75563e617483f6e8",
    "islands_that_differ": "be2a83467d124b2ffeebc5feb5d0e7768eeb8d5b6ef76b52a01967574bb9ed6b",
    "float32_epochs": "3f0718209e39d056ee6687bec801b656655d2d3b4fcc90b4016e30f877bccc7b",
    "two_classes": "d70c3801f827816c5576ad88360dfdf71e371647879c03de687bb09c5b13e73b",
    "three_classes_epochs": "f581994b8a784cc590a885769f0027dea22b2b0ec53e4667dade7b33749bc411",
}
"""Recorded values of `normal_form.digest`; only a change of what is computed changes them."""


@pytest.mark.parametrize("name", CASES)
def test_a_search_gives_its_recorded_digest(name, tmp_path):
    """History, result and populations of a seeded search equal the recorded ones."""
    path, overrides = CASES[name](tmp_path)
    config = load_config(path, overrides)
    run = tmp_path / "run"
    found = run_search(config, run_dir=run)
    assert digest(config, found, run) == DIGESTS[name]
