"""Compiled algorithms for callers that feed examples themselves: streams, agents, loops of their own."""

import warnings
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike

from azc.arguments import a_seed, an_object_with, kind_of, one_of, optional, takes, whole
from azc.errors import AzcError
from azc.evaluation.evaluator import a_backend, a_precision
from azc.evaluation.stepper import Array, Cells, Stepper
from azc.ir import (
    INTERFACES,
    Interface,
    Program,
    a_program,
    an_interface,
    check_features,
    interface_of,
    semantics,
    verify,
)
from azc.passes import evaluation_type
from azc.tasks import MAX_FEATURES, check_classes

_MACHINE = an_object_with("memory", "step", "start", "predict", "follow", "learn", "fit")
_FEATURES = whole(1, MAX_FEATURES)
_CLASSES = optional(whole(2, MAX_FEATURES))
_EPOCHS = whole(0, 2**31)


class Algorithm:
    """A program compiled for one interface, after `start()`; threads cannot share it.

    It can be copied, and pickled for another process: the pickle holds the program, the arguments of
    `compile`, memory, step and whether `learn_one` may follow. Unpickling compiles again.
    """

    def __init__(
        self,
        machine: Stepper,
        interface: Interface,
        features: int,
        n_classes: int,
        backend: str,
        compiled_from: "CompiledFrom",
    ):
        self._machine: Stepper = _MACHINE("machine", machine)
        self._interface = an_interface("interface", interface)
        self._compiled_from = kind_of(CompiledFrom)("compiled_from", compiled_from)
        self.features = _FEATURES("features", features)
        self.n_classes = whole(0, MAX_FEATURES)("n_classes", n_classes)
        self.backend = a_backend("backend", backend)
        self._predicted = False
        self.start()

    @property
    def memory(self) -> Cells:
        """All cells; the program sees what is written to them."""
        return self._machine.memory

    @property
    def step(self) -> int:
        """The step begun last; Setup is step 0."""
        return self._machine.step

    def copy(self) -> "Algorithm":
        """An independent algorithm in the same state; compiled code is shared, memory is not."""
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made._machine = self._machine.twin()
        made.start()
        made._put(self.memory, self.step, self._predicted)
        return made

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> "Algorithm":
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        return _in_state, (self._compiled_from, self.memory.copy(), self.step, self._predicted)

    def _put(self, memory: Cells, step: int, predicted: bool) -> None:
        """Restore a state of an algorithm with the same program."""
        self.memory.put(memory)
        self._machine.step = step
        self._predicted = predicted

    def start(self) -> None:
        """Clear memory and run Setup."""
        self._predicted = False
        self._machine.start()

    def predict_one(self, x: ArrayLike) -> float | Array:
        """Begin the next step and predict an example, features (F,).

        A number, a probability, or probabilities (C,) by class, as in training. AzcError if x is wrong.
        """
        row = self._row(x)
        self._machine.step += 1
        self._machine.predict(row)
        self._machine.follow()
        self._predicted = True
        return self._prediction()

    def learn_one(self, x: ArrayLike, y: float) -> None:
        """Learn from the example predicted last: features (F,) and label; `predict_one` must come before."""
        row, label = self._row(x), self._labels([y])[0]
        if not self._predicted:
            raise AzcError(
                "learn_one needs a predict_one before it, whose prediction Learn sees; call that first"
            )
        self._predicted = False
        self._machine.learn(row, label)

    def fit(self, x: ArrayLike, y: ArrayLike, epochs: int = 1) -> "Algorithm":
        """Start anew, then predict and learn all rows, x (n, F) and y (n,), each epoch; no early stops."""
        rows, labels = self._rows(x), self._labels(y)
        if len(rows) != len(labels):
            raise AzcError(f"x has {len(rows)} rows and y {len(labels)} labels; give one label a row")
        self.start()
        for _ in range(_EPOCHS("epochs", epochs)):
            self._machine.fit(rows, labels)
        return self

    def predict(self, x: ArrayLike) -> Array:
        """Predict rows (n, F) as validation does: numbers or probabilities, (n,) or (n, C).

        Prediction begins with the present memory and the next step; what Predict writes for a row is seen by
        the rows after it. Then memory and step are restored, so repeated calls return the same.
        """
        rows = self._rows(x)
        kept, step, found = self.memory.copy(), self.step, []
        try:
            for row in rows:
                self._machine.step += 1
                self._machine.predict(row)
                found.append(self._raw())
        finally:
            self.memory.put(kept)
            self._machine.step = step
        return self._probabilities(found)

    # --- predictions ----------------------------------------------------------------------------------

    def _raw(self) -> Any:
        where = self._interface.prediction
        value = getattr(self.memory, where.kind)[where.index]
        return value.copy() if self._interface.classes else value

    def _prediction(self) -> float | Array:
        value = self._raw()
        return np.asarray(value[: self.n_classes]) if self._interface.classes else float(value)

    def _probabilities(self, found: list[Any]) -> Array:
        dtype = self.memory.s.dtype
        with np.errstate(all="ignore"):
            if self._interface.classes:
                shares = [semantics.softmax(row, self.n_classes)[: self.n_classes] for row in found]
                return np.array(shares, dtype=dtype).reshape(-1, self.n_classes)
            numbers: Array = np.array(found, dtype=dtype)
            if self._interface.follow is not None:
                numbers = np.asarray(semantics.sigmoid(numbers), dtype=dtype)
            return numbers

    # --- input ----------------------------------------------------------------------------------------

    def _rows(self, x: ArrayLike) -> Array:
        rows = _numbers("x", x)
        if rows.ndim != 2 or rows.shape[1] != self.features:
            raise AzcError(f"x has the shape {rows.shape}; expected (rows, {self.features})")
        with np.errstate(over="ignore"):
            return np.ascontiguousarray(rows, dtype=self.memory.s.dtype)

    def _row(self, x: ArrayLike) -> Array:
        row = _numbers("x", x)
        if row.shape != (self.features,):
            raise AzcError(f"x has the shape {row.shape}; expected ({self.features},)")
        rows: Array = self._rows(row.reshape(1, -1))
        return np.asarray(rows[0])

    def _labels(self, y: ArrayLike) -> Array:
        labels = _numbers("y", y)
        if labels.ndim != 1:
            raise AzcError(f"y has the shape {labels.shape}; expected one label a row")
        check_classes("y", labels, self._interface, self.n_classes)
        return labels


@attrs.frozen
class CompiledFrom:
    """Checked arguments of `compile` that made an algorithm."""

    program: Program
    features: int
    eval_type: str
    n_classes: int | None
    backend: str
    precision: str
    seed: int

    def compiled(self) -> Algorithm:
        """Compile the same algorithm; it is just started."""
        return compile(**attrs.asdict(self, recurse=False))


def _in_state(compiled_from: CompiledFrom, memory: Cells, step: int, predicted: bool) -> Algorithm:
    made = compiled_from.compiled()
    made._put(memory, step, predicted)
    return made


def _numbers(name: str, value: ArrayLike) -> Array:
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "fiub":
            raise ValueError(f"it holds {array.dtype}")
    except Exception as error:  # NumPy may call any code of the user's own class
        raise AzcError(f"{name} is not an array of numbers: {error}; convert it first") from None
    return array if array.dtype.kind == "f" else np.asarray(array, dtype=np.float64)


@takes(
    program=a_program,
    features=_FEATURES,
    eval_type=one_of(INTERFACES),
    n_classes=_CLASSES,
    backend=a_backend,
    precision=a_precision,
    seed=a_seed,
)
def compile(
    program: Program,
    features: int,
    *,
    eval_type: str | None = None,
    n_classes: int | None = None,
    backend: str = "auto",
    precision: str = "float64",
    seed: int = 0,
) -> Algorithm:
    """Compile a program, to be driven by hand; `auto` means native. See `Algorithm`.

    Without `eval_type` it is RMS_ERROR; a warning follows if nothing is live under that, but something is
    under another type. AzcError if an argument is wrong, the program is invalid or it does not fit in memory.
    """
    interface = interface_of("RMS_ERROR" if eval_type is None else eval_type)
    classes = _check_classes(interface, features, n_classes)
    verify(program)
    check_features(program, features)
    if eval_type is None and (guess := evaluation_type(program).guess):
        warnings.warn(f"compiled for RMS_ERROR; eval_type= may be meant for {guess}", stacklevel=2)
    chosen = "native" if backend == "auto" else backend
    machine: Stepper
    if chosen == "python":
        from azc.evaluation.stepping import PythonMachine

        machine = PythonMachine(program, interface, features, classes, precision, seed)
    else:
        from azc.evaluation.stepping import CompiledMachine

        machine = CompiledMachine(program, interface, features, classes, precision, seed, chosen)
    made = CompiledFrom(program, int(features), interface.name, n_classes, chosen, precision, seed)
    return Algorithm(machine, interface, features, classes, chosen, made)


def _check_classes(interface: Interface, features: int, n_classes: int | None) -> int:
    if not interface.classes:
        if n_classes is not None:
            raise AzcError(f"n_classes belongs to MULTICLASS_ACCURACY, not to {interface.name}; leave it out")
        return 0
    if n_classes is None or not 2 <= n_classes <= features:
        raise AzcError(
            f"n_classes is {n_classes!r}; {interface.name} needs from 2 to {features}, the features"
        )
    return int(n_classes)
