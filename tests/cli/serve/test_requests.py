"""Fields of requests: values reach the evaluation unchanged, and wrong ones give errors."""

import json
import math
from time import perf_counter
from typing import Any

import pytest
from cli.serve.asking import TASK, X, ask, strict

import azc
from azc.cli.serve.protocol import ServerState, answer


def test_non_finite_numbers_are_strings_both_ways(state: ServerState) -> None:
    """Non-finite numbers are strings in requests and answers; the sign of a zero stays, in an id too."""
    task = (
        '{"features": 2, "eval": "RMS_ERROR", "max_abs_error": "inf",'
        ' "train": {"x": [[-0, -0.0]], "y": [1]}, "valid": {"x": [[2, 3]], "y": [0]}}'
    )
    program = "def Learn():\\n s2 = log(s9)\\n s1 = 0 - s2\\n v1 = 1 * v0\\n s4 = s2 * s9"
    request = f'{{"id": -0, "program": "{program}", "task": {task}, "return": ["memory", "valid_errors"]}}'
    line = answer(request.encode(), state)
    said = strict(line)
    assert line.startswith(b'{"id": -0.0, ')
    assert [said["memory"][0]["s"][index] for index in (1, 2, 4)] == ["inf", "-inf", "nan"]
    assert [math.copysign(1, number) for number in said["memory"][0]["v"][1]] == [-1, -1]
    assert said["valid_errors"] == [["inf"]]


@pytest.mark.parametrize(
    ("part", "name", "value", "message"),
    [
        ("train", "x", [[1, "nan"]], "task.train.x: item 0: item 1: expected a number, but it is 'nan'"),
        (
            "valid",
            "x",
            [[1, 2], ["inf", 2]],
            "task.valid.x: item 1: item 0: expected a number, but",
        ),
        ("train", "y", ["-inf"], "task.train.y: item 0: expected a number, but it is '-inf'"),
        ("train", "y", [math.inf], "train_y must hold finite numbers, but holds inf in row 0"),
        ("valid", "x", [[1, 2], [3, -math.inf]], "valid_x must hold finite numbers, but holds -inf in row 1"),
    ],
)
def test_numbers_of_examples_are_finite(
    state: ServerState, part: str, name: str, value: Any, message: str
) -> None:
    """A non-finite number in an example is an error that names its part, row and value."""
    x = {"train": [[1, 2]], "valid": [[1, 2], [3, 4]]}
    task = {"features": 2, "eval": "RMS_ERROR"} | {p: {"x": x[p], "y": [0] * len(x[p])} for p in x}
    task[part] = {**task[part], name: value}
    request = json.dumps({"program": "", "task": task}).replace("Infinity", "1e999")
    assert message in strict(answer(request.encode(), state))["error"]["message"]


@pytest.mark.parametrize(("part", "row"), [("train", 1), ("valid", 0)])
def test_labels_of_two_classes_are_0_and_1(state: ServerState, part: str, row: int) -> None:
    """A label other than 0 and 1 is an error that names it, its row and its part."""
    task = {"features": 1, "eval": "ACCURACY"} | {
        p: {"x": [[1], [2]], "y": [0, 1]} for p in ("train", "valid")
    }
    task[part]["y"][row] = 2
    message = ask(state, program="", task=task)["error"]["message"]
    assert f"{part}_y must hold the labels 0 and 1, but holds 2.0 in row {row}" in message


def test_settings_of_a_task_reach_the_evaluation(state: ServerState) -> None:
    """`n_classes`, `epochs`, `train_order` and `seed` of a request are those of the task."""
    task = {
        **TASK,
        "eval": "MULTICLASS_ACCURACY",
        "n_classes": 2,
        "epochs": 2,
        "train_order": [[0, 1, 2], [2, 1, 0]],
        "seed": 2**64 - 1,
        "train": {"x": X[:3], "y": [0, 1, 1]},
        "valid": {"x": X[3:6], "y": [0, 1, 0]},
    }
    program = "def Predict():\n  v2 = gaussian(0, 1)"
    said = ask(state, program=program, task=task, **{"return": ["train_errors"]})
    same = azc.Task(
        X[:3],
        [0, 1, 1],
        X[3:6],
        [0, 1, 0],
        eval_type="MULTICLASS_ACCURACY",
        n_classes=2,
        epochs=2,
        train_order=[[0, 1, 2], [2, 1, 0]],
        seed=2**64 - 1,
    )
    result = azc.evaluate(azc.parse(program), same, want=["train_errors"])
    assert result.train_errors is not None
    assert said["fitness"] == result.fitness
    assert said["train_errors"] == [result.train_errors[0].tolist()]


def changed(**fields: Any) -> dict[str, Any]:
    """A request to evaluate on a task with some fields changed."""
    return {"program": "", "task": {**TASK, **fields}}


FAULTS: list[tuple[Any, str]] = [
    ([], "a request is an object"),
    ({}, 'a request that evaluates has either "program" or "programs"'),
    ({"program": "", "programs": [""], "task": "t"}, 'has either "program" or "programs"'),
    ({"programs": [], "task": "t"}, "programs: expected a list of texts, from 1 to 10,000"),
    ({"programs": ["", 3], "task": "t"}, "programs: item 1: expected text"),
    ({"program": "", "simplify": 1}, "simplify: expected true or false"),
    ({"program": "", "task": "t", "signature": {"name": "x"}}, "signature.functions: expected a table"),
    (
        {"program": "", "task": "t", "signature": {"functions": {"A": {}, "B": {"outputs": {"y": "s1"}}}}},
        "signature: on tasks only programs of supervised learning run",
    ),
    ({"id": 1, "progam": ""}, "progam: there is no such key; the nearest is 'program'"),
    ({"define": {}, "program": ""}, "program: there is no such key; there are id, define"),
    ({"define": []}, "define: expected an object, but it is []"),
    ({"define": {"a": 5}}, "define.a: expected an object or the name of a defined task, but it is 5"),
    ({"program": "", "task": "knwon"}, "task: no task named 'knwon' is defined; the nearest is 'known'"),
    ({"program": "", "task": True}, "task: expected an object or the name of a defined task, but it is True"),
    ({"program": "", "task": None}, "task: expected an object or the name of a defined task, but it is None"),
    ({"program": "", "tasks": []}, "tasks: expected a list of tasks or names, at least one, but it is []"),
    ({"program": "", "task": "known", "tasks": ["known"]}, 'has either "task" or "tasks"'),
    ({"program": ""}, 'has either "task" or "tasks"'),
    ({"program": 5, "task": "known"}, "program: expected text, but it is 5"),
    (
        {"program": "", "task": "known", "backend": "native "},
        "backend: expected a word, but it is 'native '; the nearest is 'native'",
    ),
    (
        {"program": "", "task": "known", "precision": 64},
        "precision: expected a word, but it is 64; there are",
    ),
    (
        {"program": "", "task": "known", "return": "memory"},
        "return: expected a list of words, but it is",
    ),
    (
        {"program": "", "task": "known", "return": ["memry"]},
        "return: item 0: expected a word, but it is 'memry'; the nearest is 'memory'",
    ),
    (changed(feature=1), "task.feature: there is no such key; the nearest is 'features'"),
    (changed(features=True), "task.features: expected a whole number from 1 to 3072, but it is True"),
    (changed(features=3), "task.train.x: item 0: expected 3 numbers, but it has 2"),
    (changed(features=0), "task.features: expected a whole number from 1 to 3072, but it is 0"),
    (changed(features=2.0), "task.features: expected a whole number from 1 to 3072, but it is 2.0"),
    (changed(eval="RMS"), "task.eval: expected a word, but it is 'RMS'; there are RMS_ERROR, "),
    (changed(n_classes=2), "n_classes belongs to MULTICLASS_ACCURACY"),
    (
        changed(max_abs_error="big"),
        "task.max_abs_error: expected a number of at least 0.0, or \"inf\", but it is 'big'",
    ),
    (
        changed(max_abs_error="nan"),
        "task.max_abs_error: expected a number of at least 0.0, or \"inf\", but it is 'nan'",
    ),
    (changed(epochs=0), "task.epochs: expected a whole number from 1"),
    (changed(epochs=True), "task.epochs: expected a whole number from 1"),
    (changed(seed=-1), "task.seed: expected a whole number from 0"),
    (changed(seed=2**64), "task.seed: expected a whole number from 0"),
    (changed(train_order=[[0]]), "train_order must name 8 examples for each of 1 epochs"),
    (changed(train_order=[[0] * 7 + [8]]), "train_order names example 8"),
    (
        changed(train_order=[[0] * 7 + [1.0]]),
        "task.train_order: item 0: item 7: expected a whole number",
    ),
    (changed(epochs=2, train_order=[[0] * 8, [0]]), "the same number of examples for every epoch"),
    (changed(train_order=[]), "train_order must hold whole numbers"),
    (changed(valid={"x": [], "y": []}), "valid_x has no examples"),
    (changed(valid={"x": [[1, 2]]}), "task.valid.y: is missing; expected a list of numbers"),
    (changed(valid={"x": [[1, 2]], "y": [1, 2]}), "valid_y must hold one label an example"),
    (changed(valid={"x": [[1, True]], "y": [1]}), "task.valid.x: item 0: item 1: expected a number"),
    (changed(valid={"x": [[1, "1"]], "y": [1]}), "task.valid.x: item 0: item 1: expected a number"),
    (changed(valid={"x": [[1, None]], "y": [1]}), "task.valid.x: item 0: item 1: expected a number"),
    (
        changed(valid={"x": [1, 2], "y": [1]}),
        "task.valid.x: item 0: expected a list of numbers, but",
    ),
    (changed(valid={"x": [[1, 10**400]], "y": [1]}), "a whole number is too large for float64"),
    (changed(max_abs_error=10**400), "a whole number of more than 40 digits; no float64 holds it"),
]


@pytest.mark.parametrize(("request_", "message"), FAULTS, ids=[message for _, message in FAULTS])
def test_a_faulty_request_says_what_is_wrong(state: ServerState, request_: Any, message: str) -> None:
    """A faulty request is an error that says what is wrong, without line and column."""
    said = strict(answer(json.dumps(request_).encode(), state))
    assert message in said["error"]["message"]
    assert (said["error"]["line"], said["error"]["column"]) == (None, None)


def test_all_problems_of_a_request_are_reported_at_once(state: ServerState) -> None:
    """All problems of a request are reported, in a line each with the key."""
    task = {"features": 0, "evl": "ACCURACY", "train": {"x": [[1], ["a"]], "y": 3}, "valid": [], "seed": 0.5}
    said = ask(state, program=3, tasks=["known", task, "knwon"], backend="gpu")["error"]["message"]
    assert [line.partition(": ")[0] for line in said.splitlines()] == [
        "program",
        "backend",
        "tasks[1].features",
        "tasks[1].evl",
        "tasks[1].valid",
        "tasks[1].seed",
        "tasks[1].eval",
        "tasks[1].train.x",
        "tasks[1].train.y",
        "tasks[2]",
    ]


def test_thousands_of_mistakes_are_answered_soon(state: ServerState) -> None:
    """Thousands of problems in a request give a short error within seconds."""
    began = perf_counter()
    for fields in (
        {"task": {**TASK, **{f"key{i}": 0 for i in range(30_000)}}},
        {"tasks": [{}] * 30_000},
        {"task": {**TASK, "train": {"x": [["a"]] * 30_000, "y": ["b"] * 30_000}}},
        {"tasks": [[[list(range(1000))] * 1000]] * 3},
    ):
        said = ask(state, program="", **fields)["error"]["message"]
        assert len(said) < 20_000
    assert (
        "more problems" in ask(state, define=dict.fromkeys(map(str, range(100_000)), 0))["error"]["message"]
    )
    assert perf_counter() - began < 20
