"""Cache of decoded images."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from azc.cache import cache_folder
from azc.tasks import find_dataset, image_folder
from azc.tasks.decoded import cached

CIFAR = Path(__file__).parents[1] / "data" / "images"


@pytest.fixture
def folder(tmp_path):
    """A copy of two classes of a data set, which a test may change."""
    for name in ("cat", "dog"):
        shutil.copytree(CIFAR / "train" / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def decoded(monkeypatch):
    """Paths of decoded files, in order of decoding."""
    done, decode = [], image_folder._pixels
    monkeypatch.setattr(image_folder, "_pixels", lambda path: done.append(path) or decode(path))
    return done


def cache_file():
    """The only file in the cache."""
    (file,) = cache_folder("images").iterdir()
    return file


def test_second_reading_decodes_nothing(folder, decoded):
    """Images of unchanged files are read from the cache."""
    first = find_dataset(path=folder)
    assert len(decoded) == 48
    decoded.clear()
    second = find_dataset(path=folder)
    assert not decoded
    assert np.array_equal(first.pixels, second.pixels)
    assert first.source == second.source


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "cat" / "0000.jpg").unlink(),
        lambda folder: (folder / "cat" / "0000.jpg").rename(folder / "cat" / "9999.jpg"),
        lambda folder: shutil.copy(CIFAR / "train" / "ship" / "0003.jpg", folder / "dog" / "0003.jpg"),
        lambda folder: os.utime(folder / "cat" / "0000.jpg", (0, 0)),
    ],
)
def test_a_changed_source_is_decoded_anew(folder, decoded, change):
    """A removed, renamed, added or touched file makes the cache invalid; it is replaced."""
    find_dataset(path=folder)
    change(folder)
    decoded.clear()
    find_dataset(path=folder)
    assert decoded
    assert cache_file()


def damaged(how):
    """Damage the cache file."""
    file = cache_file()
    data = bytearray(file.read_bytes())
    if how == "flipped":
        data[len(data) // 2] ^= 1
    elif how == "short":
        del data[len(data) // 2 :]
    file.write_bytes({"empty": b"", "foreign": b"PK\3\4" * 9}.get(how, data))


@pytest.mark.parametrize("how", ["flipped", "short", "empty", "foreign"])
def test_damaged_cache_is_ignored(folder, decoded, how):
    """A damaged cache file, even by one flipped bit, is ignored: images are decoded anew."""
    first = find_dataset(path=folder)
    damaged(how)
    decoded.clear()
    assert np.array_equal(find_dataset(path=folder).pixels, first.pixels)
    assert decoded


def test_a_cache_that_cannot_be_written_is_no_error(folder, monkeypatch, tmp_path):
    """An unusable cache folder is no error: images are read without it."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AZC_CACHE", str(tmp_path / "file"))
    assert len(find_dataset(path=folder).labels) == 48


def test_concurrent_writers_leave_one_complete_file(tmp_path):
    """Threads that write the cache at the same time all get right arrays and leave a single file."""

    def read(number):
        files = [("a", 1, number % 2)]
        return cached(tmp_path, files, lambda: {"x": np.full(50_000, number % 2)})["x"]

    with ThreadPoolExecutor(8) as pool:
        for number, x in enumerate(pool.map(read, range(64))):
            assert x.shape == (50_000,)
            assert (x == number % 2).all()
    assert cache_file().suffix == ".arrays"
