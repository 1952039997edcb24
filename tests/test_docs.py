"""Examples in the documentation run, and the page of operations agrees with their table."""

import os
import re
import shlex
from itertools import groupby
from pathlib import Path

import pytest
from click.testing import CliRunner

from azc.cli import main
from azc.ir import OPS, Op, forms

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a page in a language."""
    return [text for name, text in BLOCK.findall(page.read_text(encoding="utf-8")) if name == language]


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python")], ids=lambda p: p.name)
def test_python_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python examples of a page run from top to bottom."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for text in blocks(page, "python"):
        exec(compile(text, str(page), "exec"), names)
    assert names.keys() > {"__builtins__"}


def commands() -> list[tuple[str, str]]:
    """The commands of all pages except searches (`azc evolve`)."""
    found = [
        (page.name, line[2:])
        for page in PAGES
        for text in blocks(page, "console")
        for line in text.splitlines()
        if line.startswith("$ azc ")
    ]
    return [(page, line) for page, line in found if "evolve" not in line]


@pytest.mark.parametrize(("page", "line"), commands())
def test_commands_run(page: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command on a page exits with status 0."""
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(main, shlex.split(line)[1:])
    assert result.exit_code == 0, result.output


def written(op: Op) -> str:
    """An operation as azl writes it, its operands named by their kinds."""
    names = [f"{kind}{number}" for number, kind in enumerate(op.operands, 1)]
    axis = [] if op.axis is None else [f"axis={op.axis}"]
    match op.symbol:
        case "NoOp":
            return "NoOp()"
        case "=":
            return "s0 = 0.5"
        case "[]=":
            return f"{op.result}0[{', '.join(['0.5'] * (len(op.constants) - 1))}] = 0.5"
        case "1/":
            return f"1 / {names[0]}"
        case "+" | "-" | "*" | "/":
            return f"{names[0]} {op.symbol} {names[1]}"
    constants = [name for name in op.constants if name != "draw"]
    return f"{op.symbol}({', '.join([*names, *constants, *axis])})"


def operations_page() -> str:
    """Text of the page of operations, made from the table."""
    lines = [
        "# The operations",
        "",
        "s is a scalar, v a vector of F numbers, m an F x F matrix; cost is relative.",
        "[semantics.md](semantics.md) says where an operation differs from what its name suggests.",
        "Programs may use all operations; a search draws from the set that `program.ops` names. Each set",
        "contains the one before it.",
    ]
    for name, ops in groupby(OPS, lambda op: op.op_set):
        lines += ["", f"## `{name}`", "", ABOUT_SET[name], ""]
        lines += ["| code | name | written | gives | cost | what it does |", "|---:|---|---|---|---:|---|"]
        lines += map(operation_row, ops)
    return "\n".join(lines) + "\n"


ABOUT_SET = {
    "original": "Opcodes, names and costs are the original engine's. This is the default.",
    "extended": "The original engine does not have these; their costs are estimates on its scale.",
}


def operation_row(op: Op) -> str:
    """An operation's row on the page of operations."""
    return (
        f"| {op.code} | {op.name} | `{written(op)}` | {op.result or ' '} | {op.cost / 1e6:.1f} | {op.doc} |"
    )


def test_page_of_operations_is_the_table() -> None:
    """docs/operations.md agrees with the table of operations; AZC_WRITE_DOCS=1 writes it."""
    page = ROOT / "docs" / "operations.md"
    if os.environ.get("AZC_WRITE_DOCS"):
        page.write_text(operations_page(), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == operations_page()


def test_every_symbol_of_the_table_has_a_form() -> None:
    """Looking up the symbol of any operation finds that operation."""
    assert all(op in forms(op.symbol) for op in OPS)
