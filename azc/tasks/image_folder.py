"""Data sets as folders of image files: a folder for each class, perhaps below `train` and `test`."""

import math
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from azc.errors import AzcError
from azc.memory import gib
from azc.reading import MAX_EXAMPLE_NUMBERS, data_bytes
from azc.tasks.decoded import cached
from azc.tasks.images import PARTS, Images, Pixels
from azc.tasks.npz import Arrays

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = {
    ".bmp": "BMP", ".gif": "GIF", ".jpeg": "JPEG", ".jpg": "JPEG", ".pgm": "PNM", ".png": "PNG",
    ".pnm": "PNM", ".ppm": "PNM", ".tif": "TIFF", ".tiff": "TIFF", ".webp": "WebP",
}  # fmt: skip
"""Suffixes of image files; other files are ignored."""
_BLOCK = 256


class _File(NamedTuple):
    """An image file; files sort in the order of the images."""

    label: str
    test: bool
    name: str
    path: str
    size: int
    mtime: int


def is_image_folder(path: Path) -> bool:
    """Whether a path is a folder of class folders that hold image files."""
    return path.is_dir() and next(_files(path), None) is not None


def read_image_folder(path: Path) -> Images:
    """Read all images below a folder; classes are ordered by name.

    Grey images stay grey, others become RGB. AzcError names a file that is not an image or differs in size
    from the first.
    """
    files = sorted(_files(path))
    if not files:
        raise AzcError(
            f"{path}: no images in class folders; expected files like cat/0001.png or train/cat/0001.png"
        )
    arrays = cached(path, ((f.path, f.size, f.mtime) for f in files), lambda: _decoded(files))
    names = sorted({f.label for f in files})
    number = {name: index for index, name in enumerate(names)}
    formats = sorted({FORMATS[os.path.splitext(f.name)[1].lower()] for f in files})
    return Images(
        arrays["pixels"],
        np.array([number[f.label] for f in files]),
        np.array([f.test for f in files]),
        tuple(names),
        f"{len(files)} {' and '.join(formats)} images in class folders ({path})",
    )


def _files(path: Path) -> Iterator[_File]:
    try:
        parts = [part for part in PARTS if any(map(os.DirEntry.is_dir, _entries(path / part)))]
        for part in parts or [""]:
            for folder in _entries(path / part):
                if folder.is_dir():
                    yield from _class_files(folder, part == "test")
    except OSError as error:
        raise AzcError(f"{path}: cannot be read: {error}") from None


def _class_files(folder: os.DirEntry[str], test: bool) -> Iterator[_File]:
    for file in _entries(folder):
        if os.path.splitext(file.name)[1].lower() in FORMATS and file.is_file():
            stat = file.stat()
            yield _File(folder.name, test, file.name, file.path, stat.st_size, stat.st_mtime_ns)


def _entries(folder: os.PathLike[str]) -> list[os.DirEntry[str]]:
    if not os.path.isdir(folder):
        return []
    with os.scandir(folder) as entries:
        return [entry for entry in entries if not entry.name.startswith(".")]


def _decoded(files: Sequence[_File]) -> Arrays:
    first = _shape(files[0].path)
    _check_size(files[0].path, first, len(files))
    pixels = np.empty((len(files), *first), np.uint8)

    def decode(start: int) -> None:
        for row in range(start, min(start + _BLOCK, len(files))):
            shape = _shape(files[row].path)
            if shape != first:
                raise AzcError(
                    f"{files[row].path}: is {_size(shape)}, and {files[0].path} is {_size(first)}; "
                    "all images of a data set must be alike: scale or convert them"
                )
            pixels[row] = _pixels(files[row].path)

    # Threads suffice, since Pillow decodes without the interpreter lock.
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        for _ in pool.map(decode, range(0, len(files), _BLOCK)):
            pass
    finally:
        pool.shutdown(cancel_futures=True)
    return {"pixels": pixels.reshape(len(files), -1)}


def _check_size(path: str, shape: tuple[int, ...], count: int) -> None:
    """Raise AzcError unless memory suffices to decode `count` images of a shape."""
    numbers = math.prod(shape)
    if numbers > MAX_EXAMPLE_NUMBERS:
        raise AzcError(
            f"{path}: is {_size(shape)}, {numbers:,} numbers; azc reads images of at most "
            f"{MAX_EXAMPLE_NUMBERS:,}: scale them down"
        )
    if numbers * count > data_bytes():
        raise AzcError(
            f"{path}: {count:,} images of {_size(shape)} take {gib(numbers * count)}, and azc reads at most "
            f"{gib(data_bytes())}; scale them down, or take fewer"
        )


@contextmanager
def _image(path: str) -> "Iterator[Image]":
    """An image with only its header decoded; AzcError for anything wrong with it."""
    try:
        from PIL import Image
    except ImportError:
        raise AzcError("reading images needs Pillow: pip install 'azc[images]'") from None
    try:
        with Image.open(path) as image:
            if image.mode in ("I", "F") or image.mode.startswith("I;"):
                raise AzcError(f"{path}: has more than 8 bits a pixel; convert it to 8 bits")
            yield image
    except AzcError:
        raise
    except Exception as error:  # damaged files make Pillow's decoders raise anything
        raise AzcError(
            f"{path}: cannot be read as an image; it is damaged or of another kind ({error})"
        ) from None


def _shape(path: str) -> tuple[int, ...]:
    """Shape of an image according to its header: (height, width), or (height, width, 3)."""
    with _image(path) as image:
        return (image.height, image.width) if _is_grey(image) else (image.height, image.width, 3)


def _pixels(path: str) -> Pixels:
    with _image(path) as image:
        return np.asarray(image.convert("L" if _is_grey(image) else "RGB"), dtype=np.uint8)


def _is_grey(image: "Image") -> bool:
    return image.mode in ("1", "L", "LA")


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[1]} x {shape[0]} {'grey' if len(shape) == 2 else 'RGB'}"
