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
    """A folder on sys.path; its modules are removed from sys.modules afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def fresh(name):
    """A module, imported as in a new process."""
    sys.modules.pop(name, None)
    importlib.invalidate_caches()
    return importlib.import_module(name)


def prediction(module):
    """A module's prediction for one feature."""
    return module.predict(module.new_memory(1), [1.0])


def test_import(folder):
    """An .azl file on sys.path is imported as a module that learns and predicts."""
    (folder / "my_algorithm.azl").write_text(linear(0.5))
    module = fresh("my_algorithm")
    memory = module.new_memory(2)
    module.setup(memory)
    module.learn(memory, [1.0, 2.0], 3.0)
    assert module.predict(memory, [1.0, 2.0]) == 7.5
    assert module.__file__ == str(folder / "my_algorithm.azl")
    assert "new_memory" in module.__doc__


def test_bytecode_is_cached(folder, monkeypatch):
    """The second import reads the cached bytecode and compiles nothing."""
    (folder / "kept.azl").write_text(CONSTANT.format(4))
    module = fresh("kept")
    assert [path.name for path in (folder / "__pycache__").iterdir()] == [Path(module.__cached__).name]
    assert module.__cached__ == azc.importer.cached_path(module.__file__)
    monkeypatch.setattr(azc.importer.AzlLoader, "source_to_code", None)
    assert prediction(fresh("kept")) == 4.0


def test_changed_text_is_compiled_again(folder):
    """Changed text is compiled again, also if its time is older, and on reload."""
    path = folder / "changed.azl"
    path.write_text(CONSTANT.format(4))
    assert prediction(fresh("changed")) == 4.0
    path.write_text(CONSTANT.format(5))
    os.utime(path, (1e9, 1e9))
    assert prediction(fresh("changed")) == 5.0
    path.write_text(CONSTANT.format(6))
    assert prediction(importlib.reload(sys.modules["changed"])) == 6.0


def test_python_wins_and_bytecode_stays_apart(folder):
    """A .py file of the same name has priority, and neither reads the other's bytecode."""
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
    """An .azl file in a package's folder is its submodule, also if the package has no __init__.py."""
    for name in ("plain", "regular"):
        (folder / name).mkdir()
        (folder / name / "inner.azl").write_text(CONSTANT.format(4))
    (folder / "regular" / "__init__.py").write_text("from . import inner\n")
    assert prediction(fresh("regular").inner) == 4.0
    assert prediction(fresh("plain.inner")) == 4.0


def test_syntax_error_names_file_and_line(folder):
    """Text that is not azl raises AzlError with file and line, and leaves no module behind."""
    (folder / "broken.azl").write_text("def Predict():\n  s1 = dot(v0, v99)\n  v1 = sn(v0)\n")
    with pytest.raises(AzlError) as error:
        fresh("broken")
    assert error.value.line == 2
    assert "broken.azl:2:" in str(error.value)
    assert "broken" not in sys.modules


def test_missing_modules_are_missing(folder):
    """A name without .azl file is not found, even if a folder has the name."""
    (folder / "nowhere.azl").mkdir()
    with pytest.raises(ModuleNotFoundError):
        fresh("nowhere")


def test_importer_is_installed_once():
    """Reloading the importer leaves a single finder, behind all others."""
    importlib.reload(azc.importer)
    importlib.reload(azc.importer)
    assert [type(finder).__name__ for finder in sys.meta_path].count("AzlFinder") == 1
    assert type(sys.meta_path[-1]).__name__ == "AzlFinder"


def test_in_a_new_process(folder):
    """A new process imports from the current folder, and cached bytecode loads neither parser nor azc.ir."""
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


def test_header_gives_the_evaluation_type(folder):
    """The header of an .azl file gives the evaluation type of the imported module."""
    (folder / "classifier.azl").write_text(with_header(Header(eval_type="MULTICLASS_ACCURACY"), CLASSES))
    module = fresh("classifier")
    memory = module.new_memory(2)
    assert module.predict(memory, [3.0, 4.0]).tolist() == [3.0, 4.0]
    module.follow(memory, 2)
    assert memory.v[2].sum() == pytest.approx(1.0)


def test_guessed_evaluation_type_is_a_warning(folder):
    """Without header, MULTICLASS_ACCURACY is guessed with a warning if nothing is live under RMS_ERROR."""
    (folder / "guessed.azl").write_text(CLASSES)
    with pytest.warns(UserWarning, match="guessed.azl: evaluation type MULTICLASS_ACCURACY"):
        module = fresh("guessed")
    assert module.predict(module.new_memory(2), [3.0, 4.0]).tolist() == [3.0, 4.0]
