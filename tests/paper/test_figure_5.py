"""Figure 5, small: what is counted, drawn and explained."""

import json
import tomllib
from pathlib import Path

import pytest

import azc
from azc.evaluation import Evaluator
from azc.paper import STUDIES, run_study
from azc.paper.figure_5 import STARTS, STRATEGIES, Rediscovery, TimeScale, result_of
from azc.paper.trials import FILE
from azc.search import load_config

EXAMPLES = Path(__file__).parents[2] / "examples"
NETWORK = (EXAMPLES / "two_layer_network.azl").read_text()
PUBLISHED = (EXAMPLES / "paper" / "figure-5" / "published.azl").read_text()


def test_the_damaged_network_is_repaired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both strategies run; what is called repaired has the target's fitness on its select tasks."""
    monkeypatch.setitem(STUDIES["figure-5"].scales, "quick", TimeScale(2, {"damaged": 10}))
    found = run_study("figure-5", tmp_path)
    assert [row[:2] for row in found.rows] == [("damaged", "azc"), ("damaged", "paper")]
    rows = [json.loads(line) for line in (tmp_path / FILE).read_text().splitlines()]
    assert len(rows) == 4
    repaired = [row for row in rows if row["result"]["program"]]
    assert repaired
    for row in repaired:
        config = load_config(tmp_path / row["trial"]["config"], seed=row["trial"]["seed"])
        assert Evaluator(config.tasks("select")).fitness(azc.parse(row["result"]["program"])) >= 0.95
    text = (tmp_path / "result.md").read_text()
    assert "## As published" in text
    assert "## From damaged, by azc, after" in text


def test_the_table_the_listings_and_the_figure(tmp_path: Path) -> None:
    """The quickest program stands for its start; searches that found nothing count."""
    slow = {"seconds": 9.0, "evals": 900, "program": PUBLISHED}
    quick = {"seconds": 0.5, "evals": 100, "program": NETWORK}
    none = {"seconds": 60.0, "evals": 9000, "program": None}
    made = [
        Rediscovery("empty", "azc", 60, (slow, none, quick)),
        Rediscovery("empty", "paper", 60, (none, none, none)),
    ]
    found = result_of(made, PUBLISHED)
    assert found.rows == [
        ("empty", "azc", "60 s", "2/3 (0.21 to 0.94)", "4.75", "500"),
        ("empty", "paper", "60 s", "0/3 (0.00 to 0.56)", "", ""),
    ]
    assert found.more.count("## ") == 2
    assert "## From empty, by azc, after 0.50 s\n\nA two-layer network of ReLU units" in found.more
    svg, _ = found.draw(tmp_path)
    assert all(f"empty, {strategy}" in svg.read_text() for strategy in STRATEGIES)


def test_both_strategies_begin_from_the_same_programs() -> None:
    """For each start the two configurations have the same first programs, operations and tasks."""
    folder = EXAMPLES / "paper" / "figure-5"
    for start in STARTS:
        both = [load_config(folder / f"{start}{ending}.toml") for ending in STRATEGIES.values()]
        programs = [config.params.program for config in both]
        assert programs[0].initial == programs[1].initial
        assert programs[0].ops == programs[1].ops
        tables = [
            tomllib.loads((folder / f"{start}{ending}.toml").read_text()) for ending in STRATEGIES.values()
        ]
        assert tables[0]["tasks"] == tables[1]["tasks"]
        assert tables[0]["search"]["target_fitness"] == tables[1]["search"]["target_fitness"]


def test_the_published_listing_is_the_one_of_the_examples() -> None:
    """The copy beside the configurations does not drift."""
    assert (EXAMPLES / "programs" / "figure_5_neural_network.azl").read_text() == PUBLISHED
