"""What compiled code is made of, as its checksum knows it."""

import ast
import importlib
from pathlib import Path

import pytest

from azc import sources
from azc.sources import checksum, modules

PACKAGES = ("azc.search.engine", "azc.backends.llvm")


def imports(name: str, text: bytes) -> set[tuple[str, str]]:
    """The modules of azc that Python's own parser finds imported, each with what it is asked for."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: a relative import, which nobody looks for"
            found |= {(node.module or "", alias.name) for alias in node.names}
    return {(module, asked) for module, asked in found if module.partition(".")[0] == "azc"}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_import_is_forgotten(package: str) -> None:
    """What a module imports counts as well, wherever the import stands in it, and what that imports."""
    known = modules(package)
    for name, text in known.items():
        assert {module for module, _ in imports(name, text)} <= known.keys()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_file_of_a_package_counts(package: str) -> None:
    """All modules count that stand in a package's folder or in a folder of it."""
    folder = Path(importlib.import_module(package).__file__ or "").parent
    files = (file.relative_to(folder).with_suffix("") for file in folder.rglob("*.py"))
    names = {".".join((package, *file.parts)) for file in files if file.name != "__init__"}
    assert len(names) > 5
    assert names <= modules(package).keys()


@pytest.mark.parametrize("package", PACKAGES)
def test_no_name_comes_from_a_module_that_does_not_count(package: str) -> None:
    """What is imported from a package stands there, or is a module that counts: nothing is loaded late."""
    known = modules(package)
    for name, text in known.items():
        for module, asked in imports(name, text):
            if asked:
                there = vars(importlib.import_module(module))
                assert asked in there, f"{name}: {asked} is no plain name of {module}"
                assert not hasattr(there[asked], "__path__")
                assert f"{module}.{asked}" in known or not hasattr(there[asked], "__spec__")


@pytest.mark.parametrize("package", PACKAGES)
def test_a_change_of_any_module_is_another_checksum(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A comment is enough."""
    checksums, plain = {checksum(package)}, sources._text
    for changed in modules(package):

        def text(name: str, changed: str = changed) -> bytes | None:
            return (plain(name) or b"") + b"# changed\n" * (name == changed) if plain(name) else None

        monkeypatch.setattr(sources, "_text", text)
        checksums.add(checksum.__wrapped__(package))
    assert len(checksums) == 1 + len(modules(package))


def test_what_kernels_and_the_loop_are_made_of_is_there() -> None:
    """Modules that others once had to think of, and none of the rooms above."""
    kernels, loop = (modules(package).keys() for package in reversed(PACKAGES))
    assert {"azc.ir.elementary", "azc.ir.interface", "azc.memory"} <= kernels < loop
    assert {"azc.search.names", "azc.backends.llvm.drive.driver", "azc.backends.llvm.code.kernels"} <= loop
    assert not [
        name for name in loop if name.startswith(("azc.cli", "azc.runs", "azc.tasks", "azc.language"))
    ]


def test_the_checksum_is_the_same_in_every_process_and_order() -> None:
    """It depends on the texts alone."""
    assert checksum.__wrapped__("azc.backends.llvm") == checksum("azc.backends.llvm")
    assert len({checksum(package) for package in PACKAGES}) == 2
