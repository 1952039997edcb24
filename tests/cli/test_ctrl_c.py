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
    """`azc evolve` in its own process, with its own cache that is empty at first."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._config = folder / "search.toml"
        self._config.write_text(EVOLVING)
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> "subprocess.Popen[str]":
        """Start in the same folder each time; return when azc and not Python handles Ctrl-C."""
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
    """A search to start; its process is killed after the test."""
    made = Evolving(tmp_path)
    yield made
    if made.process is not None:
        made.process.kill()
        made.process.communicate()


def interrupted(process: "subprocess.Popen[str]") -> tuple[int, float, str]:
    """Exit code after Ctrl-C, seconds until the exit, and text on standard error."""
    process.send_signal(signal.SIGINT)
    before = time.monotonic()
    _, printed = process.communicate()
    return process.returncode, time.monotonic() - before, printed


def until_it_says(process: "subprocess.Popen[str]", words: str) -> None:
    """Wait for a line with these words on standard error."""
    assert process.stderr is not None
    for line in process.stderr:
        if words in line:
            return
    raise AssertionError(f"it never said {words!r}")


@pytest.mark.parametrize("seconds", [0.0, 0.3])
def test_during_imports(evolving: Evolving, seconds: float) -> None:
    """Ctrl-C during imports gives exit code 130 without traceback."""
    process = evolving.start()
    time.sleep(seconds)
    code, _, printed = interrupted(process)
    assert code == 130
    assert "Traceback" not in printed
    assert "Exception ignored" not in printed


def test_during_the_first_compilation(evolving: Evolving) -> None:
    """Ctrl-C during the first compilation gives exit code 130 without traceback, and caches nothing."""
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
    """Ctrl-C at any time gives exit code 130 within 15 s, without traceback; the next start succeeds."""
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
