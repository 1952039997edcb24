"""Evaluation by the Python backend: the rules of the specification, one task and one example at a time."""

from types import ModuleType

import numpy as np

from azc.backends.python import load_module
from azc.evaluation.result import (
    Report,
    addresses_shown,
    addresses_used,
    canonical,
    memory_report,
    numbers_in,
)
from azc.ir import KINDS, Interface, Program, semantics
from azc.memory import at_features, check_fits
from azc.tasks import Task


def memory_bytes(program: Program, interface: Interface, features: int, precision: str) -> int:
    """Bytes of a program's memory."""
    used = addresses_used(program, interface.addresses)
    return np.dtype(precision).itemsize * numbers_in(used, features)


def loaded(program: Program, interface: Interface, features: int, precision: str) -> ModuleType:
    """Load a program as a module; AzcError if its memory would not fit."""
    check_fits(memory_bytes(program, interface, features, precision), at_features(features))
    return load_module(program, interface, precision)


def evaluate_task(program: Program, task: Task, precision: str, want: frozenset[str]) -> Report:
    """Evaluate a program on one task."""
    module = loaded(program, task.interface, task.features, precision)
    with np.errstate(all="ignore"):
        return _ReferenceRun(module, task, precision).report(want, addresses_shown(program, task.interface))


class _ReferenceRun:
    def __init__(self, module: ModuleType, task: Task, precision: str):
        self.module, self.task, self.interface = module, task, task.interface
        self.memory = module.new_memory(task.features, task.seed)
        self.precision = precision
        self.classes = task.n_classes or 0
        self.train_errors: list[float] = []
        self.valid_errors: list[float] = []
        self.stopped_at = 0
        self.steps = 0
        self.train_x = task.train_x.astype(precision)
        self.valid_x = task.valid_x.astype(precision)

    def report(self, want: frozenset[str], shown: dict[str, int]) -> Report:
        task, best = self.task, 0.0
        self.module.setup(self.memory)
        for epoch in range(task.epochs):
            first = 1 + epoch * (task.n_train + task.n_valid)
            if not self.train(epoch, first):
                break
            best = max(best, self.validate(epoch, first + task.n_train))
        cells = {(kind, i): row for kind in KINDS for i, row in enumerate(getattr(self.memory, kind))}
        return Report(
            fitness=float(best),
            stopped_early=self.stopped_at != 0,
            stopped_at=self.stopped_at,
            train_steps=self.steps,
            train_errors=canonical(np.array(self.train_errors)) if "train_errors" in want else None,
            valid_errors=canonical(np.array(self.valid_errors)) if "valid_errors" in want else None,
            memory=memory_report(cells, shown, task.features, self.precision) if "memory" in want else None,
        )

    def train(self, epoch: int, first: int) -> bool:
        """Train for an epoch; False if an error stopped it."""
        task, memory = self.task, self.memory
        order = range(task.n_train) if task.train_order is None else task.train_order[epoch]
        error_of = getattr(semantics, self.interface.train_error)
        for position, example in enumerate(order):
            self.steps += 1
            x, y = self.train_x[example], task.train_y[example]
            # Predict counts the step itself, before any instruction.
            memory.step = first + position - 1
            prediction = self.module.predict(memory, x)
            if self.interface.follow is not None:
                prediction = getattr(semantics, self.interface.follow)(prediction, self.classes)
                where = self.interface.prediction
                getattr(memory, where.kind)[where.index] = prediction
            error = error_of(y, prediction, self.classes)
            if not error <= task.max_abs_error:
                self.stopped_at = self.stopped_at or first + position
                return False
            if epoch == 0:
                self.train_errors.append(error)
            self.module.learn(memory, x, y)
        return True

    def validate(self, epoch: int, first: int) -> float:
        """Validate; the fitness, or 0 if an error stopped it."""
        task, memory, loss = self.task, self.memory, np.float64(0.0)
        error_of = getattr(semantics, self.interface.valid_error)
        for position in range(task.n_valid):
            memory.step = first + position - 1
            prediction = self.module.predict(memory, self.valid_x[position])
            error = error_of(task.valid_y[position], prediction, self.classes)
            if self.interface.valid_stops and not np.abs(error) <= task.max_abs_error:
                self.stopped_at = self.stopped_at or first + position
                return 0.0
            if epoch == 0:
                self.valid_errors.append(np.abs(error))
            loss = loss + error * error
        return float(getattr(semantics, self.interface.fitness)(loss, task.n_valid))
