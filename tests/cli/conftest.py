"""Fixtures for tests of the command line: a call, a program and tables."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from programs import LINEAR

from azc.cli import main


@pytest.fixture
def azc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Call the command line in a temporary folder: `azc("run", path, "--json")`."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object, code: int = 0, input: str | bytes | None = None) -> Result:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=input)
        assert result.exit_code == code, result.output + repr(result.exception)
        return result

    return call


@pytest.fixture
def linear(tmp_path: Path) -> Path:
    """A formatted file with linear regression."""
    path = tmp_path / "linear.azl"
    path.write_text(LINEAR)
    return path


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, Path]:
    """A table with the class `kind`, and one without it, with its columns in another order."""
    draw = random.Random(0)
    rows = [[draw.gauss(5, 2) for _ in range(3)] for _ in range(120)]
    known, new = tmp_path / "known.csv", tmp_path / "new.csv"
    lines = [f"{a!r},{b!r},{c!r},{'up' if a > b else 'down'}" for a, b, c in rows[:100]]
    known.write_text("\n".join(["a,b,c,kind", *lines, ""]))
    lines = [f"row {i},{c!r},{b!r},{a!r}" for i, (a, b, c) in enumerate(rows[100:])]
    new.write_text("\n".join(["note,c,b,a", *lines, ""]))
    return known, new
