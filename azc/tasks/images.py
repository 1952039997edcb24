"""`Images`: the common result of all readers of image data sets."""

from collections.abc import Sequence

import attrs
import numpy as np
import numpy.typing as npt

from azc.arguments import a_text, an_array, one_of, several, takes
from azc.errors import AzcError
from azc.tasks.sums import Whole

PARTS = ("train", "test")
Pixels = npt.NDArray[np.uint8]


@takes(
    pixels=an_array("u", 2, "an array (images, numbers an image) of uint8"),
    labels=an_array("iu", 1, "an array (images,) of class numbers"),
    test=an_array("b", 1, "an array (images,) of True and False"),
    class_names=several(a_text, "the names of the classes", into=tuple),
    source=a_text,
)
@attrs.frozen(eq=False, repr=False)
class Images:
    """Images with classes, ordered by class, then training before test, then file name or position.

    pixels: (n, d), integers 0-255, an image row by row with channels last. labels: (n,), indexes into
    `class_names`. test: (n,), whether an image is in the test part. source: description of what was read.
    """

    pixels: Pixels
    labels: Whole
    test: npt.NDArray[np.bool_]
    class_names: tuple[str, ...]
    source: str

    def __attrs_post_init__(self) -> None:
        if not len(self.pixels) == len(self.labels) == len(self.test):
            raise AzcError(
                f"{len(self.pixels)} images, {len(self.labels)} labels and {len(self.test)} marks of the "
                "test part; expected equally many"
            )

    def __repr__(self) -> str:
        return f"Images({self.source})"

    @takes(part=one_of((*PARTS, "all")))
    def rows(self, part: str) -> Whole:
        """Indexes of the images in the part `train`, `test` or `all`."""
        wanted = np.ones_like(self.test) if part == "all" else self.test == (part == "test")
        return np.flatnonzero(wanted)

    @takes(name=a_text)
    def named(self, name: str) -> "Images":
        """The same images, with a data set's name in front of the source."""
        return attrs.evolve(self, source=f"{name}: {self.source}")


def flattened(images: npt.NDArray[np.generic], where: str) -> Pixels:
    """Pixels (n, d) of images (n, d), (n, height, width), or with channels last or first.

    Channels come first if the second axis, and not the last, has one, three or four elements.
    """
    if images.ndim not in (2, 3, 4) or images.size == 0:
        raise AzcError(
            f"{where}: expected images (n, height, width[, channels]), but the shape is {images.shape}"
        )
    if images.dtype.kind not in "iub" or (
        images.dtype != np.uint8 and (images.min() < 0 or images.max() > 255)
    ):
        raise AzcError(
            f"{where}: pixels must be whole numbers from 0 to 255, but are {images.dtype} "
            f"from {images.min()} to {images.max()}; scale and convert them to uint8"
        )
    channels = (1, 3, 4)
    if images.ndim == 4 and images.shape[1] in channels and images.shape[3] not in channels:
        images = images.transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images.reshape(len(images), -1), dtype=np.uint8)


def arranged(
    parts: Sequence[tuple[Pixels, Whole, bool]], class_names: tuple[str, ...], source: str
) -> Images:
    """Images from parts (pixels, labels, whether test), ordered by class, part and position."""
    widths = sorted({pixels.shape[1] for pixels, _, _ in parts})
    if len(widths) != 1:
        raise AzcError(
            f"{source}: images differ in size, {widths[0]} and {widths[1]} numbers; make them alike"
        )
    pixels = np.concatenate([pixels for pixels, _, _ in parts])
    labels = np.concatenate([labels for _, labels, _ in parts]).astype(np.int64)
    test = np.concatenate([np.full(len(labels), is_test) for _, labels, is_test in parts])
    order = np.lexsort((test, labels))
    return Images(pixels[order], labels[order], test[order], class_names, source)
