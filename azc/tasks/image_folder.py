"""Data sets as folders of image files, a folder a class, if need be below `train` and `test`."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from azc.errors import AzcError
from azc.tasks.decoded import Arrays, kept
from azc.tasks.images import PARTS, Images, Pixels

FORMATS = {
    ".bmp": "BMP", ".gif": "GIF", ".jpeg": "JPEG", ".jpg": "JPEG", ".pgm": "PNM", ".png": "PNG",
    ".pnm": "PNM", ".ppm": "PNM", ".tif": "TIFF", ".tiff": "TIFF", ".webp": "WebP",
}  # fmt: skip
"""What counts as an image, by suffix; other files are passed over."""
_BLOCK = 256


class _File(NamedTuple):
    """An image file; files sort as images are ordered."""

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
    """All images below a folder, its classes in the order of their names.

    Grey images stay grey, all others become RGB. Raises AzcError that names the file where one is no image,
    or is of another size than the first.
    """
    files = sorted(_files(path))
    if not files:
        raise AzcError(f"{path}: no images in class folders, like cat/0001.png or train/cat/0001.png")
    arrays = kept(path, ((f.path, f.size, f.mtime) for f in files), lambda: _decoded(files))
    names = sorted({f.label for f in files})
    number = {name: place for place, name in enumerate(names)}
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
    first = _pixels(files[0].path)
    pixels = np.empty((len(files), *first.shape), np.uint8)

    def decode(start: int) -> None:
        for row in range(start, min(start + _BLOCK, len(files))):
            image = _pixels(files[row].path)
            if image.shape != first.shape:
                raise AzcError(
                    f"{files[row].path}: is {_size(image)}, and {files[0].path} is {_size(first)}; "
                    "all images of a data set must be alike: scale or convert them"
                )
            pixels[row] = image

    # Pillow decodes without the interpreter lock.
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        for _ in pool.map(decode, range(0, len(files), _BLOCK)):
            pass
    finally:
        pool.shutdown(cancel_futures=True)
    return {"pixels": pixels.reshape(len(files), -1)}


def _pixels(path: str) -> Pixels:
    try:
        from PIL import Image
    except ImportError:
        raise AzcError("reading images needs Pillow: pip install 'azc[images]'") from None
    try:
        with Image.open(path) as image:
            if image.mode in ("I", "F") or image.mode.startswith("I;"):
                raise AzcError(f"{path}: has more than 8 bits a pixel; convert it to 8 bits")
            grey = image.mode in ("1", "L", "LA")
            return np.asarray(image.convert("L" if grey else "RGB"), dtype=np.uint8)
    except AzcError:
        raise
    except Exception as error:  # Pillow's decoders raise whatever a damaged file makes them
        raise AzcError(f"{path}: cannot be read as an image, damaged or of another kind ({error})") from None


def _size(image: Pixels) -> str:
    return f"{image.shape[1]} x {image.shape[0]} {'grey' if image.ndim == 2 else 'RGB'}"
