"""Figure 4, small: what is counted, drawn and written."""

import json
from pathlib import Path

import attrs
import pytest

import azc
from azc.errors import AzcError
from azc.evaluation import Evaluator
from azc.paper import STUDIES, figure_4, run_study
from azc.paper.figure_4 import Point, Scale, result_of
from azc.paper.success_rate import SuccessRate
from azc.paper.trials import FILE
from azc.tasks import tasks_from_spec

SMALL = Scale(("linear-learning",), 2, 640_000, 20_000, 4, 0.1)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick budget is small."""
    monkeypatch.setitem(STUDIES["figure-4"].scales, "quick", SMALL)


@pytest.mark.usefixtures("small")
def test_it_runs_resumes_and_draws(tmp_path: Path) -> None:
    """Two processes find what one finds; a second call runs nothing and writes the same."""
    found = run_study("figure-4", tmp_path / "one")
    names = sorted(path.name for path in (tmp_path / "one").iterdir() if path.name[0] != ".")
    assert names == ["configurations", "figure-4.png", "figure-4.svg", "result.md", FILE]
    again = run_study("figure-4", tmp_path / "two", n_jobs=2)
    assert again.rows == found.rows
    before = (tmp_path / "one" / FILE).read_bytes()
    picture = (tmp_path / "one" / "figure-4.svg").read_bytes()
    lines: list[str] = []
    assert run_study("figure-4", tmp_path / "one", on_progress=lines.append).rows == found.rows
    assert lines == []
    assert (tmp_path / "one" / FILE).read_bytes() == before
    assert (tmp_path / "one" / "figure-4.svg").read_bytes() == picture


@pytest.mark.usefixtures("small")
def test_a_success_is_one(tmp_path: Path) -> None:
    """A program that is called a success learns new tasks; experiments without one scored all they might."""
    run_study("figure-4", tmp_path)
    rows = [json.loads(line) for line in (tmp_path / FILE).read_text().splitlines()]
    programs = [row["result"]["program"] for row in rows if row["result"]["program"]]
    assert programs
    new = tasks_from_spec("linear,train=1000,tasks=5,seed=99")
    for text in programs:
        assert Evaluator(new).fitness(azc.parse(text)) > 0.999
    for row in rows:
        if row["result"]["program"] is None:
            assert row["result"]["evals"] == row["trial"]["evals"]


@pytest.mark.usefixtures("small")
def test_configurations_of_ones_own(tmp_path: Path) -> None:
    """They are copied, and changed ones are other trials; a missing folder is an error."""
    own = tmp_path / "own"
    run_study("figure-4", tmp_path / "first")
    (tmp_path / "first" / "configurations").rename(own)
    config = own / "linear-learning.toml"
    config.write_text(config.read_text().replace("population_size = 1000", "population_size = 100"))
    run_study("figure-4", tmp_path / "first", config_folder=own)
    sums = {
        json.loads(line)["trial"]["checksum"] for line in (tmp_path / "first" / FILE).read_text().splitlines()
    }
    assert len(sums) == 2
    config.write_text(config.read_text().replace("population_size = 100", "population_size = 50"))
    with pytest.raises(AzcError, match="has other configurations than"):
        run_study("figure-4", tmp_path / "first", config_folder=own)
    with pytest.raises(AzcError, match="cannot copy configurations"):
        run_study("figure-4", tmp_path / "second", config_folder=tmp_path / "none")


def test_the_table_and_the_figure(tmp_path: Path) -> None:
    """Difficulties ascend; a task type without success of random search is marked as beyond."""
    hard = Point("hard", 10**9, 0, 10**7, SuccessRate(0, 50), SuccessRate(40, 50))
    easy = Point("easy", 10**6, 10, 10**4, SuccessRate(4, 50), SuccessRate(6, 50))
    found = result_of([hard, easy])
    assert [row[:4] for row in found.rows] == [
        ("easy", "5.00", "10 in 1,000,000", "10,000"),
        ("hard", "above 8.52", "0 in 1,000,000,000", "10,000,000"),  # by the rule of three
    ]
    assert found.rows[1][4:] == ("0/50 (0.00 to 0.07)", "40/50 (0.67 to 0.89)")
    assert "on 1 of 2 task types" in found.sentence
    svg, png = found.draw(tmp_path)
    text = svg.read_text()
    assert all(word in text for word in ("easy", "hard →", "evolution", "random search", "difficulty"))
    assert png.read_bytes()[:4] == b"\x89PNG"


def test_every_budget_is_there() -> None:
    """Every study has a scale for each budget, and what is shipped has what it names."""
    from importlib.resources import files

    from azc.paper import BUDGETS

    for name, study in STUDIES.items():
        assert tuple(study.scales) == BUDGETS
        assert any(one.name.endswith(".toml") for one in (files("azc.examples_paper") / name).iterdir())


def test_searches_of_both_strategies_choose_from_the_same_programs() -> None:
    """Evolution and random search have the same operations, addresses and lengths."""
    from importlib.resources import files

    from azc.search import load_config

    folder = Path(str(files("azc.examples_paper") / "figure-4"))
    for name in figure_4.TASK_TYPES:
        both = [
            load_config(folder / f"{name}.toml", [f"search.strategy={strategy}"]).params
            for strategy in (figure_4.RANDOM, figure_4.EVOLUTION)
        ]
        assert attrs.asdict(both[0].program) == attrs.asdict(both[1].program)
        assert all(low == high for low, high in both[0].program.size_limits)


def test_without_matplotlib_nothing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install, before hours are spent."""
    monkeypatch.setattr("azc.paper.result.find_spec", lambda name: None)
    with pytest.raises(AzcError, match=r"install azc\[paper\]"):
        run_study("figure-4", tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("small")
def test_a_run_below_its_configurations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--config-dir .` with a run folder inside copies the files alone."""
    run_study("figure-4", tmp_path / "first")
    monkeypatch.chdir(tmp_path / "first" / "configurations")
    run_study("figure-4", "paper/run", config_folder=".")
    assert all(path.is_file() for path in Path("paper/run/configurations").iterdir())
