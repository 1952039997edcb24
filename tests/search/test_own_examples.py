"""The examples of searches with evaluators of their own run, small, and their baselines are right."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import azc
from azc.runs import run_search
from azc.search import load_config

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def modules(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module of an example's folder, as `folder/module`; it is forgotten after, with what it imports."""
    folder, name = request.param.split("/")
    monkeypatch.syspath_prepend(str(EXAMPLES / folder))
    before = {*sys.modules}
    yield importlib.import_module(name)
    for module in {*sys.modules} - before:
        file = getattr(sys.modules[module], "__file__", None) or ""
        if file.startswith(str(EXAMPLES)):
            del sys.modules[module]


@pytest.mark.parametrize(
    "name", ["optimizer/search", "cartpole/steady", "cartpole/changing", "formula/search"]
)
def test_an_example_runs(name: str, tmp_path: Path) -> None:
    """A short search ends with scores in all stages, and its program reads back."""
    few = ["search.max_evals=200", "search.n_islands=2", "search.target_fitness=inf"]
    found = run_search(load_config(EXAMPLES / f"{name}.toml", few, seed=1), run_dir=tmp_path / "run")
    assert found.evals == 200
    assert {*found.fitness} == {"search", "select", "final"}
    assert found.counts["raised"] == found.counts["died"] == found.counts["timed_out"] == 0
    assert azc.load(tmp_path / "run" / "best.azl") == found.program


@pytest.mark.parametrize("modules", ["optimizer/problems"], indirect=True)
def test_the_optimizers_problems_are_sound(modules: ModuleType) -> None:
    """Gradients are those of the losses, and at the minimum the losses are zero and the gradients too."""
    problems = modules.Problems(5, 8)
    weights, step = problems.begin, 1e-6
    gradient = problems.gradient(weights)
    for index in range(modules.FEATURES):
        moved = np.zeros(modules.FEATURES)
        moved[index] = step
        slope = (problems.loss(weights + moved) - problems.loss(weights - moved)) / (2 * step)
        assert slope == pytest.approx(gradient[:, index], abs=1e-6)
    lowest = np.concatenate([problems._center, problems._minimum()])
    assert np.abs(problems.gradient(lowest)).max() < 1e-12
    assert np.abs(problems.loss(lowest)).max() < 1e-12
    assert (problems.loss(weights) > 0).all()


@pytest.mark.parametrize("modules", ["optimizer/baselines"], indirect=True)
def test_the_optimizers_baselines(modules: ModuleType) -> None:
    """A tuned rule is the best of its grid; Adam as azl and as NumPy change weights alike."""
    grid = {"rate": (0.01, 0.1, 10.0)}
    assert modules.tuned(modules.gradient_descent, grid) == {"rate": 0.1}
    path = EXAMPLES / "optimizer" / "adam.azl"
    rule = modules.adam(rate=0.1, first=0.9, second=0.999)
    source = azc.parse(path.read_text())
    algorithm = azc.compile(source, 8, signature=_own(path), lanes=4)
    random = np.random.default_rng(0)
    for _ in range(5):
        weights, gradient = random.normal(size=(2, 4, 8))
        change = algorithm.call("Update", weights=weights, gradient=gradient, rate=0.1)["change"]
        assert change == pytest.approx(rule(weights, gradient), rel=1e-9)


def _own(path: Path) -> azc.Signature:
    from azc.language import read

    found = read(path.read_text(), str(path)).signature
    assert found is not None
    return found


@pytest.mark.parametrize("modules", ["cartpole/simulator"], indirect=True)
def test_the_cart_obeys_mechanics(modules: ModuleType) -> None:
    """Without a force an upright pole stays, a tilted one falls, and energy is nearly kept."""
    upright = np.zeros((1, 4))
    modules.move(upright, np.zeros(1))
    assert not upright.any()

    def energy(state: np.ndarray) -> float:
        _, speed, angle, turning = state[0]
        length = modules.HALF_LENGTH
        pole_x = speed + length * turning * np.cos(angle)
        pole_y = -length * turning * np.sin(angle)
        moving = modules.CART * speed**2 + modules.POLE * (pole_x**2 + pole_y**2)
        spinning = modules.POLE * length**2 / 3 * turning**2
        return float((moving + spinning) / 2 + modules.POLE * modules.GRAVITY * length * np.cos(angle))

    state = np.array([[0.0, 0.3, 0.1, 0.0]])
    begin = energy(state)
    for _ in range(30):
        modules.move(state, np.zeros(1))
    assert state[0, 2] > 0.5
    assert energy(state) == pytest.approx(begin, rel=0.03)


@pytest.mark.parametrize("modules", ["cartpole/baselines"], indirect=True)
def test_carts_and_policies(modules: ModuleType) -> None:
    """A linear policy balances poles, the reversed one drops them; where motors are reversed, both do."""
    gains = np.array([1.0, 2.0, 30.0, 6.0])
    assert modules.share(lambda: modules.linear(gains), "search", False) == 1.0
    assert modules.share(lambda: modules.linear(-gains), "search", False) < 0.1
    assert modules.share(lambda: modules.linear(gains), "search", True) < 0.5
    assert modules.share(lambda: modules.linear(gains * np.nan), "search", False) < 0.2


@pytest.mark.parametrize("modules", ["formula/formulas"], indirect=True)
def test_formulas(modules: ModuleType) -> None:
    """A formula written by hand has all digits; a search for an easy one finds it."""
    found = run_search(modules.config("I.12.1", seed=3, seconds=60), evaluate=modules.scoring("I.12.1"))
    assert found.final_fitness is not None
    assert found.final_fitness >= modules.SOLVED
    energy = azc.parse(
        "def Setup():\n  s6 = 0.25\ndef Predict():\n  s7 = s3 * s3\n  s8 = s4 * s4\n  s1 = s7 + s8\n"
        "  s1 = s1 * s2\n  s8 = s5 * s5\n  s1 = s1 * s8\n  s1 = s1 * s6\n",
        signature=(signature := azc.Signature.function(["m", "w", "w0", "x"])),
    )
    algorithm = azc.compile(energy, 1, signature=signature, lanes=modules.POINTS)
    assert min(modules.energy([algorithm])[0]) > 7  # the scaled one ends at the root of float64's precision
