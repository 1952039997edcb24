"""Rules for the source of the package: names, file sizes and imports."""

import ast
import re
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "azc"
FILES = {path: path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}


def test_class_names_are_unique() -> None:
    """No two files have a class of the same name, apart from a leading underscore."""
    found = defaultdict(set)
    for path, text in FILES.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                found[node.name.lstrip("_")].add(str(path.relative_to(PACKAGE)))
    assert {name: paths for name, paths in found.items() if len(paths) > 1} == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_have_at_least_30_lines(path: Path) -> None:
    """A file has at least 30 lines, except `__init__.py` and `__main__.py`."""
    assert path.name in ("__init__.py", "__main__.py") or len(FILES[path].splitlines()) >= 30


def test_place_is_a_rare_word() -> None:
    """`place` occurs fewer than 100 times: index, slot, offset, address and path are the exact words."""
    assert sum(len(re.findall(r"\bplaces?\b", text, re.IGNORECASE)) for text in FILES.values()) < 100


# Packages with a public interface; each of the two backends is one.
DOORS = (
    "paper",
    "backends.llvm",
    "backends.python",
    "cli",
    "runs",
    "search",
    "evaluation",
    "language",
    "passes",
    "ir",
)
DOORS += ("tasks",)


def _room(module: str) -> str | None:
    inside = module.removeprefix("azc.")
    return next((door for door in DOORS if inside == door or inside.startswith(f"{door}.")), None)


def _imported(text: str) -> list[str]:
    """All modules that a source imports from, also inside functions."""
    nodes = list(ast.walk(ast.parse(text)))
    names = [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return names + [name.name for node in nodes if isinstance(node, ast.Import) for name in node.names]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_other_packages_are_imported_by_their_interface(path: Path) -> None:
    """Names of another package are imported from the package, never from a module inside it."""
    own = _room(".".join(["azc", *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__"))
    past = [m for m in _imported(FILES[path]) if _room(m) not in (None, own) and m != f"azc.{_room(m)}"]
    assert past == []


def test_every_package_is_installed() -> None:
    """`pyproject.toml` lists all folders of the package; without one, an installed azc cannot be imported."""
    listed = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    folders = {path.parent.relative_to(PACKAGE.parent) for path in FILES if path.name == "__init__.py"}
    assert sorted(listed) == sorted(
        [*(".".join(folder.parts) for folder in folders), "azc.grammar", "azc.examples_paper"]
    )


def test_tests_mirror_the_package() -> None:
    """A test file named after a source file is in the same folder of `tests/`."""
    misplaced = []
    for path in Path(__file__).parent.rglob("test_*.py"):
        folder = PACKAGE / path.relative_to(Path(__file__).parent).parent
        name = path.name.removeprefix("test_")
        if folder != PACKAGE and not (folder / name).exists():
            misplaced += [(path, file) for file in folder.rglob(name)]
    assert misplaced == []
