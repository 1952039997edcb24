"""A run's folder: its name, its files, and its lock."""

from pathlib import Path

import pytest
from runs.making import example

from azc.errors import AzcError
from azc.runs import RunFolder, named_folder, resume, run_search
from azc.runs.folder import lock
from azc.search import load_config


def test_names_have_the_time_and_are_unique(tmp_path: Path) -> None:
    """A new folder's name has the time and the title without unsafe characters, and is unique."""
    names = []
    for _ in range(3):
        names.append(named_folder("my search/№ 1.toml", tmp_path).path.name)
        assert (tmp_path / names[-1]).is_dir()
    assert len(set(names)) == 3
    assert all(name[8] == "-" and "my-search-" in name and "/" not in name for name in names)
    assert named_folder("...", tmp_path).path.name.endswith("-search")
    assert named_folder("n" * 300, tmp_path).path.is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(AzcError, match=r"cannot make a folder in .*file"):
        named_folder("search", tmp_path / "file")


def test_the_files_of_a_run_exist(tmp_path: Path) -> None:
    """The files of a run exist at the folder's paths after the run."""
    folder = RunFolder(tmp_path / "run")
    assert not folder.is_run
    run_search(example(), run_dir=folder)
    assert folder.is_run
    paths = (folder.config, folder.history, folder.checkpoints, folder.best, folder.hall_of_fame, folder.log)
    assert all(path.exists() for path in paths)


def test_the_configuration_is_complete(tmp_path: Path) -> None:
    """The saved configuration repeats the run elsewhere, with defaults written out."""
    found = run_search(example(), run_dir=tmp_path / "one")
    config = load_config(tmp_path / "one" / "config.toml")
    assert config.params == example().params
    again = run_search(config, run_dir=tmp_path / "two")
    assert (again.program, again.fitness, again.counts) == (found.program, found.fitness, found.counts)
    one, two = ((tmp_path / name / "config.toml").read_text() for name in ("one", "two"))
    assert one == two
    assert "n_offspring = 10" in one
    assert "mutate_prob = 0.9" in one


def test_a_lock_admits_one_holder(tmp_path: Path) -> None:
    """A second lock on a folder is refused at once, and granted after the release of the first."""
    folder = RunFolder(tmp_path / "new" / "run")
    held = lock(folder)
    with pytest.raises(AzcError, match="another process runs there"):
        lock(folder)
    held.release()
    lock(folder).release()


def test_a_run_releases_its_lock(tmp_path: Path) -> None:
    """A run releases its lock at its end, also if it was refused."""
    run_search(example(), run_dir=tmp_path)
    with pytest.raises(AzcError, match="holds a run"):
        run_search(example(), run_dir=tmp_path)
    with pytest.raises(AzcError, match="cannot resume"):
        resume(tmp_path, overrides=["search.seed=1"])
    lock(RunFolder(tmp_path)).release()
