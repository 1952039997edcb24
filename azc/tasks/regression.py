"""Regression tasks of random numbers: linear, affine and two-layer networks, as in the original engine."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import attrs
import numpy as np

from azc.arguments import a_path, takes
from azc.errors import AzcError
from azc.ir import gaussians
from azc.settings import whole
from azc.tasks.declared import FEATURES, N_TASKS, TASK
from azc.tasks.parameters import parameter, parameter_of
from azc.tasks.seeds import Purpose, epoch_orders, task_seed
from azc.tasks.sums import Floats, fold
from azc.tasks.task import Task

MAX_NUMBERS = 2**31
"""Maximum numbers drawn for the examples of one task."""
Rule = Callable[[Floats], Floats]
"""Labels (n,) of examples (n, F)."""


@attrs.frozen(kw_only=True)
class Linear:
    """Linear regression: features and weights N(0, 1), label = dot(weights, features), no noise."""

    name: ClassVar[str] = "linear"
    evaluation: ClassVar[str] = "RMS_ERROR"

    features: int = parameter("features an example", FEATURES, 4)
    train: int = parameter("training examples a task", whole(1), 1000)
    valid: int = parameter("validation examples a task", whole(1), 100)
    tasks: int = parameter_of(N_TASKS)
    seed: int = parameter_of(TASK["seed"], "seed of all draws")
    epochs: int = parameter_of(TASK["epochs"])
    max_abs_error: float = parameter_of(TASK["max_abs_error"])

    @takes(folder=a_path)
    def make(self, folder: Path = Path()) -> list[Task]:
        """The tasks of the set."""
        if (self.train + self.valid) * self.features > MAX_NUMBERS:
            raise AzcError(
                f"{self.train} + {self.valid} examples of {self.features} features are more than "
                f"{MAX_NUMBERS} numbers a task; take fewer examples"
            )
        with np.errstate(all="ignore"):
            return [self._task(number) for number in range(self.tasks)]

    def _task(self, number: int) -> Task:
        train_x = self._normal(Purpose.TRAIN_X, number, self.train, self.features)
        valid_x = self._normal(Purpose.VALID_X, number, self.valid, self.features)
        label = self.rule(number)
        return Task(
            train_x,
            label(train_x),
            valid_x,
            label(valid_x),
            max_abs_error=self.max_abs_error,
            epochs=self.epochs,
            train_order=epoch_orders(self.seed, number, self.train, self.epochs),
            seed=task_seed(self.seed, number),
            source=f"{self.name}, task {number} of seed {self.seed}",
        )

    def _normal(self, purpose: int, task: int, *shape: int) -> Floats:
        return gaussians(self.seed, int(np.prod(shape)), purpose, task).reshape(shape)

    def rule(self, task: int) -> Rule:
        """The rule of a task."""
        weights = self._normal(Purpose.WEIGHTS, task, self.features)
        return lambda x: fold(x * weights, axis=1)


@attrs.frozen(kw_only=True)
class Affine(Linear):
    """Affine regression: the linear regression of the same seed, and a bias N(0, 1) added to each label."""

    name: ClassVar[str] = "affine"

    def rule(self, task: int) -> Rule:
        """The rule of a task."""
        linear, bias = Linear.rule(self, task), self._normal(Purpose.BIAS, task, 1)
        return lambda x: linear(x) + bias


@attrs.frozen(kw_only=True)
class TwoLayer(Linear):
    """Regression to a network: label = dot(relu(m0 x), v1), weights N(0, 1), except rows and elements 0
    and 2, which are zero.
    """

    name: ClassVar[str] = "two_layer"

    def __attrs_post_init__(self) -> None:
        if self.features < 4:
            raise AzcError(f"two_layer tasks need at least 4 features, but features is {self.features}")

    def rule(self, task: int) -> Rule:
        """The rule of a task."""
        first = self._normal(Purpose.WEIGHTS, task, self.features, self.features)
        final = self._normal(Purpose.FINAL_WEIGHTS, task, self.features)
        first[[0, 2]] = 0.0
        final[[0, 2]] = 0.0

        def labels(x: Floats) -> Floats:
            hidden = np.stack([fold(x * row, axis=1) for row in first], axis=1)
            # Not np.maximum: which zero it gives for -0.0 and 0.0 depends on the machine.
            return fold(np.where(hidden > 0.0, hidden, 0.0) * final, axis=1)

        return labels
