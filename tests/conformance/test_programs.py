"""Complete programs: every record of the original, on every backend."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from conformance.records import close, numbers, records

import azc

INTERPRETING = ("python", "kernels")
BACKENDS = (*INTERPRETING, "native")
RELATIVE, ABSOLUTE = 1e-9, 1e-12
REPORTED = 20
"""Number of errors that a record holds."""

Record = dict[str, Any]


def task_of(record: Record, epochs: int | None = None) -> azc.Task:
    """A record's task, with all its epochs or only the first ones."""
    epochs = epochs or record["epochs"]
    order = record.get("train_order")
    return azc.Task(
        *(numbers(record[part][side]) for part in ("train", "valid") for side in "xy"),
        eval_type=record["eval"],
        max_abs_error=record["max_abs_error"],
        epochs=epochs,
        train_order=None if order is None else order[:epochs],
    )


def near(found: Any, expected: Any) -> bool:
    """Whether numbers agree within the tolerances of programs."""
    return close(found, numbers(expected), RELATIVE, ABSOLUTE)


def differences(record: Record, backend: str) -> Iterator[str]:
    """Names of what differs between an evaluation and its record."""
    program = azc.parse(record["program"])
    want = ("train_errors", "valid_errors", "memory")
    found = azc.evaluate(program, task_of(record), backend=backend, want=want)
    if not near(found.fitness, record["fitness"]):
        yield "fitness"
    for name in ("train_errors", "valid_errors"):
        (errors,) = getattr(found, name)
        if len(errors) != record[f"n_{name}"] or not near(errors[:REPORTED], record[name]):
            yield name
    if found.stopped_early != [record["stopped_early"]]:
        yield "stopped_early"
    if found.train_steps != [record["train_steps"]]:
        yield "train_steps"
    for kind, cells in record.get("final", {}).items():
        if not near(found.memory[0][kind][: len(cells)], cells):
            yield f"memory {kind}"


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("part", range(4))
def test_a_program_computes_what_the_original_did(backend, part):
    """Fitness, errors, stops, steps and final memory are the original's."""
    found = {r["id"]: list(differences(r, backend)) for r in records("programs")[part::4]}
    assert not {number: what for number, what in found.items() if what}


@pytest.mark.parametrize("backend", INTERPRETING)
def test_an_epoch_ends_with_the_best_so_far(backend):
    """The fitness after each epoch is the best of the original's validations so far."""
    for record in (r for r in records("programs") if r["epochs"] > 1):
        program, so_far = azc.parse(record["program"]), record["epoch_fitness"]
        for epochs in range(1, record["epochs"]):
            found = azc.evaluate(program, task_of(record, epochs), backend=backend)
            assert near(found.fitness, max([0.0, *numbers(so_far[:epochs])])), (record["id"], epochs)


@pytest.mark.parametrize("backend", INTERPRETING)
def test_an_empty_learn_computes_what_the_original_did(backend):
    """A program without its Learn has the original's fitness."""
    for record in records("programs"):
        program = azc.parse(record["program"])
        program = program.having([program["Setup"], program["Predict"], ()])
        found = azc.evaluate(program, task_of(record), backend=backend)
        assert near(found.fitness, record["fitness_without_learn"]), record["id"]


def test_the_original_stops_where_azc_stops():
    """Training that stops early stops at the same example as in the original."""
    for record in (r for r in records("programs") if r["stopped_early"]):
        found = azc.evaluate(azc.parse(record["program"]), task_of(record), backend="kernels")
        stop = record["stops"][-1]
        if stop["phase"] == "train":
            n_train = len(record["train"]["y"])
            assert found.train_steps == [stop["epoch"] * n_train + stop["step"] + 1], record["id"]


def test_records_as_lanes():
    """A task among others in the lanes of one block has the same fitness as alone, to the bit."""
    for record in records("programs")[::10]:
        program, task = azc.parse(record["program"]), task_of(record)
        beside = azc.Task(
            task.train_x,
            np.ones(task.n_train),
            task.valid_x,
            np.zeros(task.n_valid),
            eval_type=task.eval_type,
            max_abs_error=1e300,
            epochs=task.epochs,
            train_order=task.train_order,
        )
        alone = azc.evaluate(program, task, backend="kernels")
        both = azc.evaluate(program, [beside, task, beside], backend="kernels")
        assert both.fitnesses[1] == alone.fitness, record["id"]
