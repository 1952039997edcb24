"""`azc tune`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

import azc as azc_package

Azc = Callable[..., Result]
TASK = "linear,features=4,train=100,valid=50,tasks=3"


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """Linear regression with a learning rate that is too low."""
    path = tmp_path / "slow.azl"
    path.write_text(
        "# found by hand\ndef Setup():\n  s2 = 0.0001\ndef Predict():\n  s1 = dot(v0, v1)\n"
        "def Learn():\n  s3 = s0 - s1\n  s4 = s2 * s3\n  v2 = s4 * v0\n  v1 = v1 + v2\n"
    )
    return path


def test_the_tuned_program_is_printed(azc: Azc, slow: Path) -> None:
    """The program goes to standard output, what tuning brought to standard error."""
    result = azc("tune", slow, "--task", TASK, "--evals", 200, "--check", f"{TASK},seed=9")
    program = azc_package.parse(result.stdout)
    rate = next(program.instructions()).constants[0]
    assert 0.001 < rate < 1
    lines = result.stderr.splitlines()
    assert lines[0].startswith("tuned on ")
    assert lines[1].startswith("on others ")
    assert lines[2].startswith("1 number, 20")
    for line in lines[:2]:
        before, after = (float(word) for word in line.replace("->", " ").split()[2:])
        assert before < 0.5 < after


def test_json_has_all_numbers(azc: Azc, slow: Path, tmp_path: Path) -> None:
    """`--json` prints one object; `-o` writes the program."""
    words = ("tune", slow, "--task", TASK, "--evals", 100, "--json", "-o", tmp_path / "out.azl")
    found = json.loads(azc(*words).stdout)
    assert found.keys() == {"before", "fitness", "numbers", "evals", "seconds", "program"}
    assert found["fitness"] > found["before"]
    assert (tmp_path / "out.azl").read_text() == found["program"]
    again = json.loads(azc(*words).stdout)
    assert {**again, "seconds": 0} == {**found, "seconds": 0}


def test_the_same_as_on_standard_input(azc: Azc, slow: Path) -> None:
    """`-` reads the program from standard input."""
    words = ("--task", TASK, "--evals", 50)
    assert azc("tune", "-", *words, input=slow.read_bytes()).stdout == azc("tune", slow, *words).stdout


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (["--task", "linear,features=0"], 1, "features"),
        (["--task", TASK, "--evals", "0"], 2, "0 is not in the range"),
        ([], 2, "Missing option '--task'"),
        (["--task", TASK, "--check", "lineal"], 1, "lineal"),
    ],
)
def test_wrong_words_are_errors(azc: Azc, slow: Path, words: list[str], code: int, error: str) -> None:
    """Wrong options end the command with a message."""
    assert error in azc("tune", slow, *words, code=code).output


def test_no_numbers(azc: Azc, tmp_path: Path) -> None:
    """A program without numbers is an error."""
    path = tmp_path / "plain.azl"
    path.write_text("def Predict():\n  s1 = norm(v0)\n")
    assert "no numbers to tune" in azc("tune", path, "--task", TASK, code=1).output
