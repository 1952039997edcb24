"""Projection of images to features: random images of some classes, projected and standardised."""

import numpy as np
import numpy.typing as npt

from azc.errors import AzcError
from azc.ir import gaussians, permutation
from azc.tasks.images import Images
from azc.tasks.seeds import Purpose
from azc.tasks.sums import Floats, Whole, mean_and_sd

MAX_PIXELS = 2**20
"""Maximum numbers in an image, so that every sum of a projection is exact."""
_GRID = 2.0**20
_BLOCK = 2048


def projection(seed: int, step: int, pixels: int, features: int) -> Floats:
    """A matrix (pixels, features) of N(0, 1), rounded to multiples of 2^-20.

    An entry is below 2^4 and a pixel below 2^8, so products and partial sums of a million of them are whole
    multiples of 2^-20 below 2^33: exact in float64, in any order, fused or not.
    """
    if pixels > MAX_PIXELS:
        raise AzcError(
            f"images of {pixels} numbers are too large to project; scale them to {MAX_PIXELS} at most"
        )
    entries = gaussians(seed, pixels * features, Purpose.PROJECTION, step)
    return (np.rint(entries * _GRID) / _GRID).reshape(pixels, features)


def project(pixels: npt.NDArray[np.uint8], rows: Whole, matrix: Floats) -> Floats:
    """Product of rows of pixels (n, d) with a matrix (d, F) of `projection`, in blocks to save memory."""
    blocks = [pixels[rows[i : i + _BLOCK]].astype(np.float64) @ matrix for i in range(0, len(rows), _BLOCK)]
    return np.concatenate(blocks)


def standardised(train: Floats, valid: Floats) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Both (n, F) minus the mean of `train`, divided by its standard deviation; 0 where that is 0."""
    mean, sd = mean_and_sd(train)
    constant = sd == 0.0
    scale = np.where(constant, 1.0, sd)

    def scaled(x: Floats) -> npt.NDArray[np.float32]:
        return np.where(constant, 0.0, (x - mean) / scale).astype(np.float32)

    return scaled(train), scaled(valid)


def stratified(
    images: Images, rows: Whole, classes: tuple[int, ...], train: int, valid: int, seed: int, step: int
) -> tuple[Whole, Whole]:
    """Rows of `train` and of `valid` images, equally many of each class, in random order and without overlap.

    If the numbers do not divide, the first classes give one more.
    """
    chosen: tuple[list[Whole], list[Whole]] = ([], [])
    for index, number in enumerate(classes):
        of_class = rows[images.labels[rows] == number]
        n_train, n_valid = (n // len(classes) + (index < n % len(classes)) for n in (train, valid))
        if n_train + n_valid > len(of_class):
            raise AzcError(
                f"too few images of class {images.class_names[number]!r}: {train} training and {valid} "
                f"validation examples of {len(classes)} classes need {n_train + n_valid}, and "
                f"{images.source} has {len(of_class)} in the part asked for; "
                "lower train or valid, or take part = 'all'"
            )
        order = permutation(seed, len(of_class), Purpose.IMAGES + number, step)
        chosen[0].append(of_class[order[:n_train]])
        chosen[1].append(of_class[order[n_train : n_train + n_valid]])
    train_rows, valid_rows = map(np.concatenate, chosen)
    return (
        train_rows[permutation(seed, train, Purpose.TRAIN_ORDER, step)],
        valid_rows[permutation(seed, valid, Purpose.VALID_ORDER, step)],
    )
