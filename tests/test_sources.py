"""Checksums of compiled code: the modules that they cover."""

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from azc import sources
from azc.sources import checksum, modules

PACKAGES = ("azc.search.engine", "azc.backends.llvm")


def imports(name: str, text: bytes) -> set[tuple[str, str]]:
    """Imports of azc modules according to Python's parser: pairs of a module and an imported name."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: a relative import, which nobody looks for"
            found |= {(node.module or "", alias.name) for alias in node.names}
    return {(module, asked) for module, asked in found if module.partition(".")[0] == "azc"}


@pytest.mark.parametrize("package", PACKAGES)
def test_all_imported_modules_are_covered(package: str) -> None:
    """Checksums cover all modules imported by covered modules, also inside functions."""
    known = modules(package)
    for name, text in known.items():
        assert {module for module, _ in imports(name, text)} <= known.keys()


@pytest.mark.parametrize("package", PACKAGES)
def test_all_files_of_a_package_are_covered(package: str) -> None:
    """A package's checksum covers all modules in its folder and subfolders."""
    folder = Path(importlib.import_module(package).__file__ or "").parent
    files = (file.relative_to(folder).with_suffix("") for file in folder.rglob("*.py"))
    names = {".".join((package, *file.parts)) for file in files if file.name != "__init__"}
    assert len(names) > 5
    assert names <= modules(package).keys()


@pytest.mark.parametrize("package", PACKAGES)
def test_imported_names_come_from_covered_modules(package: str) -> None:
    """An imported name is defined in the named module or is a covered module: none is loaded lazily."""
    known = modules(package)
    for name, text in known.items():
        for module, asked in imports(name, text):
            if asked:
                there = vars(importlib.import_module(module))
                assert asked in there, f"{name}: {asked} is no plain name of {module}"
                assert not hasattr(there[asked], "__path__")
                assert f"{module}.{asked}" in known or not hasattr(there[asked], "__spec__")


@pytest.mark.parametrize("package", PACKAGES)
def test_change_of_any_module_changes_the_checksum(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An added comment in any covered module changes the checksum."""
    checksums, plain = {checksum(package)}, sources._text
    for changed in modules(package):

        def text(name: str, changed: str = changed) -> bytes | None:
            return (plain(name) or b"") + b"# changed\n" * (name == changed) if plain(name) else None

        monkeypatch.setattr(sources, "_text", text)
        checksums.add(checksum.__wrapped__(package))
    assert len(checksums) == 1 + len(modules(package))


def test_modules_of_kernels_and_engine() -> None:
    """Checksums of kernels and engine cover lower modules, and none of cli, runs, tasks or language."""
    kernels, loop = (modules(package).keys() for package in reversed(PACKAGES))
    assert {"azc.ir.elementary", "azc.ir.interface", "azc.memory"} <= kernels < loop
    assert {"azc.search.names", "azc.backends.llvm.drive.driver", "azc.backends.llvm.code.kernels"} <= loop
    assert not [
        name for name in loop if name.startswith(("azc.cli", "azc.runs", "azc.tasks", "azc.language"))
    ]


def test_checksum_is_reproducible() -> None:
    """Another process computes the same checksums; each package has another."""
    code = f"from azc.sources import checksum; print([checksum(package) for package in {PACKAGES}])"
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    checksums = [checksum(package) for package in PACKAGES]
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert said.stdout == f"{checksums}\n"
    assert len(set(checksums)) == 2
