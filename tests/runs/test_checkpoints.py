"""Checkpoints: complete or absent, only the last few kept, damaged ones never loaded."""

import os
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest
from runs.making import with_islands

from azc.errors import AzcError
from azc.runs import checkpoints, run_search
from azc.runs.checkpoints import Checkpoint, load, save
from azc.runs.files import write_durably
from azc.runs.identity import checksum, identity
from azc.runs.run import Run
from azc.runs.selection import Selection
from azc.search.archipelago import Archipelago

TABLES = "[[islands]]\ncount = 1\nhurdle = {train = 5, window = 7}\npopulation_size = 3\n"
SEARCH = {"max_evals": 600, "population_size": 5, "round_evals": 100, "tournament_size": 2}


def bits(checkpoint: Checkpoint) -> Any:
    """The complete content of a checkpoint, to compare."""
    found: list[Any] = [checkpoint.round, checkpoint.totals]
    for island in checkpoint.islands:
        *arrays, hurdle = island.population
        found += [(a.dtype, a.shape, a.tobytes()) for a in (*arrays, *hurdle)]
        found += [island.experiment, island.before]
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """The last checkpoint of a run with two kinds of islands."""
    folder = tmp_path_factory.mktemp("run")
    config = with_islands(folder, TABLES, **SEARCH)
    run_search(config, run_dir=folder / "run")
    who = checksum(identity(config))
    found = load(folder / "run" / "checkpoints", 99, pytest.fail, run=who)
    assert found is not None
    return found


def test_a_checkpoint_loads_as_saved(made: Checkpoint, tmp_path: Path) -> None:
    """A checkpoint loads with the same bits as saved, from a file without pickles."""
    save(tmp_path / "c", made)
    again = load(tmp_path / "c", made.round, pytest.fail)
    assert again is not None
    assert bits(again) == bits(made)
    assert len(made.islands) == 3
    (path,) = (tmp_path / "c").iterdir()
    with np.load(path, allow_pickle=False) as stored:
        assert all(stored[name].dtype != object for name in stored.files)


def test_the_last_few_are_kept(made: Checkpoint, tmp_path: Path) -> None:
    """Only the last three checkpoints are kept; of other files only killed writers' leftovers are deleted."""
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / ".round-0000000001.npz.abc.azc-part").write_text("half")
    for name in ("notes.txt", "round-1.npz"):
        (tmp_path / "c" / name).write_text("mine")
    for round_number in range(1, 7):
        save(tmp_path / "c", Checkpoint(round_number, made.islands, {}))
    kept = [f"round-{round_number:010}.npz" for round_number in (4, 5, 6)]
    assert sorted(path.name for path in (tmp_path / "c").iterdir()) == ["notes.txt", *kept, "round-1.npz"]


def test_the_last_before_a_limit_cut_a_round_is_kept(made: Checkpoint, tmp_path: Path) -> None:
    """The last checkpoint before a limit cut a round is kept, however many follow, and can be loaded."""
    for round_number in range(1, 7):
        cut_by = {"max_evals": 600} if round_number > 2 else {}
        save(tmp_path, Checkpoint(round_number, made.islands, {"cut_by": cut_by}))
    names = ["round-0000000002.npz", *(f"round-{round_number:010}-cut.npz" for round_number in (4, 5, 6))]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert [found and found.round for found in (load(tmp_path, last, pytest.fail) for last in (9, 3))] == [
        6,
        2,
    ]
    uncut = load(tmp_path, 9, pytest.fail, lambda totals: not totals["cut_by"])
    assert uncut is not None
    assert uncut.round == 2


def test_the_newest_checkpoint_up_to_a_round_is_loaded(made: Checkpoint, tmp_path: Path) -> None:
    """The newest checkpoint up to a given round is loaded; None if there is none."""
    for round_number in (2, 5):
        save(tmp_path / "c", Checkpoint(round_number, made.islands, {"round": round_number}))
    loaded = [load(tmp_path / "c", last, pytest.fail) for last in (9, 5, 4, 2, 1)]
    assert [found and found.round for found in loaded] == [5, 5, 2, 2, None]
    assert load(tmp_path / "nothing", 9, pytest.fail) is None


def test_later_checkpoints_are_deleted(made: Checkpoint, tmp_path: Path) -> None:
    """Saving a checkpoint of an earlier round deletes all later ones."""
    for round_number in (7, 8, 9, 2):
        save(tmp_path / "c", Checkpoint(round_number, made.islands, {}))
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["round-0000000002.npz"]


def test_a_flipped_bit_never_changes_a_checkpoint(made: Checkpoint, tmp_path: Path) -> None:
    """A checkpoint with a flipped bit loads unchanged, or is skipped with a warning."""
    save(tmp_path, made)
    (path,) = tmp_path.glob("round-*.npz")
    data, draw = path.read_bytes(), random.Random(1)
    for _ in range(400):
        damaged = bytearray(data)
        # Bits matter most in the file's directory, at its end.
        damaged[draw.choice([draw.randrange(len(data)), -1 - draw.randrange(3000)])] ^= 1 << draw.randrange(8)
        path.write_bytes(damaged)
        words: list[str] = []
        found = load(tmp_path, 99, words.append)
        assert bits(found) == bits(made) if found else "is damaged" in words[0]


@pytest.mark.parametrize("left", [0, 1, 21, 100, 0.5, 0.999])
def test_a_truncated_file_is_skipped(made: Checkpoint, tmp_path: Path, left: float) -> None:
    """A truncated checkpoint is skipped with one warning, wherever it was cut."""
    save(tmp_path, made)
    (path,) = tmp_path.glob("round-*.npz")
    os.truncate(path, int(left if left >= 1 else left * path.stat().st_size))
    words: list[str] = []
    assert load(tmp_path, 99, words.append) is None
    assert len(words) == 1


def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed write keeps the old file and leaves no temporary one."""
    write_durably(tmp_path / "file", b"old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        AzcError, match=r"cannot write .*file: No space left on device; what was there before"
    ):
        write_durably(tmp_path / "file", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"old")]


def test_a_file_has_the_permissions_of_any_other(tmp_path: Path) -> None:
    """A durably written file has the permissions of a plain one."""
    write_durably(tmp_path / "made", b"")
    (tmp_path / "plain").touch()
    assert (tmp_path / "made").stat().st_mode == (tmp_path / "plain").stat().st_mode


# --- hostile ---------------------------------------------------------------------------------------------


def stored(folder: Path) -> dict[str, Any]:
    """The arrays of the only checkpoint in a folder."""
    (path,) = folder.glob("round-*.npz")
    with np.load(path) as arrays:
        return dict(arrays)


def test_a_changed_array_fails_the_digest(made: Checkpoint, tmp_path: Path) -> None:
    """A checkpoint with any array changed fails its digest and is skipped."""
    save(tmp_path, made, "run")
    (path,) = tmp_path.glob("round-*.npz")
    arrays = stored(tmp_path)
    for name, array in arrays.items():
        if not array.size:
            continue
        other = array.copy()
        other.view(np.uint8).flat[-1] ^= 1
        np.savez(path, **{**arrays, name: other})
        words: list[str] = []
        assert load(tmp_path, 99, words.append, run="run") is None
        assert "is damaged (its digest is not that of its content)" in words[0]


@pytest.mark.parametrize("name", ["0/genomes", "2/hurdle/threshold", "1/island", "totals", "run"])
@pytest.mark.parametrize("how", ["missing", "extra", "reshaped", "twice as long"])
def test_wrong_arrays_with_a_right_digest_are_skipped(
    made: Checkpoint, tmp_path: Path, name: str, how: str
) -> None:
    """A checkpoint with a right digest is skipped if an array is missing, extra or of another shape."""
    arrays = stored_of(made, tmp_path)
    del arrays["digest"]
    changes: dict[str, dict[str, Any]] = {
        "missing": {n: a for n, a in arrays.items() if n != name},
        "extra": {**arrays, f"{name}x": arrays[name]},
        "reshaped": {**arrays, name: arrays[name][None]},
        "twice as long": {**arrays, name: np.concatenate([arrays[name]] * 2)},
    }
    (path,) = tmp_path.glob("round-*.npz")
    forged = changes[how]
    np.savez(path, **forged, digest=np.frombuffer(checkpoints.digest_of(forged).encode(), dtype=np.uint8))
    words: list[str] = []
    found = load(tmp_path, 99, words.append, run="run", check=whole_run(tmp_path).check)
    assert found is None or (name, how) in {("totals", "reshaped"), ("run", "reshaped")}
    assert found or len(words) == 1


def stored_of(made: Checkpoint, folder: Path) -> dict[str, Any]:
    """Save a checkpoint in a folder; its arrays."""
    save(folder, made, "run")
    return stored(folder)


def whole_run(folder: Path) -> Any:
    """A checker of checkpoints for the run of `made`."""
    config = with_islands(folder, TABLES, **SEARCH)
    run = Run(config, None, None, (), Selection(lambda *_: 0.0), Archipelago(config.kinds))  # type: ignore[arg-type]
    return SimpleNamespace(check=lambda checkpoint, digest: run.verify(checkpoint))


def test_a_checkpoint_of_another_run_is_skipped(made: Checkpoint, tmp_path: Path) -> None:
    """A sound checkpoint of another run is skipped with a warning."""
    save(tmp_path, made, "one")
    words: list[str] = []
    assert load(tmp_path, 99, words.append, run="another") is None
    assert "is a checkpoint of another run: skipped" in words[0]
    assert load(tmp_path, 99, pytest.fail, run="one") is not None


def test_a_compressed_checkpoint_is_skipped(made: Checkpoint, tmp_path: Path) -> None:
    """A compressed checkpoint is skipped, since it could unpack without end."""
    arrays = stored_of(made, tmp_path)
    (path,) = tmp_path.glob("round-*.npz")
    np.savez_compressed(path, **arrays, bomb=np.zeros(10_000_000))
    words: list[str] = []
    assert load(tmp_path, 99, words.append) is None
    assert "is damaged (it is compressed)" in words[0]


TOTALS: dict[str, Any] = {
    "round": 3,
    "evals": "many",
    "seconds": float("nan"),
    "improvements": -1,
    "best_fitness": None,
    "best_evals": 1.5,
    "counts": {"evaluated": -1},
    "hall": [{"length": 1}],
    "cut_by": {"os": 1.0},
    "selection": {"program": "def"},
    "another": 1,
}


@pytest.mark.parametrize("name", TOTALS)
def test_impossible_totals_are_skipped(made: Checkpoint, tmp_path: Path, name: str) -> None:
    """A checkpoint with impossible totals is skipped with a warning."""
    check = whole_run(tmp_path).check
    save(tmp_path / "c", made)
    assert load(tmp_path / "c", 99, pytest.fail, check=check) is not None
    save(tmp_path / "c", attrs.evolve(made, totals={**made.totals, name: TOTALS[name]}))
    words: list[str] = []
    assert load(tmp_path / "c", 99, words.append, check=check) is None
    assert "is damaged" in words[0]
