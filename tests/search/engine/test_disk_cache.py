"""Compiled functions that are kept between runs."""

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
    """An empty cache folder; where compiled functions lie in it."""
    monkeypatch.setenv("AZC_CACHE", str(tmp_path))
    monkeypatch.setattr(cache, "_warned", [])
    return tmp_path / "search"


def made() -> Any:
    """A new function, as a new process has it: it knows only what is on disk."""

    def doubled(x: int) -> int:
        return 2 * x

    return entry(doubled)


def compilations(function: Any, *arguments: object) -> int:
    """How often Numba compiles for a call."""
    with event.install_recorder("numba:compile") as recorder:
        assert function(*arguments) == 2 * arguments[0]  # type: ignore[operator]
    return len(recorder.buffer)


def test_what_was_compiled_is_loaded_next_time(folder: Path) -> None:
    """One file of the cache holds it, for its owner alone."""
    assert not is_cached(made())
    assert compilations(made(), 21) > 0
    assert is_cached(made())
    assert compilations(made(), 21) == 0
    (file,) = folder.iterdir()
    assert file.name.startswith("doubled-")
    assert file.stat().st_mode & 0o077 == folder.stat().st_mode & 0o077 == 0 or os.name != "posix"


def test_every_signature_has_its_file(folder: Path) -> None:
    """What was compiled for whole numbers is not run on others."""
    made()(21)
    assert compilations(made(), 0.5) > 0
    assert compilations(made(), 0.5) == compilations(made(), 21) == 0
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("part", np.linspace(0, 1, 6, endpoint=False))
def test_a_damaged_file_is_compiled_anew(folder: Path, part: float) -> None:
    """Wherever a bit is flipped: nothing of it is unpickled, and the file is whole again afterwards."""
    made()(21)
    (file,) = folder.iterdir()
    data = bytearray(file.read_bytes())
    data[int(part * len(data))] ^= 1 << int(part * 97) % 8
    file.write_bytes(data)
    assert not is_cached(made())
    assert compilations(made(), 21) > 0
    assert compilations(made(), 21) == 0
    assert list(folder.iterdir()) == [file]


def test_a_pickle_that_others_could_have_put_there_is_not_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A digest can be computed by anybody; what counts is who may write."""
    made()(21)
    (file,) = folder.iterdir()
    file.chmod(0o666)
    monkeypatch.setattr(disk_cache.pickle, "loads", lambda data: pytest.fail("unpickled"))
    assert compilations(made(), 21) > 0


@pytest.mark.parametrize("damage", ["no list", b"no pickle", 7])
def test_what_numba_cannot_make_anything_of_is_compiled_anew(
    monkeypatch: pytest.MonkeyPatch, damage: Any
) -> None:
    """A file that is whole, as a Numba with other insides might have written it."""
    made()(21)
    monkeypatch.setattr(disk_cache.pickle, "loads", lambda data: damage)
    assert compilations(made(), 21) > 0


@pytest.mark.parametrize(
    "dispatcher", [SimpleNamespace(), SimpleNamespace(py_func=len), SimpleNamespace(py_func=len, _cache=7)]
)
def test_another_numba_compiles_at_every_start(dispatcher: Any) -> None:
    """Where its insides are no longer what they were nothing is kept, and nothing fails."""
    before = dict(vars(dispatcher))
    disk_cache.cache_on_disk(dispatcher)
    assert vars(dispatcher) == before


def test_a_cache_that_is_asked_in_another_way_knows_nothing() -> None:
    """Other arguments than today's are no error."""
    asked = disk_cache._CompiledVersions(made().__wrapped__)
    assert asked.load() is asked.load(1, 2, 3) is None
    asked.save()
    asked.save(1, 2)


@pytest.mark.parametrize("missing", ["_reduce", "_rebuild"])
def test_results_that_cannot_be_kept_are_used(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """A Numba whose results have no way to disk or back compiles every time."""
    from numba.core.compiler import CompileResult

    made()(21)
    monkeypatch.delattr(CompileResult, missing)
    assert compilations(made(), 0.5 if missing == "_reduce" else 21) > 0


def test_a_numba_without_events_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only Ctrl-C is heard later then."""
    monkeypatch.setattr(numba.core, "event", SimpleNamespace())
    assert made()(21) == 42


@pytest.mark.parametrize(
    ("name", "counts"), [("NUMBA_OPT", True), ("NUMBA_CACHE_DIR", False), ("NUMBA_NUM_THREADS", False)]
)
def test_options_that_change_code_have_files_of_their_own(
    monkeypatch: pytest.MonkeyPatch, name: str, counts: bool
) -> None:
    """What was compiled without optimization is not loaded when it is wanted again."""
    made()(21)
    monkeypatch.setenv(name, "1")
    assert is_cached(made()) is not counts


@pytest.mark.parametrize("changed", ["checksum", "llvmlite", "numba", "np"])
def test_other_sources_and_versions_have_files_of_their_own(
    monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    """So no old code is ever loaded."""
    made()(21)
    other = (lambda package: "other") if changed == "checksum" else SimpleNamespace(__version__="0")
    monkeypatch.setattr(disk_cache, changed, other)
    disk_cache._made_by.cache_clear()
    try:
        assert not is_cached(made())
    finally:
        monkeypatch.undo()
        disk_cache._made_by.cache_clear()


def test_what_is_prepared_is_not_compiled_when_called() -> None:
    """`prepare` finds the types that a call has."""
    function = made()
    prepare(function, 21)
    assert compilations(function, 21) == 0


def test_without_a_cache_everything_works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each start compiles, and a warning says so."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AZC_CACHE", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="nothing can be kept"):
        assert made()(21) == 42
    assert not is_cached(made())


def test_without_numbas_compiler_the_error_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """NUMBA_DISABLE_JIT leaves functions that plain Python cannot run."""
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


def test_a_users_own_functions_land_where_they_would_without_azc(tmp_path: Path) -> None:
    """Next to their source, as Numba has it; azc's folder has nothing of them."""
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
