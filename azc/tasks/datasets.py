"""Data sets by name or path, in any of the formats in `FORMS`."""

import os
from collections.abc import Callable
from pathlib import Path

import attrs

from azc.arguments import a_path, a_text, optional, takes
from azc.errors import AzcError
from azc.problems import nearest
from azc.tasks.cifar_binary import is_cifar_folder, read_cifar_folder
from azc.tasks.idx import is_idx_folder, read_idx_folder
from azc.tasks.image_arrays import read_csv_images, read_digits, read_npz_images
from azc.tasks.image_folder import is_image_folder, read_image_folder
from azc.tasks.images import Images


@attrs.frozen
class Format:
    """Format of a data set on disk."""

    what: str
    fits: Callable[[Path], bool]
    read: Callable[[Path], Images]


def _is_file(suffix: str) -> Callable[[Path], bool]:
    return lambda path: path.suffix == suffix and path.is_file()


# fmt: off
FORMS = (
    Format("an npz file",                                             _is_file(".npz"), read_npz_images),
    Format("a csv file",                                              _is_file(".csv"), read_csv_images),
    Format("IDX files (train-images-idx3-ubyte …, also .gz)",         is_idx_folder,    read_idx_folder),
    Format("CIFAR-10's binary version (data_batch_1.bin …)",          is_cifar_folder,  read_cifar_folder),
    Format("a folder of images a class, also below train/ and test/", is_image_folder,  read_image_folder),
)
# fmt: on


@attrs.frozen
class Published:
    """Data set known by name: where it is published, the length of its images, where to look for it."""

    published: str
    pixels: int
    folders: tuple[str, ...] = ()
    system_paths: tuple[str, ...] = ()


KNOWN = {
    "cifar10": Published(
        "https://www.cs.toronto.edu/~kriz/cifar.html (binary version: cifar-10-binary.tar.gz)",
        3072,
        ("cifar-10", "cifar-10-batches-bin", "cifar-10-images", "CIFAR-10-images", "CIFAR-10-images-master"),
    ),
    "mnist": Published(
        "http://yann.lecun.com/exdb/mnist (four files *-ubyte.gz)", 784, ("MNIST", "MNIST/raw")
    ),
    "fashion-mnist": Published(
        "https://github.com/zalandoresearch/fashion-mnist (four files *-ubyte.gz), "
        "also as Debian's package dataset-fashion-mnist",
        784,
        ("fashion_mnist", "fashionmnist", "FashionMNIST", "FashionMNIST/raw"),
        ("/usr/share/datasets/fashion-mnist",),
    ),
    "digits": Published("scikit-learn: pip install 'azc[digits]'", 64),
}


@takes(name=a_text, path=optional(a_path), base_folder=a_path)
def find_dataset(name: str = "", path: str | Path | None = None, base_folder: str | Path = ".") -> Images:
    """Read a data set: at `path`, relative to `base_folder`, or by name in the folder that AZC_DATA names.

    A name with a slash, .npz or .csv is a path. AZC_DATA may hold the data set in a folder (or an npz or csv
    file) of its name, or be the data set. `digits` comes with scikit-learn; Fashion-MNIST is also found where
    Debian's package puts it. AzcError for a missing one says where it is published and where to put it.
    """
    if path is None and (os.sep in name or "/" in name or name.endswith((".npz", ".csv"))):
        path, name = name, ""
    known = _known(name)
    if path is not None:
        return _at(Path(base_folder) / Path(path).expanduser(), name, known)
    if known == "digits":
        return read_digits().named("digits")
    candidates = [location for location in _candidates(name, known) if os.path.exists(location)]
    for location in candidates:
        if images := _inside(location, name, known):
            return _checked(images.named(name), known)
    raise AzcError(_unread(candidates[0]) if len(candidates) > 1 else _missing(name, known))


def form_of(path: Path) -> Format | None:
    """Format of the data set at a path; None if there is none."""
    return next((form for form in FORMS if form.fits(path)), None)


def _at(location: Path, name: str, known: str | None) -> Images:
    if not os.path.exists(location):
        advice = f"\n{_missing(name, known)}" if name else ""
        raise AzcError(f"{location}: there is no such file or folder{advice}")
    if images := _inside(location, name, known):
        return images.named(name) if name else images
    raise AzcError(_unread(location))


def _inside(location: Path, name: str, known: str | None) -> Images | None:
    """Images at a path: in a subfolder named for the data set if there is one, else in the path itself."""
    for candidate in (*(location / folder for folder in _folders(name, known)), location):
        if os.path.exists(candidate) and (form := form_of(candidate)) is not None:
            return form.read(candidate)
    return None


def _known(name: str) -> str | None:
    plain = name.lower().replace("-", "").replace("_", "")
    return next((known for known in KNOWN if known.replace("-", "") == plain), None)


def _folders(name: str, known: str | None) -> list[str]:
    folders = [name, known or name, *(KNOWN[known].folders if known else ())] if name else []
    return [file for folder in dict.fromkeys(folders) for file in (folder, f"{folder}.npz", f"{folder}.csv")]


def _candidates(name: str, known: str | None) -> list[Path]:
    data = os.environ.get("AZC_DATA")
    below = [Path(data).expanduser() / folder for folder in _folders(name, known)] if data else []
    system = [Path(location) for location in KNOWN[known].system_paths] if known else []
    return [*below, *system, *([Path(data).expanduser()] if data else [])]


def _checked(images: Images, known: str | None) -> Images:
    if known and images.pixels.shape[1] != KNOWN[known].pixels:
        raise AzcError(
            f"{images.source}: is not {known}: its images have {images.pixels.shape[1]} numbers instead of "
            f"{KNOWN[known].pixels}; name it with path if it is meant"
        )
    return images


def _unread(location: Path) -> str:
    forms = "".join(f"\n  {form.what}" for form in FORMS)
    return f"{location}: is not a data set that azc can read (unpack archives first); its formats are{forms}"


def _missing(name: str, known: str | None) -> str:
    data = os.environ.get("AZC_DATA")
    where = (
        f"{data} (which AZC_DATA names)" if data else "a folder that the environment variable AZC_DATA names"
    )
    advice = f"put it into the folder {known or name} of {where}, or give its folder as path"
    if known:
        return f"the data set {known} is not here. It is published at {KNOWN[known].published}; {advice}"
    return f"there is no data set {name!r} here: {nearest(name, KNOWN)}; or {advice}"
