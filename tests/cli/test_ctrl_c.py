"""Ctrl-C at any moment from a process's start to the end of the first compilation."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is no signal there")

STARTING = "from azc.__main__ import start; print('started', flush=True); start()"
EVOLVING = """
[search]
population_size = 100
max_evals = 1000
[tasks.search]
kind = "linear"
features = 4
tasks = 2
"""


class Evolving:
    """`azc evolve` in a process of its own, with a cache of its own that is empty at first."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._config = folder / "search.toml"
        self._config.write_text(EVOLVING)
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> "subprocess.Popen[str]":
        """Begin, in the same folder again and again; before its own first line a process is Python's."""
        self.process = subprocess.Popen(
            [sys.executable, "-c", STARTING, "evolve", self._config, "--run-dir", self.folder / "run"],
            env={**os.environ, "AZC_CACHE": str(self.folder / "cache")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "started\n"
        return self.process


@pytest.fixture
def evolving(tmp_path: Path) -> Iterator[Evolving]:
    """A search that can be started; what still runs afterwards is killed."""
    made = Evolving(tmp_path)
    yield made
    if made.process is not None:
        made.process.kill()
        made.process.communicate()


def interrupted(process: "subprocess.Popen[str]") -> tuple[int, float, str]:
    """The exit code after Ctrl-C, the seconds until then, and what stands on standard error."""
    process.send_signal(signal.SIGINT)
    before = time.monotonic()
    _, printed = process.communicate()
    return process.returncode, time.monotonic() - before, printed


def until_it_says(process: "subprocess.Popen[str]", words: str) -> None:
    """Wait for a line on standard error."""
    assert process.stderr is not None
    for line in process.stderr:
        if words in line:
            return
    raise AssertionError(f"it never said {words!r}")


@pytest.mark.parametrize("seconds", [0.0, 0.3])
def test_during_imports(evolving: Evolving, seconds: float) -> None:
    """Exit code 130 and not a word, though what is being imported has to end first."""
    process = evolving.start()
    time.sleep(seconds)
    code, _, printed = interrupted(process)
    assert code == 130
    assert "Traceback" not in printed
    assert "Exception ignored" not in printed


def test_during_the_first_compilation(evolving: Evolving) -> None:
    """Exit code 130 without a traceback, long before the compilation is over."""
    process = evolving.start()
    until_it_says(process, "compiling the search")
    time.sleep(0.5)
    code, _, printed = interrupted(process)
    assert code == 130
    assert "Traceback" not in printed
    assert "Exception ignored" not in printed
    assert not list((evolving.folder / "cache").glob("search/*"))


@pytest.mark.soak
def test_at_any_moment(evolving: Evolving) -> None:
    """Exit code 130 without a traceback, and soon; the next start goes on as if nothing had happened."""
    for seconds in np.arange(0, 20, 0.4):
        process = evolving.start()
        time.sleep(seconds)
        code, waited, printed = interrupted(process)
        print(f"{seconds:.1f} {code} {waited:.1f} {printed!r}")
        assert "Traceback" not in printed
        assert "Exception ignored" not in printed
        assert code == 130
        assert waited < 15
    process = evolving.start()
    printed, said = process.communicate()
    assert process.returncode == 0, said
    assert "final fitness" in printed
