"""Classification of projected images."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from azc.errors import AzcError
from azc.tasks import find_dataset
from azc.tasks.projected import Projected, ProjectedMulticlass, class_number
from azc.tasks.projection import project, projection, standardised, stratified
from azc.tasks.sums import fold

CIFAR = str(Path(__file__).parents[1] / "data" / "images")
SMALL = {"dataset": "cifar10", "path": CIFAR, "features": 8, "train": 20, "valid": 10}
HELDOUT = ((0, 5), (3, 8), (9, 2))


def invented(path):
    """Write a data set with pixels from a formula: 4 classes of 40 images of 6 x 5."""
    x = (np.arange(160 * 30) * 7919 % 10007 % 256).astype(np.uint8).reshape(160, 6, 5)
    np.savez(path, x=x, y=np.arange(160) % 4)
    return str(path)


def classes_of(tasks):
    """Names of each task's classes, from its source, in the order of labels 1 and 0."""
    return [
        tuple(part.split(" = ")[0] for part in t.source.split(": ")[-1].split("; ")[0].split(", "))
        for t in tasks
    ]


def test_bits_of_projected_tasks_are_stable(tmp_path):
    """Projected tasks of a seed have the same bits on every machine and in every version."""
    path = invented(tmp_path / "invented.npz")
    sets = [
        Projected(path=path, features=5, train=30, valid=12, tasks=3, seed=2026),
        ProjectedMulticlass(path=path, features=5, train=30, valid=12, tasks=2, seed=2026),
    ]
    arrays = [a for s in sets for t in s.make() for a in (t.train_x, t.train_y, t.valid_x, t.valid_y)]
    bits = b"".join(a.astype(a.dtype.newbyteorder("<")).tobytes() for a in arrays)
    assert hashlib.sha256(bits).hexdigest()[:16] == "c83412dbdccd8904"


def test_features_are_standardised_and_labels_balanced():
    """Features are float32 with mean 0 and deviation 1 in training; labels are 0 and 1, half of each."""
    for task in Projected(**SMALL, tasks=4).make():
        assert task.eval_type == "ACCURACY"
        assert task.train_x.dtype == task.valid_x.dtype == np.float32
        assert (task.features, task.n_train, task.n_valid) == (8, 20, 10)
        assert np.allclose(task.train_x.mean(axis=0), 0, atol=1e-6)
        assert np.allclose(task.train_x.std(axis=0), 1, atol=1e-6)
        assert (task.train_y.sum(), task.valid_y.sum()) == (10, 5)
        assert set(task.train_y) == {0.0, 1.0}


def test_projected_features_agree_with_the_definition():
    """Features are pixels times the matrix, computed here in exact integers, standardised by folded sums."""
    images = find_dataset("cifar10", CIFAR)
    (task,) = Projected(**SMALL, classes=[3, 5], tasks=1, seed=6).make()
    data_seed, step = int(task.source.split()[-1]), 3 << 32 | 5
    train, _ = stratified(images, images.rows("train"), (3, 5), 20, 10, data_seed, step)
    matrix = (projection(data_seed, step, 3072, 8) * 2**20).astype(np.int64)
    x = (images.pixels[train].astype(np.int64) @ matrix) / 2.0**20
    mean = fold(x) / 20
    sd = np.sqrt(fold((x - mean) ** 2) / 20)
    assert np.array_equal(task.train_x, ((x - mean) / sd).astype(np.float32))
    assert np.array_equal(task.train_y == 1, images.labels[train] == 3)


def test_projection_is_normal_and_rounded():
    """Elements of the projection are N(0, 1), rounded to multiples of 2^-20."""
    matrix = projection(1, 0, 3072, 16)
    assert np.array_equal(matrix * 2**20, np.floor(matrix * 2**20))
    assert abs(matrix.mean()) < 0.02
    assert abs(matrix.std() - 1) < 0.01


def test_projecting_is_exact():
    """The sums of a projection are the same backwards and piece by piece."""
    pixels = np.random.default_rng(0).integers(0, 256, (5, 3072), dtype=np.uint8)
    matrix = projection(1, 0, 3072, 4)
    whole = project(pixels, np.arange(5), matrix)
    assert np.array_equal(whole, project(np.ascontiguousarray(pixels[:, ::-1]), np.arange(5), matrix[::-1]))
    pieces = [pixels[:, i : i + 7].astype(float) @ matrix[i : i + 7] for i in range(0, 3072, 7)]
    assert np.array_equal(whole, np.sum(pieces, axis=0))


def test_a_constant_feature_becomes_zero():
    """A feature that is constant in training is 0 in training and validation."""
    train, valid = standardised(np.array([[0.1, 1.0]] * 3 + [[0.1, 2.0]]), np.array([[5.0, 3.0]]))
    assert (train[:, 0] == 0).all()
    assert valid[0, 0] == 0
    assert valid[0, 1] > 0


def test_images_are_split_without_overlap():
    """Training and validation images are different ones of the part, shuffled, equally many of each class."""
    images = find_dataset("cifar10", CIFAR)
    for part, size in (("train", 24), ("test", 6), ("all", 30)):
        train, valid = stratified(images, images.rows(part), (2, 7), 2 * size - 4, 4, 1, 0)
        both = np.concatenate([train, valid])
        assert len(set(both)) == 2 * size == len(both)
        assert np.isin(both, images.rows(part)).all()
        assert (images.labels[train] == 2).sum() == size - 2
        assert np.any(np.diff(images.labels[train]) < 0)


def test_pairs_are_drawn_except_the_held_out():
    """Many tasks have every pair except the held-out ones, smaller number first; no task occurs twice."""
    images = find_dataset("cifar10", CIFAR)
    tasks = Projected(**SMALL, tasks=250, heldout=[list(p) for p in HELDOUT], seed=1).make()
    pairs = [tuple(images.class_names.index(name) for name in pair) for pair in classes_of(tasks)]
    assert all(a < b for a, b in pairs)
    assert len(set(pairs)) == 45 - 3
    assert not set(pairs) & {(0, 5), (3, 8), (2, 9)}
    assert len({t.source for t in tasks}) == 250


def test_final_tasks_take_the_held_out_pairs_in_turn():
    """With pairs = "heldout" the tasks take the held-out pairs in turn, each with another data seed."""
    heldout = [list(p) for p in HELDOUT]
    tasks = Projected(**SMALL, tasks=7, heldout=heldout, pairs="heldout", data_seeds=3).make()
    three = [("airplane", "dog"), ("cat", "ship"), ("truck", "bird")]
    assert classes_of(tasks) == [*three, *three, three[0]]
    assert len({t.source for t in tasks}) == 7


def test_given_classes_hold_for_all_tasks():
    """Given classes, by name, are those of all tasks; the first has label 1."""
    tasks = Projected(**SMALL, tasks=2, classes=["dog", "cat"]).make()
    assert classes_of(tasks) == [("dog", "cat")] * 2
    assert not np.array_equal(tasks[0].train_x, tasks[1].train_x)
    assert tasks[0].seed != tasks[1].seed


def test_data_seeds_are_used_once_each():
    """Tasks use each data seed below the bound once; more tasks than seeds are an error."""
    tasks = Projected(**SMALL, classes=[0, 1], tasks=5, data_seeds=5).make()
    assert sorted(int(t.source.split()[-1]) for t in tasks) == [0, 1, 2, 3, 4]
    with pytest.raises(
        AzcError, match="6 different tasks cannot be made of 1 groups of classes and 5 data seeds"
    ):
        Projected(**SMALL, classes=[0, 1], tasks=6, data_seeds=5).make()


def test_data_seed_determines_the_examples():
    """The same classes and data seed give the same examples in any set."""
    one, other = (Projected(**SMALL, classes=[0, 1], tasks=1, data_seeds=1, seed=s).make()[0] for s in (1, 2))
    assert np.array_equal(one.train_x, other.train_x)
    assert one.seed != other.seed


def test_multiclass_tasks():
    """Multiclass tasks have all or the given classes, labelled in order, with equally many images."""
    (task,) = ProjectedMulticlass(**SMALL | {"features": 10}, tasks=1).make()
    assert (task.eval_type, task.n_classes) == ("MULTICLASS_ACCURACY", 10)
    assert np.bincount(task.train_y.astype(int)).tolist() == [2] * 10
    (task,) = ProjectedMulticlass(**SMALL, tasks=1, classes=["ship", 0, 3]).make()
    assert np.bincount(task.train_y.astype(int)).tolist() == [7, 7, 6]
    assert "ship = 0, airplane = 1, cat = 2" in task.source


@pytest.mark.parametrize(
    ("maker", "changes", "said"),
    [
        (Projected, {"train": 50}, "(?s)too few images of class 'airplane'|too few images of class"),
        (
            Projected,
            {"classes": [3, 5], "train": 40},
            "'cat': 40 training and 10 validation.*need 25.*has 24",
        ),
        (Projected, {"classes": [3]}, "classes: a pair must be two different classes"),
        (Projected, {"classes": [3, 3]}, "a pair must be two different classes"),
        (Projected, {"classes": [3, 10]}, "has no class 10: numbers go to 9"),
        (Projected, {"classes": ["cat", "dgo"]}, "has no class 'dgo'.*the nearest is 'dog'"),
        (Projected, {"heldout": [3, 5]}, "heldout: a pair must be"),
        (Projected, {"pairs": "heldout"}, "needs heldout, a list of pairs"),
        (Projected, {"pairs": "held"}, "pairs must be a word .*, but is 'held'; the nearest is 'heldout'"),
        (Projected, {"part": "tets"}, "part must be a word .*, but is 'tets'; the nearest is 'test'"),
        (Projected, {"dataset": "", "path": ""}, "need a data set: give dataset, or path"),
        (ProjectedMulticlass, {}, "classes must be from 2 to 8 .the number of features. different ones"),
        (ProjectedMulticlass, {"classes": [1, 1]}, "classes must be from 2"),
    ],
)
def test_impossible_tasks_are_errors(maker, changes, said):
    """The error for an impossible task gives its numbers, or the nearest name."""
    with pytest.raises(AzcError, match=said):
        maker(**SMALL | changes).make()


def test_holding_out_all_pairs_is_an_error(tmp_path):
    """Holding out every pair of classes is an error."""
    path = invented(tmp_path / "invented.npz")
    every = [[a, b] for a in range(4) for b in range(a)]
    with pytest.raises(AzcError, match="leaves no pair of the 4 classes"):
        Projected(path=path, train=4, valid=2, heldout=every).make()


def test_classes_have_numbers_and_names():
    """A class is found by its number or its name."""
    images = find_dataset("digits")
    assert class_number(images, 7) == class_number(images, "7") == 7
