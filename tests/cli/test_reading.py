"""Input of commands: files without end, and standard input."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

ENDLESS = Path("/dev/zero")
no_device = pytest.mark.skipif(not ENDLESS.exists(), reason="there is no file without end")


@no_device
@pytest.mark.parametrize(
    "arguments",
    [
        ["check", ENDLESS],
        ["explain", ENDLESS],
        ["fmt", "--check", ENDLESS],
        ["emit", ENDLESS],
        ["run", ENDLESS, "--task", "linear"],
        ["run", "linear.azl", "--task", "arrays,path=/dev/zero"],
        ["run", "linear.azl", "--data", ENDLESS, "--target", "y"],
        ["predict", "linear.azl", "--train", ENDLESS, "--target", "y"],
        ["config", ENDLESS],
        ["config", "--data", ENDLESS, "--target", "y"],
        ["evolve", ENDLESS],
        ["evolve", "--data", ENDLESS, "--target", "y"],
        ["evolve", "search.toml", "--initial-programs", ENDLESS],
    ],
    ids=lambda arguments: " ".join(map(str, arguments)),
)
def test_a_file_without_end_is_an_error(
    arguments: list[object], tmp_path: Path, azc: Callable[..., Result]
) -> None:
    """A file without end is an error with exit code 1."""
    (tmp_path / "linear.azl").write_text("")
    (tmp_path / "search.toml").write_text('[tasks.search]\nkind = "linear"\n')
    result = azc(*arguments, code=1)
    assert "longer than" in result.output or "npz" in result.output


@pytest.mark.parametrize("arguments", [["check", "-"], ["explain", "-"], ["run", "-", "--task", "linear"]])
def test_a_dash_is_standard_input(arguments: list[str], linear: Path, azc: Callable[..., Result]) -> None:
    """`-` reads standard input, with the same output as for a file."""
    said = azc(*arguments, input=linear.read_bytes()).output.splitlines()
    named = azc(*[linear if word == "-" else word for word in arguments]).output.splitlines()
    assert said[:-1] == named[:-1]  # the last line of run has seconds
    assert len(said) > 1 or said == named


@pytest.mark.parametrize("arguments", [["check", "-"], ["explain", "-"], ["run", "-", "--task", "linear"]])
def test_problems_of_standard_input_have_its_name(arguments: list[str], azc: Callable[..., Result]) -> None:
    """Problems of standard input are named `<stdin>`, with line and column; more than 1 MiB is an error."""
    assert "<stdin>:1:5: " in azc(*arguments, code=1, input="def Lern():\n").output
    assert "longer than 1 MiB" in azc(*arguments, code=1, input=b"#" * 2**20 + b"\n").output


def test_an_empty_schedulers_name_is_an_error(tmp_path: Path, azc: Callable[..., Result]) -> None:
    """An empty address or file of a scheduler is an error that shows a valid address."""
    (tmp_path / "search.toml").write_text('[tasks.search]\nkind = "linear"\n')
    for option in ("--scheduler", "--scheduler-file"):
        said = azc("evolve", "search.toml", option, "", code=1).output
        assert "expected an address like tcp://10.0.0.1:8786" in said
