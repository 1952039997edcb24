"""A process without cache folder, without enough memory, or with Numba switched off."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from azc.cli import main

Azc = Callable[..., Result]
CALL = "from azc.cli import main; main()"
SEARCH = """
[search]
population_size = 100
max_evals = 1000
[tasks.search]
kind = "linear"
features = 4
tasks = 2
"""


def called(*arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a command in its own process."""
    return subprocess.run(
        [sys.executable, "-c", CALL, *map(str, arguments)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="there is no /proc here")
@pytest.mark.parametrize("cache", ["a file", "/proc/azc"])
def test_an_unusable_cache_is_reported_in_one_line(linear: Path, tmp_path: Path, cache: str) -> None:
    """An unusable cache folder gives one line with the reason on standard error, and the same result."""
    if cache == "a file":
        cache = str(tmp_path / "file")
        Path(cache).write_text("")
    run = "run", linear, "--task", "linear,features=4,train=10,valid=10", "--backend", "kernels"
    without, whole = called(*run, AZC_CACHE=cache), called(*run)
    assert without.stdout.splitlines()[:-1] == whole.stdout.splitlines()[:-1] != []  # the last has a time
    assert without.returncode == whole.returncode == 0
    assert whole.stderr == ""
    (line,) = without.stderr.splitlines()
    assert line.startswith(f"azc: nothing can be kept in the cache folder {cache}: ")


@pytest.mark.soak
def test_a_search_reports_an_unusable_cache_once(tmp_path: Path) -> None:
    """A search with two processes reports an unusable cache once, and finds the same program."""
    (tmp_path / "file").write_text("")
    (tmp_path / "search.toml").write_text(SEARCH)
    evolve = (
        "evolve",
        tmp_path / "search.toml",
        "--set",
        "search.n_islands=2",
        "--n-jobs",
        2,
        "--json",
        "--quiet",
    )
    without = called(*evolve, "--run-dir", tmp_path / "one", AZC_CACHE=str(tmp_path / "file"))
    whole = called(*evolve, "--run-dir", tmp_path / "two")
    assert without.returncode == whole.returncode == 0
    assert without.stderr.count("nothing can be kept") == 1
    history = [(tmp_path / name / "best.azl").read_text().partition("def ")[2] for name in ("one", "two")]
    assert history[0] == history[1] != ""


def test_numba_without_its_compiler_is_an_error(tmp_path: Path) -> None:
    """NUMBA_DISABLE_JIT is an error, in one line that names it."""
    (tmp_path / "search.toml").write_text(SEARCH)
    done = called(
        "evolve", tmp_path / "search.toml", "--run-dir", tmp_path / "run", "-q", NUMBA_DISABLE_JIT="1"
    )
    assert done.returncode == 1
    assert done.stderr.startswith("NUMBA_DISABLE_JIT is set, but")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("said", ["", "Unable to allocate 15 GiB for an array"])
def test_too_little_memory_is_a_line_and_code_1(azc: Azc, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    """A lack of memory gives one line, with NumPy's message if there is one, and exit code 1."""

    def short(*_: object, **__: object) -> None:
        raise MemoryError(*filter(None, [said]))

    monkeypatch.setattr(main.commands["ops"], "callback", short)
    result = azc("ops", code=1)
    assert result.stdout == ""
    assert result.stderr == f"not enough memory: {said or 'ask for less at once'}\n"


def test_tasks_too_large_for_memory_are_an_error(linear: Path) -> None:
    """Tasks too large for memory give exit code 1 without traceback."""
    done = called("run", linear, "--task", "linear,features=3000,train=900000000,valid=1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
