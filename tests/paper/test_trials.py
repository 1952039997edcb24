"""Trials are run once, whatever happens to the process and to the file."""

import json
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from azc.errors import AzcError
from azc.paper.trials import FILE, Trials

CALLS: list[int] = []


@pytest.fixture(autouse=True)
def no_calls() -> None:
    """Begin with no calls."""
    CALLS.clear()


def doubled(folder: Path, number: int) -> dict[str, Any]:
    """A trial that leaves a trace."""
    if number < 0:
        raise KeyboardInterrupt
    CALLS.append(number)
    return {"double": 2 * number, "in": folder.name}


def slept(folder: Path, seconds: float) -> float:
    """A trial that takes a while."""
    sleep(seconds)
    return seconds


def run(folder: Path, *numbers: int) -> list[Any]:
    """Run trials as a process would that starts and ends with them."""
    trials = Trials(folder)
    try:
        return [found["double"] for found in trials.run(doubled, [{"number": n} for n in numbers])]
    finally:
        trials.close()


def test_a_trial_runs_once(tmp_path: Path) -> None:
    """Results stand in the order asked for; what is known, or is asked for twice, is not run again."""
    assert run(tmp_path, 1, 2) == [2, 4]
    assert run(tmp_path, 3, 2, 3, 1) == [6, 4, 6, 2]
    assert CALLS == [1, 2, 3]


def test_an_interrupted_study_goes_on(tmp_path: Path) -> None:
    """What was finished before Ctrl-C is kept."""
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, 1, 2, -1, 3)
    assert run(tmp_path, 1, 2, 3) == [2, 4, 6]
    assert CALLS == [1, 2, 3]


@pytest.mark.parametrize("cut", range(1, 30, 4))
def test_a_line_that_was_cut_short_is_run_again(tmp_path: Path, cut: int) -> None:
    """A process killed in the middle of a line leaves no harm, wherever it was."""
    run(tmp_path, 1, 2)
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:-cut])
    assert run(tmp_path, 1, 2) == [2, 4]
    assert CALLS == [1, 2, 2]
    assert len([json.loads(line) for line in path.read_text().splitlines()]) == 2


@pytest.mark.parametrize(
    "line", ["[]", "nonsense", '{"trial": {}}', "1", '"text"', "\x00\xff", "[" * 100_000]
)
def test_a_line_of_another_kind_is_an_error(tmp_path: Path, line: str) -> None:
    """The error names file and line and says what to do; the file is not touched."""
    run(tmp_path, 1)
    path = tmp_path / FILE
    path.write_text(before := f"{path.read_text()}{line}\n")
    with pytest.raises(AzcError, match=r"trials.jsonl:2: no trial with its result; delete the line"):
        Trials(tmp_path)
    assert path.read_text() == before
    path.write_text(before.splitlines()[0] + "\n")
    assert run(tmp_path, 1) == [2]


def test_processes_end_with_the_trials(tmp_path: Path) -> None:
    """Trials in processes are those in order; an end in the middle of a trial leaves no process behind."""
    trials = Trials(tmp_path, n_jobs=2)
    assert trials.run(slept, [{"seconds": 0.02}, {"seconds": 0.01}]) == [0.02, 0.01]
    assert trials._executor is not None
    processes = list(trials._executor._processes.values())
    waiting = trials._executor.submit(sleep, 600)
    while not waiting.running():
        sleep(0.01)
    trials.close()
    for process in processes:
        process.join(20)
    assert not any(process.is_alive() for process in processes)


def test_one_process_at_a_time(tmp_path: Path) -> None:
    """A folder in use is an error, and free again afterwards."""
    trials = Trials(tmp_path)
    with pytest.raises(AzcError, match="another process runs there"):
        Trials(tmp_path)
    trials.close()
    Trials(tmp_path).close()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    """A file where the folder should be."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(AzcError, match=r"cannot write in .*taken"):
        Trials(tmp_path / "taken")


def test_progress_is_told(tmp_path: Path) -> None:
    """A line for each trial that is run."""
    lines: list[str] = []
    trials = Trials(tmp_path, told=lines.append)
    trials.run(doubled, [{"number": n} for n in (1, 2)])
    trials.run(doubled, [{"number": n} for n in (1, 2, 3)])
    trials.close()
    assert lines == ["1 of 2 doubled", "2 of 2 doubled", "1 of 1 doubled"]
