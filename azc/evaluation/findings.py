"""Reasons for a low fitness: the error that stopped a task early, and predictions that are all equal.

Both are found by evaluating the few doubtful tasks again, with another limit or other labels.
"""

from collections.abc import Sequence
from typing import Final

import attrs
import numpy as np

from azc.arguments import fault, kind_of, optional, takes, whole
from azc.evaluation.evaluator import a_precision, evaluate
from azc.evaluation.result import Evaluation, some_tasks
from azc.ir import Program, a_program, semantics
from azc.tasks import Floats, Task


@attrs.frozen
class Stop:
    """Position and cause of an early stop; epochs and examples count from 1, in the order of their visit."""

    task: int
    """Index of the task."""
    phase: str
    """`training` or `validation`."""
    epoch: int
    example: int
    error: float | None
    """Absolute error that stopped it: nan, or above the limit.

    None after the first epoch if it was above the limit, since only errors of the first epoch are kept.
    """


_RESULT: Final = kind_of(Evaluation, advice="azc.evaluate gives one")


@takes(program=a_program, tasks=some_tasks, result=_RESULT, precision=a_precision, most=optional(whole()))
def stops(
    program: Program, tasks: Sequence[Task], result: Evaluation, *, precision: str, most: int | None = None
) -> list[Stop]:
    """First tasks that stopped early, at most `most`, with position and cause."""
    _check_of(tasks, result)
    where = [index for index, step in enumerate(result.stopped_at) if step][:most]
    if not where:
        return []
    unlimited = [attrs.evolve(tasks[index], max_abs_error=np.inf) for index in where]
    found = evaluate(program, unlimited, precision=precision, want=("train_errors", "valid_errors"))
    assert found.train_errors is not None
    assert found.valid_errors is not None
    return [
        _stop(index, tasks[index], result.stopped_at[index], found.stopped_at[i], errors)
        for i, (index, *errors) in enumerate(zip(where, found.train_errors, found.valid_errors, strict=True))
    ]


def _check_of(tasks: Sequence[Task], result: Evaluation) -> None:
    """Raise AzcError unless a result has as many tasks."""
    if not len(tasks) == len(result.fitnesses) == len(result.stopped_at):
        raise fault("result", f"an Evaluation on the same {len(tasks)} tasks", result)


def _stop(index: int, task: Task, step: int, unlimited: int, errors: list[Floats]) -> Stop:
    """A stop from its step, and from step and errors of a run without a limit, which only nan stops."""
    epoch, position = divmod(step - 1, task.n_train + task.n_valid)
    phase = "training" if position < task.n_train else "validation"
    example = position if phase == "training" else position - task.n_train
    error = np.nan if unlimited == step else None
    if error is None and epoch == 0:
        error = float(errors[phase == "validation"][example])
    return Stop(index, phase, epoch + 1, example + 1, error)


@takes(program=a_program, tasks=some_tasks, result=_RESULT, precision=a_precision)
def constant_predictions(
    program: Program, tasks: Sequence[Task], result: Evaluation, *, precision: str
) -> dict[int, float]:
    """Tasks with equal predictions throughout the first validation: task index to prediction or class.

    Tasks that stopped early or validate on one example are left out, and so are tasks on which the program is
    better than every constant.
    """
    _check_of(tasks, result)
    doubtful = [
        index
        for index, task in enumerate(tasks)
        if not result.stopped_at[index]
        and task.n_valid > 1
        and _may_be_constant(task, result.fitnesses[index])
    ]
    guesses = _guesses(program, [tasks[index] for index in doubtful], precision)
    known = {index: guess for index, guess in zip(doubtful, guesses, strict=True) if guess is not None}
    if not known:
        return {}
    errors = _errors(program, [tasks[index] for index in known], list(known.values()), precision)
    found = {}
    for (index, guess), error in zip(known.items(), errors, strict=True):
        if not error.any():
            found[index] = guess
        elif tasks[index].eval_type == "RMS_ERROR" and (error == 2 * guess).all():
            found[index] = -guess
    return found


def _may_be_constant(task: Task, fitness: float) -> bool:
    """Whether some constant reaches a fitness: the mean of the labels, or the most frequent class."""
    if task.interface.fitness == "share_right":
        best = np.unique(task.valid_y, return_counts=True)[1].max() / task.n_valid
    else:
        with np.errstate(all="ignore"):
            loss = np.square(task.valid_y - task.valid_y.mean()).sum()
        best = semantics.squashed_rms(loss, task.n_valid)
    return bool(fitness <= best + 1e-9)


def _guesses(program: Program, tasks: Sequence[Task], precision: str) -> list[float | None]:
    """Prediction of each task, or its negative, if all are equal; else None."""
    if not tasks:
        return []
    classes = tasks[0].interface.classes
    labels = [task.valid_y for task in tasks] if classes else [0.0] * len(tasks)
    errors = _errors(program, tasks, labels, precision)
    if not classes:
        return [float(error[0]) if (error == error[0]).all() else None for error in errors]
    right = [np.unique(task.valid_y[error == 0]) for task, error in zip(tasks, errors, strict=True)]
    return [float(found[0]) if len(found) == 1 else None for found in right]


def _errors(
    program: Program, tasks: Sequence[Task], labels: Sequence[float | Floats], precision: str
) -> list[Floats]:
    """Absolute errors of each task's first validation, with other labels and no limit."""
    relabelled = [
        attrs.evolve(task, valid_y=np.broadcast_to(label, task.valid_y.shape), max_abs_error=np.inf)
        for task, label in zip(tasks, labels, strict=True)
    ]
    errors = evaluate(program, relabelled, precision=precision, want=("valid_errors",)).valid_errors
    assert errors is not None
    return errors
