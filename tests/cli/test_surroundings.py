"""What a process finds around it: no cache folder, too little memory, Numba switched off."""

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
    """What a command does in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", CALL, *map(str, arguments)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="there is no /proc here")
@pytest.mark.parametrize("cache", ["a file", "/proc/azc"])
def test_a_cache_that_cannot_be_used_is_said_in_one_line(linear: Path, tmp_path: Path, cache: str) -> None:
    """On standard error, once, with the reason; the result is the same."""
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
def test_a_search_without_a_cache_says_so_once(tmp_path: Path) -> None:
    """With processes beside it as well; it finds what it finds with one."""
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
    """One line that names the variable."""
    (tmp_path / "search.toml").write_text(SEARCH)
    done = called(
        "evolve", tmp_path / "search.toml", "--run-dir", tmp_path / "run", "-q", NUMBA_DISABLE_JIT="1"
    )
    assert done.returncode == 1
    assert done.stderr.startswith("NUMBA_DISABLE_JIT is set, but")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("said", ["", "Unable to allocate 15 GiB for an array"])
def test_too_little_memory_is_a_line_and_code_1(azc: Azc, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    """Wherever it comes up, with what NumPy says of it."""

    def short(*_: object, **__: object) -> None:
        raise MemoryError(*filter(None, [said]))

    monkeypatch.setattr(main.commands["ops"], "callback", short)
    result = azc("ops", code=1)
    assert result.stdout == ""
    assert result.stderr == f"not enough memory: {said or 'ask for less at once'}\n"


def test_memory_that_numpy_does_not_get_is_a_line(linear: Path) -> None:
    """Tasks that nobody has room for."""
    done = called("run", linear, "--task", "linear,features=3000,train=900000000,valid=1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
