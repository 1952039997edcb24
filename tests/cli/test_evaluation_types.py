"""The evaluation type of a program: from `--eval`, its header, its run, or the live code."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from programs import linear, softmax

import azc as package
from azc.runs import Header, with_header

Azc = Callable[..., Result]

CLASSES = softmax()
BOTH = "def Predict():\n  s1 = mean(v0)\n  v2 = 2 * v0\n"
GUESS = (
    "evaluation type MULTICLASS_ACCURACY, under which 6 of 6 instructions are live; under RMS_ERROR none is"
)
X = np.random.default_rng(1).normal(size=(30, 4))
Y = X[:, :3].argmax(axis=1)


def evolved(path: Path, text: str, **header: str) -> Path:
    """Write a program with a header."""
    path.write_text(with_header(Header(**header), text))
    return path


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder of many classes with a best program without header."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "config.toml").write_text('[tasks.search]\neval_type = "MULTICLASS_ACCURACY"\n')
    (folder / "best.azl").write_text(BOTH)
    return folder


def test_the_option_wins_over_the_header(azc: Azc, tmp_path: Path) -> None:
    """`--eval` overrides the header, which overrides the default; neither is announced."""
    path = evolved(tmp_path / "p.azl", BOTH, eval_type="MULTICLASS_ACCURACY")
    said = azc("explain", path)
    assert "s1 = mean(v0)  dead" in said.stdout
    assert said.stderr == ""
    said = azc("explain", path, "--eval", "RMS_ERROR")
    assert "v2 = 2 * v0    dead" in said.stdout
    assert said.stderr == ""


def test_a_run_gives_the_evaluation_type(azc: Azc, run: Path) -> None:
    """A run's configuration gives the evaluation type of a program without header."""
    assert "s1 = mean(v0)  dead" in azc("explain", run).stdout
    assert "interface MULTICLASS_ACCURACY" in azc("emit", run, "--to", "python").stdout


@pytest.mark.parametrize("arguments", [("explain",), ("emit", "--to", "python")])
def test_a_guess_is_reported_on_standard_error(azc: Azc, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """A guessed evaluation type is reported on standard error; standard output is as with `--eval`."""
    path = tmp_path / "p.azl"
    path.write_text(CLASSES)
    command, *options = arguments
    said = azc(command, path, *options)
    assert said.stderr == f"{path}: {GUESS}; name another with --eval\n"
    assert said.stdout == azc(command, path, *options, "--eval", "MULTICLASS_ACCURACY").stdout


def test_the_example_with_many_classes_is_explained(azc: Azc) -> None:
    """All instructions of the softmax example are live, under MULTICLASS_ACCURACY."""
    path = Path(__file__).parents[2] / "examples/softmax_regression.azl"
    said = azc("explain", path)
    assert re.search(r"\b([1-9]\d*) instructions, \1 live\b", said.stdout)
    assert "MULTICLASS_ACCURACY" in said.stderr


def test_an_unknown_type_in_a_header_is_an_error(azc: Azc, tmp_path: Path) -> None:
    """An unknown evaluation type in a header is an error that names the file and the valid types."""
    path = evolved(tmp_path / "p.azl", BOTH, eval_type="ACCURACY")
    path.write_text(path.read_text().replace('"ACCURACY"', '"R2"'))
    said = azc("explain", path, code=1).stderr
    assert said.startswith(f"{path}: ")
    assert "eval_type: expected a word, but it is 'R2'; there are RMS_ERROR, ACCURACY" in said


def test_emitting_takes_the_precision_of_the_header(azc: Azc, tmp_path: Path) -> None:
    """`azc emit` takes the header's precision unless `--precision` is given."""
    path = evolved(tmp_path / "p.azl", BOTH, eval_type="RMS_ERROR", precision="float32")
    assert "np.float32" in azc("emit", path, "--to", "python").stdout
    assert "np.float32" not in azc("emit", path, "--to", "python", "--precision", "float64").stdout


DRIVER = """
import sys, numpy as np, {name} as algorithm
data = np.load("data.npz")
memory = algorithm.new_memory(data["x"].shape[1])
algorithm.setup(memory)
for x, y in zip(data["x"], data["y"]):
    algorithm.predict(memory, x)
    algorithm.follow(memory{classes})
    algorithm.learn(memory, x, y)
np.save("found.npy", [algorithm.predict(memory, x) for x in data["x"]])
assert "azc" not in sys.modules
"""


@pytest.mark.parametrize(("eval_type", "n_classes"), [("MULTICLASS_ACCURACY", 3), ("ACCURACY", None)])
def test_an_emitted_module_predicts_as_azc(
    azc: Azc, tmp_path: Path, eval_type: str, n_classes: int | None
) -> None:
    """An emitted module, trained as its docstring says, predicts as azc does, without importing azc."""
    text = CLASSES if n_classes else linear(1)
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "config.toml").write_text("")
    evolved(folder / "best.azl", text, eval_type=eval_type)
    (tmp_path / "emitted.py").write_text(azc("emit", folder, "--to", "python").stdout)
    y = Y if n_classes else Y % 2
    np.savez(tmp_path / "data.npz", x=X, y=y)
    code = DRIVER.format(name="emitted", classes=", 3" if n_classes else "")
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    algorithm = package.compile(package.parse(text), 4, eval_type=eval_type, n_classes=n_classes)
    algorithm.fit(X, y)
    found, probabilities = np.load(tmp_path / "found.npy"), algorithm.predict(X)
    if n_classes:
        assert np.array_equal(found[:, :3].argmax(axis=1), probabilities.argmax(axis=1))
        assert (found[:, :3].argmax(axis=1) == Y).mean() > 0.5
    else:
        assert np.array_equal(found > 0, probabilities > 0.5)
        assert np.allclose(1 / (1 + np.exp(-found)), probabilities, rtol=1e-12, atol=0)


def test_predicting_with_a_program_of_many_classes(azc: Azc, tmp_path: Path) -> None:
    """A program for many classes keeps its type for a target of two classes, with a message."""
    rows = "".join(f"{a},{b},{'yes' if a > b else 'no'}\n" for a, b in X[:, :2])
    (tmp_path / "t.csv").write_text(f"a,b,y\n{rows}")
    (tmp_path / "p.azl").write_text(CLASSES)
    said = azc("predict", "p.azl", "--train", "t.csv", "--target", "y")
    lines = said.stdout.splitlines()[1:]
    assert sum(line.split(",")[2] == line.split(",")[3] for line in lines) > 24
    assert "MULTICLASS_ACCURACY" in said.stderr
    assert "MULTICLASS_ACCURACY" in azc("run", "p.azl", "--data", "t.csv", "--target", "y").stdout
