"""Evaluations with a time limit, in a process that is killed at the limit."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import perf_counter, sleep

import pytest
from cli.serve.asking import CALL, ENDLESS, TASK, ask, local
from programs import LINEAR

import azc
from azc.cli.serve.protocol import ServerState


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
@pytest.mark.parametrize("backend", ["kernels", "python"])
def test_an_evaluation_that_takes_too_long_is_stopped(backend: str) -> None:
    """An evaluation beyond the time limit gives an error and its process ends; defined tasks remain."""
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
            "message": "the evaluation took longer than 3 seconds and was stopped (azc serve --max-seconds)",
            "line": None,
            "column": None,
        },
    }
    assert 3 < perf_counter() - begin < 30
    assert multiprocessing.active_children() == []
    assert ask(state, **fine, tasks=["known", "later"])["fitnesses"] == before["fitnesses"] * 2
    state.pool.clear()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_a_long_example_is_stopped_in_its_middle() -> None:
    """The time limit stops an evaluation within one example, here of 1,000 products of large matrices."""
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
    """A killed evaluation process gives an error, and the next request a new process."""
    state = ServerState(max_seconds=60)
    request = {"program": LINEAR, "task": TASK}
    first = ask(state, **request)
    (process,) = multiprocessing.active_children()
    process.kill()
    process.join()
    assert "the evaluating process ended (exit code -9)" in ask(state, **request)["error"]["message"]
    assert ask(state, **request) == first
    state.pool.clear()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_no_process_outlives_the_server(number: int, code: int) -> None:
    """The evaluation process ends with the server, after Ctrl-C and after SIGKILL."""
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
    """Whether a process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False
