"""Loggers of runs: TensorBoard, MLflow, and their common base."""

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Event, current_thread, main_thread
from typing import Any

import attrs
import pytest
from programs import linear

from azc.errors import AzcError
from azc.language import parse
from azc.runs import loggers
from azc.runs.callbacks import Improvement, Progress
from azc.runs.loggers import Logger, metrics_of
from azc.runs.mlflow import MLflow, parameters
from azc.runs.tensorboard import TensorBoard
from azc.search import SearchResult

SETTINGS = {"search": {"seed": 3, "mutations": {"identity": 1.0}}, "program": {"setup_ops": ["SCALAR_SUM"]}}
PROGRAM = linear(0.5)
IMPROVEMENT = Improvement(1, 1, 0, 10, 10, 0.5, True, 4, PROGRAM, ("alter_param",), 0.1)
PROGRESS = Progress(
    round=1,
    evals=100,
    seconds=0.1,
    evals_per_second=1000.0,
    best_fitness=0.5,
    median_fitness=0.25,
    select_fitness=None,
    selected=None,
    experiments=1,
    n_islands=1,
    time_left=None,
    hall_of_fame=(),
    counts={"evaluated": 60, "exact_hits": 40},
    rows=(),
)
FOUND = SearchResult(parse(PROGRAM), 0.5, 0.4, 0.3, 200, 0.2, 3, 1, 2, "max_evals", {})


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the time between writes."""
    monkeypatch.setattr(loggers, "WRITE_SECONDS", 0.01)


def tell(logger: Logger, rounds: int = 2) -> None:
    """Report a run of some rounds to a logger, the first with an improvement."""
    logger.on_start(SETTINGS)
    logger.on_improvement(IMPROVEMENT)
    for round_number in range(1, rounds + 1):
        logger.on_round(attrs.evolve(PROGRESS, round=round_number, evals=100 * round_number))
    logger.on_end(FOUND)


class Noted(Logger):
    """Records what it would write; each write takes `seconds`."""

    def __init__(self, seconds: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.seconds, self.written = seconds, list[Any]()

    def begin(self, settings: Mapping[str, Any]) -> None:
        """The configuration."""
        self._note(settings)

    def log(self, progress: Progress, best: Improvement | None) -> None:
        """A round."""
        self._note((progress.round, best))

    def finish(self, found: SearchResult | None, evals: int) -> None:
        """The result."""
        self._note((found, evals))

    def _note(self, what: object) -> None:
        assert current_thread() is not main_thread()
        time.sleep(self.seconds)
        self.written.append(what)


class Faulty(Noted):
    """Fails at the first round."""

    def log(self, progress: Progress, best: Improvement | None) -> None:
        """Fails."""
        raise OSError("the disk is full")


def test_the_last_round_and_the_result_are_written() -> None:
    """The last round and the result are written, however fast rounds come; a best program only once."""
    logger = Noted()
    tell(logger, rounds=1000)
    assert logger.written[0] == SETTINGS
    assert logger.written[-2][0] == 1000
    assert [best for _, best in logger.written[1:-1] if best is not None] == [IMPROVEMENT]
    assert logger.written[-1] == (FOUND, 100_000)


def test_a_slow_logger_does_not_delay_a_run() -> None:
    """A slow logger skips rounds instead of delaying the run; the end waits for its last write."""
    logger = Noted(seconds=0.05)
    logger.on_start(SETTINGS)
    began = time.perf_counter()
    for round_number in range(1, 1001):
        logger.on_round(attrs.evolve(PROGRESS, round=round_number))
    assert time.perf_counter() - began < 0.5
    logger.on_end(FOUND)
    assert logger.written[-1][0] is FOUND
    assert len(logger.written) < 50


def test_the_end_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hanging logger is abandoned at the end of a run, with a notice."""
    monkeypatch.setattr(loggers, "PATIENCE", 0.05)
    hanging, said = Event(), list[str]()
    logger = Noted(on_notice=said.append)
    monkeypatch.setattr(logger, "finish", lambda found, evals: hanging.wait())
    tell(logger)
    hanging.set()
    assert said == [
        "Noted: its last write takes more than 0.05 s; nothing more is written there, and the run continues"
    ]


def test_an_error_is_one_warning() -> None:
    """An error of a logger is one warning, and the run continues."""
    with pytest.warns(RuntimeWarning, match="Faulty: the disk is full; nothing more is written") as caught:
        tell(Faulty())
    assert len(caught) == 1


def test_an_error_is_one_notice() -> None:
    """An error of a logger with `on_notice` is one notice."""
    said = list[str]()
    tell(Faulty(on_notice=said.append))
    assert len(said) == 1


def test_a_logger_closed_without_a_result_writes_its_rounds() -> None:
    """A logger closed without a result writes the rounds so far, and may be closed twice."""
    logger = Noted()
    logger.on_start(SETTINGS)
    logger.on_round(PROGRESS)
    logger.close()
    logger.close()
    assert logger.written == [SETTINGS, (1, None), (None, 100)]


def test_unknown_numbers_are_left_out() -> None:
    """Metrics leave out numbers that are None, nan or infinite."""
    odd = attrs.evolve(PROGRESS, best_fitness=float("-inf"), median_fitness=float("nan"))
    assert metrics_of(odd) == {
        "evals_per_second": 1000.0,
        "experiments": 1.0,
        "seconds": 0.1,
        "counts/evaluated": 60.0,
        "counts/exact_hits": 40.0,
    }


@pytest.mark.parametrize(("logger", "extra"), [(TensorBoard, "tensorboard"), (MLflow, "mlflow")])
def test_a_missing_library_names_its_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, logger: Any, extra: str
) -> None:
    """A missing library is an error that names its extra, when the callback is made."""
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(AzcError, match=rf"pip install 'azc\[{extra}\]'"):
        logger(str(tmp_path))


def test_tensorboard_reads_what_was_written(tmp_path: Path) -> None:
    """TensorBoard reads the logged curves over the programs scored, and the program's text."""
    pytest.importorskip("tensorboardX")
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    tell(TensorBoard(tmp_path / "board"))
    events = accumulator.EventAccumulator(str(tmp_path / "board"))
    events.Reload()
    assert events.Scalars("best_fitness")[-1].step == 200
    assert events.Scalars("best_fitness")[-1].value == 0.5
    assert events.Scalars("result/final_fitness")[0].value == pytest.approx(0.3)
    assert events.Scalars("best_length")[0].value == 4
    (text,) = [tag for tag in events.Tags()["tensors"] if tag.startswith("best_program")]
    assert b"    def Setup():\n      s2 = 0.5" in events.Tensors(text)[0].tensor_proto.string_val[0]


def test_mlflow_reads_what_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow reads the logged parameters, metrics over the programs scored, and artifacts."""
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    where = (tmp_path / "runs").as_uri()
    tell(MLflow("searches", run_name="first", tracking_uri=where))
    client = mlflow.MlflowClient(tracking_uri=where)
    (run,) = client.search_runs([client.get_experiment_by_name("searches").experiment_id])
    assert (run.info.status, run.info.run_name, run.data.tags["ended"]) == ("FINISHED", "first", "max_evals")
    assert run.data.params["search.seed"] == "3"
    assert run.data.metrics["result/final_fitness"] == 0.3
    assert client.get_metric_history(run.info.run_id, "best_fitness")[-1].step == 200
    artifacts = Path(run.info.artifact_uri.removeprefix("file://"))
    assert (artifacts / "best.azl").read_text() == PROGRAM
    assert json.loads((artifacts / "configuration.json").read_text()) == SETTINGS


def test_mlflow_without_access_is_an_error() -> None:
    """An MLflow server without access is an error when the callback is made."""
    pytest.importorskip("mlflow")
    with pytest.raises(AzcError, match="MLflow cannot write to nowhere:"):
        MLflow(tracking_uri="nowhere://at-all")


def test_a_configuration_is_flat_parameters() -> None:
    """Parameters have dotted names; lists are JSON."""
    assert parameters(SETTINGS) == {
        "search.seed": "3",
        "search.mutations.identity": "1.0",
        "program.setup_ops": '["SCALAR_SUM"]',
    }
