"""The example configurations of azc run."""

from pathlib import Path

import pytest
from search.making import EXAMPLE_NAMES, EXAMPLES

from azc.runs import run_search
from azc.search import load_config

QUICK = [
    "search.max_evals=60",
    "search.target_fitness=2",
    "search.population_size=30",
    "tasks.search.tasks=2",
    "tasks.final.tasks=2",
]


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_an_example_runs(name: str) -> None:
    """A short search ends with fitness on all three sets of tasks."""
    if "digits" in name:
        pytest.importorskip("sklearn")
    found = run_search(load_config(EXAMPLES / f"{name}.toml", [*QUICK, "tasks.select.tasks=2"], seed=1))
    assert found.evals == 60
    assert 0 < found.best_fitness <= 1
    assert 0 < found.select_fitness <= 1
    assert 0 <= found.final_fitness <= 1


@pytest.mark.parametrize("name", ["projected_cifar10", "original/projected_cifar10"])
def test_a_cifar10_example_runs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The CIFAR-10 examples run on the images in tests/data."""
    monkeypatch.setenv("AZC_DATA", str(Path(__file__).parents[1] / "data" / "images"))
    few = ["tasks.search.train=8", "tasks.search.valid=4", "tasks.search.heldout=[[0, 1]]"]
    found = run_search(load_config(EXAMPLES / f"{name}.toml", [*QUICK, *few], seed=1))
    assert found.evals == 60
