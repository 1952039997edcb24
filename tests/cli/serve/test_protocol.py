"""The protocol of `azc serve`: every line is answered, with a result or an error."""

import json
import re
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from cli.serve.asking import TASK, X, Y, ask, local, strict
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import LINEAR

import azc
from azc.cli.serve.protocol import ServerState, answer


@pytest.mark.parametrize("backend", ["auto", "kernels", "native", "python"])
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_an_evaluation_is_that_of_the_python_interface(
    state: ServerState, backend: str, precision: str
) -> None:
    """Answers have the bits of `azc.evaluate`, with everything that can be returned."""
    want = ["train_errors", "valid_errors", "memory"]
    fields = {"backend": backend, "precision": precision, "return": want}
    said = ask(state, id="a", program=LINEAR, task="known", **fields)
    result = azc.evaluate(azc.parse(LINEAR), local(), backend=backend, precision=precision, want=want)
    assert said["id"] == "a"
    assert said["backend"] == (result.backend if backend == "auto" else backend)
    assert (said["fitness"], said["fitnesses"]) == (result.fitness, result.fitnesses)
    assert said["stopped_early"] == [False]
    assert result.train_errors is not None
    assert result.valid_errors is not None
    assert result.memory is not None
    assert said["valid_errors"] == [result.valid_errors[0].tolist()]
    assert said["train_errors"] == [result.train_errors[0].tolist()]
    assert said["memory"] == [{kind: result.memory[0][kind].tolist() for kind in "svm"}]
    assert [np.shape(said["memory"][0][kind]) for kind in "svm"] == [(10,), (10, 2), (10, 2, 2)]


def test_several_tasks_are_evaluated_together(state: ServerState) -> None:
    """Tasks and names of tasks may be mixed; results are in their order, with the mean."""
    other = {**TASK, "valid": {"x": X[:8], "y": Y[:8]}}
    said = ask(state, id=1, program=LINEAR, tasks=["known", other, "known"])
    one, two = (ask(state, program=LINEAR, task=task)["fitness"] for task in ("known", other))
    assert said["fitnesses"] == [one, two, one]
    assert said["fitness"] == azc.evaluation.mean([one, two, one])
    assert said["stopped_early"] == [False] * 3


def test_a_name_can_be_redefined(state: ServerState) -> None:
    """A redefined name means the new task in later requests; other names are unchanged."""
    before = ask(state, program=LINEAR, task="known")
    ask(state, define={"known": {**TASK, "train": {"x": X[:4], "y": Y[:4]}}, "old": TASK})
    assert ask(state, program=LINEAR, task="known")["fitness"] != before["fitness"]
    assert ask(state, program=LINEAR, task="old") == before


def test_definitions_are_all_or_none(state: ServerState) -> None:
    """A fault in one task leaves all tasks of the request undefined."""
    assert "error" in ask(state, define={"good": TASK, "bad": {}})
    assert "error" in ask(state, program="", task="good")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"", "not JSON"),
        (b"\xff", "not UTF-8: byte 0xFF at 0"),
        (b"{", "not JSON"),
        (b'{"id": NaN}', 'JSON has no NaN; write the string "nan"'),
        (b'{"id": 1, "program": "", "program": ""}', "'program' appears twice"),
        (b'{"id": 1, "define": {"a": 1, "a": 2}}', "'a' appears twice"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"define": ' * 100_000, "nested too deeply"),
        (b"1" * 10_000, "has 10,000 digits"),
    ],
)
def test_a_line_that_is_no_request_is_an_error(state: ServerState, line: bytes, message: str) -> None:
    """A line that is invalid JSON or has duplicate keys is an error that says why."""
    assert message in strict(answer(line, state))["error"]["message"]


def test_a_faulty_program_is_shown_by_line_and_column(state: ServerState) -> None:
    """A faulty program gives the first problem with line and column, and the number of others."""
    said = ask(state, id=7, program="def Setup():\n  s1 = sine(s2)\n  s99 = 1\n", task="known")
    assert said == {
        "id": 7,
        "error": {
            "message": "there is no operation sine; did you mean sin? (and 1 more problem)",
            "line": 2,
            "column": 8,
            "problems": [
                {"message": "there is no operation sine; did you mean sin?", "line": 2, "column": 8},
                {"message": said["error"]["problems"][1]["message"], "line": 3, "column": 3},
            ],
        },
    }
    assert "s99" in said["error"]["problems"][1]["message"]


def test_several_programs_are_answered_one_by_one(state: ServerState) -> None:
    """A list of programs gives a list of answers, each as if it were asked for alone."""
    texts = ["def Predict():\n  s1 = mean(v0)\n", "def Predict():\n  s1 = meen(v0)\n", ""]
    said = ask(state, id=3, programs=texts, task="known", **{"return": ["valid_errors"]})
    alone = [
        ask(state, id=None, program=text, task="known", **{"return": ["valid_errors"]}) for text in texts
    ]
    assert said == {"id": 3, "programs": [{k: v for k, v in one.items() if k != "id"} for one in alone]}
    assert "error" in said["programs"][1]


def test_programs_are_simplified(state: ServerState) -> None:
    """Programs that compute the same have one canonical form and key, with tasks and without."""
    texts = [
        "def Predict():\n  s7 = mean(v0)\n  s1 = s7 + s2\n",
        "def Predict():\n  s3 = sin(s2)\n  s4 = mean(v0)\n  s1 = s5 + s4\n",
    ]
    plain = ask(state, programs=texts, simplify=True)["programs"]
    both = ask(state, programs=texts, simplify=True, task="known")["programs"]
    assert plain[0] == plain[1]
    assert len(plain[0]["key"]) == 32
    assert [one["canonical"] for one in both] == [plain[0]["canonical"]] * 2
    assert both[0]["fitness"] == both[1]["fitness"]
    assert ask(state, program=plain[0]["canonical"], simplify=True)["key"] == plain[0]["key"]


def test_programs_of_a_signature(state: ServerState) -> None:
    """With a signature programs are parsed and simplified."""
    signature = azc.Signature.function(2).table()
    text = "def Setup():\n  pass\ndef Predict():\n  s9 = s3 * s2\n  s1 = s9 + s9\n"
    said = ask(state, program=text, signature=signature, simplify=True)
    assert said["canonical"].startswith("def Setup():\n  pass\n\ndef Predict():\n  s0 = s2 * s3\n")
    other = "def Setup():\n  pass\ndef Update():\n  s1 = s2\n"
    assert "there is no function Update" in ask(state, program=other, simplify=True)["error"]["message"]


def test_an_element_beyond_the_features_is_shown_by_line_and_column(state: ServerState) -> None:
    """An element index beyond the task's features is an error with line and column."""
    said = ask(state, program="# x\ndef Setup():\n  v1[0] = 1\n  v1[7] = 1", task="known")
    assert "there is no element 7 in 2 features" in said["error"]["message"]
    assert (said["error"]["line"], said["error"]["column"]) == (4, 3)


def test_repeated_keys_are_found_in_linear_time(state: ServerState) -> None:
    """A duplicate among 200,000 keys is found in less than 5 seconds."""
    keys = ",".join(f'"{i}":0' for i in range(200_000))
    begin = perf_counter()
    said = strict(answer(f'{{"id":1,{keys},"77":0}}'.encode(), state))
    assert said["error"]["message"] == "'77' appears twice in one object; remove one"
    assert perf_counter() - begin < 5


def test_an_error_names_few_of_many_tasks(state: ServerState) -> None:
    """An error about an unknown task is short, however many tasks there are."""
    ask(state, define={f"task {i} {'x' * 200}": TASK for i in range(300)})
    said = ask(state, program="", task="another")["error"]["message"]
    assert len(said) < 2500
    assert re.search(r", task \d+ x+ and 2\d\d more$", said)


def test_any_id_is_returned(state: ServerState) -> None:
    """An id of any JSON value is returned, with an error too; without id it is null."""
    for identity in (None, 1, -0.5, "x", [1, {"a": None}], {"deep": [[]]}, True, "\ud800"):
        assert ask(state, id=identity, program="", task="none")["id"] == identity
    assert ask(state, program="", task="known")["id"] is None


VALID = json.dumps({"id": 1, "program": LINEAR, "task": TASK, "return": ["memory"], "backend": "kernels"})


@settings(max_examples=150)
@given(st.binary(max_size=200))
def test_any_bytes_are_answered(line: bytes) -> None:
    """Any bytes are answered with a JSON object that has an id."""
    assert "id" in strict(answer(line, ServerState()))


@settings(max_examples=150)
@given(st.data())
def test_a_mutated_request_is_answered(data: st.DataObject) -> None:
    """A valid request with mutated bytes gives a result or the client's error, never an internal error."""
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
    """Any JSON value anywhere in a valid request gives no internal error."""
    request: Any = json.loads(VALID)
    request["task"].update({"epochs": 1, "seed": 0, "max_abs_error": 1.0, "train_order": [list(range(8))]})
    part = request
    while True:
        keys = list(part) if isinstance(part, dict) else list(range(len(part)))
        key = data.draw(st.sampled_from(keys))
        if not (isinstance(part[key], dict | list) and part[key] and data.draw(st.booleans())):
            break
        part = part[key]
    part[key] = data.draw(JSON)
    said = json.loads(
        answer(
            json.dumps(request).replace("NaN", '"nan"').replace("Infinity", "1e999").encode(), ServerState()
        )
    )
    assert not said.get("error", {"message": ""})["message"].startswith("azc failed")
