"""`azc config`: a configuration to edit, or a file completed."""

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


def test_a_new_configuration_is_ready_to_search_with(azc: Azc) -> None:
    """What is printed is taken from standard input, overrides and all."""
    printed = azc("config", "--set", "search.max_evals=30", "--set", "tasks.search.train=7").stdout
    assert tomllib.loads(printed)["search"]["max_evals"] == 30
    found = azc("evolve", "-", "--json", input=printed.encode())
    assert '"evals": 30' in found.stdout


def test_a_file_is_completed(azc: Azc, small: Path, tmp_path: Path) -> None:
    """The output is the same search, with what is set on the command line."""
    azc("config", small, "--set", "search.seed=3", "-o", tmp_path / "whole.toml")
    expected, found = load_config(small, ["search.seed=3"]), load_config(tmp_path / "whole.toml")
    assert found.tables == expected.tables
    assert found.params == expected.params


def test_the_file_may_be_completed_where_it_is(azc: Azc, small: Path) -> None:
    """It is read before it is written."""
    before = load_config(small).tables
    azc("config", small, "-o", small)
    assert len(small.read_text()) > len(SMALL)
    assert load_config(small).tables == before


def test_a_table_has_the_configuration_that_it_is_searched_with(
    azc: Azc, tables: tuple[Path, Path], tmp_path: Path
) -> None:
    """The one of `azc evolve --data`, in any folder."""
    azc("config", "--data", "known.csv", "--target", "kind", "-o", tmp_path / "mine.toml")
    expected = table_config(str(tables[0]), "kind")
    found = load_config(tmp_path / "mine.toml")
    assert found.tables == expected.tables
    assert found.preprocessing == expected.preprocessing


def test_standard_input_is_completed(azc: Azc, small: Path) -> None:
    """`-` is a file as in other commands; paths start where the command does."""
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
def test_what_is_wrong_is_told(azc: Azc, arguments: tuple[str, ...], said: str) -> None:
    """With the nearest right word; nothing is printed."""
    result = azc("config", *arguments, code=1)
    assert said in result.stderr
    assert result.stdout == ""


def test_all_that_is_wrong_with_standard_input_is_told(azc: Azc) -> None:
    """By its name and in its order."""
    result = azc("config", "-", input=SMALL + "tass = 1\n[search]\nseed = -1\n", code=1)
    head = [line.partition(" must ")[0].partition(": expected")[0] for line in result.stderr.splitlines()]
    assert head == [
        "<stdin>: tasks.search: linear tasks have no parameter 'tass'; the nearest is 'tasks'",
        "<stdin>: search.seed",
    ]


def test_mistakes_in_a_kind_that_needs_a_file_are_told(azc: Azc) -> None:
    """What it needs may be missing, what it has must be right."""
    assert "#path = …" in azc("config", "--kind", "table").stdout
    result = azc("config", "--kind", "table", "--set", "tasks.search.targt=x", code=1)
    assert result.stderr == "tasks.search: table tasks have no parameter 'targt'; the nearest is 'target'\n"


def test_a_file_says_its_kind_itself(azc: Azc, small: Path) -> None:
    """`--kind` is refused then, and so is a column without a table."""
    assert "exclude each other" in azc("config", small, "--kind", "affine", code=2).stderr
    assert "go together" in azc("config", "--target", "price", code=2).stderr


@pytest.mark.parametrize(("name", "text"), [("a.csv", "a,b\n1,2\n"), ("a.azl", "def Setup():\n")])
def test_another_file_is_told_what_to_type(azc: Azc, tmp_path: Path, name: str, text: str) -> None:
    """As for other commands."""
    (tmp_path / name).write_text(text)
    assert "type `azc config --" in azc("config", name, code=1).stderr


def test_it_is_plain_utf_8_wherever_it_goes() -> None:
    """Whatever the terminal's encoding: it is a file of TOML."""
    command = [sys.executable, "-m", "azc", "config"]
    done = subprocess.run(command, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert "#max_evals = …" in done.stdout.decode()
    assert b"\x1b" not in done.stdout
