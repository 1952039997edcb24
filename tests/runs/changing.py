"""Random changes of checkpoints, and the outcome of resuming from them in a forked process."""

import os
import random
import shutil
import sqlite3
import tempfile
import traceback
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from runs.making import history

from azc.errors import AzcError
from azc.runs import resume
from azc.runs.checkpoints import digest_of

FORGED = ("nothing", "the file's digest", "both digests")
"""Digests recomputed after a change: none, the checkpoint's, or also the one in the history."""
SAME, WORDS, OTHER, BROKEN = range(4)
"""Outcomes of resuming: the same history, an AzcError, another history, another error."""


def changed(arrays: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """Arrays with random changes: of values, dtypes, shapes; missing, extra, cut, doubled or swapped ones."""
    found = dict(arrays)
    for _ in range(draw.choice([1, 1, 1, 2, 5])):
        name = draw.choice([*found])
        array = found[name].copy()
        how = draw.choice(["value"] * 6 + ["dtype", "shape", "missing", "extra", "short", "long", "swapped"])
        if how == "value" and array.size:
            flat = array.reshape(-1).view(np.uint8 if array.itemsize % 8 else np.uint64)
            index = draw.randrange(flat.size)
            words = (0, 1, 200, 255, 100_000, 1 << 40, 1 << 62, 2**64 - 1, draw.getrandbits(64))
            flat[index] = draw.choice([*words, int(flat[index]) ^ (1 << draw.randrange(64))]) % (
                1 << 8 * flat.itemsize
            )
            found[name] = array
        elif how == "dtype":
            # Records and bytes cannot be cast to numbers.
            plain = array if array.dtype.kind in "iufc" else np.array([*array.tobytes()], dtype=np.uint8)
            found[name] = plain.astype(
                draw.choice([np.float32, np.int8, np.float64, ">i8", np.complex128, "S8"])
            )
        elif how == "shape":
            found[name] = draw.choice([array[None], array.reshape(-1), array.T, np.zeros((0, *array.shape))])
        elif how == "missing":
            del found[name]
        elif how == "extra":
            found[draw.choice([f"{name}x", "7/genomes", "x", "0/hurdle/x"])] = array
        elif how == "short":
            found[name] = array[: len(array) // 2]
        elif how == "long":
            found[name] = np.concatenate([array, array])
        elif how == "swapped":
            found[name] = arrays[draw.choice([*arrays])]
    return found


def resumed_after(run: Path, whole: list[Any], seed: int) -> tuple[str, int]:
    """Which digests were forged after a random change, as in `FORGED`, and the outcome of resuming.

    A forked process resumes; a negative outcome is the signal that killed it.
    """
    draw = random.Random(seed)
    forged = draw.choice(FORGED)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(run, Path(folder) / "run"))
        for path in sorted((copy / "checkpoints").glob("round-*.npz"))[-draw.choice([1, 1, 3]) :]:
            _change(path, draw, forged, copy)
        pid = os.fork()
        if pid == 0:
            # The child must not continue the test.
            os._exit(_became(copy, whole))
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return forged, status


def _change(path: Path, draw: random.Random, forged: str, run: Path) -> None:
    with np.load(path) as stored:
        arrays = dict(stored)
    digest = arrays.pop("digest")
    arrays = changed(arrays, draw)
    if forged != "nothing":
        digest = np.frombuffer(digest_of(arrays).encode(), dtype=np.uint8)
    np.savez(path, **arrays, digest=digest)
    if forged == "both digests":
        round_number = int(path.stem.split("-")[1])
        with closing(sqlite3.connect(run / "history.sqlite")) as connection, connection:
            values = (round_number, digest.tobytes().decode())
            connection.execute("INSERT OR IGNORE INTO checkpoints VALUES (?, ?)", values)


def _became(run: Path, whole: list[Any]) -> int:
    try:
        resume(run)
        return SAME if history(run) == whole else OTHER
    except AzcError:
        return WORDS
    except BaseException:
        traceback.print_exc()
        return BROKEN


def assert_nothing_comes_of(run: Path, whole: list[Any], seeds: range) -> dict[str, int]:
    """Assert that no change kills a process and no detectable change alters a row; the counts of outcomes."""
    counts: dict[str, int] = {}
    for seed in seeds:
        forged, status = resumed_after(run, whole, seed)
        # With both digests forged, the changed state may be as valid as the true one.
        allowed = {SAME} if forged != "both digests" else {SAME, WORDS, OTHER}
        assert status in allowed, f"seed {seed}: {forged} forged, status {status}"
        key = f"{forged}: {('same', 'words', 'other')[status]}"
        counts[key] = counts.get(key, 0) + 1
    return counts
