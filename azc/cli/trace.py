"""Traces of memory, half a step at a time."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from azc.cli.words import columns, number_text

if TYPE_CHECKING:
    import numpy as np

    from azc.evaluation import Learner
    from azc.ir import Program
    from azc.tasks import Task

    Cells = dict[str, np.ndarray[Any, Any]]

SHOWN_NUMBERS = 6
"""Maximum number of elements shown of a vector, and of each of a matrix's first rows."""


def traced(program: "Program", task: "Task", steps: int, precision: str) -> Iterator[dict[str, Any]]:
    """Changes of memory in Setup and the first training steps: for each phase, addresses with new values.

    The trace ends where training stops, and with the first epoch.
    """
    from azc.evaluation import compile
    from azc.ir import semantics

    algorithm = compile(
        program,
        task.features,
        eval_type=task.eval_type,
        n_classes=task.n_classes,
        backend="python",
        precision=precision,
        seed=task.seed,
    )
    before = {name: value * 0 for name, value in _cells(algorithm).items()}
    yield {"step": 0, "setup": _changes(before, _cells(algorithm))}
    order = range(task.n_train) if task.train_order is None else task.train_order[0].tolist()
    error_of = getattr(semantics, task.interface.train_error)
    for step, example in enumerate(order[:steps], 1):
        x, y = task.train_x[example], float(task.train_y[example])
        before = _cells(algorithm)
        algorithm.predict_one(x)
        predicted = _cells(algorithm)
        entry: dict[str, Any] = {"step": step, "label": y, "predict": _changes(before, predicted)}
        where = task.interface.prediction
        error = float(error_of(y, predicted[str(where)], task.n_classes or 0))
        entry["error"] = error
        if not error <= task.max_abs_error:
            yield entry | {"stopped": True}
            return
        algorithm.learn_one(x, y)
        yield entry | {"learn": _changes(predicted, _cells(algorithm))}


def _cells(algorithm: "Learner") -> "Cells":
    """Copies of all cells, by address."""
    memory = algorithm.memory.copy()
    return {f"{kind}{i}": row for kind in "svm" for i, row in enumerate(getattr(memory, kind))}


def _changes(before: "Cells", after: "Cells") -> "Cells":
    import numpy as np

    return {
        name: value
        for name, value in after.items()
        if not np.array_equal(value, before[name], equal_nan=True)
        or not np.array_equal(np.signbit(value), np.signbit(before[name]))
    }


def step_text(entry: dict[str, Any]) -> str:
    """A step as text."""
    head = "before the first step"
    if "label" in entry:
        label, error = number_text(entry["label"]), number_text(entry["error"])
        head = f"step {entry['step']}: label {label}, error {error}"
    if entry.get("stopped"):
        head += ", too great: training stops"
    rows = []
    for phase in ("setup", "predict", "learn"):
        changed = entry.get(phase, {})
        shown = [(name, value_text(value)) for name, value in changed.items()] or [("nothing changes", "")]
        if phase in entry:
            rows += [(f"  {'' if i else phase}", *texts) for i, texts in enumerate(shown)]
    return f"{head}\n{columns(rows)}"


def value_text(value: Any) -> str:
    """A scalar, or the first numbers of a vector or matrix, as text."""
    if value.ndim == 0:
        return number_text(float(value))
    if value.ndim == 2:
        rows = [value_text(row) for row in value[:SHOWN_NUMBERS]]
        return f"[{', '.join(rows)}{', …' if len(value) > SHOWN_NUMBERS else ''}]"
    numbers = [number_text(float(number), 4) for number in value[:SHOWN_NUMBERS]]
    return f"[{', '.join(numbers)}{', …' if len(value) > SHOWN_NUMBERS else ''}]"
