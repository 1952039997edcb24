"""The protocol of `azc serve`: every line has its answer, and every answer is right or says what is wrong."""

import json
import math
import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import numpy as np
import pytest
from click import BadParameter
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import LINEAR

import azc
from azc.cli.evaluator_pool import EvaluatorPool
from azc.cli.serve import ServerState, answer
from azc.cli.serving import Size
from azc.evaluation import Evaluator

DRAW = random.Random(0)
X = [[DRAW.gauss(0, 1) for _ in range(2)] for _ in range(12)]
Y = [a - b for a, b in X]
TASK: dict[str, Any] = {
    "features": 2,
    "eval": "RMS_ERROR",
    "train": {"x": X[:8], "y": Y[:8]},
    "valid": {"x": X[8:], "y": Y[8:]},
}
CALL = [sys.executable, "-c", "from azc.cli import main; main()", "serve"]


def strict(text: bytes) -> dict[str, Any]:
    """An answer, read by a reader that knows no NaN."""

    def no_constant(name: str) -> None:
        raise AssertionError(name)

    said = json.loads(text, parse_constant=no_constant)
    assert b"\n" not in text
    assert isinstance(said, dict)
    return said


def ask(state: ServerState, **request: Any) -> dict[str, Any]:
    """The answer to a request."""
    return strict(answer(json.dumps(request).encode(), state))


@pytest.fixture
def state() -> ServerState:
    """A server that knows the task `known`."""
    state = ServerState()
    assert ask(state, id=0, define={"known": TASK}) == {"id": 0, "defined": ["known"]}
    return state


def local() -> azc.Task:
    """The same task for `azc.evaluate`."""
    return azc.Task(X[:8], Y[:8], X[8:], Y[8:])


@pytest.mark.parametrize("backend", ["auto", "kernels", "native", "python"])
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_an_evaluation_is_that_of_the_python_interface(
    state: ServerState, backend: str, precision: str
) -> None:
    """To the last bit, with everything that can be returned."""
    want = ["train_errors", "valid_errors", "memory"]
    fields = {"backend": backend, "precision": precision, "return": want}
    said = ask(state, id="a", program=LINEAR, task="known", **fields)
    result = azc.evaluate(azc.parse(LINEAR), local(), backend=backend, precision=precision, want=want)
    assert said["id"] == "a"
    assert said["backend"] == (result.backend if backend == "auto" else backend)
    assert (said["fitness"], said["fitnesses"]) == (result.fitness, result.fitnesses)
    assert said["stopped_early"] == [False]
    assert result.train_errors is not None
    assert result.memory is not None
    assert said["train_errors"] == [result.train_errors[0].tolist()]
    assert said["memory"] == [{kind: result.memory[0][kind].tolist() for kind in "svm"}]
    assert [np.shape(said["memory"][0][kind]) for kind in "svm"] == [(10,), (10, 2), (10, 2, 2)]


def test_several_tasks_are_evaluated_together(state: ServerState) -> None:
    """Names and tasks mixed, an entry each, in order."""
    other = {**TASK, "valid": {"x": X[:8], "y": Y[:8]}}
    said = ask(state, id=1, program=LINEAR, tasks=["known", other, "known"])
    one, two = (ask(state, program=LINEAR, task=task)["fitness"] for task in ("known", other))
    assert said["fitnesses"] == [one, two, one]
    assert said["fitness"] == azc.evaluation.mean([one, two, one])
    assert said["stopped_early"] == [False] * 3


def test_a_name_can_be_defined_anew(state: ServerState) -> None:
    """Later requests mean the later task; others keep theirs."""
    before = ask(state, program=LINEAR, task="known")
    ask(state, define={"known": {**TASK, "train": {"x": X[:4], "y": Y[:4]}}, "old": TASK})
    assert ask(state, program=LINEAR, task="known")["fitness"] != before["fitness"]
    assert ask(state, program=LINEAR, task="old") == before


def test_definitions_are_all_or_none(state: ServerState) -> None:
    """A fault in one task leaves the others undefined."""
    assert "error" in ask(state, define={"good": TASK, "bad": {}})
    assert "error" in ask(state, program="", task="good")


def test_numbers_that_json_has_no_sign_for_are_strings_both_ways(state: ServerState) -> None:
    """In bounds, memory and errors; the sign of a zero stays, in an id too."""
    task = (
        '{"features": 2, "eval": "RMS_ERROR", "max_abs_error": "inf",'
        ' "train": {"x": [[-0, -0.0]], "y": [1]}, "valid": {"x": [[2, 3]], "y": [0]}}'
    )
    program = "def Learn():\\n s2 = log(s9)\\n s1 = 0 - s2\\n v1 = 1 * v0\\n s4 = s2 * s9"
    request = f'{{"id": -0, "program": "{program}", "task": {task}, "return": ["memory", "valid_errors"]}}'
    line = answer(request.encode(), state)
    said = strict(line)
    assert line.startswith(b'{"id": -0.0, ')
    assert [said["memory"][0]["s"][place] for place in (1, 2, 4)] == ["inf", "-inf", "nan"]
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
    """Where they are not, the answer says which, in which row and part."""
    x = {"train": [[1, 2]], "valid": [[1, 2], [3, 4]]}
    task = {"features": 2, "eval": "RMS_ERROR"} | {p: {"x": x[p], "y": [0] * len(x[p])} for p in x}
    task[part] = {**task[part], name: value}
    request = json.dumps({"program": "", "task": task}).replace("Infinity", "1e999")
    assert message in strict(answer(request.encode(), state))["error"]["message"]


@pytest.mark.parametrize(("part", "row"), [("train", 1), ("valid", 0)])
def test_labels_of_two_classes_are_0_and_1(state: ServerState, part: str, row: int) -> None:
    """Another label is an error that names it, its row and its part."""
    task = {"features": 1, "eval": "ACCURACY"} | {
        p: {"x": [[1], [2]], "y": [0, 1]} for p in ("train", "valid")
    }
    task[part]["y"][row] = 2
    message = ask(state, program="", task=task)["error"]["message"]
    assert f"{part}_y must hold the labels 0 and 1, but holds 2.0 in row {row}" in message


def test_many_classes_and_orders_arrive(state: ServerState) -> None:
    """`n_classes`, `epochs`, `train_order` and `seed` are those of a task."""
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
    ({}, "program: is missing; expected text"),
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
    (changed(valid={"x": [[1, 10**400]], "y": [1]}), "a whole number that no float64 holds"),
    (changed(max_abs_error=10**400), "a whole number of more than 40 digits; no float64 holds it"),
]


@pytest.mark.parametrize(("request_", "message"), FAULTS, ids=[message for _, message in FAULTS])
def test_a_request_at_fault_says_what_is_wrong(state: ServerState, request_: Any, message: str) -> None:
    """With the nearest right name where there is one; no line where no text is at fault."""
    said = strict(answer(json.dumps(request_).encode(), state))
    assert message in said["error"]["message"]
    assert (said["error"]["line"], said["error"]["column"]) == (None, None)


def test_all_that_is_wrong_with_a_request_is_told_at_once(state: ServerState) -> None:
    """A line each, with the key, in tasks of tasks too; what a task lacks and what it holds."""
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
    """The first are told, and that there are more."""
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


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"", "not JSON"),
        (b"\xff", "not UTF-8: byte 0xFF at 0"),
        (b"{", "not JSON"),
        (b'{"id": NaN}', 'JSON has no NaN; write the string "nan"'),
        (b'{"id": 1, "program": "", "program": ""}', "'program' stands twice"),
        (b'{"id": 1, "define": {"a": 1, "a": 2}}', "'a' stands twice"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"define": ' * 100_000, "nested too deeply"),
        (b"1" * 10_000, "has 10,000 digits"),
    ],
)
def test_a_line_that_is_no_request_says_so(state: ServerState, line: bytes, message: str) -> None:
    """Whatever it is."""
    assert message in strict(answer(line, state))["error"]["message"]


def test_a_program_at_fault_is_shown_by_line_and_column(state: ServerState) -> None:
    """The first problem, and how many more there are."""
    said = ask(state, id=7, program="def Setup():\n  s1 = sine(s2)\n  s99 = 1\n", task="known")
    assert said == {
        "id": 7,
        "error": {
            "message": "there is no operation sine; did you mean sin? (and 1 more problem)",
            "line": 2,
            "column": 8,
        },
    }


def test_an_element_that_the_features_lack_is_shown_by_line_and_column(state: ServerState) -> None:
    """It is the program's text that is at fault, if only on this task."""
    said = ask(state, program="# x\ndef Setup():\n  v1[0] = 1\n  v1[7] = 1", task="known")
    assert "there is no element 7 in 2 features" in said["error"]["message"]
    assert (said["error"]["line"], said["error"]["column"]) == (4, 3)


def test_what_does_not_fit_into_memory_is_an_error() -> None:
    """Tasks, an evaluation, what is returned: of one request and of all together; what fits is answered."""
    state = ServerState(max_memory=5_000_000)
    assert "defined" in ask(state, define={"known": TASK})
    few = {"program": "", "task": "known"}
    assert "fitness" in ask(state, **few)
    for tasks in ([TASK] * 3000, ["known"] * 6000):
        said = ask(state, program="", tasks=tasks)["error"]["message"]
        assert "the tasks of this request take about 0.0 GiB, and requests may take 0.0 GiB" in said
        assert "--max-memory" in said
    many = {"program": "def Setup():\n  m60 = outer(v0, v0)", "tasks": ["known"] * 1500}
    assert "returning memory takes" in ask(state, **many, **{"return": ["memory"]})["error"]["message"]
    wide = {
        **TASK,
        "features": 800,
        "train": {"x": [[0] * 800], "y": [1]},
        "valid": {"x": [[0] * 800], "y": [1]},
    }
    for backend in ("kernels", "native", "python"):
        said = ask(state, program=many["program"], task=wide, backend=backend)
        assert "evaluating the program on 1 task takes" in said["error"]["message"]
    said = ask(state, define={f"{i:300}": TASK for i in range(1000)})
    assert "the defined tasks take" in said["error"]["message"]
    assert "fitness" in ask(state, **few)


def test_names_of_tasks_count_too() -> None:
    """And a task that is defined anew counts once."""
    state = ServerState(max_memory=3_000_000)
    for _ in range(100):
        assert "defined" in ask(state, define={"x" * 40_000: TASK})
    said = [ask(state, define={f"{i:40000}": TASK}) for i in range(10)]
    assert "the defined tasks" in said[-1]["error"]["message"]
    assert "fitness" in ask(state, program="", task="x" * 40_000)


def test_kept_evaluators_make_room_for_others() -> None:
    """Whatever was asked before, what fits alone is answered, and little is kept."""
    state = ServerState(max_memory=4_000_000)
    bench = state.bench
    assert isinstance(bench, EvaluatorPool)
    for number in range(12):
        wide = {**TASK, "features": 90, "train": {"x": [[number] * 90], "y": [1]}}
        wide["valid"] = wide["train"]
        ask(state, define={str(number): wide})
        said = ask(state, program="def Predict():\n  m0 = outer(v0, v0)", task=str(number))
        assert "fitness" in said
        assert 0 < bench.kept_bytes <= 1_000_000
        assert bench.kept_bytes == sum(kept.evaluator.nbytes for kept in bench._evaluators.values())


def test_a_lack_of_memory_is_an_answer(state: ServerState, monkeypatch: pytest.MonkeyPatch) -> None:
    """Evaluators are dropped, and the next request is evaluated."""
    assert isinstance(state.bench, EvaluatorPool)
    request = {"program": LINEAR, "task": "known"}
    first = ask(state, **request)

    def fails(*arguments: object) -> None:
        raise MemoryError

    with monkeypatch.context() as change:
        change.setattr(Evaluator, "evaluate", fails)
        assert "does not fit into memory" in ask(state, **request)["error"]["message"]
    assert state.bench.kept_bytes == 0
    assert ask(state, **request) == first


def test_an_evaluator_that_failed_is_dropped(state: ServerState, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the fault was, it may be half made."""
    assert isinstance(state.bench, EvaluatorPool)
    request = {"program": LINEAR, "task": "known"}
    ask(state, **request)
    with monkeypatch.context() as change:
        change.setattr(Evaluator, "evaluate", lambda *arguments: 1 / 0)
        assert "azc failed on this request: ZeroDivisionError" in ask(state, **request)["error"]["message"]
    assert state.bench.kept_bytes == 0
    assert "fitness" in ask(state, **request)


def test_repeated_keys_are_found_in_linear_time(state: ServerState) -> None:
    """One of 200,000."""
    keys = ",".join(f'"{i}":0' for i in range(200_000))
    begin = perf_counter()
    said = strict(answer(f'{{"id":1,{keys},"77":0}}'.encode(), state))
    assert said["error"]["message"] == "'77' stands twice in one object; leave one out"
    assert perf_counter() - begin < 5


def test_an_error_names_few_of_many_tasks(state: ServerState) -> None:
    """And is short, however many and long the names are."""
    ask(state, define={f"task {i} {'x' * 200}": TASK for i in range(300)})
    said = ask(state, program="", task="another")["error"]["message"]
    assert len(said) < 2500
    assert re.search(r", task \d+ x+ and 2\d\d more$", said)


ENDLESS = {**TASK, "epochs": 2**31, "max_abs_error": "inf"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
@pytest.mark.parametrize("backend", ["kernels", "python"])
def test_an_evaluation_that_takes_too_long_is_stopped(backend: str) -> None:
    """It is answered with an error, its process is gone, and the next request finds all tasks."""
    expected = azc.evaluate(azc.parse(LINEAR), local(), backend=backend).fitness
    state = ServerState(max_seconds=3)
    ask(state, define={"known": TASK})
    fine = {"program": LINEAR, "backend": backend}
    before = ask(state, **fine, task="known")
    assert before.get("fitness") == expected, before
    ask(state, define={"later": TASK})
    begin = perf_counter()
    said = ask(state, id=5, **fine, task=ENDLESS)
    assert said == {
        "id": 5,
        "error": {
            "message": "this takes longer than 3 seconds (azc serve --max-seconds); stopped",
            "line": None,
            "column": None,
        },
    }
    assert 3 < perf_counter() - begin < 30
    assert multiprocessing.active_children() == []
    assert ask(state, **fine, tasks=["known", "later"])["fitnesses"] == before["fitnesses"] * 2
    state.bench.clear()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_an_example_that_takes_long_is_stopped_in_its_middle() -> None:
    """A thousand products of matrices with 1,500 rows each."""
    state = ServerState(max_seconds=2)
    x = {"x": [[0] * 1500], "y": [0]}
    wide = {**TASK, "features": 1500, "train": x, "valid": x}
    program = "def Predict():\n" + "  m0 = matmul(m1, m2)\n" * 1000
    begin = perf_counter()
    assert "longer than" in ask(state, program=program, task=wide)["error"]["message"]
    assert perf_counter() - begin < 30
    assert multiprocessing.active_children() == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_an_evaluation_whose_process_dies_is_an_error() -> None:
    """The next one has a process of its own."""
    state = ServerState(max_seconds=60)
    request = {"program": LINEAR, "task": TASK}
    first = ask(state, **request)
    (process,) = multiprocessing.active_children()
    process.kill()
    process.join()
    assert "the process that evaluated ended (exit code -9)" in ask(state, **request)["error"]["message"]
    assert ask(state, **request) == first
    state.bench.clear()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at as Linux does it")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_no_process_outlives_the_server(number: int, code: int) -> None:
    """Whether Ctrl-C ends it in the middle of an evaluation, or it is killed."""
    with subprocess.Popen(
        [*CALL, "--max-seconds", "60"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps({"program": LINEAR, "task": TASK}).encode() + b"\n")
        server.stdin.flush()
        server.stdout.readline()
        (child,) = map(int, Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split())
        server.stdin.write(json.dumps({"program": LINEAR, "task": ENDLESS}).encode() + b"\n")
        server.stdin.flush()
        sleep(0.3)
        server.send_signal(number)
        assert server.wait() == code
        deadline = perf_counter() + 10
        while _is_running(child) and perf_counter() < deadline:
            sleep(0.05)
        assert not _is_running(child)


def _is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("text", "size"), [("500M", 500 * 2**20), ("1.5g", 3 * 2**29), ("2 GiB", 2**31), ("1000000", 10**6)]
)
def test_a_size_is_read_as_people_write_it(text: str, size: int) -> None:
    """Bytes, or with a unit of 1,024."""
    assert Size().convert(text, None, None) == size


@pytest.mark.parametrize("text", ["", "M", "-1G", "nan", "1e9", "5", "1X", "99999999999T"])
def test_what_is_no_size_is_refused(text: str) -> None:
    """With words that say what one is."""
    with pytest.raises(BadParameter, match="is no size from 1M on, like 500M or 2G"):
        Size().convert(text, None, None)


def test_a_line_that_is_too_long_is_skipped() -> None:
    """Its answer says so, and the next one is answered; also where it is the last and has no end."""
    lines = [
        b'{"id": 1, "define": {}}\n',
        b"[" * 3_000_000 + b"\n",
        b'{"id": 2, "define": {}}\n',
        b"[" * 3_000_000,
    ]
    done = subprocess.run(
        [*CALL, "--max-memory", "20M"], input=b"".join(lines), capture_output=True, check=True
    )
    said = [strict(line) for line in done.stdout.splitlines()]
    assert [entry["id"] for entry in said] == [1, None, 2, None]
    assert "the request is longer than 1,048,576 bytes" in said[1]["error"]["message"]


def test_an_id_is_anything_and_comes_back(state: ServerState) -> None:
    """Also with an error; without one it is null."""
    for identity in (None, 1, -0.5, "x", [1, {"a": None}], {"deep": [[]]}, True, "\ud800"):
        assert ask(state, id=identity, program="", task="none")["id"] == identity
    assert ask(state, program="", task="known")["id"] is None


VALID = json.dumps({"id": 1, "program": LINEAR, "task": TASK, "return": ["memory"], "backend": "kernels"})


@settings(max_examples=150)
@given(st.binary(max_size=200))
def test_any_bytes_are_answered(line: bytes) -> None:
    """With an object that has an id and an error, or a result."""
    assert "id" in strict(answer(line, ServerState()))


@settings(max_examples=150)
@given(st.data())
def test_a_mutated_request_is_answered(data: st.DataObject) -> None:
    """Bytes of a valid one replaced or removed: a result or the client's error, never one of azc's."""
    request = bytearray(VALID.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(request)))
        length = data.draw(st.integers(0, 12))
        piece = data.draw(
            st.binary(max_size=4) | st.sampled_from([b"[", b"}", b'"', b"nan", b"1e999", b"-", b"null"])
        )
        request[start : start + length] = piece
    said = strict(answer(bytes(request), ServerState()))
    assert ("error" in said) != ("fitness" in said)
    assert not said.get("error", {"message": ""})["message"].startswith("azc failed")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=3)
    | st.sampled_from(["nan", "known"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)


@settings(max_examples=250)
@given(st.data())
def test_any_value_anywhere_is_answered(data: st.DataObject) -> None:
    """Every place of a valid request takes any JSON without harm."""
    request: Any = json.loads(VALID)
    request["task"].update({"epochs": 1, "seed": 0, "max_abs_error": 1.0, "train_order": [list(range(8))]})
    place = request
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not (isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans())):
            break
        place = place[key]
    place[key] = data.draw(JSON)
    said = json.loads(
        answer(
            json.dumps(request).replace("NaN", '"nan"').replace("Infinity", "1e999").encode(), ServerState()
        )
    )
    assert not said.get("error", {"message": ""})["message"].startswith("azc failed")


def test_the_server_answers_in_order_and_ends_with_its_input() -> None:
    """Answers come at once; a last line without an end counts; faults end nothing."""
    lines = [
        json.dumps({"id": 1, "define": {"a": TASK}}).encode(),
        b"\xff\xfe",
        json.dumps({"id": 2, "program": LINEAR, "task": "a"}).encode(),
        b"",
        json.dumps({"id": 3, "program": "", "task": "a"}).encode(),
    ]
    with subprocess.Popen(
        CALL, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(lines[0] + b"\n")
        server.stdin.flush()
        assert strict(server.stdout.readline()[:-1]) == {"id": 1, "defined": ["a"]}
        rest, errors = server.communicate(b"\n".join(lines[1:]))
    said = [strict(line) for line in rest.splitlines()]
    assert [entry["id"] for entry in said] == [None, 2, None, 3]
    assert (server.returncode, errors) == (0, b"")


def test_the_server_ends_quietly_when_it_is_interrupted_or_not_heard() -> None:
    """Ctrl-C, and an output that nobody reads."""
    with subprocess.Popen(
        CALL, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(b"{}\n")
        server.stdin.flush()
        server.stdout.readline()
        server.send_signal(signal.SIGINT)
        assert server.communicate() == (b"", b"")
    assert server.returncode == 130
    with subprocess.Popen(
        CALL, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        server.stdout.close()
        server.stdout = None
        assert server.communicate(b"{}\n" * 3)[1] == b""
    assert server.returncode == 0
