"""The disk cache of compiled functions."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numba
import numpy as np
import pytest
from numba.core import event

from azc import cache
from azc.errors import AzcError
from azc.search.engine import disk_cache
from azc.search.engine.compiled import entry, is_cached, prepare


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder; its folder of compiled functions."""
    monkeypatch.setenv("AZC_CACHE", str(tmp_path))
    monkeypatch.setattr(cache, "_warned", [])
    return tmp_path / "search"


def made() -> Any:
    """A new function, as in a new process: it has only what is on disk."""

    def doubled(x: int) -> int:
        return 2 * x

    return entry(doubled)


def compilations(function: Any, *arguments: object) -> int:
    """Number of compilations by Numba in a call."""
    with event.install_recorder("numba:compile") as recorder:
        assert function(*arguments) == 2 * arguments[0]  # type: ignore[operator]
    return len(recorder.buffer)


def test_a_compiled_function_is_loaded_next_time(folder: Path) -> None:
    """A compiled function is loaded from one file, which only its owner may read."""
    assert not is_cached(made())
    assert compilations(made(), 21) > 0
    assert is_cached(made())
    assert compilations(made(), 21) == 0
    (file,) = folder.iterdir()
    assert file.name.startswith("doubled-")
    assert file.stat().st_mode & 0o077 == folder.stat().st_mode & 0o077 == 0 or os.name != "posix"


def test_every_signature_has_its_file(folder: Path) -> None:
    """Each signature is compiled and saved in its own file."""
    made()(21)
    assert compilations(made(), 0.5) > 0
    assert compilations(made(), 0.5) == compilations(made(), 21) == 0
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("part", np.linspace(0, 1, 6, endpoint=False))
def test_a_damaged_file_is_compiled_anew(folder: Path, part: float) -> None:
    """A file with a flipped bit is compiled anew and replaced."""
    made()(21)
    (file,) = folder.iterdir()
    data = bytearray(file.read_bytes())
    data[int(part * len(data))] ^= 1 << int(part * 97) % 8
    file.write_bytes(data)
    assert not is_cached(made())
    assert compilations(made(), 21) > 0
    assert compilations(made(), 21) == 0
    assert list(folder.iterdir()) == [file]


def test_a_file_that_others_may_write_is_not_unpickled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that others may write is not unpickled, since anybody can compute its digest."""
    made()(21)
    (file,) = folder.iterdir()
    file.chmod(0o666)
    monkeypatch.setattr(disk_cache.pickle, "loads", lambda data: pytest.fail("unpickled"))
    assert compilations(made(), 21) > 0


@pytest.mark.parametrize("damage", ["no list", b"no pickle", 7])
def test_contents_that_numba_cannot_use_are_compiled_anew(
    monkeypatch: pytest.MonkeyPatch, damage: Any
) -> None:
    """An intact file with contents that Numba cannot use is compiled anew."""
    made()(21)
    monkeypatch.setattr(disk_cache.pickle, "loads", lambda data: damage)
    assert compilations(made(), 21) > 0


@pytest.mark.parametrize(
    "dispatcher", [SimpleNamespace(), SimpleNamespace(py_func=len), SimpleNamespace(py_func=len, _cache=7)]
)
def test_dispatchers_of_another_numba_are_not_cached(dispatcher: Any) -> None:
    """Dispatchers of a Numba with other internals are left unchanged, without an error."""
    before = dict(vars(dispatcher))
    disk_cache.cache_on_disk(dispatcher)
    assert vars(dispatcher) == before


def test_a_cache_called_with_other_arguments_finds_nothing() -> None:
    """Calls with other arguments than today's find nothing, and are no error."""
    asked = disk_cache._CompiledVersions(made().__wrapped__)
    assert asked.load() is asked.load(1, 2, 3) is None
    asked.save()
    asked.save(1, 2)


@pytest.mark.parametrize("missing", ["_reduce", "_rebuild"])
def test_results_that_cannot_be_saved_are_used(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """A Numba that cannot save or load its results compiles each time."""
    from numba.core.compiler import CompileResult

    made()(21)
    monkeypatch.delattr(CompileResult, missing)
    assert compilations(made(), 0.5 if missing == "_reduce" else 21) > 0


def test_a_numba_without_events_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Numba without events compiles functions."""
    monkeypatch.setattr(numba.core, "event", SimpleNamespace())
    assert made()(21) == 42


@pytest.mark.parametrize(
    ("name", "counts"), [("NUMBA_OPT", True), ("NUMBA_CACHE_DIR", False), ("NUMBA_NUM_THREADS", False)]
)
def test_options_that_change_code_have_files_of_their_own(
    monkeypatch: pytest.MonkeyPatch, name: str, counts: bool
) -> None:
    """Functions compiled with other options are not loaded, if the options change the code."""
    made()(21)
    monkeypatch.setenv(name, "1")
    assert is_cached(made()) is not counts


@pytest.mark.parametrize("changed", ["checksum", "llvmlite", "numba", "np"])
def test_other_sources_and_versions_have_files_of_their_own(
    monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    """Functions compiled from other sources or by other versions are not loaded."""
    made()(21)
    other = (lambda package: "other") if changed == "checksum" else SimpleNamespace(__version__="0")
    monkeypatch.setattr(disk_cache, changed, other)
    disk_cache._made_by.cache_clear()
    try:
        assert not is_cached(made())
    finally:
        monkeypatch.undo()
        disk_cache._made_by.cache_clear()


def test_a_prepared_function_is_not_compiled_when_called() -> None:
    """A function prepared for arguments is not compiled when called with them."""
    function = made()
    prepare(function, 21)
    assert compilations(function, 21) == 0


def test_without_a_cache_everything_works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a cache folder, functions are compiled each time, with a warning."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AZC_CACHE", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="nothing can be kept"):
        assert made()(21) == 42
    assert not is_cached(made())


def test_without_numbas_compiler_the_error_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """NUMBA_DISABLE_JIT gives an error, since plain Python cannot run the functions."""
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    with pytest.raises(AzcError, match=r"NUMBA_DISABLE_JIT is set.*unset it"):
        made()(21)


USERS_OWN = """
import numba
before = numba.config.CACHE_DIR

import azc.search.evolution

@numba.njit(cache=True)
def tripled(x):
    return 3 * x

tripled(2)
assert numba.config.CACHE_DIR == before
print(tripled.stats.cache_path)
"""


def test_users_own_functions_are_cached_beside_their_source(tmp_path: Path) -> None:
    """A user's own functions are cached beside their source, not in azc's folder."""
    (tmp_path / "users").mkdir()
    script = tmp_path / "users" / "own.py"
    script.write_text(USERS_OWN)
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, script], env=environment, capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()) == script.parent / "__pycache__"
    assert list((script.parent / "__pycache__").glob("own.tripled-*.nbc"))
    assert not list((tmp_path / "search").glob("*tripled*"))
