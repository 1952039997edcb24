"""Ends of a run: limits, target, patience, callbacks and signals; no process is left behind."""

import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from runs.making import At, child, example, history, often, rows, said, same

from azc.errors import AzcError
from azc.runs import Callback, Improvement, InProcess, resume, run_search
from azc.runs.stopping import Signals


def ended(run: Path) -> list[str | None]:
    """Why each start of a run ended; None if unknown."""
    return [row["ended"] for row in rows(run, "SELECT ended FROM starts ORDER BY start")]


@pytest.mark.parametrize(("evals", "islands"), [(2, 3), (1000, 3), (10_001, 3), (999, 1), (5000, 7)])
def test_max_evals_is_exact(evals: int, islands: int) -> None:
    """A run scores exactly `max_evals` programs, with any number of islands."""
    found = run_search(example(max_evals=evals, n_islands=islands))
    assert (found.evals, found.ended) == (evals, "max_evals")
    assert sum(found.counts[name] for name in ("evaluated", "exact_hits", "functional_hits")) == evals


def test_max_seconds_holds_over_all_starts(tmp_path: Path) -> None:
    """`max_seconds` limits the search time of all starts together."""
    timed = {"max_evals": 10**9, "max_seconds": 0.6}
    with pytest.raises(RuntimeError):
        run_search(example(**timed), run_dir=tmp_path, callbacks=[_Fails(0.3)])
    before = rows(tmp_path, "SELECT max(search_seconds) AS s FROM rounds")[0]["s"] or 0.0
    found = resume(tmp_path)
    assert (found.ended, ended(tmp_path)) == ("max_seconds", [None, "max_seconds"])
    # A round that has begun is completed.
    assert 0.6 <= found.seconds < 3.0
    assert before < found.seconds
    assert 0.6 <= resume(tmp_path, overrides=["search.max_seconds=0.6"]).seconds < 3.0


class _Fails(Callback):
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def on_round(self, progress: Any) -> None:
        if progress.seconds > self.seconds:
            raise RuntimeError


def test_the_target_ends_a_run() -> None:
    """A run ends as soon as the select fitness reaches the target, even within a round."""
    found = run_search(example(target_fitness=0.3, round_evals=10_000))
    assert (found.ended, found.evals < 30_000) == ("target", True)
    assert found.select_fitness >= 0.3


def test_patience_ends_a_run(tmp_path: Path) -> None:
    """A run ends after the round in which `patience` programs were scored since its last record."""
    found = run_search(example(patience=9000, max_evals=10**6), run_dir=tmp_path)
    best = rows(tmp_path, "SELECT max(round) AS e FROM improvements WHERE run_record")[0]["e"]
    assert (found.ended, found.rounds) == ("patience", best + 3)


def test_patience_is_the_same_after_a_resumption(tmp_path: Path) -> None:
    """`patience` counts the programs of earlier starts, too."""
    whole = run_search(example(patience=9000, max_evals=10**6))
    run_search(
        example(patience=9000, max_evals=10**6), run_dir=tmp_path, callbacks=[_stops(whole.rounds - 1)]
    )
    assert same(resume(tmp_path)) == same(whole)


def _stops(round_number: int) -> At:
    return At(round_number, lambda: True)


def test_a_callback_ends_a_run_after_a_round(tmp_path: Path) -> None:
    """One of several callbacks can end a run after a round; all of them are called."""
    told: list[int] = []

    class Counts(Callback):
        def on_round(self, progress: Any) -> None:
            told.append(progress.round)

    found = run_search(example(), run_dir=tmp_path, callbacks=[_stops(2), Counts()])
    assert (found.ended, found.rounds, told, ended(tmp_path)) == ("callback", 2, [1, 2], ["callback"])


def test_a_callback_ends_a_run_at_an_improvement() -> None:
    """A callback can end a run at an improvement, once its round is complete."""

    class Stops(Callback):
        def on_improvement(self, improvement: Improvement) -> bool:
            return improvement.number == 2

    found = run_search(example(), callbacks=[Stops()])
    assert (found.ended, found.rounds, found.evals) == ("callback", 1, 3000)


@pytest.mark.parametrize(
    ("number", "name"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM"), (signal.SIGHUP, "SIGHUP")]
)
def test_a_first_signal_ends_a_run_after_its_round(tmp_path: Path, number: int, name: str) -> None:
    """A first signal ends a run after its round, with a result, and signal handlers are restored."""
    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    # Tests started by nohup inherit an ignored SIGHUP, which a run leaves ignored.
    hang_up = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        found = run_search(
            example(),
            run_dir=tmp_path,
            callbacks=[At(2, lambda: signal.raise_signal(signal.Signals(number)))],
        )
    finally:
        signal.signal(signal.SIGHUP, hang_up)
    assert (found.ended, found.interrupted, found.rounds, ended(tmp_path)) == (name, True, 2, [name])
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_second_signal_ends_a_run_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second signal ends a run at once by KeyboardInterrupt, and it resumes to the same result."""
    often(monkeypatch)

    def twice() -> None:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)

    notices: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        run_search(example(), run_dir=tmp_path, callbacks=[At(4, twice)], on_notice=notices.append)
    assert ended(tmp_path) == [None]
    assert f"ended at once; `azc resume {tmp_path}` continues the run" in notices
    assert same(resume(tmp_path)) == same(run_search(example()))


def test_a_signal_before_the_first_round_leaves_a_run_that_can_begin(tmp_path: Path) -> None:
    """A run interrupted before its first round has no checkpoint, and resumes from the beginning."""

    class Early(InProcess):
        def ready(self, on_notice: Any) -> int:
            count = super().ready(on_notice)
            signal.raise_signal(signal.SIGINT)
            return count

    with pytest.raises(KeyboardInterrupt):
        run_search(example(), run_dir=tmp_path, workers=Early)
    assert not (tmp_path / "checkpoints").exists()
    notices: list[str] = []
    assert same(resume(tmp_path, on_notice=notices.append)) == same(run_search(example()))
    assert notices == []


def test_a_signal_while_the_stream_is_locked_is_told_later() -> None:
    """A signal while the stream of notices is locked causes no deadlock, and is reported later."""
    held, told = threading.Lock(), list[str]()

    def tell(sentence: str) -> None:
        with held:
            told.append(sentence)

    with Signals(tell) as signals, held:
        signals.awaited = "this round"
        signal.raise_signal(signal.SIGINT)
        assert signals.asked == "Ctrl-C"
    assert len(told) == 1


def test_an_ignored_hangup_stays_ignored(tmp_path: Path) -> None:
    """SIGHUP stays ignored during a run if it was ignored before, as with `nohup`."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        raised = At(2, lambda: signal.raise_signal(signal.SIGHUP))
        assert run_search(example(), callbacks=[raised]).ended == "max_evals"
    finally:
        signal.signal(signal.SIGHUP, before)


def test_ctrl_c_in_a_terminal_ends_processes_too(tmp_path: Path) -> None:
    """Ctrl-C in a terminal ends a run and its workers; the run resumes to the same result."""
    with child(tmp_path / "run", workers=2, pause=0.2) as running:
        running.reaches(2)
        with pytest.raises(AzcError, match="another process runs there"):
            resume(tmp_path / "run")
        running.send(signal.SIGINT, everybody=True)
        assert running.ends()["ended"] == "Ctrl-C"
        assert running.left_behind() == []
    found = run_search(example(), run_dir=tmp_path / "whole")
    again = resume(tmp_path / "run")
    assert said(again) == said(found)
    assert history(tmp_path / "run") == history(tmp_path / "whole")


def test_a_second_ctrl_c_ends_a_process_at_once(tmp_path: Path) -> None:
    """A second Ctrl-C ends a process at once by SIGINT, and the run resumes to the same result."""
    with child(tmp_path / "run", pause=1.0) as running:
        running.reaches(3)
        running.send(signal.SIGINT)
        # Two signals at the same time would arrive as one.
        time.sleep(0.3)
        running.send(signal.SIGINT)
        _, err = running.process.communicate(timeout=30)
        assert (running.process.returncode, "KeyboardInterrupt" in err) == (-signal.SIGINT, True)
    assert said(resume(tmp_path / "run")) == said(run_search(example()))


def test_workers_end_when_their_run_is_killed(tmp_path: Path) -> None:
    """Worker processes end by themselves when the process of their run is killed."""
    with child(tmp_path / "run", workers=2, overrides={"search.max_evals": 10**9}) as running:
        running.reaches(1)
        assert len(running.others()) >= 2
        running.send(signal.SIGKILL)
        assert running.left_behind() == []
