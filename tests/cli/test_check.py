"""`azc check`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Azc = Callable[..., Result]


def test_check_reports_all_problems_of_all_files(azc: Azc, tmp_path: Path, linear: Path) -> None:
    """Problems of all files, a missing file included, go to standard error, with their number."""
    bad = tmp_path / "bad.azl"
    bad.write_text("def Setup():\n  s1 = sine(s2)\n  v99 = 1\n")
    result = azc("check", linear, bad, tmp_path / "none.azl", code=1)
    assert result.stdout == ""
    assert f"{bad}:2:8: there is no operation sine" in result.stderr
    assert f"{bad}:3:3: " in result.stderr
    assert result.stderr.endswith("3 files checked: 3 problems in 2 files\n")


def test_check_accepts_correct_files(azc: Azc, linear: Path) -> None:
    """A file without problems gives exit code 0."""
    assert azc("check", linear).output == "1 file checked: no problems\n"


def test_check_lists_problems_as_json(azc: Azc, tmp_path: Path) -> None:
    """`--json` lists problems with file, line and column."""
    bad = tmp_path / "bad.azl"
    bad.write_text("def Setup():\n  s1 = ?\n")
    (problem,) = json.loads(azc("check", "--json", bad, code=1).stdout)
    assert (problem["file"], problem["line"], problem["column"]) == (str(bad), 2, 8)


def test_check_lists_100_problems_and_counts_the_rest(azc: Azc, tmp_path: Path) -> None:
    """A hundred problems of a file are listed and the rest counted, in text and in JSON."""
    bad = tmp_path / "bad.azl"
    bad.write_text("oops\n" * 1234)
    result = azc("check", bad, code=1)
    assert result.stderr.count("^") == 100
    assert result.stderr.endswith(f"{bad}: 1,134 more problems\n1 file checked: 1,234 problems in 1 file\n")
    listed = json.loads(azc("check", "--json", bad, code=1).stdout)
    assert (len(listed), listed[-1]["message"]) == (101, f"{bad}: 1,134 more problems")


WARNED = "def Predict():\n  s2 = 3\n  s1 = s9 + 1\n"


def test_check_warns(azc: Azc, tmp_path: Path) -> None:
    """Warnings go to standard error, with line and column; the exit code is 0, and 1 with --strict."""
    path = tmp_path / "odd.azl"
    path.write_text(WARNED)
    result = azc("check", path)
    assert f"{path}:2:3: warning: this has no effect" in result.stderr
    assert f"{path}:3:8: warning: s9 is never written" in result.stderr
    assert result.stdout == "1 file checked: 2 warnings in 1 file\n"
    assert azc("check", "--strict", path, code=1).stderr == result.stderr


def test_check_lists_warnings_as_json(azc: Azc, tmp_path: Path) -> None:
    """`--json` lists warnings and problems with their severity."""
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
    """The evaluation type is that of `--eval`, else of the header, else the first with live code."""
    text = "def Predict():\n  v2 = 2 * v0\n"
    path = tmp_path / "classes.azl"
    path.write_text(text)
    azc("check", "--strict", path)
    assert "nothing writes s1" in azc("check", "--strict", "--eval", "ACCURACY", path, code=1).stderr
    path.write_text(f'# azc: an evolved program\n#   eval_type = "RMS_ERROR"\n\n{text}')
    assert "nothing writes s1" in azc("check", "--strict", path, code=1).stderr


@pytest.mark.parametrize("name", ["logistic_regression", "softmax_regression", "two_layer_network"])
def test_examples_have_no_warnings(azc: Azc, name: str) -> None:
    """The example programs have no warnings, without an evaluation type given."""
    said = azc("check", "--strict", Path(__file__).parents[2] / "examples" / f"{name}.azl").output
    assert said.endswith("1 file checked: no problems\n")
