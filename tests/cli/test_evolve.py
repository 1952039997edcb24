"""`azc evolve`: a search and its results."""

import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from programs import WEIGHTED

import azc as package
from azc.cli.evolve import evolve
from azc.cli.resume import resume
from azc.runs.header import read_header
from azc.runs.launch import COMPILING
from azc.search import load_config
from azc.search.checks import LIMITS
from azc.tasks import divide, prepare, read_table

Azc = Callable[..., Result]
CONFIG = """
[search]
population_size = 20
tournament_size = 4
max_evals = 60
seed = 3
[program]
initial = "linear"
[tasks.search]
kind = "linear"
features = 2
train = 20
valid = 10
tasks = 2
"""
KEYS = {
    "best_fitness",
    "select_fitness",
    "final_fitness",
    "program",
    "evals",
    "seconds",
    "evals_per_second",
    "seed",
    "experiments",
    "rounds",
    "ended",
    "run",
    "run_record",
    "interrupted",
    "evaluated",
    "exact_hits",
    "functional_hits",
    "stopped_early",
    "stopped_at_hurdle",
    "over_budget",
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration of a short search."""
    path = tmp_path / "search.toml"
    path.write_text(CONFIG)
    return path


def test_the_best_program_is_printed_with_its_fitness(azc: Azc, config: Path) -> None:
    """Output is the formatted program, its fitness on the three sets, and the effort."""
    result = azc("evolve", config)
    text, _, rest = result.stdout.partition("\nsearch fitness  ")
    program = package.parse(text)
    assert text == package.format_program(program)
    fitness = package.evaluate(program, load_config(config).tasks("final")).fitness
    assert f"\nfinal fitness   {fitness:.6f}\n" in rest
    assert rest.splitlines()[-1].startswith("60 programs in ")
    assert re.search(
        r" a second, \d+% evaluated, 1 experiment, seed 3, ended by max_evals$", rest.splitlines()[-1]
    )
    # The first search on a machine compiles, and prints a line about it.
    *notices, wrote = result.stderr.splitlines()
    begins = next(line for line in notices if line != COMPILING)
    assert begins.endswith("search: 1 island, seed 3; ends by max_evals 60, target_fitness 1.0")
    notices.remove(begins)
    assert all(line == COMPILING or line.startswith(("best ", "round ")) for line in notices)
    assert re.fullmatch(r"wrote runs/\d{8}-\d{6}-search(-\d)?", wrote)


def test_json_is_one_object(azc: Azc, config: Path) -> None:
    """`--json` prints one object; the same seed finds the same, and options override the configuration."""
    first, second, other = (
        json.loads(azc("evolve", config, "--json", *more).stdout)
        for more in (
            (),
            ("--seed", 3, "--set", "search.max_evals=60"),
            ("--seed", 4, "--set", "search.max_evals=50"),
        )
    )
    assert set(first) == KEYS
    for name in KEYS - {"seconds", "evals_per_second", "run"}:
        assert first[name] == second[name]
    assert (other["seed"], other["evals"]) == (4, 50)
    assert first["evals_per_second"] == first["evals"] / first["seconds"]
    assert first["evaluated"] + first["exact_hits"] + first["functional_hits"] == first["evals"]


def test_the_output_file_has_a_header(azc: Azc, config: Path, tmp_path: Path) -> None:
    """The output file is formatted; its header has the settings and the fitness that `azc run` finds."""
    best = tmp_path / "best.azl"
    result = azc("evolve", config, "-o", best, "--json")
    said = json.loads(result.stdout)
    assert package.format_program(package.load(best)) == said["program"]
    assert azc("fmt", "--check", best).output == ""
    header = read_header(best.read_text(), "best.azl")
    assert header.fitness == {
        name: said[f"{key}_fitness"]
        for name, key in (("search", "best"), ("select", "select"), ("final", "final"))
    }
    assert (header.eval_type, header.epochs, header.seed, header.preprocessing) == ("RMS_ERROR", 1, 3, None)
    again = json.loads(azc("run", best, "--task", f"{config}:tasks.select", "--json").stdout)
    assert again["fitness"] == said["select_fitness"]


@pytest.mark.parametrize(("target", "eval_type"), [("kind", "ACCURACY"), ("c", "RMS_ERROR")])
def test_a_table_is_searched_on(
    azc: Azc, tables: tuple[Path, Path], tmp_path: Path, target: str, eval_type: str
) -> None:
    """A table is prepared by its search rows; `run` and `predict` do the same from the header."""
    table, new = tables
    best = tmp_path / "best.azl"
    if target == "c":
        lines = [line.rpartition(",")[0] for line in table.read_text().splitlines()]
        table.write_text("\n".join([*lines, ""]))
    arguments = ("--set", "search.max_evals=300", "--set", "program.initial=linear", "--seed", 7)
    said = json.loads(
        azc("evolve", "--data", table, "--target", target, "-o", best, "--json", *arguments).stdout
    )
    header = read_header(best.read_text(), "best.azl")
    known = read_table(table, target)
    assert header.preprocessing == prepare(known, divide(100, 7)["search"])
    assert (header.eval_type, header.epochs, header.seed) == (eval_type, 1, 7)
    for part, name in (("search", "best"), ("select", "select"), ("final", "final")):
        again = json.loads(azc("run", best, "--data", table, "--set", part, "--json").stdout)
        assert again["fitness"] == said[f"{name}_fitness"]
    rows = azc("predict", best, "--train", table, new).stdout.splitlines()
    assert len(rows) == 21
    assert rows[0].startswith("note,c,b,a,prediction")


def test_the_output_path_is_checked_before_the_search(azc: Azc) -> None:
    """An output path that cannot be written is an error before the search."""
    assert "cannot write no/best.azl" in azc("evolve", "none.toml", "-o", "no/best.azl", code=1).stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give either CONFIG.toml or --data"),
        (["a.toml", "--data", "b.csv"], "give either CONFIG.toml or --data"),
        (["--data", "b.csv"], "--data needs --target"),
        (["a.toml", "--target", "y"], "belong to --data"),
        (["a.toml", "--epochs", "2"], "belong to --data"),
    ],
)
def test_one_source_of_tasks_is_needed(azc: Azc, arguments: list[str], message: str) -> None:
    """Tasks come from a configuration or from a table with its target, not from both."""
    assert message in azc("evolve", *arguments, code=2).stderr


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("search.max_secnds=1", "the nearest is 'max_seconds'"),
        ("search=1", "table.key=value"),
        ("program.sises=1", "sizes"),
    ],
)
def test_a_wrong_key_names_the_nearest(azc: Azc, config: Path, override: str, message: str) -> None:
    """A wrong `--set` is an error with the nearest key or the expected form."""
    assert message in azc("evolve", config, "--set", override, code=1).stderr


def test_a_run_survives_a_closed_standard_error(config: Path, tmp_path: Path) -> None:
    """A closed standard error, as in `2>&1 | head -1`, does not end a run."""
    reads, writes = os.pipe()
    os.close(reads)
    command = [sys.executable, "-m", "azc", "evolve", config, "--run-dir", tmp_path / "run"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=writes, timeout=300)
    os.close(writes)
    assert done.returncode == 0
    assert b"final fitness" in done.stdout


def test_ctrl_c_prints_the_best(config: Path, tmp_path: Path) -> None:
    """Ctrl-C prints and writes the best program, with exit code 0."""
    best, run = tmp_path / "best.azl", tmp_path / "run"
    settings = ["--set", "search.max_evals=1000000000", "--set", "search.target_fitness=2"]
    command = [sys.executable, "-m", "azc", "evolve", config, "-o", best, "--run-dir", run, *settings]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        while not process.stderr.readline().startswith(b"best "):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert errors.endswith(f"wrote {best}\nwrote {run}\n".encode())
    text, _, rest = output.decode().partition("\nsearch fitness  ")
    assert package.format_program(package.load(best)) == text
    assert rest.endswith("seed 3, ended by Ctrl-C\n")


def test_an_existing_run_is_not_overwritten(azc: Azc, config: Path) -> None:
    """`--run-dir` with the folder of a run is an error that names `azc resume`."""
    azc("evolve", config, "--run-dir", "run", "-q")
    assert (
        "run: holds a run; resume it with `azc resume`"
        in azc("evolve", config, "--run-dir", "run", code=1).stderr
    )


def test_limits_are_options(azc: Azc, config: Path) -> None:
    """Options of limits set their keys of `[search]`."""
    limits = {"max_evals": 40, "max_seconds": 5.0, "target_fitness": 2.0, "patience": 30}
    words = [word for name, value in limits.items() for word in (f"--{name.replace('_', '-')}", value)]
    azc("evolve", config, "--run-dir", "run", "-q", *words)
    search = tomllib.loads(Path("run/config.toml").read_text())["search"]
    assert {name: search[name] for name in limits} == limits


def test_a_better_fitness_on_the_search_tasks_is_printed(azc: Azc, config: Path) -> None:
    """The best fitness on the search tasks is printed if it is greater than that of the best program."""
    result = azc("evolve", config, "--set", "tasks.select.features=1", "--max-evals", 3000, "--json")
    said = json.loads(result.stdout)
    again = azc("resume", said["run"]).stdout
    assert ("on the search tasks one had" in again) == (said["run_record"] > said["best_fitness"])


def test_initial_programs_are_the_first_population(azc: Azc, config: Path) -> None:
    """Two files of `--initial-programs` make the first population; the run's folder has copies."""
    Path("one.azl").write_text(WEIGHTED)
    Path("two.azl").write_text("def Setup():\n  s1 = 0.5\n")
    files = ("--initial-programs", "one.azl", "--initial-programs", "two.azl")
    said = json.loads(
        azc("evolve", config, *files, "--run-dir", "run", "--set", "search.max_evals=2", "--json").stdout
    )
    assert said["evals"] == 2
    kept = [package.load(f"run/initial-{number}.azl") for number in (1, 2)]
    assert kept == [package.load(name) for name in ("one.azl", "two.azl")]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--n-jobs", 2, "--scheduler", "tcp://a:1"), "exclude each other"),
        (("--n-jobs", 0), "'--n-jobs': 0 is not in the range"),
    ],
)
def test_workers_are_processes_or_a_cluster(
    azc: Azc, config: Path, options: tuple[object, ...], message: str
) -> None:
    """`--n-jobs` and `--scheduler` exclude each other, and `--n-jobs` is at least 1."""
    assert message in azc("evolve", config, *options, code=2).stderr


def test_every_limit_is_an_option() -> None:
    """`evolve` and `resume` have an option for every limit, by its name."""
    for command in (evolve, resume):
        names = {parameter.name for parameter in command.params}
        assert names >= set(LIMITS)
