"""`azc resume`, `azc show` and `azc compare`."""

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from cli.test_evolve import CONFIG
from click.testing import Result

import azc as package
from azc.runs import RunFolder, read_header
from azc.runs.folder import lock

Azc = Callable[..., Result]
OTHERS = ("seconds", "evals_per_second", "run", "evaluated", "exact_hits", "stopped_early")


@pytest.fixture
def run(azc: Azc, tmp_path: Path) -> Path:
    """A run that has ended."""
    (tmp_path / "search.toml").write_text(CONFIG)
    azc("evolve", "search.toml", "--run-dir", "run", "-q", "--set", "search.round_evals=20")
    return tmp_path / "run"


def said(result: Result) -> dict[str, object]:
    """JSON output of a command, without fields that depend on clock and cache."""
    return {name: value for name, value in json.loads(result.stdout).items() if name not in OTHERS}


def test_an_ended_run_gives_its_result_again(azc: Azc, run: Path) -> None:
    """Resuming an ended run prints its result, each time the same."""
    first, second = (said(azc("resume", run, "--json")) for _ in range(2))
    assert first == second
    assert first["evals"] == 60


def test_a_new_limit_resumes_an_ended_run(azc: Azc, run: Path) -> None:
    """A run resumed with a higher limit has the result of an uninterrupted run; the new limit is saved."""
    azc("resume", run, "-q", "--max-evals", 100)
    longer = ("--set", "search.round_evals=20", "--set", "search.max_evals=100")
    whole = said(azc("evolve", "search.toml", "--run-dir", "whole", *longer, "--json"))
    assert said(azc("resume", run, "--json")) == whole


def test_the_saved_configuration_gives_the_same_result(azc: Azc, run: Path) -> None:
    """A run's config.toml as a configuration gives the same result."""
    again = said(azc("evolve", run / "config.toml", "--run-dir", "again", "--json"))
    assert again == said(azc("resume", run, "--json"))


def test_a_changed_configuration_is_refused(azc: Azc, run: Path) -> None:
    """A changed config.toml is refused, with the changed key and its values."""
    config = run / "config.toml"
    config.write_text(config.read_text().replace("tournament_size = 4", "tournament_size = 5"))
    assert "search.tournament_size is 5, but was 4 when the run began" in azc("resume", run, code=1).stderr


@pytest.mark.parametrize("command", ["resume", "show", "compare"])
def test_a_folder_that_is_no_run_is_an_error(azc: Azc, tmp_path: Path, command: str) -> None:
    """A missing folder or one without a run is an error with its name."""
    assert "no: there is no such folder" in azc(command, "no", code=1).stderr
    (tmp_path / "empty").mkdir()
    assert "empty: holds no run" in azc(command, "empty", code=1).stderr


def test_the_hall_of_fame_is_shown(azc: Azc, run: Path) -> None:
    """`azc show` prints the hall of fame and its best program; `--program` prints another by length."""
    shown = azc("show", run).stdout
    about = json.loads(azc("show", run, "--json").stdout)
    best = about["hall_of_fame"][0]
    assert shown.startswith("run, 60 programs in ")
    assert shown.endswith(best["program"])
    assert best["fitness"] == about["best_fitness"]
    header = read_header((run / "best.azl").read_text(), "best.azl")
    assert about["result"] == header.fitness
    assert "\nits result, best.azl: search " in shown
    assert azc("show", run, "--program", best["length"]).stdout == best["program"]
    assert (
        "no program of length 99 is in the hall of fame; there are"
        in azc("show", run, "--program", 99, code=1).stderr
    )


@pytest.mark.parametrize(
    ("search", "islands"),
    [
        ("", ""),
        ("precision = 'float32'", ""),
        ("n_islands = 2", "tasks = {train = 30}\nprecision = 'float32'\ncount = 2"),
    ],
)
def test_the_best_program_runs_with_its_fitness(azc: Azc, tmp_path: Path, search: str, islands: str) -> None:
    """`azc run` on the run's tasks gives best.azl the fitness of its header, to the last bit."""
    config = CONFIG.replace("[search]", f"[search]\n{search}")
    (tmp_path / "search.toml").write_text(f"{config}\n[[islands]]\n{islands}" if islands else config)
    azc("evolve", "search.toml", "--run-dir", "run", "-q", "-o", "copy.azl")
    for best in ("run/best.azl", "copy.azl"):
        header = read_header((tmp_path / best).read_text(), best)
        assert header.run == "run"
        for name in ("search", "select", "final"):
            again = json.loads(azc("run", best, "--task", f"run/config.toml:tasks.{name}", "--json").stdout)
            assert again["fitness"] == header.fitness[name]
        assert package.load(tmp_path / best)


def test_the_best_program_says_where_it_was_found(azc: Azc, run: Path) -> None:
    """The header of best.azl has the island and the number of the evaluation that found it."""
    header = read_header((run / "best.azl").read_text(), "best.azl")
    assert header.island == 0
    assert header.evaluation in range(1, 61)


def test_compare_skips_folders_without_a_run(azc: Azc, run: Path) -> None:
    """`azc compare` skips folders without a run, and does not list seeds that follow from others."""
    (run.parent / "empty").mkdir()
    azc("evolve", "search.toml", "--run-dir", "other", "-q", "--seed", 5)
    result = azc("compare", run, "empty", "other")
    assert result.stderr == "empty: holds no run\n"
    assert [line.split()[0] for line in result.stdout.splitlines()[1:3]] == ["run", "other"]
    assert "search.seed" in result.stdout
    assert "tasks.search.seed" not in result.stdout


def test_a_run_is_running_or_interrupted(azc: Azc, run: Path) -> None:
    """A run is running while a process locks its folder, and interrupted if it did not end."""
    with closing(sqlite3.connect(run / "history.sqlite")) as history, history:
        history.execute("UPDATE starts SET ended = NULL")
    assert ", interrupted (azc resume continues it), its last round " in azc("show", run).stdout
    assert "result" not in azc("show", run).stdout
    held = lock(RunFolder(run))
    assert ", running, its last round " in azc("show", run).stdout
    assert azc("compare", run).stdout.splitlines()[1].endswith("running")
    held.release()


def test_a_run_without_a_round_is_shown(azc: Azc, run: Path) -> None:
    """`azc show` works without rounds and without a hall of fame."""
    (run / "hall_of_fame.csv").unlink()
    with closing(sqlite3.connect(run / "history.sqlite")) as history, history:
        for table in ("rounds", "improvements", "starts"):
            history.execute(f"DELETE FROM {table}")
    assert azc("show", run).stdout.startswith("run, 0 programs in 0 ms, 0 rounds, interrupted")


def test_a_run_stands_for_its_best_program(azc: Azc, run: Path) -> None:
    """A run folder gives the same output as its best.azl."""
    for words in (["run", "--task", "run/config.toml:tasks.final", "--json"], ["explain"], ["emit"]):
        command, *options = words
        said, expected = (azc(command, program, *options).stdout for program in (run, run / "best.azl"))
        assert _timeless(said) == _timeless(expected)


def _timeless(text: str) -> str:
    return re.sub(r'"seconds": [^,}]+', "", text)


def test_a_run_with_the_configuration_of_another_has_its_name(azc: Azc, run: Path) -> None:
    """A new run with another run's config.toml is named after that run's folder."""
    azc("evolve", run / "config.toml", "-q")
    (folder,) = (run.parent / "runs").iterdir()
    assert folder.name.endswith("-run")


def test_compare_lists_differing_settings(azc: Azc, run: Path) -> None:
    """`azc compare` lists runs and the settings in which they differ."""
    azc("evolve", "search.toml", "--run-dir", "other", "-q", "--set", "search.mutate_prob=0.5")
    lines = azc("compare", run, "other").stdout.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["run", "run", "other"]
    settings = {line.split()[0]: line.split()[1:] for line in lines[5:]}
    assert settings["search.mutate_prob"] == ["0.9", "0.5"]
    assert "search.population_size" not in settings
    both = azc("compare", run, "other", "--json").stdout.splitlines()
    assert [json.loads(line)["name"] for line in both] == ["run", "other"]
    assert [json.loads(line)["settings"]["search.mutate_prob"] for line in both] == [0.9, 0.5]
