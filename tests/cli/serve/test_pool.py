"""The evaluator pool: evaluators saved between requests, and behaviour when memory is short."""

import pytest
from cli.serve.asking import TASK, ask
from programs import LINEAR

from azc.cli.serve.pool import EvaluatorPool
from azc.cli.serve.protocol import ServerState
from azc.evaluation import Evaluator


def test_requests_beyond_max_memory_are_errors() -> None:
    """Tasks, evaluations and answers beyond --max-memory are errors; smaller requests are answered."""
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
    assert "the defined tasks with their packed examples take" in said["error"]["message"]
    assert "fitness" in ask(state, **few)


def test_names_of_tasks_count_as_memory() -> None:
    """Names of tasks count as memory, and a redefined task counts once."""
    state = ServerState(max_memory=3_000_000)
    for _ in range(100):
        assert "defined" in ask(state, define={"x" * 40_000: TASK})
    said = [ask(state, define={f"{i:40000}": TASK}) for i in range(10)]
    assert "the defined tasks" in said[-1]["error"]["message"]
    assert "fitness" in ask(state, program="", task="x" * 40_000)


def test_kept_evaluators_make_room_for_others() -> None:
    """Evaluators of earlier requests make room: a request that fits alone is always answered."""
    state = ServerState(max_memory=4_000_000)
    pool = state.pool
    assert isinstance(pool, EvaluatorPool)
    for number in range(12):
        wide = {**TASK, "features": 90, "train": {"x": [[number] * 90], "y": [1]}}
        wide["valid"] = wide["train"]
        ask(state, define={str(number): wide})
        said = ask(state, program="def Predict():\n  m0 = outer(v0, v0)", task=str(number))
        assert "fitness" in said
        assert 0 < pool.kept_bytes <= 1_000_000
        assert pool.kept_bytes == sum(kept.evaluator.nbytes for kept in pool._evaluators.values())


def test_a_lack_of_memory_is_an_error(state: ServerState, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lack of memory gives an error and drops all evaluators; the next request is evaluated."""
    assert isinstance(state.pool, EvaluatorPool)
    request = {"program": LINEAR, "task": "known"}
    first = ask(state, **request)

    def fails(*arguments: object) -> None:
        raise MemoryError

    with monkeypatch.context() as change:
        change.setattr(Evaluator, "evaluate", fails)
        assert "does not fit into memory" in ask(state, **request)["error"]["message"]
    assert state.pool.kept_bytes == 0
    assert ask(state, **request) == first


def test_an_evaluator_that_failed_is_dropped(state: ServerState, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed evaluator is dropped, and the next request is evaluated."""
    assert isinstance(state.pool, EvaluatorPool)
    request = {"program": LINEAR, "task": "known"}
    ask(state, **request)
    with monkeypatch.context() as change:
        change.setattr(Evaluator, "evaluate", lambda *arguments: 1 / 0)
        assert "azc failed on this request: ZeroDivisionError" in ask(state, **request)["error"]["message"]
    assert state.pool.kept_bytes == 0
    assert "fitness" in ask(state, **request)
