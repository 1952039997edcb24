"""Checkpoints: whole or not there, the last few kept, and a damaged one never taken for a whole one."""

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
    """All that a checkpoint holds."""
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


def test_what_is_saved_is_loaded(made: Checkpoint, tmp_path: Path) -> None:
    """To the last bit, in a file that needs no pickle."""
    save(tmp_path / "c", made)
    again = load(tmp_path / "c", made.round, pytest.fail)
    assert again is not None
    assert bits(again) == bits(made)
    assert len(made.islands) == 3
    (path,) = (tmp_path / "c").iterdir()
    with np.load(path, allow_pickle=False) as stored:
        assert all(stored[name].dtype != object for name in stored.files)


def test_the_last_few_are_kept(made: Checkpoint, tmp_path: Path) -> None:
    """What else lies there is left alone, but for what somebody left who was killed while it wrote."""
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / ".round-0000000001.npz.abc.azc-part").write_text("half")
    for name in ("notes.txt", "round-1.npz"):
        (tmp_path / "c" / name).write_text("mine")
    for round_number in range(1, 7):
        save(tmp_path / "c", Checkpoint(round_number, made.islands, {}))
    kept = [f"round-{round_number:010}.npz" for round_number in (4, 5, 6)]
    assert sorted(path.name for path in (tmp_path / "c").iterdir()) == ["notes.txt", *kept, "round-1.npz"]


def test_the_last_before_a_limit_cut_a_round_is_kept(made: Checkpoint, tmp_path: Path) -> None:
    """However many come after it; of all that are there, the newest that fits is loaded."""
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


def test_a_checkpoint_after_a_round_is_not_loaded(made: Checkpoint, tmp_path: Path) -> None:
    """The newest up to it is; none where there is none."""
    for round_number in (2, 5):
        save(tmp_path / "c", Checkpoint(round_number, made.islands, {"round": round_number}))
    loaded = [load(tmp_path / "c", last, pytest.fail) for last in (9, 5, 4, 2, 1)]
    assert [found and found.round for found in loaded] == [5, 5, 2, 2, None]
    assert load(tmp_path / "nothing", 9, pytest.fail) is None


def test_a_run_that_went_back_keeps_its_own(made: Checkpoint, tmp_path: Path) -> None:
    """Later ones belong to a history that is gone."""
    for round_number in (7, 8, 9, 2):
        save(tmp_path / "c", Checkpoint(round_number, made.islands, {}))
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["round-0000000002.npz"]


def test_no_damage_is_taken_for_a_checkpoint(made: Checkpoint, tmp_path: Path) -> None:
    """Whichever bit is another, the file holds the same still or is passed over, with a word."""
    save(tmp_path, made)
    (path,) = tmp_path.glob("round-*.npz")
    data, draw = path.read_bytes(), random.Random(1)
    for _ in range(400):
        damaged = bytearray(data)
        # The directory at the end is where most depends on a bit.
        damaged[draw.choice([draw.randrange(len(data)), -1 - draw.randrange(3000)])] ^= 1 << draw.randrange(8)
        path.write_bytes(damaged)
        words: list[str] = []
        found = load(tmp_path, 99, words.append)
        assert bits(found) == bits(made) if found else "is damaged" in words[0]


@pytest.mark.parametrize("left", [0, 1, 21, 100, 0.5, 0.999])
def test_a_file_cut_off_is_passed_over(made: Checkpoint, tmp_path: Path, left: float) -> None:
    """Wherever it ends."""
    save(tmp_path, made)
    (path,) = tmp_path.glob("round-*.npz")
    os.truncate(path, int(left if left >= 1 else left * path.stat().st_size))
    words: list[str] = []
    assert load(tmp_path, 99, words.append) is None
    assert len(words) == 1


def test_a_file_that_cannot_be_replaced_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there before is kept, and nothing half lies about."""
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
    """Though it is written aside."""
    write_durably(tmp_path / "made", b"")
    (tmp_path / "plain").touch()
    assert (tmp_path / "made").stat().st_mode == (tmp_path / "plain").stat().st_mode


# --- hostile ---------------------------------------------------------------------------------------------


def stored(folder: Path) -> dict[str, Any]:
    """The arrays of the one checkpoint that is there."""
    (path,) = folder.glob("round-*.npz")
    with np.load(path) as arrays:
        return dict(arrays)


def test_an_array_that_was_changed_is_never_looked_at(made: Checkpoint, tmp_path: Path) -> None:
    """The digest over all arrays says so, whichever of them it is."""
    save(tmp_path, made, "run")
    (path,) = tmp_path.glob("round-*.npz")
    arrays = stored(tmp_path)
    for name, array in arrays.items():
        other = array.copy()
        other.view(np.uint8).flat[-1] ^= 1
        np.savez(path, **{**arrays, name: other})
        words: list[str] = []
        assert load(tmp_path, 99, words.append, run="run") is None
        assert "is damaged (its digest is not that of its content)" in words[0]


@pytest.mark.parametrize("name", ["0/genomes", "2/hurdle/threshold", "1/island", "totals", "run"])
@pytest.mark.parametrize("how", ["missing", "extra", "reshaped", "twice as long"])
def test_arrays_that_are_others_are_passed_over(
    made: Checkpoint, tmp_path: Path, name: str, how: str
) -> None:
    """With a digest that is right, too, if what a run must be is checked."""
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
    """The arrays of a checkpoint that is saved in a folder."""
    save(folder, made, "run")
    return stored(folder)


def whole_run(folder: Path) -> Any:
    """What checks checkpoints of the run that `made` is of."""
    config = with_islands(folder, TABLES, **SEARCH)
    run = Run(config, None, None, (), Selection(lambda *_: 0.0), Archipelago(config.kinds))  # type: ignore[arg-type]
    return SimpleNamespace(check=lambda checkpoint, digest: run.verify(checkpoint))


def test_a_checkpoint_of_another_run_is_not_taken(made: Checkpoint, tmp_path: Path) -> None:
    """It is whole, but says whose it is."""
    save(tmp_path, made, "one")
    words: list[str] = []
    assert load(tmp_path, 99, words.append, run="another") is None
    assert "is a checkpoint of another run and passed over" in words[0]
    assert load(tmp_path, 99, pytest.fail, run="one") is not None


def test_a_checkpoint_that_unpacks_to_more_is_passed_over(made: Checkpoint, tmp_path: Path) -> None:
    """Before anything is unpacked."""
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
def test_totals_that_cannot_be_are_passed_over(made: Checkpoint, tmp_path: Path, name: str) -> None:
    """Whatever they say of a run that is none."""
    check = whole_run(tmp_path).check
    save(tmp_path / "c", made)
    assert load(tmp_path / "c", 99, pytest.fail, check=check) is not None
    save(tmp_path / "c", attrs.evolve(made, totals={**made.totals, name: TOTALS[name]}))
    words: list[str] = []
    assert load(tmp_path / "c", 99, words.append, check=check) is None
    assert "is damaged" in words[0]
