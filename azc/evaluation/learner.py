"""Learners: algorithms of supervised learning, driven example by example or on rows."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from azc.arguments import whole
from azc.errors import AzcError
from azc.evaluation.algorithm import Algorithm, CompiledFrom, numbers
from azc.evaluation.python_machine import follower, put_labels
from azc.evaluation.stepper import Array, Stepper
from azc.ir import LEARN, PREDICT, Interface, an_interface, semantics
from azc.tasks import check_classes

_EPOCHS = whole(0, 2**31)


class Learner(Algorithm):
    """An algorithm of supervised learning for one interface.

    Below, lanes stand before rows: with several of them features are (lanes, F), labels and predictions
    (lanes,), rows (lanes, n, F). What is given without the axis of lanes is the same in all of them.
    """

    def __init__(self, machine: Stepper, compiled_from: CompiledFrom, interface: Interface):
        self._interface = an_interface("interface", interface)
        super().__init__(machine, compiled_from)

    def _attach(self) -> None:
        super()._attach()
        memory = self._machine.memory
        self._follow = follower(self._interface, self.n_classes, memory)
        self._features, self._label, self._prediction = map(memory.at, self._interface.addresses)

    @property
    def n_classes(self) -> int:
        """Number of classes; 0 if labels are no classes."""
        return self._compiled_from.n_classes

    def predict_one(self, x: ArrayLike) -> Any:
        """Begin the next step and predict an example, features (F,).

        A number, a probability, or probabilities (C,) by class, as in training. AzcError if x is wrong.
        """
        self._predict(self._shaped("x", x, (self.features,)))
        self._follow()
        found = self._prediction[..., : self.n_classes] if self._interface.classes else self._prediction
        if self.lanes > 1:
            return found.copy()
        return found[0].copy() if self._interface.classes else float(found[0])

    def _predict(self, x: Array) -> None:
        self._machine.settle()
        self._features[...] = x
        self._label[...] = 0
        self._run(self._calls[PREDICT], PREDICT)

    def learn_one(self, x: ArrayLike, y: ArrayLike) -> None:
        """Learn from the example predicted last: features (F,) and label; `predict_one` must come before."""
        row, label = self._shaped("x", x, (self.features,)), self._labels(y, ())
        if self._last != PREDICT:
            raise AzcError(
                "learn_one needs a predict_one before it, whose prediction Learn sees; call that first"
            )
        self._machine.settle()
        self._features[...] = row
        put_labels(self._interface, self._label, np.broadcast_to(label, (self.lanes,)))
        self._run(self._calls[LEARN], LEARN)

    def fit(self, x: ArrayLike, y: ArrayLike, epochs: int = 1) -> "Learner":
        """Start anew, then predict and learn all rows, x (n, F) and y (n,), each epoch; no early stops."""
        rows = self._shaped("x", x, (None, self.features))
        labels = self._labels(y, (None,))
        if rows.shape[-2] != labels.shape[-1]:
            raise AzcError(
                f"x has {rows.shape[-2]} rows and y {labels.shape[-1]} labels; give one label a row"
            )
        self.start()
        rows = np.broadcast_to(rows, (self.lanes, *rows.shape[-2:]))
        labels = np.broadcast_to(labels, (self.lanes, labels.shape[-1]))
        for _ in range(_EPOCHS("epochs", epochs)):
            self._machine.fit(self._interface, self.n_classes, rows, labels)
            self._last = LEARN if labels.size else self._last
        return self

    def predict(self, x: ArrayLike) -> Array:
        """Predict rows (n, F) as validation does: numbers or probabilities, (n,) or (n, C).

        Prediction begins with the present memory and the next step; what Predict writes for a row is seen by
        the rows after it. Then memory and step are restored, so repeated calls return the same.
        """
        rows = self._shaped("x", x, (None, self.features))
        rows = np.broadcast_to(rows, (self.lanes, *rows.shape[-2:]))
        self._machine.settle()
        memory, step, last, found = self._machine.memory.copy(), self.step, self._last, []
        try:
            for number in range(rows.shape[1]):
                self._predict(rows[:, number])
                found.append(self._prediction.copy())
        finally:
            self._put(memory, step, last)
        values = self._probabilities(found)
        return values[0] if self.lanes == 1 else values

    def _probabilities(self, found: list[Array]) -> Array:
        """Predictions of each row, as (lanes, n) or (lanes, n, C)."""
        n, classes, dtype = len(found), self.n_classes, self._dtype
        raw = np.array(found, dtype).reshape(n, self.lanes, *self._prediction.shape[1:])
        by_lane = np.moveaxis(raw, 1, 0)
        with np.errstate(all="ignore"):
            if self._interface.classes:
                shares = [
                    semantics.softmax(row, classes)[:classes] for row in by_lane.reshape(-1, self.features)
                ]
                return np.array(shares, dtype).reshape(self.lanes, n, classes)
            return (
                by_lane if self._interface.follow is None else np.asarray(semantics.sigmoid(by_lane), dtype)
            )

    # --- input ----------------------------------------------------------------------------------------

    def _shaped(self, name: str, value: ArrayLike, shape: tuple[int | None, ...]) -> Array:
        """A value of a shape, or that shape for each lane; None stands for any length."""
        array = numbers(name, value)
        own, lanes = array.shape[-len(shape) :], array.shape[: -len(shape)]
        fits = len(own) == len(shape) and all(want in (None, n) for want, n in zip(shape, own, strict=True))
        if not fits or lanes not in ((), (self.lanes,)) or (lanes and self.lanes == 1):
            words = ", ".join("rows" if n is None else str(n) for n in shape)
            expected = f"({words}{',' * (len(shape) == 1)})"
            more = "" if self.lanes == 1 else f" or ({self.lanes}, {words})"
            raise AzcError(f"{name} has the shape {array.shape}; expected {expected}{more}")
        with np.errstate(all="ignore"):
            return np.ascontiguousarray(array, dtype=self._dtype)

    def _labels(self, y: ArrayLike, shape: tuple[None, ...]) -> Array:
        labels = numbers("y", y)
        if labels.shape[: labels.ndim - len(shape)] not in ((), (self.lanes,)) or labels.ndim < len(shape):
            raise AzcError(f"y has the shape {labels.shape}; expected one label a row")
        check_classes("y", labels.ravel(), self._interface, self.n_classes)
        return labels
