"""Decoded images kept between runs."""

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
    """A data set of two classes that a test may change."""
    for name in ("cat", "dog"):
        shutil.copytree(CIFAR / "train" / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def decoded(monkeypatch):
    """The files decoded, in order of time."""
    done, decode = [], image_folder._pixels
    monkeypatch.setattr(image_folder, "_pixels", lambda path: done.append(path) or decode(path))
    return done


def cache_file():
    """The one file in the cache."""
    (file,) = cache_folder("images").iterdir()
    return file


def test_a_second_start_decodes_nothing(folder, decoded):
    """The same files give the same images from the cache."""
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
    """A file removed, renamed, replaced or touched: the cache does not hold, and is replaced."""
    find_dataset(path=folder)
    change(folder)
    decoded.clear()
    find_dataset(path=folder)
    assert decoded
    assert cache_file()


def damaged(how):
    """A damage of the cache file."""
    file = cache_file()
    data = bytearray(file.read_bytes())
    if how == "flipped":
        data[len(data) // 2] ^= 1
    elif how == "short":
        del data[len(data) // 2 :]
    file.write_bytes({"empty": b"", "foreign": b"PK\3\4" * 9}.get(how, data))


@pytest.mark.parametrize("how", ["flipped", "short", "empty", "foreign"])
def test_a_damaged_cache_is_as_good_as_none(folder, decoded, how):
    """One flipped bit is enough: the images are decoded anew."""
    first = find_dataset(path=folder)
    damaged(how)
    decoded.clear()
    assert np.array_equal(find_dataset(path=folder).pixels, first.pixels)
    assert decoded


def test_a_cache_that_cannot_be_written_is_no_error(folder, monkeypatch, tmp_path):
    """Without a place to keep them images are decoded every time."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AZC_CACHE", str(tmp_path / "file"))
    assert len(find_dataset(path=folder).labels) == 48


def test_many_may_write_at_once(tmp_path):
    """Writers at the same time leave one whole file, and all have what they made."""

    def read(number):
        files = [("a", 1, number % 2)]
        return cached(tmp_path, files, lambda: {"x": np.full(50_000, number % 2)})["x"]

    with ThreadPoolExecutor(8) as pool:
        for number, x in enumerate(pool.map(read, range(64))):
            assert x.shape == (50_000,)
            assert (x == number % 2).all()
    assert cache_file().suffix == ".arrays"
