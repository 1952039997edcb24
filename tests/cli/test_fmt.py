"""`azc fmt`."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Azc = Callable[..., Result]
UGLY = "def Setup():\n s2=0.010   # rate\n"
PRETTY = "def Setup():\n  s2 = 0.01  # rate\n"


def test_fmt_rewrites_in_place_once(azc: Azc, tmp_path: Path) -> None:
    """A file is rewritten in place with its permissions; a second call changes nothing."""
    path = tmp_path / "a.azl"
    path.write_text(UGLY)
    path.chmod(0o640)
    assert azc("fmt", path).stderr == f"formatted {path}\n"
    assert path.read_text() == PRETTY
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert azc("fmt", path).output == ""
    assert os.listdir(tmp_path) == ["a.azl"]


def test_fmt_filters_standard_input(azc: Azc) -> None:
    """`-` reads standard input and writes standard output."""
    assert azc("fmt", "-", input=UGLY).output == PRETTY
    assert azc("fmt", "-", input=PRETTY).output == PRETTY
    assert "<stdin>:1:1" in azc("fmt", "-", input=b"\xff", code=1).stderr


@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_fmt_check_and_diff_change_no_file(azc: Azc, tmp_path: Path, linear: Path, option: str) -> None:
    """`--check` and `--diff` change no file, and give exit code 1 if formatting would."""
    path = tmp_path / "a.azl"
    path.write_text(UGLY)
    output = azc("fmt", option, path, linear, code=1).stdout
    assert str(path) in output
    assert str(linear) not in output
    assert path.read_text() == UGLY
    assert azc("fmt", option, linear).output == ""


def test_fmt_shows_a_diff(azc: Azc) -> None:
    """`--diff` prints a unified diff."""
    assert azc("fmt", "--diff", "-", input=UGLY, code=1).stdout == (
        "--- <stdin>\n+++ <stdin> (formatted)\n@@ -1,2 +1,2 @@\n def Setup():\n"
        "- s2=0.010   # rate\n+  s2 = 0.01  # rate\n"
    )


def test_fmt_changes_no_file_if_one_is_faulty(azc: Azc, tmp_path: Path) -> None:
    """A faulty file leaves all files unchanged."""
    good, bad = tmp_path / "good.azl", tmp_path / "bad.azl"
    good.write_text(UGLY)
    bad.write_text("?")
    azc("fmt", good, bad, code=1)
    assert good.read_text() == UGLY


def test_fmt_takes_standard_input_alone(azc: Azc, linear: Path) -> None:
    """`-` together with a file is an error."""
    assert "- stands for standard input and is given alone" in azc("fmt", "-", linear, code=2).stderr
