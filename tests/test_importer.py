"""Importing .azl files as Python modules."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from programs import linear

import azc.importer
from azc.language import AzlError
from azc.runs import Header, with_header

CONSTANT = "def Predict():\n  s1 = {}\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder on sys.path, whose modules are forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def fresh(name):
    """The module of a name, as a new process would import it."""
    sys.modules.pop(name, None)
    importlib.invalidate_caches()
    return importlib.import_module(name)


def prediction(module):
    """What a module predicts for one feature."""
    return module.predict(module.new_memory(1), [1.0])


def test_import(folder):
    """An .azl file on the path is a module that learns."""
    (folder / "my_algorithm.azl").write_text(linear(0.5))
    module = fresh("my_algorithm")
    memory = module.new_memory(2)
    module.setup(memory)
    module.learn(memory, [1.0, 2.0], 3.0)
    assert module.predict(memory, [1.0, 2.0]) == 7.5
    assert module.__file__ == str(folder / "my_algorithm.azl")
    assert "new_memory" in module.__doc__


def test_bytecode_is_kept_and_used(folder, monkeypatch):
    """The second import reads the bytecode and compiles nothing."""
    (folder / "kept.azl").write_text(CONSTANT.format(4))
    module = fresh("kept")
    assert [path.name for path in (folder / "__pycache__").iterdir()] == [Path(module.__cached__).name]
    assert module.__cached__ == azc.importer.cached_path(module.__file__)
    monkeypatch.setattr(azc.importer.AzlLoader, "source_to_code", None)
    assert prediction(fresh("kept")) == 4.0


def test_changed_text_is_compiled_again(folder):
    """Bytecode older than its text is not used."""
    path = folder / "changed.azl"
    path.write_text(CONSTANT.format(4))
    assert prediction(fresh("changed")) == 4.0
    path.write_text(CONSTANT.format(5))
    os.utime(path, (1e9, 1e9))
    assert prediction(fresh("changed")) == 5.0
    path.write_text(CONSTANT.format(6))
    assert prediction(importlib.reload(sys.modules["changed"])) == 6.0


def test_python_wins_and_bytecode_stays_apart(folder):
    """A .py of the same name wins, and neither reads the other's bytecode."""
    text, python = folder / "both.azl", folder / "both.py"
    text.write_text(CONSTANT.format(4))
    assert prediction(fresh("both")) == 4.0
    size = text.stat().st_size
    python.write_text("x = 1 ".ljust(size))
    for path in (text, python):
        os.utime(path, (1e9, 1e9))
    assert fresh("both").x == 1
    python.unlink()
    assert prediction(fresh("both")) == 4.0
    assert len(list((folder / "__pycache__").iterdir())) == 2


def test_in_a_package(folder):
    """An .azl file in a package's folder is its submodule, also where the package has no __init__.py."""
    for name in ("plain", "regular"):
        (folder / name).mkdir()
        (folder / name / "inner.azl").write_text(CONSTANT.format(4))
    (folder / "regular" / "__init__.py").write_text("from . import inner\n")
    assert prediction(fresh("regular").inner) == 4.0
    assert prediction(fresh("plain.inner")) == 4.0


def test_errors_show_the_place(folder):
    """A text that is not azl raises the package's error with the file, the line and the column."""
    (folder / "broken.azl").write_text("def Predict():\n  s1 = dot(v0, v99)\n  v1 = sn(v0)\n")
    with pytest.raises(AzlError) as error:
        fresh("broken")
    assert error.value.line == 2
    assert "broken.azl:2:" in str(error.value)
    assert "broken" not in sys.modules


def test_missing_modules_are_missing(folder):
    """What no .azl file has the name of is not found, a folder of that name included."""
    (folder / "nowhere.azl").mkdir()
    with pytest.raises(ModuleNotFoundError):
        fresh("nowhere")


def test_once_is_enough():
    """Importing or reloading the importer again leaves one finder, behind all others."""
    importlib.reload(azc.importer)
    importlib.reload(azc.importer)
    assert [type(finder).__name__ for finder in sys.meta_path].count("AzlFinder") == 1
    assert type(sys.meta_path[-1]).__name__ == "AzlFinder"


def test_in_a_new_process(folder):
    """It works from the current folder too, and an algorithm imported from bytecode loads no parser."""
    (folder / "here.azl").write_text(linear(0.5))
    code = (
        "import sys, azc.importer, here; memory = here.new_memory(1); here.learn(memory, [2.0], 1.0);"
        "print(here.predict(memory, [2.0]), 'lark' in sys.modules, 'azc.ir' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(azc.importer.__file__).parents[1])}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    for _ in range(2):
        run = subprocess.run(
            [sys.executable, "-c", code],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.stderr == ""
    assert run.stdout.split()[1:] == ["False", "False"]


CLASSES = "def Predict():\n  v2 = 1 * v0\n"


def test_the_header_says_how_a_program_meets_its_data(folder):
    """As it does for commands."""
    (folder / "classifier.azl").write_text(with_header(Header(eval_type="MULTICLASS_ACCURACY"), CLASSES))
    module = fresh("classifier")
    memory = module.new_memory(2)
    assert module.predict(memory, [3.0, 4.0]).tolist() == [3.0, 4.0]
    module.follow(memory, 2)
    assert memory.v[2].sum() == pytest.approx(1.0)


def test_without_a_header_a_guess_is_a_warning(folder):
    """Where nothing is live under RMS_ERROR."""
    (folder / "guessed.azl").write_text(CLASSES)
    with pytest.warns(UserWarning, match="guessed.azl: evaluation type MULTICLASS_ACCURACY"):
        module = fresh("guessed")
    assert module.predict(module.new_memory(2), [3.0, 4.0]).tolist() == [3.0, 4.0]
