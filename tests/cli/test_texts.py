"""`azc check` and `azc fmt`."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Azc = Callable[..., Result]
UGLY = "def Setup():\n s2=0.010   # rate\n"
PRETTY = "def Setup():\n  s2 = 0.01  # rate\n"


def test_check_reports_all_problems_of_all_files(azc: Azc, tmp_path: Path, linear: Path) -> None:
    """On standard error, with a count; a missing file is one of them."""
    bad = tmp_path / "bad.azl"
    bad.write_text("def Setup():\n  s1 = sine(s2)\n  v99 = 1\n")
    result = azc("check", linear, bad, tmp_path / "none.azl", code=1)
    assert result.stdout == ""
    assert f"{bad}:2:8: there is no operation sine" in result.stderr
    assert f"{bad}:3:3: " in result.stderr
    assert result.stderr.endswith("3 files checked: 3 problems in 2 files\n")


def test_check_is_content_with_sound_files(azc: Azc, linear: Path) -> None:
    """Code 0."""
    assert azc("check", linear).output == "1 file checked: no problems\n"


def test_check_lists_problems_as_json(azc: Azc, tmp_path: Path) -> None:
    """File, line, column and message of each."""
    bad = tmp_path / "bad.azl"
    bad.write_text("def Setup():\n  s1 = ?\n")
    (problem,) = json.loads(azc("check", "--json", bad, code=1).stdout)
    assert (problem["file"], problem["line"], problem["column"]) == (str(bad), 2, 8)


def test_check_counts_the_problems_that_it_does_not_list(azc: Azc, tmp_path: Path) -> None:
    """A hundred are listed, the others are a number, in words and as JSON."""
    bad = tmp_path / "bad.azl"
    bad.write_text("oops\n" * 1234)
    result = azc("check", bad, code=1)
    assert result.stderr.count("^") == 100
    assert result.stderr.endswith(f"{bad}: 1,134 more problems\n1 file checked: 1,234 problems in 1 file\n")
    listed = json.loads(azc("check", "--json", bad, code=1).stdout)
    assert (len(listed), listed[-1]["message"]) == (101, f"{bad}: 1,134 more problems")


WARNED = "def Predict():\n  s2 = 3\n  s1 = s9 + 1\n"


def test_check_warns(azc: Azc, tmp_path: Path) -> None:
    """On standard error, with places; the exit code is 0, and 1 with --strict."""
    path = tmp_path / "odd.azl"
    path.write_text(WARNED)
    result = azc("check", path)
    assert f"{path}:2:3: warning: this has no effect" in result.stderr
    assert f"{path}:3:8: warning: s9 is never written" in result.stderr
    assert result.stdout == "1 file checked: 2 warnings in 1 file\n"
    assert azc("check", "--strict", path, code=1).stderr == result.stderr


def test_check_lists_warnings_as_json(azc: Azc, tmp_path: Path) -> None:
    """Beside problems, told apart by their severity."""
    odd, bad = tmp_path / "odd.azl", tmp_path / "bad.azl"
    odd.write_text(WARNED)
    bad.write_text("?")
    listed = json.loads(azc("check", "--json", odd, bad, code=1).stdout)
    assert [(entry["severity"], entry["line"]) for entry in listed] == [
        ("warning", 2),
        ("warning", 3),
        ("error", 1),
    ]
    assert azc("check", odd, bad, code=1).stderr.endswith("1 problem and 2 warnings in 2 files\n")


def test_check_knows_the_evaluation_type(azc: Azc, tmp_path: Path) -> None:
    """As asked; as the file's header says; else the first under which anything has an effect."""
    text = "def Predict():\n  v2 = 2 * v0\n"
    path = tmp_path / "classes.azl"
    path.write_text(text)
    azc("check", "--strict", path)
    assert "nothing writes s1" in azc("check", "--strict", "--eval", "ACCURACY", path, code=1).stderr
    path.write_text(f'# azc: an evolved program\n#   eval_type = "RMS_ERROR"\n\n{text}')
    assert "nothing writes s1" in azc("check", "--strict", path, code=1).stderr


@pytest.mark.parametrize("name", ["logistic_regression", "softmax_regression", "two_layer_network"])
def test_examples_have_no_warnings(azc: Azc, name: str) -> None:
    """They are as programs should be written, and their evaluation types are found."""
    said = azc("check", "--strict", Path(__file__).parents[2] / "examples" / f"{name}.azl").output
    assert said.endswith("1 file checked: no problems\n")


def test_fmt_rewrites_in_place_once(azc: Azc, tmp_path: Path) -> None:
    """Permissions stay; a second time changes nothing."""
    path = tmp_path / "a.azl"
    path.write_text(UGLY)
    path.chmod(0o640)
    assert azc("fmt", path).stderr == f"formatted {path}\n"
    assert path.read_text() == PRETTY
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert azc("fmt", path).output == ""
    assert os.listdir(tmp_path) == ["a.azl"]


def test_fmt_filters_standard_input(azc: Azc) -> None:
    """`-` reads and writes the standard streams."""
    assert azc("fmt", "-", input=UGLY).output == PRETTY
    assert azc("fmt", "-", input=PRETTY).output == PRETTY
    assert "<stdin>:1:1" in azc("fmt", "-", input=b"\xff", code=1).stderr


@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_fmt_only_looks_when_asked(azc: Azc, tmp_path: Path, linear: Path, option: str) -> None:
    """Code 1 if anything would change, and nothing does."""
    path = tmp_path / "a.azl"
    path.write_text(UGLY)
    output = azc("fmt", option, path, linear, code=1).stdout
    assert str(path) in output
    assert str(linear) not in output
    assert path.read_text() == UGLY
    assert azc("fmt", option, linear).output == ""


def test_fmt_shows_a_diff(azc: Azc) -> None:
    """Unified, as patches are."""
    assert azc("fmt", "--diff", "-", input=UGLY, code=1).stdout == (
        "--- <stdin>\n+++ <stdin> (formatted)\n@@ -1,2 +1,2 @@\n def Setup():\n"
        "- s2=0.010   # rate\n+  s2 = 0.01  # rate\n"
    )


def test_fmt_changes_no_file_where_one_is_at_fault(azc: Azc, tmp_path: Path) -> None:
    """All or none."""
    good, bad = tmp_path / "good.azl", tmp_path / "bad.azl"
    good.write_text(UGLY)
    bad.write_text("?")
    azc("fmt", good, bad, code=1)
    assert good.read_text() == UGLY


def test_fmt_takes_standard_input_alone(azc: Azc, linear: Path) -> None:
    """Two places for one text make no sense."""
    assert "- stands for standard input and is given alone" in azc("fmt", "-", linear, code=2).stderr
