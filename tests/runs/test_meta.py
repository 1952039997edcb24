"""A strategy's parameters, tuned over several searches."""

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from runs.making import EXAMPLE, settings

from azc.errors import AzcError
from azc.runs import Generation, meta, tune_strategy
from azc.search import load_config
from azc.settings import setting, whole

SMALL = settings({"search.n_islands": 1, "search.max_evals": 3000, "search.target_fitness": 0.5})
BINS = [*SMALL, "search.strategy=size_bins", "search.mutations={grow = 3, alter = 3}"]


def another(folder: Path, strategy: str = "live_evolution") -> Path:
    """The example under another name, with a strategy."""
    path = folder / "another.toml"
    path.write_text(EXAMPLE.read_text().replace("live_evolution", strategy))
    return path


def test_the_same_arguments_give_the_same_result(tmp_path: Path) -> None:
    """All is counted, compared before and after, and repeated with an executor."""
    seen: list[Generation] = []
    arguments: dict[str, Any] = {
        "overrides": SMALL,
        "checks": [another(tmp_path)],
        "generations": 2,
        "seeds": 1,
        "check_seeds": 3,
    }
    tuned = tune_strategy([EXAMPLE], **arguments, on_generation=seen.append)
    assert [generation.number for generation in seen] == [1, 2]
    assert tuned.strategy == "live_evolution"
    assert tuned.search.keys() == {"mutations", "population_size", "tournament_size", "n_offspring"}
    assert [Path(one.path).name for one in tuned.after] == [EXAMPLE.name, "another.toml"]
    assert all(one.seeds == 3 and one.reached <= 3 for one in (*tuned.before, *tuned.after))
    # Nine candidates of six numbers twice, then two searches before and after.
    assert tuned.runs == 2 * 9 + 2 * 2 * 3
    with ThreadPoolExecutor(1) as executor:
        again = tune_strategy([EXAMPLE], **arguments, executor=executor)
    assert again == tuned
    assert again.search == tuned.search


def test_the_parameters_move_to_what_is_better(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With budgets that depend on two parameters, these go where both are least; ranks are added."""

    def spent(job: meta.PlannedRun) -> float:
        island = load_config(job.path, job.overrides, job.seed).params.island
        grow = math.log(dict(island.mutations)["grow"] / 6)
        bins = math.log(getattr(island.strategy, "bin_size") / 10)  # noqa: B009
        # The scale of a search's budget does not count.
        return 1e6 * grow**2 if Path(job.path).name == "another.toml" else bins**2

    monkeypatch.setattr(meta, "_spent", spent)
    tuned = tune_strategy([EXAMPLE, another(tmp_path)], BINS, generations=60, seeds=1, check_seeds=1, seed=3)
    assert 8 <= tuned.search["bin_size"] <= 13
    assert 5 < tuned.search["mutations"]["grow"] < 7.5
    assert all(new.budget < old.budget for old, new in zip(tuned.before, tuned.after, strict=True))


def test_what_a_run_used_of_its_budget() -> None:
    """Below 1 if the target was reached, by programs or else by seconds; what is missing above 1 if not."""
    near = (*SMALL, "search.target_fitness=0.3")
    assert 0 < meta._spent(meta.PlannedRun(str(EXAMPLE), near, 0)) < 1
    far = (*SMALL, "search.max_evals=1000", "search.target_fitness=1.5")
    assert 1.5 <= meta._spent(meta.PlannedRun(str(EXAMPLE), far, 0)) <= 2.5
    seconds = (*[word for word in near if "max_evals" not in word], "search.max_seconds=1000")
    assert 0 < meta._spent(meta.PlannedRun(str(EXAMPLE), seconds, 0)) < 0.1
    # Parameters that do not go together rank last.
    assert meta._spent(meta.PlannedRun(str(EXAMPLE), (*SMALL, "search.population_size=0"), 0)) == math.inf


@hypothesis_settings(max_examples=50)
@given(st.lists(st.floats(-50, 50), min_size=6, max_size=6))
def test_every_step_is_legal(steps: list[float]) -> None:
    """Whatever the optimizer asks for, the keys pass their checks."""
    tunable = meta._tunable([load_config(EXAMPLE, SMALL)])
    step = np.array(steps)
    values = tunable.values(step)
    assert all(weight > 0 for weight in values.pop("mutations").values())
    for name, value in values.items():
        assert tunable.declared[name].check(value) == value
    assert len(tunable.overrides(step)) == 1 + len(values)
    assert tunable.values(np.zeros(6))["population_size"] == 40


def test_a_step_out_of_bounds_is_shortened() -> None:
    """A number stays within the bounds of its setting."""
    declared = {"count": meta.attrs.fields_dict(_Bounded)["count"].metadata["setting"]}
    tunable = meta.Tunable("any", {}, {"count": 20}, declared)
    assert tunable.values(np.array([3.0]))["count"] == 20 * math.exp(0.75) // 1
    assert tunable.values(np.array([-3.0]))["count"] >= 15


@meta.attrs.frozen
class _Bounded:
    count: int = setting("a number with bounds", whole(15, 45), 20)


def test_errors_say_what_to_do(tmp_path: Path) -> None:
    """Several strategies, one without parents, and a wrong configuration are errors."""
    with pytest.raises(AzcError, match="the strategies live_evolution, size_bins; expected one for all"):
        tune_strategy([EXAMPLE, another(tmp_path, "size_bins")], SMALL, generations=1)
    with pytest.raises(AzcError, match="cannot be read"):
        tune_strategy([EXAMPLE], SMALL, checks=[tmp_path / "none.toml"], generations=1)
    with pytest.raises(AzcError, match="random_search has no parameters to tune"):
        tune_strategy([EXAMPLE], [*SMALL, "search.strategy=random_search"], generations=1)
    with pytest.raises(AzcError, match=r"population_size: expected a whole number"):
        tune_strategy([EXAMPLE], [*SMALL, "search.population_size=0"], generations=1)
