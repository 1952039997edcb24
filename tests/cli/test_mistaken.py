"""Commands given a file of the wrong kind name the command to type instead."""

import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from programs import LINEAR

from azc.cli.mistaken import kind_of

Azc = Callable[..., Result]
CONFIG = '[search]\nmax_evals = 50\n[tasks.search]\nkind = "linear"\ntasks = 1\n'


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a file of each kind, and one with a space in its name."""
    rows = "".join(f"{i},{i % 7},{i % 2}\n" for i in range(40))
    (tmp_path / "table.csv").write_text(f"width,height,colour\n{rows}")
    (tmp_path / "my table.csv").write_text("a;b\n1;2\n")
    (tmp_path / "program.azl").write_text(LINEAR)
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "config.json").write_text('{"search": {}}')
    np.savez(tmp_path / "arrays.npz", x=np.zeros(3))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.toml").write_text(CONFIG)
    (tmp_path / "empty").mkdir()
    return tmp_path


CASES = [
    # what is typed, what to type instead
    ("evolve table.csv", "azc evolve --data table.csv --target COLUMN"),
    ("evolve 'my table.csv'", "azc evolve --data 'my table.csv' --target COLUMN"),
    ("evolve program.azl", "azc evolve CONFIG.toml --initial-programs program.azl"),
    ("evolve run", "azc resume run"),
    ("evolve empty", "azc evolve empty/CONFIG.toml"),
    ("evolve arrays.npz", "azc evolve CONFIG.toml"),
    ("evolve config.json", "azc evolve CONFIG.toml"),
    ("run table.csv", "azc run PROGRAM.azl --data table.csv --target COLUMN"),
    ("run table.csv --task linear", "azc run PROGRAM.azl --data table.csv --target COLUMN"),
    ("run config.toml", "azc evolve config.toml"),
    ("run config.toml --task linear", "azc run PROGRAM.azl --task config.toml:tasks.search"),
    ("run arrays.npz --task linear", "azc run PROGRAM.azl --task arrays,path=arrays.npz"),
    ("run empty --task linear", "azc run PROGRAM.azl --task SPEC"),
    ("run program.azl --task table.csv", "azc run PROGRAM.azl --data table.csv --target COLUMN"),
    ("run program.azl --task arrays.npz", "azc run PROGRAM.azl --task arrays,path=arrays.npz"),
    ("resume config.toml", "azc evolve config.toml"),
    ("resume table.csv", "azc evolve --data table.csv --target COLUMN"),
    ("resume program.azl", "azc resume RUN"),
    (
        "predict table.csv program.azl --train table.csv",
        "azc predict program.azl --train table.csv table.csv",
    ),
    ("predict table.csv --train table.csv", "azc predict PROGRAM.azl --train TABLE.csv table.csv"),
    ("predict config.toml --train table.csv", "azc evolve config.toml"),
]


@pytest.mark.parametrize(("typed", "said"), CASES)
def test_the_right_command_is_named(azc: Azc, files: Path, typed: str, said: str) -> None:
    """A file of the wrong kind gives one line with the command to type."""
    result = azc(*shlex.split(typed), code=1)
    assert f"`{said}`" in result.stderr
    assert result.stderr.count("\n") == 1
    assert "no valid TOML" not in result.stderr


def test_a_tables_columns_are_named(azc: Azc, files: Path) -> None:
    """The error for a table names its columns, at most twenty of them."""
    assert "one of width, height, colour\n" in azc("evolve", "table.csv", code=1).stderr
    assert "one of a, b\n" in azc("evolve", "my table.csv", code=1).stderr
    (files / "wide.csv").write_text(",".join(f"c{i}" for i in range(3000)) + "\n")
    assert azc("evolve", "wide.csv", code=1).stderr.endswith("c18, c19, …\n")


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"\n", b'"', b"a" * 100_000])
def test_a_table_with_unreadable_columns_gives_one_line(azc: Azc, files: Path, data: bytes) -> None:
    """A table with unreadable columns gives one short line, whatever its bytes."""
    (files / "odd.csv").write_bytes(data)
    result = azc("evolve", "odd.csv", code=1)
    assert result.stderr.count("\n") == 1
    assert len(result.stderr) < 1000


def test_a_configuration_may_have_any_name(azc: Azc, files: Path) -> None:
    """A configuration in a file with another suffix is read as a configuration."""
    (files / "odd.csv").write_text(CONFIG.replace("max_evals = 50", "max_evals = 0"))
    assert "search.max_evals: expected" in azc("evolve", "odd.csv", code=1).stderr


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (LINEAR, "program"),
        (f"# mine\n\n{LINEAR}", "program"),
        (CONFIG, "configuration"),
        (f"# mine\n{CONFIG}", "configuration"),
        ("seed = 3\n", "configuration"),
        ('{"a": 1}', "json"),
        ("a,b\n1,2\n", "table"),
        ("hello\n", None),
        ("", None),
    ],
)
def test_a_file_without_suffix_is_known_by_its_text(tmp_path: Path, text: str, kind: str | None) -> None:
    """The kind of a file without suffix is recognized by its first lines."""
    (tmp_path / "x").write_text(text)
    assert kind_of(str(tmp_path / "x")) == kind


def test_devices_and_missing_files_are_not_read() -> None:
    """Devices and missing files are not read: /dev/zero has no end."""
    assert [kind_of(path) for path in ("/dev/zero", "/no/such/file", "", "\0")] == [
        None,
        None,
        "folder",
        None,
    ]
