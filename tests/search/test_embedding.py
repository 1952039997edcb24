"""The scripts of docs/embedding.md run and find what they look for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from search.test_own_examples import modules as modules

import azc

EMBEDDING = Path(__file__).parents[2] / "examples" / "embedding"


@pytest.mark.parametrize("modules", ["embedding/hill_climber"], indirect=True)
def test_a_hill_climber_climbs(modules: ModuleType) -> None:
    """It is better after more rounds, and its program has the fitness that it says."""
    few, more = modules.climb(rounds=3), modules.climb(rounds=60)
    assert 0 < few[1] < more[1]
    tasks = azc.load_config(modules.DEMO, seed=1).tasks("search")
    assert azc.evaluate(more[0], tasks).fitness == more[1]


@pytest.mark.parametrize("modules", ["embedding/deap_nsga2"], indirect=True)
def test_another_librarys_algorithm(modules: ModuleType) -> None:
    """The front of NSGA-II rises with length."""
    front = modules.front(generations=10, size=20)
    assert [*front] == sorted(front, key=lambda row: row[0])
    assert [length for _, length, _ in front] == sorted(length for _, length, _ in front)
    assert front[-1][0] > 0.2


@pytest.mark.parametrize("modules", ["embedding/ask_and_tell"], indirect=True)
def test_somebody_elses_evaluator(modules: ModuleType) -> None:
    """The formula explains something, on patients that the search did not see too."""
    program, train, test = modules.evolve(rounds=12)
    assert program.names == ("Setup", "Predict")
    assert train > 0.1
    assert test > 0.0


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_a_client_in_javascript() -> None:
    """It gets a hundred answers, and finds the scale of a sum of two: 2."""
    paths = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        ["node", EMBEDDING / "client.js"],
        env=os.environ | {"PATH": paths},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    first, second = ran.stdout.splitlines()
    assert first == "best of 100: fitness 1 with the scale 2"
    assert len(second.split()) == 2
