"""Runs with evaluators of one's own: the same history however interrupted, failures counted, nothing lost."""

import json
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from evaluators.making import FORMULA, command, module, tables, written
from runs.making import At, child, history, often, rows, same
from search.making import task

import azc
from azc.errors import AzcError
from azc.evaluation import Learner
from azc.evaluators import FAILURES
from azc.runs import read_header, write_report
from azc.runs.folder import RunFolder
from azc.runs.summary import summarize

XS = np.linspace(-2, 2, 9)


def fits(algorithms: Sequence[azc.Algorithm]) -> list[float]:
    """How well programs compute x x - x."""
    with np.errstate(all="ignore"):
        found = [np.abs(a.call("Predict", x=XS)["value"] - XS * XS + XS).mean() for a in algorithms]
    return [-float(error) for error in found]


LANES = {"lanes": len(XS)}


@pytest.mark.parametrize("strategy", ["size_bins", "regularized_evolution", "live_evolution"])
def test_a_function_given_in_python(tmp_path: Path, strategy: str) -> None:
    """It finds what it scores best; a run that stops and resumes has the history of one that does not."""
    config = azc.load_config(tables(LANES, n_islands=2, strategy=strategy, max_evals=2_000))
    whole = azc.run_search(config, evaluate=fits, run_dir=tmp_path / "whole")
    assert (whole.select_fitness, whole.final_fitness) == (None, None)
    if strategy == "size_bins":
        assert whole.best_fitness == 0.0
    stops = At(3, lambda: True)
    azc.run_search(config, evaluate=fits, run_dir=tmp_path / "cut", callbacks=[stops])
    with pytest.raises(AzcError, match=r"has no tasks and no evaluator; .* evaluate="):
        azc.resume(tmp_path / "cut")
    found = azc.resume(tmp_path / "cut", evaluate=fits)
    assert same(found) == same(whole)
    assert history(tmp_path / "cut") == history(tmp_path / "whole")


def test_slices_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the slices of a round are, whole batches are bred from the same snapshots."""
    config = azc.load_config(tables({**LANES, "batch": 7}, n_islands=2))
    results = []
    for seconds in (0.0, 10.0):
        monkeypatch.setattr("azc.search.islands.SLICE_SECONDS", seconds)
        results.append(same(azc.run_search(config, evaluate=fits)))
    assert results[0] == results[1]
    assert results[0].evals == 600


@pytest.mark.parametrize("workers", [0, 2])
def test_killed_twice_and_resumed(tmp_path: Path, workers: int) -> None:
    """On one process and on two: the history of a run that nobody killed."""
    module(tmp_path)
    path = written(tmp_path, tables({"python": "judging:fits"}, n_islands=2, max_evals=3_000))
    azc.run_search(azc.load_config(path), run_dir=tmp_path / "whole")
    run = tmp_path / "run"
    for round_number in (2, 5):
        with child(run, workers=workers, config=str(path), pause=0.1) as started:
            started.reaches(round_number)
            started.send(signal.SIGKILL)
            assert started.left_behind() == []
    with child(run, workers=workers) as started:
        assert started.ends()["ended"] == "max_evals"
    assert history(run) == history(tmp_path / "whole")
    assert [row["start"] for row in rows(run, "SELECT start FROM starts")] == [1, 2, 3]


def test_evaluators_that_fail_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run goes on, counts what happened, keeps messages and programs, and finds what it can."""
    often(monkeypatch)
    module(tmp_path)
    path = written(tmp_path, tables({"python": "judging:moody", "seconds": 1.0, "batch": 16}, max_evals=400))
    run = tmp_path / "run"
    found = azc.run_search(azc.load_config(path), run_dir=run, workers=2)
    assert found.evals == 400
    assert found.best_fitness > -20
    assert all(found.counts[kind] for kind in FAILURES), found.counts
    assert found.counts["evaluated"] + found.counts["exact_hits"] == 400
    kept = rows(run, "SELECT kind, message, program FROM failures")
    assert {row["kind"] for row in kept} == {*FAILURES} - {"nan"}
    assert {row["message"].partition(" ")[0] for row in kept if row["kind"] == "raised"} == {"ValueError:"}
    for row in kept:
        azc.parse(row["program"], signature=FORMULA)
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [one["message"] for one in log if one["event"] == "failure"] == [row["message"] for row in kept]


def test_an_evaluator_that_always_fails_ends_the_run(tmp_path: Path) -> None:
    """With its message, and the run can go on with one that works."""
    config = azc.load_config(tables(LANES))

    def broken(algorithms: Sequence[azc.Algorithm]) -> list[float]:
        raise RuntimeError("no such market")

    with pytest.raises(AzcError, match="100 programs in a row, at last: RuntimeError: no such market"):
        azc.run_search(config, evaluate=broken, run_dir=tmp_path / "run")
    found = azc.resume(tmp_path / "run", evaluate=fits)
    assert same(found) == same(azc.run_search(config, evaluate=fits))


def test_a_limit_can_be_raised(tmp_path: Path) -> None:
    """A run whose limit cut a batch short has, once it is raised, the history of one that began with it."""
    how = {**LANES, "batch": 32}
    short, long = (azc.load_config(tables(how, round_evals=100, max_evals=n)) for n in (1_000, 2_000))
    azc.run_search(short, evaluate=fits, run_dir=tmp_path / "run")
    azc.resume(tmp_path / "run", evaluate=fits, overrides=["search.max_evals=2000"])
    azc.run_search(long, evaluate=fits, run_dir=tmp_path / "whole")
    assert history(tmp_path / "run") == history(tmp_path / "whole")


def test_first_programs_have_no_parents(tmp_path: Path) -> None:
    """Children are bred from a whole first population alone, so that every parent is a program of the run."""
    config = azc.load_config(tables(LANES))
    azc.run_search(config, evaluate=fits, run_dir=tmp_path / "run")
    found = rows(tmp_path / "run", "SELECT individual, parent, ancestor FROM improvements ORDER BY number")
    assert found[0]["parent"] is None
    assert all(row["parent"] for row in found[1:])


def test_a_select_score_that_fails_is_told(tmp_path: Path) -> None:
    """A program without a select score is not selected, and the run says why."""

    def scores(algorithms: Sequence[azc.Algorithm], stage: str) -> list[float]:
        if stage == "select":
            raise OSError("the other market is closed")
        return fits(algorithms)

    told: list[str] = []
    config = azc.load_config(tables(LANES, round_evals=600))
    with pytest.raises(AzcError, match="none of the best programs got a select score"):
        azc.run_search(config, evaluate=scores, run_dir=tmp_path / "run", on_notice=told.append)
    assert any("got no select score: OSError: the other market is closed" in text for text in told)


def test_stages(tmp_path: Path) -> None:
    """A function that takes a stage selects and gives the last score; the report and the file say so."""
    module(tmp_path)
    path = written(tmp_path, tables({"python": "judging:by_stage"}, n_islands=2))
    found = azc.run_search(azc.load_config(path), run_dir=tmp_path / "run", workers=2)
    assert found.fitness == {"search": 1.0, "select": 2.0, "final": 3.0}
    assert summarize(tmp_path / "run").result == found.fitness
    text = (tmp_path / "run" / "best.azl").read_text()
    assert read_header(text, "best.azl").signature == FORMULA
    assert azc.parse(text) == found.program
    assert azc.load(tmp_path / "run" / "best.azl").names == ("Setup", "Predict")


def test_without_stages_nothing_calls_a_score_final(tmp_path: Path) -> None:
    """The result has the search's score alone, in the file, in the summary and in the report."""
    azc.run_search(azc.load_config(tables(LANES)), evaluate=fits, run_dir=tmp_path / "run")
    about = summarize(tmp_path / "run")
    assert [*about.result] == ["search"]
    page = Path(write_report(RunFolder(tmp_path / "run"))).read_text()
    assert "Select fitness" not in page
    assert "Final fitness" not in page
    assert "which was best in the search" in page
    assert "on the search tasks" not in page


def test_a_command(tmp_path: Path) -> None:
    """Programs go out as text, and scores come back, also with stages."""
    evaluator = {"command": command(tmp_path), "stages": True}
    path = written(tmp_path, tables(evaluator, n_islands=2))
    found = azc.run_search(azc.load_config(path), run_dir=tmp_path / "run", workers=2)
    again = azc.run_search(azc.load_config(path), run_dir=tmp_path / "again")
    assert history(tmp_path / "run") == history(tmp_path / "again")
    assert found.counts["nan"] > 0
    assert found.final_fitness == found.best_fitness == again.best_fitness


def test_the_folder_of_a_run_may_be_read_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The module is looked for beside the first configuration, whatever the working directory is."""
    home = tmp_path / "home"
    home.mkdir()
    module(home)
    written(home, tables({"python": "judging:fits"}))
    monkeypatch.chdir(home)
    azc.run_search("search.toml", run_dir="run", callbacks=[At(2, lambda: True)])
    monkeypatch.chdir(tmp_path)
    assert azc.resume(home / "run").ended == "max_evals"


def test_supervised_programs_by_an_own_evaluator() -> None:
    """Without a signature programs are Setup, Predict and Learn, and algorithms are learners."""

    def scores(learners: Sequence[Learner]) -> list[float]:
        x = np.random.default_rng(0).normal(size=(50, 3))
        y = x @ [1.0, 2.0, 3.0]
        found = []
        for learner in learners:
            learner.fit(x, y)
            with np.errstate(all="ignore"):
                found.append(-float(np.mean((learner.predict(x) - y) ** 2)))
        return found

    config = azc.load_config({"search": {"max_evals": 3_000, "seed": 2}, "evaluator": {"features": 3}})
    found = azc.run_search(config, evaluate=scores)
    assert found.program.names == ("Setup", "Predict", "Learn")
    assert found.best_fitness > -14.0


def test_islands_on_given_tasks_resume_as_they_are(tmp_path: Path) -> None:
    """Tables of islands stay in the folder of a run on given tasks."""
    sets = {name: [task(number)] for number, name in enumerate(("search", "select", "final"))}
    given = {
        "search": {"max_evals": 8_000, "n_islands": 2, "round_evals": 1_000},
        "islands": [{"count": 1, "precision": "float32"}],
    }
    whole = azc.run_search(given, tasks=sets, run_dir=tmp_path / "whole")
    azc.run_search(given, tasks=sets, run_dir=tmp_path / "cut", callbacks=[At(2, lambda: True)])
    assert same(azc.resume(tmp_path / "cut", tasks=sets)) == same(whole)
    assert history(tmp_path / "cut") == history(tmp_path / "whole")


def test_a_search_on_given_tasks(tmp_path: Path) -> None:
    """Tasks given to a configuration without any: as if `default_config` had them; it resumes with them."""
    sets: dict[str, Any] = {
        name: [task(10 * number + seed) for seed in range(2)]
        for number, name in enumerate(("search", "select", "final"))
    }
    search = {"max_evals": 20_000, "seed": 4, "round_evals": 2_000}
    whole = azc.run_search({"search": search}, tasks=sets, run_dir=tmp_path / "whole")
    azc.run_search({"search": search}, tasks=sets, run_dir=tmp_path / "cut", callbacks=[At(3, lambda: True)])
    with pytest.raises(AzcError, match=r"azc\.resume\(folder, tasks=\.\.\.\)"):
        azc.resume(tmp_path / "cut")
    assert same(azc.resume(tmp_path / "cut", tasks=sets)) == same(whole)
    assert history(tmp_path / "cut") == history(tmp_path / "whole")
    assert whole.final_fitness is not None


# --- errors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("evaluator", "more", "why"),
    [
        ({"python": "no colon"}, {}, 'evaluator.python: expected text like "module:function"'),
        ({"python": "a:b", "command": ["c"]}, {}, "evaluator: python and command; give one of them"),
        (
            {"command": "node score.js"},
            {},
            'evaluator.command: expected a list like \\["node", "score.js"\\]',
        ),
        ({"seconds": 0}, {}, "evaluator.seconds: expected a number above 0"),
        ({"seconds": 1e9}, {}, "evaluator.seconds: expected a number above 0, at most 1000000"),
        ({"lane": 3}, {}, "evaluator.lane: there is no such key; the nearest is 'lanes'"),
        ({}, {"tasks": {"search": {"kind": "linear"}}}, "evaluator: belongs to an evaluator of your own"),
        ({}, {"search": {"hurdle": {"train": 5}}}, "search: hurdle needs tasks"),
        ({}, {"islands": [{"count": 1, "tasks": {}, "race": True}]}, r"islands\[0\].race needs tasks"),
        ({}, {"signature": {"name": "x"}}, "signature.functions: expected a table for each function"),
        ({}, {"program": {"learn_ops": []}}, "program.learn_ops: there is no such key"),
    ],
)
def test_wrong_tables(evaluator: dict[str, Any], more: dict[str, Any], why: str) -> None:
    """Each problem is told with its key."""
    given = tables(evaluator)
    with pytest.raises(AzcError, match=why):
        azc.load_config({**given, **more})


def test_all_problems_at_once() -> None:
    """Those of all tables."""
    given = tables({"lanes": 0, "give": "texts"}, seed=-1)
    given["program"]["addresses"] = {"scalars": 1}
    with pytest.raises(AzcError) as told:
        azc.load_config(given)
    for key in ("search.seed", "program.addresses", "evaluator.lanes", "evaluator.give"):
        assert key in str(told.value)


def test_what_excludes_each_other() -> None:
    """evaluate=, tasks=, a configuration's own evaluator and workers."""
    config = azc.load_config(tables(LANES))
    with pytest.raises(AzcError, match="evaluate= is called in this process, so workers=1"):
        azc.run_search(config, evaluate=fits, workers=2)
    with pytest.raises(AzcError, match="exclude each other"):
        azc.run_search(config, evaluate=fits, tasks={})
    with pytest.raises(AzcError, match="has no tasks and no evaluator"):
        azc.run_search(config)
    named = azc.load_config(tables({"python": "judging:fits"}))
    with pytest.raises(AzcError, match=r"\[evaluator\] names one"):
        azc.run_search(named, evaluate=fits)
    linear = azc.load_config({"tasks": {"search": {"kind": "linear"}}})
    with pytest.raises(AzcError, match="has tasks, so evaluate= cannot score"):
        azc.run_search(linear, evaluate=fits)
    with pytest.raises(AzcError, match="must be a dict with a sequence of tasks for each of"):
        azc.run_search({}, tasks={"search": []})
    with pytest.raises(AzcError, match="has no tasks"):
        config.tasks("search")


def test_old_runs_go_on_without_the_table_of_failures(tmp_path: Path) -> None:
    """A run that began before failures were kept gets their table when it resumes."""
    import sqlite3

    config = azc.load_config(tables(LANES))
    azc.run_search(config, evaluate=fits, run_dir=tmp_path / "run", callbacks=[At(2, lambda: True)])
    with sqlite3.connect(tmp_path / "run" / "history.sqlite") as connection:
        connection.execute("DROP TABLE failures")
    assert azc.resume(tmp_path / "run", evaluate=fits).ended == "max_evals"
