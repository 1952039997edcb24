"""`azc` as a whole: help, exit codes and standard output."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from azc.cli import main

Azc = Callable[..., Result]
CALL = "from azc.cli import main; main()"
COMMANDS = tuple(main.commands)


def test_help_names_every_command_and_exit_code(azc: Azc) -> None:
    """`azc --help` lists commands, with complete descriptions, and exit codes."""
    output = azc("--help").output
    listed, codes = output.partition("Commands:")[2].split("Exit codes:")
    assert re.findall(r"^  (\w+)  +\S", listed, re.MULTILINE) == list(COMMANDS)
    assert re.findall(r"^    (\d+) +\w", codes, re.MULTILINE) == ["0", "1", "2", "130"]
    assert "..." not in listed


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(azc: Azc, command: str) -> None:
    """`-h` and `--help` print the same help of a command, with an example on a line of its own."""
    output = azc(command, "--help").output
    assert output == azc(command, "-h").output
    assert re.search(rf"^ +azc {command}( |$)", output, re.MULTILINE)


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    """Importing azc.cli loads no NumPy, LLVM, Lark, attrs or rich; `azc --help` takes less than 0.3 s."""
    code = (
        "import sys, azc.cli; heavy = {'numpy', 'llvmlite', 'lark', 'attrs', 'rich'} & set(sys.modules);"
        "print(heavy or '')"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "\n"
    # Processor time, because other tests run at the same time.
    times = []
    for _ in range(3):
        before = os.times()
        subprocess.run([sys.executable, "-c", CALL, "--help"], capture_output=True, check=True)
        after = os.times()
        times.append(
            after.children_user + after.children_system - before.children_user - before.children_system
        )
    assert min(times) < 0.3


def test_wrong_input_is_one_message_and_code_1(azc: Azc) -> None:
    """Wrong input gives one message on standard error, without traceback, and exit code 1."""
    result = azc("run", "nowhere.azl", "--task", "linear", code=1)
    assert result.stdout == ""
    assert result.stderr == "cannot read nowhere.azl: No such file or directory\n"


@pytest.mark.parametrize(
    "arguments", [["rnu"], ["run"], ["run", "x", "--task", "linear", "--backend", "c"], ["fmt"]]
)
def test_a_wrong_command_line_is_code_2(azc: Azc, arguments: list[str]) -> None:
    """A wrong command line prints the usage and gives exit code 2."""
    assert "Usage:" in azc(*arguments, code=2).stderr


def test_ctrl_c_is_code_130(azc: Azc, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C prints nothing and gives exit code 130."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main.commands["ops"], "callback", interrupted)
    assert azc("ops", code=130).output == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_output_that_cannot_be_written_is_an_error() -> None:
    """A full disk under standard output gives an error without traceback."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-m", "azc", "ops"], stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (1, b"standard output: No space left on device\n")


def test_closed_standard_output_is_quiet() -> None:
    """A command without standard output, as in `azc ops >&-`, prints no error."""
    command = f"{sys.executable} -m azc ops >&-"
    assert subprocess.run(command, shell=True, stderr=subprocess.PIPE).stderr == b""


def test_a_closed_pipe_is_quiet(linear: Path) -> None:
    """A closed pipe as standard output is no error."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-c", CALL, "tasks"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")
