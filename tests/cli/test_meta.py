"""`azc meta`."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

from click.testing import Result
from runs.making import EXAMPLE, settings

from azc.search import load_config

Azc = Callable[..., Result]
SMALL = settings({"search.n_islands": 1, "search.max_evals": 2000, "search.target_fitness": 0.5})
WORDS = [word for one in SMALL for word in ("--set", one)]
SHORT = ("--generations", 1, "--seeds", 1, "--check-seeds", 2)


def test_the_parameters_are_a_table_of_a_configuration(azc: Azc) -> None:
    """Standard output is TOML that a search takes; progress and comparison go to standard error."""
    result = azc("meta", EXAMPLE, *WORDS, *SHORT, "--check", EXAMPLE)
    search = tomllib.loads(result.stdout)["search"]
    weights = ", ".join(f"{name} = {weight}" for name, weight in search.pop("mutations").items())
    load_config(EXAMPLE, [f"search.{name}={value}" for name, value in search.items()])
    load_config(EXAMPLE, [f"search.mutations={{{weights}}}"])
    lines = result.stderr.splitlines()
    assert lines[0].startswith("generation 1: ")
    assert lines[1].split() == ["reached", "before", "after", "of", "the", "budget", "before", "after"]
    assert [line.split()[0] for line in lines[2:4]] == [EXAMPLE.name] * 2
    assert lines[-2].startswith("17 runs, ")


def test_json_and_a_file(azc: Azc, tmp_path: Path) -> None:
    """`--json` prints one object, `-o` writes the table; several processes change nothing."""
    words = ("meta", EXAMPLE, *WORDS, *SHORT, "--json", "-o", tmp_path / "tuned.toml")
    found = json.loads(azc(*words).stdout)
    assert found["search"]["strategy"] == "live_evolution"
    assert found["runs"] == 9 + 2 * 2
    assert {side["seeds"] for pair in found["compared"] for side in pair.values()} == {2}
    assert tomllib.loads((tmp_path / "tuned.toml").read_text())["search"] == found["search"]
    again = json.loads(azc(*words, "--n-jobs", 2).stdout)
    assert {**again, "seconds": 0} == {**found, "seconds": 0}


def test_errors_are_sentences(azc: Azc, tmp_path: Path) -> None:
    """No configuration, a missing one, and a place that cannot be written."""
    assert "Missing argument" in azc("meta", code=2).output
    assert "there is no file" in azc("meta", tmp_path / "none.toml", code=1).output.replace(
        "No such", "there is no"
    )
    assert "cannot write" in azc("meta", EXAMPLE, "-o", tmp_path / "no" / "such.toml", code=1).output
