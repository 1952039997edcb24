"""Data sets in every format, found by name or path."""

import gzip
import pickle
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from azc.errors import AzcError
from azc.tasks import find_dataset
from azc.tasks.images import flattened

CIFAR = Path(__file__).parents[1] / "data" / "images"
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def some_images(n, shape, seed=0):
    """n random images of a shape."""
    return np.random.default_rng(seed).integers(0, 256, (n, *shape), dtype=np.uint8)


def write_idx(path, array):
    """Write an IDX file of unsigned bytes, gzipped if its name ends in `.gz`."""
    data = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def mnist_like(folder, ending=""):
    """Write files as of MNIST, 6 training and 4 test images of 5 x 4; return images and labels."""
    folder.mkdir(parents=True, exist_ok=True)
    x, y = some_images(10, (5, 4)), np.array([2, 0, 1, 1, 0, 2, 1, 0, 2, 0], np.uint8)
    for prefix, rows in (("train", slice(0, 6)), ("t10k", slice(6, 10))):
        write_idx(folder / f"{prefix}-images-idx3-ubyte{ending}", x[rows])
        write_idx(folder / f"{prefix}-labels-idx1-ubyte{ending}", y[rows])
    return x, y


def png_folder(folder, images, labels, names, test=()):
    """Write class folders of PNG files below train/ and test/, named by index."""
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        class_folder = folder / ("test" if i in test else "train") / names[label]
        class_folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(class_folder / f"{i:04}.png")


# --- folders of images --------------------------------------------------------------------------------


def test_cifar_images_are_in_order():
    """Images in class folders are ordered by class, then training before test; channels are last."""
    images = find_dataset("cifar10", CIFAR)
    assert images.class_names == CLASSES
    assert images.pixels.shape == (300, 3072)
    assert images.labels.tolist() == [c for c in range(10) for _ in range(30)]
    assert images.test.tolist() == ([False] * 24 + [True] * 6) * 10
    with Image.open(CIFAR / "test" / "cat" / "0001.jpg") as image:
        assert np.array_equal(images.pixels[3 * 30 + 25], np.asarray(image).ravel())
    assert images.source.startswith("cifar10: 300 JPEG images in class folders")
    assert (len(images.rows("train")), len(images.rows("test"))) == (240, 60)


def test_folders_need_no_train_and_test(tmp_path):
    """Class folders alone are all training images; other files and hidden folders are ignored."""
    images = some_images(4, (3, 2))
    for i, image in enumerate(images):
        (tmp_path / "ab"[i % 2]).mkdir(exist_ok=True)
        Image.fromarray(image).save(tmp_path / "ab"[i % 2] / f"{i}.png")
    (tmp_path / "a" / "notes.txt").write_text("no image")
    (tmp_path / ".git").mkdir()
    read = find_dataset(path=tmp_path)
    assert read.class_names == ("a", "b")
    assert not read.test.any()
    assert np.array_equal(read.pixels, images[[0, 2, 1, 3]].reshape(4, 6))


def test_palette_and_alpha_become_rgb(tmp_path):
    """Images with a palette or an alpha channel become RGB."""
    (tmp_path / "a").mkdir()
    colour = Image.fromarray(some_images(1, (2, 2, 4))[0], "RGBA")
    colour.save(tmp_path / "a" / "0.png")
    colour.convert("RGB").convert("P").save(tmp_path / "a" / "1.png")
    assert find_dataset(path=tmp_path).pixels.shape == (2, 12)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda file: file.write_bytes(file.read_bytes()[:-30]), "0001.png: cannot be read as an image"),
        (lambda file: file.write_text("not an image"), "0001.png: cannot be read as an image"),
        (
            lambda file: Image.new("RGB", (4, 5)).save(file),
            "0001.png: is 4 x 5 RGB, and .*0000.png is 4 x 4 RGB",
        ),
        (lambda file: Image.new("L", (4, 4)).save(file), "0001.png: is 4 x 4 grey, and .*4 x 4 RGB"),
        (lambda file: Image.new("I;16", (4, 4)).save(file), "0001.png: has more than 8 bits a pixel"),
    ],
)
def test_a_bad_image_is_named(tmp_path, damage, said):
    """The error for an image that is damaged, of another size or mode, or too deep names the file."""
    png_folder(tmp_path, some_images(3, (4, 4, 3)), [0, 0, 0], ["a"])
    damage(tmp_path / "train" / "a" / "0001.png")
    with pytest.raises(AzcError, match=said):
        find_dataset(path=tmp_path)


# --- CIFAR-10's binary version --------------------------------------------------------------------------


def cifar_binary(folder, images, labels, test):
    """Write batches as of CIFAR-10's binary version: label, then planes."""
    folder.mkdir(exist_ok=True)
    records = [bytes([y]) + x.transpose(2, 0, 1).tobytes() for x, y in zip(images, labels, strict=True)]
    train = [r for i, r in enumerate(records) if i not in test]
    (folder / "data_batch_1.bin").write_bytes(b"".join(train[:5]))
    (folder / "data_batch_2.bin").write_bytes(b"".join(train[5:]))
    (folder / "test_batch.bin").write_bytes(b"".join(records[i] for i in test))


def test_cifar_binary_equals_its_images_in_folders(tmp_path):
    """The binary version gives the same pixels in the same order as lossless images in folders."""
    images, labels, test = (
        some_images(14, (32, 32, 3)),
        [3, 9, 0, 1, 9, 3, 5, 2, 4, 6, 7, 8, 0, 3],
        [4, 12, 13],
    )
    cifar_binary(tmp_path / "binary", images, labels, test)
    png_folder(tmp_path / "png", images, labels, CLASSES, test)
    binary, png = find_dataset("cifar10", tmp_path / "binary"), find_dataset("cifar10", tmp_path / "png")
    assert np.array_equal(binary.pixels, png.pixels)
    assert np.array_equal(binary.labels, png.labels)
    assert np.array_equal(binary.test, png.test)
    assert binary.class_names == png.class_names
    assert "binary version" in binary.source
    assert "PNG" in png.source


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\0" * 3072, "data_batch_1.bin: is damaged.*3072 bytes are not a multiple of 3073"),
        (b"", "data_batch_1.bin: is damaged"),
        (b"\x0a" + b"\0" * 3072, "label 10, expected 0 to 9"),
    ],
)
def test_a_damaged_batch_is_named(tmp_path, data, said):
    """A batch that is truncated, empty or has a wrong label is an error."""
    (tmp_path / "data_batch_1.bin").write_bytes(data)
    with pytest.raises(AzcError, match=said):
        find_dataset("cifar10", tmp_path)


# --- IDX ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_idx_is_read_gzipped_or_not(tmp_path, ending):
    """Images of both IDX parts are ordered by class, then part, then index."""
    x, y = mnist_like(tmp_path, ending)
    images = find_dataset("mnist", tmp_path)
    order = np.lexsort((np.arange(10) >= 6, y))
    assert np.array_equal(images.pixels, x.reshape(10, 20)[order])
    assert images.labels.tolist() == sorted(y)
    assert images.class_names == ("0", "1", "2")
    assert images.source.startswith("mnist: 10 images in IDX files")


def change(start, new):
    """A damage that replaces bytes at an offset."""
    return lambda data: data[:start] + new + data[start + len(new) :]


@pytest.mark.parametrize(
    ("file", "damage", "said"),
    [
        ("images-idx3", change(0, b"\1"), "is not an IDX file: it begins with 01000803"),
        ("images-idx3", change(2, b"\x0d"), "IDX type 0x0d; azc reads 0x08"),
        ("images-idx3", lambda data: data[:-1], r"header announces 120 numbers \(6, 5, 4\), but 119 follow"),
        ("images-idx3", lambda data: data + b"\0", "but more than 120 follow"),
        ("images-idx3", lambda data: data[:9], "is damaged"),
        ("images-idx3", lambda data: b"", "begins with nothing"),
        ("images-idx3", change(4, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), "is damaged"),
        ("images-idx3", lambda data: gzip.compress(data)[:-9], "cannot be read"),
        ("images-idx3", lambda data: b"\x1f\x8b" + data, "cannot be read"),
        ("labels-idx1", lambda data: struct.pack(">I I", 0x801, 5) + data[8:13], "expected 6 labels"),
    ],
)
def test_a_damaged_idx_file_is_named(tmp_path, file, damage, said):
    """The error for wrong magic, type or length, or broken gzip, names file and fault."""
    mnist_like(tmp_path)
    path = tmp_path / f"train-{file}-ubyte"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(AzcError, match=said) as raised:
        find_dataset("mnist", tmp_path)
    assert str(path) in str(raised.value)


def test_idx_images_need_their_labels(tmp_path):
    """Images without a file of labels are an error that names it."""
    mnist_like(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(AzcError, match="put t10k-labels-idx1-ubyte there"):
        find_dataset("mnist", tmp_path)


# --- arrays ---------------------------------------------------------------------------------------------


def test_digits_of_scikit_learn():
    """`digits` are 1797 images of 64 numbers up to 16 in ten classes, all for training."""
    images = find_dataset("digits")
    assert images.pixels.shape == (1797, 64)
    assert images.pixels.max() == 16
    assert len(images.class_names) == 10
    assert not images.test.any()


def test_npz_has_parts_and_names(tmp_path):
    """An npz file of train_x, train_y, test_x, test_y and class_names is a data set."""
    x, y = some_images(6, (2, 3)), np.array([1, 0, 1, 0, 1, 0])
    arrays = {"train_x": x[:4], "train_y": y[:4], "test_x": x[4:], "test_y": y[4:]}
    np.savez(tmp_path / "some.npz", **arrays, class_names=["no", "yes"])
    images = find_dataset(path=tmp_path / "some.npz")
    assert images.class_names == ("no", "yes")
    assert np.array_equal(images.pixels, x.reshape(6, 6)[[1, 3, 5, 0, 2, 4]])
    assert images.test.tolist() == [False, False, True] * 2


def test_npz_labels_may_be_names(tmp_path):
    """Classes by name are numbered in the order of their names."""
    np.savez(tmp_path / "some.npz", x=some_images(3, (4,)).astype(np.int64), y=["dog", "ant", "dog"])
    images = find_dataset("some.npz", base_folder=tmp_path)
    assert (images.class_names, images.labels.tolist()) == (("ant", "dog"), [0, 1, 1])


def test_channels_are_put_last():
    """Images with channels first and with channels last give the same pixels."""
    last = some_images(2, (5, 6, 3))
    assert np.array_equal(flattened(last.transpose(0, 3, 1, 2), ""), flattened(last, ""))
    assert np.array_equal(flattened(last, ""), last.reshape(2, 90))


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        (
            {"x": np.zeros((2, 3)), "y": [0, 1]},
            "x: pixels must be whole numbers from 0 to 255, but are float64",
        ),
        ({"x": np.full((2, 3), 256), "y": [0, 1]}, "pixels must be whole numbers.* from 256 to 256"),
        ({"x": np.full((2, 3), -1), "y": [0, 1]}, "pixels must be whole numbers"),
        ({"x": np.zeros(3, np.uint8), "y": [0, 1, 2]}, "expected images .n, height"),
        ({"x": np.zeros((2, 3), np.uint8), "y": [0]}, "expected 2 class numbers or names, but it has 1"),
        ({"x": np.zeros((2, 3), np.uint8), "y": [0.0, 1.0]}, "of float64"),
        ({"x": np.zeros((2, 3), np.uint8), "y": [0, -1]}, "class numbers must be from 0"),
        ({"x": np.zeros((2, 3), np.uint8), "y": [0, 1], "class_names": ["a"]}, "has 1 names for 2 classes"),
        ({"a": [1]}, "expected the arrays x and y, or .*; it has a"),
        ({"x": np.array([{}]), "y": [0]}, "cannot be read as npz without pickled objects"),
    ],
)
def test_a_wrong_npz_is_refused(tmp_path, arrays, said):
    """Types, ranges, shapes and names in npz files are checked, and nothing is unpickled."""
    np.savez(tmp_path / "some.npz", **arrays)
    with pytest.raises(AzcError, match=said):
        find_dataset(path=tmp_path / "some.npz")


def test_file_of_another_format_is_no_npz(tmp_path):
    """A pickle, a damaged zip file or an empty file named `.npz` is refused."""
    for data in (pickle.dumps([1]), b"PK\3\4broken", b""):
        (tmp_path / "some.npz").write_bytes(data)
        with pytest.raises(AzcError, match=r"some\.npz: cannot be read as npz"):
            find_dataset(path=tmp_path / "some.npz")


@pytest.mark.parametrize("header", ["", "label,p0,p1\n"])
def test_csv_has_the_label_first(tmp_path, header):
    """The first column of a csv file is the label, with or without header."""
    (tmp_path / "some.csv").write_text(header + "1,0,255\n0,7,8\n")
    images = find_dataset(path=tmp_path / "some.csv")
    assert images.pixels.tolist() == [[7, 8], [0, 255]]
    assert images.labels.tolist() == [0, 1]


def test_csv_may_name_its_label_column(tmp_path):
    """A column named `class` is the label, in any position, also with names."""
    (tmp_path / "some.csv").write_text("p0,p1,class\n1,2,dog\n3,4,ant\n")
    images = find_dataset(path=tmp_path / "some.csv")
    assert (images.class_names, images.pixels.tolist()) == (("ant", "dog"), [[3, 4], [1, 2]])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,0,256\n", "line 1: pixels must be whole numbers from 0 to 255"),
        ("1,0,2\n1,x,2\n", "line 2: pixels"),
        ("1,0,2\n1,2\n", "line 2: has 2 fields, and the first line 3"),
        ("", "holds no images"),
        ("label,p0\n", "holds no images"),
    ],
)
def test_a_wrong_csv_is_refused(tmp_path, text, said):
    """The error for a wrong csv file names the line, or says that there are no images."""
    (tmp_path / "some.csv").write_text(text)
    with pytest.raises(AzcError, match=said):
        find_dataset(path=tmp_path / "some.csv")


# --- where data sets are looked for -----------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["mnist", "MNIST/raw", "mnist/MNIST/raw", "."])
def test_azc_data_holds_data_sets_by_name(tmp_path, monkeypatch, folder):
    """A data set is found in AZC_DATA: in a folder of its name, or in AZC_DATA itself."""
    folder = tmp_path / folder
    folder.mkdir(parents=True, exist_ok=True)
    for prefix in ("train", "t10k"):
        write_idx(folder / f"{prefix}-images-idx3-ubyte", some_images(2, (28, 28)))
        write_idx(folder / f"{prefix}-labels-idx1-ubyte", np.array([0, 1], np.uint8))
    monkeypatch.setenv("AZC_DATA", str(tmp_path))
    assert len(find_dataset("mnist").labels) == 4


def test_azc_data_may_hold_any_name(tmp_path, monkeypatch):
    """An unknown data set is found by name in AZC_DATA, also as a file."""
    np.savez(tmp_path / "mine.npz", x=some_images(2, (3,)), y=[0, 1])
    monkeypatch.setenv("AZC_DATA", str(tmp_path))
    assert find_dataset("mine").source.startswith("mine: 2 images in npz")


def test_another_data_set_is_not_taken_for_a_known_one(tmp_path, monkeypatch):
    """A data set with a known name but another image size is refused."""
    mnist_like(tmp_path)
    monkeypatch.setenv("AZC_DATA", str(tmp_path))
    with pytest.raises(AzcError, match="is not mnist: its images have 20 numbers instead of 784"):
        find_dataset("mnist")


def test_data_set_in_an_unreadable_format_is_named(tmp_path, monkeypatch):
    """A folder of the right name that holds an archive is named as unreadable, not as missing."""
    (tmp_path / "cifar10").mkdir()
    (tmp_path / "cifar10" / "cifar-10-binary.tar.gz").write_bytes(b"")
    monkeypatch.setenv("AZC_DATA", str(tmp_path))
    with pytest.raises(AzcError, match=f"{tmp_path}/cifar10: is not a data set that azc can read .unpack"):
        find_dataset("cifar10")


def test_path_is_relative_to_the_base_folder(tmp_path):
    """A path relative to the base folder names the data set itself or the folder that contains it."""
    mnist_like(tmp_path / "data" / "mnist")
    assert len(find_dataset("mnist", "data", tmp_path).labels) == 10
    assert len(find_dataset("mnist", "data/mnist", tmp_path).labels) == 10
    assert len(find_dataset("data/mnist", None, tmp_path).labels) == 10


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("cifar10", "cs.toronto.edu/~kriz/cifar.html"),
        ("mnist", "yann.lecun.com/exdb/mnist"),
        ("Fashion_MNIST", "github.com/zalandoresearch/fashion-mnist.*dataset-fashion-mnist"),
        ("cifar-10", "cs.toronto.edu"),
    ],
)
def test_a_missing_data_set_says_where_it_is_published(tmp_path, monkeypatch, name, place):
    """The error for a missing data set names its web page and the folder to put it into."""
    monkeypatch.setattr("azc.tasks.datasets.os.path.exists", lambda path: False)
    with pytest.raises(
        AzcError, match=f"(?s){place}.*put it into the folder .* AZC_DATA names, or give.*path"
    ):
        find_dataset(name)
    monkeypatch.setenv("AZC_DATA", str(tmp_path))
    with pytest.raises(AzcError, match=f"of {tmp_path} "):
        find_dataset(name)


def test_unknown_name_gets_the_nearest():
    """The error for an unknown data set names the nearest known one."""
    with pytest.raises(AzcError, match="no data set 'cifr10' here: the nearest is 'cifar10'"):
        find_dataset("cifr10")


def test_path_without_data_set_is_refused(tmp_path):
    """The error for a path without data set lists the readable formats, or says that the path is missing."""
    (tmp_path / "data.tar").write_bytes(b"")
    for path in (tmp_path, tmp_path / "data.tar"):
        with pytest.raises(AzcError, match=r"(?s)is not a data set that azc can read.*npz.*csv.*IDX.*CIFAR"):
            find_dataset("mnist", path)
    with pytest.raises(AzcError, match=r"(?s)there is no such file or folder.*yann.lecun.com"):
        find_dataset("mnist", tmp_path / "none")


def test_missing_extras_are_named(tmp_path, monkeypatch):
    """Without Pillow or scikit-learn the error names the extra to install."""
    shutil.copytree(CIFAR / "train" / "cat", tmp_path / "cat")
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    monkeypatch.setitem(__import__("sys").modules, "sklearn.datasets", None)
    with pytest.raises(AzcError, match=r"pip install 'azc\[images\]'"):
        find_dataset(path=tmp_path)
    with pytest.raises(AzcError, match=r"pip install 'azc\[digits\]'"):
        find_dataset("digits")
