"""A run folder in place of a program means the run's best program."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

import azc as package
from azc.search import load_config

Azc = Callable[..., Result]

BEST = "def Setup():\n  pass\n\ndef Predict():\n  s1 = mean(v0)\n\ndef Learn():\n  pass\n"
UNTIDY = "# a note\ndef Predict():\n    s1=mean( v0 )\n"
SEARCH = """
[search]
max_evals = 10
[tasks.search]
kind = "linear"
train = 20
valid = 10
features = 2
tasks = 1
"""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder with a best program."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "config.toml").write_text(SEARCH)
    (folder / "best.azl").write_text(BEST)
    return folder


@pytest.fixture
def search(tmp_path: Path) -> Path:
    """A configuration beside the run folder."""
    path = tmp_path / "search.toml"
    path.write_text(SEARCH)
    return path


def test_a_run_is_checked(azc: Azc, run: Path) -> None:
    """`azc check RUN` checks the best program, with path and line."""
    assert "no problems" in azc("check", run).output
    (run / "best.azl").write_text("def Predict():\n  s1 = s2\n")
    assert f"{run / 'best.azl'}:2:" in azc("check", run, code=1).output


def test_a_run_is_printed_by_fmt(azc: Azc, run: Path) -> None:
    """`azc fmt RUN` prints the formatted program and leaves the file unchanged."""
    assert azc("fmt", run).stdout == BEST
    (run / "best.azl").write_text(UNTIDY)
    assert azc("fmt", run).stdout == package.language.format_text(UNTIDY, "p.azl")
    assert (run / "best.azl").read_text() == UNTIDY


def test_fmt_checks_a_run_and_shows_the_difference(azc: Azc, run: Path) -> None:
    """`azc fmt --check` and `--diff` take a run folder as they take a file."""
    azc("fmt", "--check", run)
    (run / "best.azl").write_text(UNTIDY)
    assert azc("fmt", "--check", run, code=1).output == f"would change {run}\n"
    assert "-    s1=mean( v0 )" in azc("fmt", "--diff", run, code=1).output


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("run", "--task", "linear,features=2,tasks=1,train=10,valid=5"), "1 task, RMS_ERROR, 2 features"),
        (("explain",), "s1 = mean(v0)"),
        (("emit",), "mean"),
    ],
)
def test_a_run_is_taken_for_its_program(
    azc: Azc, run: Path, arguments: tuple[str, ...], expected: str
) -> None:
    """`run`, `explain` and `emit` take a run folder for its best program."""
    assert expected in azc(arguments[0], run, *arguments[1:]).stdout


@pytest.mark.parametrize("name", ["run", "./run", "absolute"])
@pytest.mark.parametrize("form", ["{}", '["{}"]', '["{}", "one.azl"]'])
def test_program_initial_may_be_a_run(tmp_path: Path, run: Path, search: Path, name: str, form: str) -> None:
    """`program.initial` may be a run folder, with relative or absolute path, alone or in a list."""
    (tmp_path / "one.azl").write_text(BEST)
    value = form.format(run if name == "absolute" else name)
    config = load_config(search, [f"program.initial={value}"])
    assert config.params.program.initial == (package.parse(BEST),) * (2 if "one" in form else 1)


def test_initial_programs_may_be_runs(azc: Azc, run: Path, search: Path) -> None:
    """`--initial-programs` may be a run folder; the new run saves a copy of the program."""
    azc("evolve", search, "--initial-programs", "run", "--run-dir", "new", "--quiet")
    (kept,) = [path for path in (run.parent / "new").glob("*.azl") if path.name != "best.azl"]
    assert package.load(kept) == package.parse(BEST)


COMMANDS = (
    ("check", "{}"),
    ("fmt", "{}"),
    ("explain", "{}"),
    ("emit", "{}"),
    ("run", "{}", "--task", "linear"),
    ("predict", "{}", "--train", "t.csv", "--target", "y"),
    ("evolve", "search.toml", "--initial-programs", "{}"),
    ("evolve", "search.toml", "--set", "program.initial={}"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_another_folder_is_an_error(azc: Azc, tmp_path: Path, search: Path, command: tuple[str, ...]) -> None:
    """A folder that holds no run is an error that says what to name."""
    (tmp_path / "folder").mkdir()
    said = azc(*(word.format("folder") for word in command), code=1).stderr
    assert "folder: is a folder that holds no run" in said
    assert "name an .azl file" in said or "type `azc run PROGRAM.azl --task SPEC`" in said


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_run_without_a_program_is_an_error(
    azc: Azc, run: Path, search: Path, command: tuple[str, ...]
) -> None:
    """A run folder without a best program is an error."""
    (run / "best.azl").unlink()
    said = azc(*(word.format("run") for word in command), code=1).stderr
    assert "run: the run has no best program yet" in said
