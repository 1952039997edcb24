"""Decompression bombs: small files that unpack to large data, refused before they are unpacked."""

import gzip
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from azc.errors import AzcError
from azc.tasks import find_dataset, idx, image_folder

READ = """
import resource, sys
from azc.errors import AzcError
from azc.tasks import find_dataset
import PIL.Image
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sys.argv[1:]:
    try:
        find_dataset(path=path)
    except AzcError as error:
        print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def png(width: int, height: int) -> bytes:
    """A PNG file of a black image, grey with 8 bits a pixel."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = zlib.compress(bytes((width + 1) * height), 1)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def idx_bytes(*shape: int, numbers: int) -> bytes:
    """A gzipped IDX file with a shape in its header and `numbers` zeros."""
    header = struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape)
    return gzip.compress(header + bytes(numbers), 1)


def idx_folder(folder: Path, images: bytes) -> Path:
    """A data set in IDX files with ten labels."""
    folder.mkdir()
    (folder / "train-images-idx3-ubyte.gz").write_bytes(images)
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(idx_bytes(10, numbers=10))
    return folder


def image_data_set(folder: Path, image: bytes, count: int) -> Path:
    """A data set of one class: the same image `count` times."""
    (folder / "cat").mkdir(parents=True)
    for number in range(count):
        (folder / "cat" / f"{number}.png").write_bytes(image)
    return folder


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited as on Linux")
def test_bombs_take_no_memory(tmp_path: Path) -> None:
    """IDX files, npz files and images that unpack to 80 MB and more are refused in less than 60 MB."""
    zeros = np.zeros(250_000_000, np.uint8)
    np.savez_compressed(tmp_path / "bomb.npz", x=zeros.reshape(4, -1), y=np.arange(4))
    paths = [
        idx_folder(tmp_path / "more", idx_bytes(10, 8, 12, numbers=len(zeros))),
        idx_folder(tmp_path / "announced", idx_bytes(2**31, 2**31, 2, numbers=960)),
        image_data_set(tmp_path / "large", png(9_000, 9_000), 1),
        image_data_set(tmp_path / "many", png(4_000, 4_000), 13),
        tmp_path / "bomb.npz",
    ]
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_AS, (3 << 29,) * 2)\n{READ}"
    done = subprocess.run(
        [sys.executable, "-c", limited, *map(str, paths)], capture_output=True, text=True, check=True
    )
    *errors, peak = done.stdout.splitlines()
    assert [re.split("[:;] ", error)[1] for error in errors] == [
        "is damaged",
        "is damaged, or too large",
        "is 9000 x 9000 grey, 81,000,000 numbers",
        "13 images of 4000 x 4000 grey take 0.2 GiB, and azc reads at most 0.2 GiB",
        "its arrays take 0.2 GiB, and azc reads at most 0.2 GiB",
    ]
    assert int(peak) < 60


def test_image_of_another_size_is_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image that differs in size from the first is refused by its header, before it is decoded."""
    folder = image_data_set(tmp_path / "a", png(4, 4), 1)
    (folder / "cat" / "1.png").write_bytes(png(4_000, 4_000))
    decoded, decode = [], image_folder._pixels
    monkeypatch.setattr(image_folder, "_pixels", lambda path: decoded.append(Path(path).name) or decode(path))
    with pytest.raises(AzcError, match=r"1\.png: is 4000 x 4000 grey, and .*0\.png is 4 x 4 grey"):
        find_dataset(path=folder)
    assert decoded == ["0.png"]


def test_a_batch_of_cifar_beyond_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CIFAR batch longer than the limit is an error, so that a link to an endless file is."""
    monkeypatch.setattr("azc.tasks.cifar_binary.data_bytes", lambda: 3072)
    (tmp_path / "data_batch_1.bin").write_bytes(bytes(3073))
    with pytest.raises(AzcError, match=r"data_batch_1\.bin: cannot be read:.*longer than 3,072 bytes"):
        find_dataset("cifar10", tmp_path)


def test_idx_file_beyond_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An IDX file with a header that announces more than the limit is refused."""
    monkeypatch.setattr(idx, "data_bytes", lambda: 959)
    with pytest.raises(AzcError, match=r"announces 960 numbers .10, 8, 12., and azc reads at most 0.0 GiB"):
        find_dataset(path=idx_folder(tmp_path / "a", idx_bytes(10, 8, 12, numbers=960)))
