"""What holds of the source as a whole: names, files and imports."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "azc"
FILES = {path: path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}


def test_a_class_name_stands_for_one_thing() -> None:
    """No two classes have the same name, a leading underscore aside."""
    found = defaultdict(set)
    for path, text in FILES.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                found[node.name.lstrip("_")].add(str(path.relative_to(PACKAGE)))
    assert {name: paths for name, paths in found.items() if len(paths) > 1} == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_holds_enough_to_be_one(path: Path) -> None:
    """Files of fewer than 30 lines are parts of another; a package's own are not counted."""
    assert path.name in ("__init__.py", "__main__.py") or len(FILES[path].splitlines()) >= 30


def test_place_is_said_only_where_it_is_the_word() -> None:
    """An index counts, a slot is a row, an offset is bytes, an address is of the language, a path a file."""
    assert sum(len(re.findall(r"\bplaces?\b", text, re.IGNORECASE)) for text in FILES.values()) < 100


# The two back ends are rooms with doors of their own.
DOORS = (
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
    """The modules that a source imports from, wherever in it."""
    nodes = list(ast.walk(ast.parse(text)))
    names = [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return names + [name.name for node in nodes if isinstance(node, ast.Import) for name in node.names]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_rooms_speak_through_their_doors(path: Path) -> None:
    """What another room hands out is imported from the room, never from a file of it."""
    own = _room(".".join(["azc", *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__"))
    past = [m for m in _imported(FILES[path]) if _room(m) not in (None, own) and m != f"azc.{_room(m)}"]
    assert past == []


def test_tests_mirror_the_package() -> None:
    """A test named for a file of its room is in the folder of that file."""
    misplaced = []
    for path in Path(__file__).parent.rglob("test_*.py"):
        folder = PACKAGE / path.relative_to(Path(__file__).parent).parent
        name = path.name.removeprefix("test_")
        if folder != PACKAGE and not (folder / name).exists():
            misplaced += [(path, file) for file in folder.rglob(name)]
    assert misplaced == []
