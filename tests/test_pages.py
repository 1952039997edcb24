"""Pages of the documentation: the index links every page, and every link, anchor and named file exists."""

import re
from pathlib import Path

import pytest

from azc.passes import PASSES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
NAMED_FILE = re.compile(r"`((?:\.ci|azc|benchmarks|docs|examples|grammar|tests)/[\w./]*)`((?:[:,] `\w+`)*)")
"""A file or folder of the project in backticks, and the names after it, which the file must contain."""


def name_of(page: Path) -> str:
    """The page's path in the project."""
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """A page without its code blocks."""
    return CODE.sub("", page.read_text(encoding="utf-8"))


def links(page: Path) -> list[str]:
    """The relative links of a page, with their anchors."""
    return [link for link in LINK.findall(prose(page)) if "://" not in link]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: dict[str, int] = {}
    for heading in HEADING.findall(prose(page)):
        anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found[anchor] = found.get(anchor, 0) + 1
    return {f"{anchor}-{i}" if i else anchor for anchor, count in found.items() for i in range(count)}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_are_valid(page: Path) -> None:
    """The file and the heading of each relative link exist."""
    for link in links(page):
        target, _, anchor = link.partition("#")
        file = page.parent / target if target else page
        assert file.exists(), link
        if anchor:
            assert anchor in anchors(file), link


def test_the_index_links_every_page() -> None:
    """No page of docs/ is missing from docs/index.md."""
    linked = {link.partition("#")[0] for link in links(DOCS / "index.md")}
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}
    assert pages - {"index.md"} <= linked


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_that_a_page_names_exist(page: Path) -> None:
    """A path in backticks exists; names after it, as in `azc/cache.py`: `keep`, occur in that file."""
    for path, names in NAMED_FILE.findall(prose(page)):
        assert (ROOT / path).exists(), path
        for name in re.findall(r"\w+", names):
            assert re.search(rf"\b{name}\b", (ROOT / path).read_text(encoding="utf-8")), (path, name)


def test_rows_of_the_architecture_table_name_files() -> None:
    """Every row of the table in docs/architecture.md names a file, which the test above then checks."""
    section = prose(DOCS / "architecture.md").partition("\n## Where things are\n")[2].partition("\n## ")[0]
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 10
    for question, answer in rows:
        assert NAMED_FILE.search(answer), question


@pytest.mark.parametrize(
    "room",
    ["search", "search/engine", "runs", "backends/llvm/lower", "backends/llvm/code", "backends/llvm/drive"],
)
def test_rooms_with_a_table_of_files_have_all_files_in_it(room: str) -> None:
    """docs/architecture.md names every file of the rooms whose files it lists."""
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    files = {file.name for file in (ROOT / "azc" / room).glob("*.py")} - {"__init__.py"}
    assert not {name for name in files if not re.search(rf"[`/]{name}`", page)}


def test_the_glossary_has_each_word_once_in_order() -> None:
    """The words of each table in docs/glossary.md are in alphabetical order, and no word occurs twice."""
    found: list[str] = []
    for section in prose(DOCS / "glossary.md").split("\n## ")[1:]:
        rows = [line[2:].partition(" | ")[0] for line in section.splitlines() if line.startswith("| ")][1:]
        assert rows == sorted(rows)
        found += [word for row in rows for word in row.split(", ")]
    assert len(found) == len(set(found)) >= 30


def test_every_pass_has_a_section() -> None:
    """docs/passes.md has a heading for each pass, in the order in which the passes run."""
    headings = HEADING.findall(prose(DOCS / "passes.md"))
    assert [heading for heading in headings if heading in PASSES] == [*PASSES]
