"""`azc evolve`: a search and what it hands out."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

import azc as package
from azc.cli.header import read_header
from azc.cli.progress import progress_text
from azc.search import Progress, load_config
from azc.search.experiments import COMPILING
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
    """A search that takes a moment."""
    path = tmp_path / "search.toml"
    path.write_text(CONFIG)
    return path


def test_the_best_program_is_printed_with_its_fitness(azc: Azc, config: Path) -> None:
    """In the one form, then the scores on the three sets, then the effort."""
    result = azc("evolve", config)
    text, _, rest = result.stdout.partition("\nsearch fitness  ")
    program = package.parse(text)
    assert text == package.format_program(program)
    fitness = package.evaluate(program, load_config(config).tasks("final")).fitness
    assert f"\nfinal fitness   {fitness:.6f}\n" in rest
    assert rest.splitlines()[-1].startswith("60 programs in ")
    assert re.search(r" a second, \d+% evaluated, 1 experiment, seed 3$", rest.splitlines()[-1])
    # Whoever is the first to search here waits for the compiler, and is told so.
    assert result.stderr in ("", f"{COMPILING}\n")


def test_json_is_one_object(azc: Azc, config: Path) -> None:
    """The same seed finds the same; options change the configuration."""
    first, second, other = (
        json.loads(azc("evolve", config, "--json", *more).stdout)
        for more in (
            (),
            ("--seed", 3, "--set", "search.max_evals=60"),
            ("--seed", 4, "--set", "search.max_evals=50"),
        )
    )
    assert set(first) == KEYS
    for name in KEYS - {"seconds", "evals_per_second"}:
        assert first[name] == second[name]
    assert (other["seed"], other["evals"]) == (4, 50)
    assert first["evals_per_second"] == first["evals"] / first["seconds"]
    assert first["evaluated"] + first["exact_hits"] + first["functional_hits"] == first["evals"]


def test_the_file_written_says_what_was_done(azc: Azc, config: Path, tmp_path: Path) -> None:
    """It parses, is stable under `azc fmt`, and its fitness is what `azc run` finds."""
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
def test_a_table_is_learnt_from(
    azc: Azc, tables: tuple[Path, Path], tmp_path: Path, target: str, eval_type: str
) -> None:
    """Prepared by its search rows; `run` and `predict` do the same again from the header."""
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


def test_the_output_is_tried_before_the_search(azc: Azc) -> None:
    """A place that cannot be written costs nobody an hour."""
    assert "cannot write no/best.azl" in azc("evolve", "none.toml", "-o", "no/best.azl", code=1).stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a.toml", "--data", "b.csv"],
        ["--data", "b.csv"],
        ["a.toml", "--target", "y"],
        ["a.toml", "--epochs", "2"],
    ],
)
def test_one_source_of_tasks_is_named(azc: Azc, arguments: list[str]) -> None:
    """A configuration or a table with its target."""
    azc("evolve", *arguments, code=2)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("search.max_secnds=1", "the nearest is 'max_seconds'"),
        ("search=1", "table.key=value"),
        ("program.sises=1", "sizes"),
    ],
)
def test_a_wrong_key_names_the_nearest(azc: Azc, config: Path, override: str, message: str) -> None:
    """Of the configuration as of --set."""
    assert message in azc("evolve", config, "--set", override, code=1).stderr


def test_ctrl_c_prints_the_best(config: Path, tmp_path: Path) -> None:
    """And writes it; exit code 0."""
    best = tmp_path / "best.azl"
    code = "from azc.cli import main, progress; progress.SECONDS_BETWEEN_LINES = 0.1; main()"
    settings = ["--set", "search.max_evals=1000000000", "--set", "search.target_fitness=2"]
    command = [sys.executable, "-c", code, "evolve", config, "-o", best, *settings]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        if line.startswith(COMPILING.encode()):
            line = process.stderr.readline()
        assert line.startswith(b"best ")
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert errors.endswith(f"wrote {best}\n".encode())
    text, _, rest = output.decode().partition("\nsearch fitness  ")
    assert package.format_program(package.load(best)) == text
    assert rest.endswith("seed 3, ended with Ctrl-C\n")


def test_progress_is_a_line() -> None:
    """Best fitness, rate, time left."""
    progress = Progress(12_345, 3.0, 4115.0, 0.98765, None, 1, 61.0)
    assert progress_text(progress) == "best 0.987650  12,345 programs, 4,115/s  61 s left"
    progress = Progress(12_345, 3.0, 4115.0, 0.98765, 0.5, 2, None)
    assert progress_text(progress) == "best 0.987650  select 0.500000  experiment 2  12,345 programs, 4,115/s"
