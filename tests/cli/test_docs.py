"""Examples in the documentation work as printed."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from programs import LINEAR

from azc.cli.serve.protocol import ServerState, answer

DOCS = Path(__file__).parents[2] / "docs"
CONFIG = '[search]\nmax_evals = 200\n[tasks.search]\nkind = "linear"\ntrain = 20\nvalid = 10\ntasks = 2\n'


def blocks(page: str, language: str) -> list[str]:
    """Code blocks of a page in a language."""
    text = (DOCS / page).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def test_commands_of_cli_md_work(
    azc: Callable[..., Result], tmp_path: Path, tables: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands of docs/cli.md succeed, one after the other, in a folder with the files that they name."""
    monkeypatch.chdir(tmp_path)
    known, _ = tables
    header, *rows = known.read_text().splitlines()
    numbers = [[float(field) for field in row.split(",")[:3]] for row in rows]
    priced = [f"{row},{a + 2 * b - c}" for row, (a, b, c) in zip(rows, numbers, strict=True)]
    table = "\n".join([f"{header},price", *priced, ""]).replace("up", "1").replace("down", "0")
    Path("table.csv").write_text(table)
    Path("new.csv").write_text(table)
    Path("network.azl").write_text(LINEAR)
    Path("search.toml").write_text(CONFIG)
    commands = "".join(blocks("cli.md", "sh")).splitlines()
    assert len(commands) > 20
    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == "azc"
        azc(*arguments)


def test_conversation_of_serve_md_is_exact() -> None:
    """Requests of docs/serve.md get the printed answers, to the last digit."""
    (conversation,) = blocks("serve.md", "")
    state = ServerState()
    lines = conversation.splitlines()
    requests = [line.removeprefix("> ").encode() for line in lines if line.startswith(">")]
    expected = [line for line in lines if not line.startswith(">")]
    assert [answer(request, state).decode() for request in requests] == expected
