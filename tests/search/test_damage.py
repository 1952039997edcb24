"""Searches with damaged machine code on disk."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

SEARCHING = """
import hashlib
import numpy as np
from numba.core import event
from azc.search import Evolution, Search, load_config, start
from azc.search.engine.loop import admit_all, breed_all, evolve, score_all
from azc.search.migration import migrants_of

entries = evolve, score_all, breed_all, admit_all
kept = all(entry.is_cached for entry in entries)
compiled = event.RecordingListener()
event.register("numba:compile", compiled)

digest = hashlib.sha256()
def add(state):
    for name, array in sorted({**state._asdict(), **state.hurdle._asdict(), "hurdle": None}.items()):
        if array is not None:
            digest.update(np.ascontiguousarray(array).tobytes())

config = load_config("examples/linear_test.toml", ["search.population_size=100"])
evolution = Evolution(config.params, config.tasks("search"))
state = evolution.advance(start(config.params), 3_000)
add(state)
evolution.score(state, migrants_of(state, []))
search = Search(config.params)
programs = search.ask(20)
search.tell(programs, [float(program.functions[1] != ()) for program in programs])
add(search.state)
print(digest.hexdigest(), kept, len(compiled.buffer) == 0)
"""


def searched(cache: Path) -> tuple[str, bool, bool]:
    """Digest of a search in a new process; whether all its code was on disk, and none was compiled."""
    done = subprocess.run(
        [sys.executable, "-c", SEARCHING],
        env={**os.environ, "AZC_CACHE": str(cache)},
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    history, kept, loaded = done.stdout.split()
    return history, kept == "True", loaded == "True"


def flip(path: Path, draw: random.Random) -> None:
    """Flip a bit of a file."""
    data = bytearray(path.read_bytes())
    bit = draw.randrange(8 * len(data))
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)


WANTED = {"search": 100, "kernels": 200}


@pytest.mark.soak
def test_flipped_bits_change_nothing_and_are_repaired(tmp_path: Path) -> None:
    """A search with a bit flipped in every file of the cache has the same history and repairs the files."""
    draw, flips = random.Random(0), dict.fromkeys(WANTED, 0)
    expected = searched(tmp_path)[0]
    assert searched(tmp_path) == (expected, True, True)
    while wanting := [folder for folder in WANTED if flips[folder] < WANTED[folder]]:
        for folder in wanting:
            for path in (tmp_path / folder).iterdir():
                flip(path, draw)
                flips[folder] += 1
        damaged = "search" in wanting
        assert searched(tmp_path) == (expected, not damaged, not damaged)
        assert searched(tmp_path) == (expected, True, True)
