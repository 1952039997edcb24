"""Classification of projected images: two classes or many, of any data set that `find_dataset` finds."""

from collections.abc import Sequence
from itertools import combinations, count
from pathlib import Path
from typing import Any, ClassVar

import attrs
import numpy as np

from azc.arguments import a_path, takes
from azc.errors import AzcError
from azc.ir import uniforms
from azc.problems import nearest
from azc.settings import LIST, TEXT, one_of, whole
from azc.tasks.datasets import find_dataset
from azc.tasks.declared import FEATURES, N_TASKS, TASK
from azc.tasks.images import PARTS, Images
from azc.tasks.parameters import parameter, parameter_of
from azc.tasks.projection import project, projection, standardised, stratified
from azc.tasks.seeds import Purpose, epoch_orders, task_seed
from azc.tasks.task import Task

Group = tuple[int, ...]
"""The classes of a task, by number, in the order of their labels."""


@attrs.frozen(kw_only=True)
class ProjectedMulticlass:
    """Classification of randomly projected images into all or the given classes, labelled in order."""

    evaluation: ClassVar[str] = "MULTICLASS_ACCURACY"

    dataset: str = parameter(
        "name of the data set: cifar10, mnist, fashion-mnist, digits, or a folder's name", TEXT, ""
    )
    path: str = parameter(
        "path of the data set, if not in the folder AZC_DATA names; relative to the configuration", TEXT, ""
    )
    features: int = parameter("features to project to", FEATURES, 16)
    train: int = parameter("training examples a task, equally many of each class", whole(1), 8000)
    valid: int = parameter("validation examples a task, equally many of each class", whole(1), 1000)
    tasks: int = parameter_of(N_TASKS)
    seed: int = parameter_of(TASK["seed"], "seed of the data seeds and class pairs")
    data_seeds: int = parameter(
        "a task's images and projection come from a data seed below this", whole(1, 2**53), 10**9
    )
    classes: tuple[Any, ...] = parameter("the classes of all tasks, numbers or names", LIST, ())
    part: str = parameter("the images to take: train, test or all", one_of((*PARTS, "all")), "train")
    epochs: int = parameter_of(TASK["epochs"])
    max_abs_error: float = parameter_of(TASK["max_abs_error"])

    @takes(folder=a_path)
    def make(self, folder: Path = Path()) -> list[Task]:
        """The tasks of the set, no two of them with the same classes and data seed."""
        if not self.dataset and not self.path:
            raise AzcError("tasks of images need a data set: give dataset, or path")
        images = find_dataset(self.dataset, self.path or None, folder)
        groups, in_turn = self.groups(images)
        choices = self._choices(groups, in_turn)
        return [self._task(images, number, *choice) for number, choice in enumerate(choices)]

    def groups(self, images: Images) -> tuple[list[Group], bool]:
        """The classes that a task may have, and whether tasks take them in turn (else at random)."""
        classes = self.classes or range(len(images.class_names))
        group = tuple(class_number(images, name) for name in classes)
        if not 2 <= len(set(group)) == len(group) <= self.features:
            raise AzcError(
                f"classes must be from 2 to {self.features} (the number of features) different ones, "
                f"but are {[images.class_names[number] for number in group]}"
            )
        return [group], True

    def kind(self, group: Group) -> tuple[dict[str, Any], Sequence[int]]:
        """Evaluation type of a task, with its number of classes; and the label of each class of the group."""
        return {"eval_type": self.evaluation, "n_classes": len(group)}, range(len(group))

    def _choices(self, groups: list[Group], in_turn: bool) -> list[tuple[Group, int]]:
        if self.tasks > len(groups) * self.data_seeds:
            raise AzcError(
                f"{self.tasks} different tasks cannot be made of {len(groups)} groups of classes and "
                f"{self.data_seeds} data seeds; raise data_seeds or lower tasks"
            )
        chosen: dict[tuple[Group, int], None] = {}
        for number in range(self.tasks):
            for attempt in count():
                u, v = uniforms(self.seed, 2, Purpose.CLASSES, number | attempt << 32)
                group = groups[number % len(groups) if in_turn else int(u * len(groups))]
                if (choice := (group, int(v * self.data_seeds))) not in chosen:
                    chosen[choice] = None
                    break
        return list(chosen)

    def _task(self, images: Images, number: int, group: Group, data_seed: int) -> Task:
        # With one data seed, each pair has images and a projection of its own; larger groups share them.
        step = group[0] << 32 | group[1] if len(group) == 2 else 0
        rows = stratified(images, images.rows(self.part), group, self.train, self.valid, data_seed, step)
        matrix = projection(data_seed, step, images.pixels.shape[1], self.features)
        train_x, valid_x = standardised(*(project(images.pixels, some, matrix) for some in rows))
        evaluation, labels = self.kind(group)
        label_of = np.zeros(len(images.class_names))
        label_of[list(group)] = labels
        names = ", ".join(
            f"{images.class_names[c]} = {label}" for c, label in zip(group, labels, strict=True)
        )
        return Task(
            train_x,
            label_of[images.labels[rows[0]]],
            valid_x,
            label_of[images.labels[rows[1]]],
            **evaluation,
            max_abs_error=self.max_abs_error,
            epochs=self.epochs,
            train_order=epoch_orders(self.seed, number, self.train, self.epochs),
            seed=task_seed(self.seed, number),
            source=f"{images.source}: {names}; data seed {data_seed}",
        )


@attrs.frozen(kw_only=True)
class Projected(ProjectedMulticlass):
    """Binary classification of randomly projected images: the first class of a pair has label 1, the other 0.

    The pair is `classes`, or drawn for each task from all pairs (the smaller number first) but the held-out
    ones; or with pairs = "heldout" the tasks take the held-out pairs in turn.
    """

    evaluation: ClassVar[str] = "ACCURACY"

    heldout: tuple[Any, ...] = parameter("pairs of classes that are never drawn", LIST, ())
    pairs: str = parameter("which pairs to take: drawn or heldout", one_of(("drawn", "heldout")), "drawn")

    def groups(self, images: Images) -> tuple[list[Group], bool]:
        """The pairs that a task may have, and whether tasks take them in turn (else at random)."""
        pairs = [_pair(images, pair, "heldout") for pair in self.heldout]
        heldout = list({frozenset(pair): pair for pair in pairs}.values())
        if self.pairs == "heldout":
            if not heldout:
                raise AzcError(
                    'pairs = "heldout" needs heldout, a list of pairs like [[0, 5], [3, 8]]; give it'
                )
            return heldout, True
        if self.classes:
            return [_pair(images, self.classes, "classes")], True
        every = combinations(range(len(images.class_names)), 2)
        free: list[Group] = [pair for pair in every if frozenset(pair) not in map(frozenset, heldout)]
        if not free:
            raise AzcError(
                f"heldout leaves no pair of the {len(images.class_names)} classes to draw; shorten it"
            )
        return free, False

    def kind(self, group: Group) -> tuple[dict[str, Any], Sequence[int]]:
        """Evaluation type of a task, and the label of each class of the pair."""
        return {"eval_type": self.evaluation}, (1, 0)


def class_number(images: Images, name: object) -> int:
    """The number of a class given by number or name."""
    names = images.class_names
    if type(name) is int and 0 <= name < len(names):
        return name
    if isinstance(name, str) and name in names:
        return names.index(name)
    raise AzcError(
        f"{images.source} has no class {name!r}: numbers go to {len(names) - 1}; {nearest(str(name), names)}"
    )


def _pair(images: Images, pair: object, where: str) -> Group:
    if isinstance(pair, tuple) and len(pair) == 2:
        first, second = (class_number(images, name) for name in pair)
        if first != second:
            return first, second
    raise AzcError(f"{where}: a pair must be two different classes like [0, 5], but is {pair!r}")
