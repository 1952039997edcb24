"""The package `azc`: its public names, light imports, errors and threads."""

import subprocess
import sys
from importlib.metadata import distribution
from importlib.resources import files
from threading import Thread

import pytest

import azc

NAMES = {
    *("parse", "load", "format_program", "AzcError", "Program", "Task", "Algorithm", "Evaluation"),
    *("evaluate", "evaluate_many", "compile", "load_config", "run_search", "resume"),
    *("Signature", "load_signature"),
}
HEAVY = ("click", "rich", "numpy", "llvmlite", "lark", "PIL", "sklearn", "numba", "scipy")


def fresh(code: str) -> str:
    """Output of a new interpreter."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def loaded_after(code: str) -> set[str]:
    """Heavy packages loaded in a new interpreter after some code."""
    return set(fresh(f"{code}\nimport sys\nprint(*[n for n in {HEAVY!r} if n in sys.modules])").split())


def test_public_names():
    """Every public name exists, is listed in `__all__` and `dir`, and has a docstring."""
    assert set(azc.__all__) == NAMES
    assert set(dir(azc)) >= NAMES
    for name in NAMES:
        assert getattr(azc, name).__doc__


def test_an_unknown_name_is_an_attribute_error():
    """An unknown name of the package is an AttributeError, as in any module."""
    with pytest.raises(AttributeError, match="'azc' has no attribute 'train'"):
        azc.train  # noqa: B018


def test_importing_loads_nothing_heavy():
    """`import azc` loads no heavy package, such as NumPy, LLVM or those of the command line."""
    assert loaded_after("import azc") == set()


def test_public_names_can_be_imported_first():
    """Each public name can be imported in a new interpreter, without any other import before it."""
    for name in ("Algorithm", "Program", "Task", "parse"):
        assert fresh(f"from azc import {name}; print({name}.__name__)") == f"{name}\n"


def test_the_language_loads_no_machine_code():
    """Parsing and formatting a program loads neither LLVM nor packages for the command line or images."""
    text = "def Setup():\\ndef Predict():\\ndef Learn():\\n"
    reading = loaded_after(f"import azc; azc.format_program(azc.parse('{text}'))")
    assert not reading & {"llvmlite", "click", "rich", "PIL", "sklearn"}


def test_evaluating_loads_no_command_line():
    """Evaluation loads no packages for the command line or images; the Python backend does not load LLVM."""
    evaluating = (
        "import azc; t = azc.Task([[1.0]], [1.0], [[1.0]], [1.0]); "
        "p = azc.parse('def Setup():\\ndef Predict():\\ndef Learn():\\n'); azc.evaluate(p, t, backend={!r})"
    )
    assert not loaded_after(evaluating.format("kernels")) & {"click", "rich", "PIL", "sklearn"}
    assert "llvmlite" not in loaded_after(evaluating.format("python"))


def test_types_are_shipped():
    """The package ships `py.typed` and its grammar."""
    assert files("azc").joinpath("py.typed").is_file()
    assert files("azc.grammar").joinpath("azl.lark").is_file()


def test_the_version():
    """`azc.__version__` is the distribution's version."""
    assert azc.__version__ == distribution("azc").version


def test_input_errors_are_azc_errors():
    """A syntax error, arrays of wrong shape and a missing file are AzcErrors."""
    with pytest.raises(azc.AzcError):
        azc.parse("def Setup(:")
    with pytest.raises(azc.AzcError):
        azc.Task([[1.0]], [1.0, 2.0], [[1.0]], [1.0])
    with pytest.raises(azc.AzcError):
        azc.load("no such file.azl")


def test_everything_runs_in_another_thread():
    """Evaluation on all backends and `compile` work outside the main thread, which alone handles signals."""
    found = []

    def work():
        program = azc.parse("def Setup():\ndef Predict():\n  s1 = mean(v0)\ndef Learn():\n")
        task = azc.Task([[1.0]], [1.0], [[1.0]], [1.0])
        found.extend(azc.evaluate(program, task, backend=b).fitness for b in ("python", "kernels", "native"))
        found.append(azc.compile(program, 1).predict_one([4.0]))

    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert found == [1.0, 1.0, 1.0, 4.0]
