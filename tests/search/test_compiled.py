"""Where the compiled inner loop is kept."""

import os
import stat
from pathlib import Path

import pytest
from search.making import small, tasks

from azc.search import Evolution, start
from azc.search.engine import compiled
from azc.search.engine.evolution import evolve


def test_what_was_compiled_is_kept_in_the_cache_folder() -> None:
    """After a search there is compiled code below the cache folder, for the next start to load."""
    chosen = small()
    Evolution(chosen, tasks(1)).advance(start(chosen), 1)
    assert Path(compiled.CACHE).is_relative_to(os.environ["AZC_CACHE"])
    assert list(Path(compiled.CACHE).rglob("*.nbc"))
    assert compiled.is_kept(evolve)


@pytest.mark.skipif(os.name != "posix", reason="folders have owners")
def test_the_folder_is_its_owners_alone() -> None:
    """Nobody else may put anything there, since what lies there is run."""
    mode = os.stat(compiled.CACHE).st_mode
    assert stat.S_IMODE(mode) == 0o700
    assert os.stat(compiled.CACHE).st_uid == os.getuid()


def test_other_sources_have_another_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A checksum of all sources names the folder, so that no old code is ever loaded."""
    for name in ("one.py", "two.py", *(name for _, name in compiled._BORROWED)):
        (tmp_path / name).write_text("2")
    monkeypatch.setattr(compiled, "files", lambda package: tmp_path)
    before = compiled.cache_path()
    (tmp_path / "two.py").write_text("3")
    assert compiled.cache_path() != before
    (tmp_path / "two.py").write_text("2")
    assert compiled.cache_path() == before


def test_an_empty_folder_holds_nothing_compiled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where nothing was kept, a search has to compile first."""
    for folder in (str(tmp_path), ""):
        monkeypatch.setattr(compiled, "CACHE", folder)
        assert not compiled.is_kept(evolve)
