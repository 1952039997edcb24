"""CIFAR-10's binary version: records of a label and three planes of 32 x 32, channels first."""

from pathlib import Path

import numpy as np

from azc.errors import AzcError
from azc.reading import data_bytes, read_whole
from azc.tasks.images import Images, arranged, flattened

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_SHAPE = (3, 32, 32)
_RECORD = 1 + 3 * 32 * 32


def is_cifar_folder(path: Path) -> bool:
    """Whether a folder holds `data_batch_1.bin` or the like."""
    return path.is_dir() and bool(_batches(path))


def read_cifar_folder(path: Path) -> Images:
    """Read `data_batch_1.bin` … (the training part) and `test_batch.bin`, by batch and position in it."""
    parts = []
    for batch in _batches(path):
        try:
            data = np.frombuffer(read_whole(batch, data_bytes()), np.uint8)
        except OSError as error:
            raise AzcError(f"{batch}: cannot be read: {error}") from None
        if data.size == 0 or data.size % _RECORD:
            raise AzcError(
                f"{batch}: is damaged, or not a CIFAR-10 batch: {data.size} bytes are not a multiple of "
                f"{_RECORD}, the bytes of a record"
            )
        records = data.reshape(-1, _RECORD)
        labels = records[:, 0].astype(np.int64)
        if labels.max() >= len(CLASSES):
            raise AzcError(
                f"{batch}: is damaged, or not a CIFAR-10 batch: label {labels.max()}, expected 0 to 9"
            )
        pixels = flattened(records[:, 1:].reshape(-1, *_SHAPE), str(batch))
        parts.append((pixels, labels, batch.name.startswith("test")))
    n = sum(len(labels) for _, labels, _ in parts)
    return arranged(parts, CLASSES, f"{n} images in CIFAR-10's binary version ({path})")


def _batches(path: Path) -> list[Path]:
    return [*sorted(path.glob("data_batch_*.bin")), *path.glob("test_batch.bin")]
