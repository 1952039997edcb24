"""`azc config`: a new configuration, or a completed file."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from azc.search import load_config, table_config

Azc = Callable[..., Result]
SMALL = '[tasks.search]\nkind = "linear"\ntrain = 20\nvalid = 10\ntasks = 2\n'


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A small configuration."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


def test_a_printed_configuration_is_input_of_evolve(azc: Azc) -> None:
    """The printed configuration, overrides included, is valid input of `azc evolve -`."""
    printed = azc("config", "--set", "search.max_evals=30", "--set", "tasks.search.train=7").stdout
    assert tomllib.loads(printed)["search"]["max_evals"] == 30
    found = azc("evolve", "-", "--json", input=printed.encode())
    assert '"evals": 30' in found.stdout


def test_a_file_is_completed(azc: Azc, small: Path, tmp_path: Path) -> None:
    """The completed file describes the same search, with the overrides of the command line."""
    azc("config", small, "--set", "search.seed=3", "-o", tmp_path / "whole.toml")
    expected, found = load_config(small, ["search.seed=3"]), load_config(tmp_path / "whole.toml")
    assert found.tables == expected.tables
    assert found.params == expected.params


def test_a_file_may_be_completed_in_place(azc: Azc, small: Path) -> None:
    """The output may be the input file."""
    before = load_config(small).tables
    azc("config", small, "-o", small)
    assert len(small.read_text()) > len(SMALL)
    assert load_config(small).tables == before


def test_a_table_has_the_configuration_of_evolve(azc: Azc, tables: tuple[Path, Path], tmp_path: Path) -> None:
    """`--data` gives the configuration that `azc evolve --data` uses."""
    azc("config", "--data", "known.csv", "--target", "kind", "-o", tmp_path / "mine.toml")
    expected = table_config(str(tables[0]), "kind")
    found = load_config(tmp_path / "mine.toml")
    assert found.tables == expected.tables
    assert found.preprocessing == expected.preprocessing


def test_standard_input_is_completed(azc: Azc, small: Path) -> None:
    """`azc config -` completes standard input as it would complete a file."""
    assert azc("config", "-", input=SMALL).stdout == azc("config", small).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--kind", "tabel"), "tasks.search: there are no tasks of kind 'tabel'; the nearest is 'table'\n"),
        (("--set", "search.sed=1"), "search.sed: there is no such key; the nearest is 'seed'\n"),
        (("nowhere.toml",), "nowhere.toml: cannot be read: No such file or directory\n"),
        (("-o", "nowhere/x.toml"), "cannot write nowhere/x.toml: No such file or directory\n"),
    ],
)
def test_wrong_arguments_are_errors(azc: Azc, arguments: tuple[str, ...], said: str) -> None:
    """A wrong argument gives an error, with the nearest valid word if there is one, and no output."""
    result = azc("config", *arguments, code=1)
    assert said in result.stderr
    assert result.stdout == ""


def test_all_problems_of_standard_input_are_reported(azc: Azc) -> None:
    """Problems of standard input are reported in their order, under the name `<stdin>`."""
    result = azc("config", "-", input=SMALL + "tass = 1\n[search]\nseed = -1\n", code=1)
    head = [line.partition(" must ")[0].partition(": expected")[0] for line in result.stderr.splitlines()]
    assert head == [
        "<stdin>: tasks.search: linear tasks have no parameter 'tass'; the nearest is 'tasks'",
        "<stdin>: search.seed",
    ]


def test_a_kind_that_needs_a_file_is_checked(azc: Azc) -> None:
    """A missing required parameter is a comment, an unknown one an error."""
    assert "#path = …" in azc("config", "--kind", "table").stdout
    result = azc("config", "--kind", "table", "--set", "tasks.search.targt=x", code=1)
    assert result.stderr == "tasks.search: table tasks have no parameter 'targt'; the nearest is 'target'\n"


def test_conflicting_options_are_refused(azc: Azc, small: Path) -> None:
    """`--kind` together with a file is refused, and so is `--target` without `--data`."""
    assert "exclude each other" in azc("config", small, "--kind", "affine", code=2).stderr
    assert "go together" in azc("config", "--target", "price", code=2).stderr


@pytest.mark.parametrize(("name", "text"), [("a.csv", "a,b\n1,2\n"), ("a.azl", "def Setup():\n")])
def test_a_file_of_another_kind_names_the_right_command(
    azc: Azc, tmp_path: Path, name: str, text: str
) -> None:
    """A table or program instead of a configuration is an error that names the command to type."""
    (tmp_path / name).write_text(text)
    assert "type `azc config --" in azc("config", name, code=1).stderr


def test_output_is_utf_8_in_any_terminal() -> None:
    """Output is UTF-8 without escape sequences, whatever the terminal's encoding."""
    command = [sys.executable, "-m", "azc", "config"]
    done = subprocess.run(command, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert "#max_evals = …" in done.stdout.decode()
    assert b"\x1b" not in done.stdout
