"""Resuming a run: the same as an uninterrupted run, or an error with the reason."""

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import pytest
from programs import WEIGHTED
from runs.changing import assert_nothing_comes_of
from runs.making import (
    EXAMPLE,
    At,
    Broken,
    breaks,
    child,
    example,
    history,
    often,
    rows,
    said,
    same,
    settings,
    with_islands,
)
from search.making import task, tasks

from azc.errors import AzcError
from azc.runs import Callback, Progress, identity, resume, run_search
from azc.runs.run import Run
from azc.runs.summary import summarize
from azc.runs.workers import InProcess
from azc.search import SearchResult, default_config, load_config
from azc.search.strategies import registry

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An uninterrupted run."""
    run = tmp_path_factory.mktemp("whole") / "run"
    run_search(example(), run_dir=run)
    return run


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that broke in round 7, with the checkpoints of rounds 4 to 6."""
    run = tmp_path_factory.mktemp("cut") / "run"
    with pytest.MonkeyPatch.context() as patch:
        often(patch)
        with pytest.raises(Broken):
            run_search(example(), run_dir=run, callbacks=[breaks(7)])
    assert checkpoints(run) == [4, 5, 6]
    return run


@pytest.fixture
def run(cut: Path, tmp_path: Path) -> Path:
    """A copy of the broken run, for one test."""
    return shutil.copytree(cut, tmp_path / "run")


def checkpoints(run: Path) -> list[int]:
    """Rounds of the checkpoints in a run's folder."""
    return sorted(int(path.stem.removeprefix("round-")) for path in (run / "checkpoints").glob("round-*.npz"))


def checkpoint(run: Path, round_number: int) -> Path:
    """A checkpoint's file."""
    return run / "checkpoints" / f"round-{round_number:010}.npz"


def first_rounds(run: Path) -> list[int]:
    """First round of each start."""
    return [row["first_round"] for row in rows(run, "SELECT first_round FROM starts ORDER BY start")]


def assert_same(run: Path, found: SearchResult, whole: Path) -> None:
    """Assert that a run has the result, history and files of an uninterrupted one."""
    assert same(found) == same(resume(whole))
    assert history(run) == history(whole)
    for name in ("best.azl", "hall_of_fame.csv", "config.toml"):
        assert (run / name).read_text().replace(str(run), "") == (whole / name).read_text()


# --- the same ---------------------------------------------------------------------------------------------


def test_a_run_resumes_from_its_last_checkpoint(run: Path, whole: Path) -> None:
    """A run resumed from its last checkpoint has the result and history of an uninterrupted one."""
    assert_same(run, resume(run), whole)
    assert first_rounds(run) == [1, 7]


def test_callbacks_get_the_progress_of_a_resumed_run(run: Path) -> None:
    """`on_resume` gets the progress at the checkpoint, with a rate of 0."""
    told: list[Any] = []

    class Told(Callback):
        def on_resume(self, progress: Progress) -> None:
            told.append(progress)

    resume(run, callbacks=[Told()])
    (progress,) = told
    (first,) = rows(
        run, "SELECT sum(evals) AS evals, max(record_fitness) AS best FROM rounds WHERE round = 6"
    )
    assert (progress.round, progress.evals, progress.best_fitness) == (6, first["evals"], first["best"])
    assert (progress.evals_per_second, progress.n_islands, len(progress.rows)) == (0.0, 3, 3)
    assert progress.hall_of_fame


@pytest.mark.parametrize("round_number", [1, 5, 9])
def test_a_run_with_at_most_one_checkpoint_resumes(tmp_path: Path, whole: Path, round_number: int) -> None:
    """A run that broke with one checkpoint or none resumes to the same result."""
    with pytest.raises(Broken):
        run_search(example(), run_dir=tmp_path / "run", callbacks=[breaks(round_number)])
    assert_same(tmp_path / "run", resume(tmp_path / "run"), whole)


IN_BINS = {
    "strategy": "size_bins",
    "bin_size": 6,
    "mutations": "{grow = 2, parameter = 2, scan = 1, anneal = 1, alter = 2, exchange = 1, compose = 1, "
    "shrink = 1}",
}


@pytest.mark.parametrize("mixed", [False, True], ids=["alike", "mixed"])
def test_a_run_in_bins_is_the_same_on_two_workers_and_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mixed: bool
) -> None:
    """Islands in bins exchange migrants, with a ring too, in one process, two, and after a stop alike."""
    often(monkeypatch)
    ring = 'strategy = "live_evolution"\nmutations = ["alter_param", "insert_instruction"]\n'
    tables = f"[[islands]]\ncount = 1\n{ring if mixed else 'bin_size = 9'}\n"
    config = with_islands(tmp_path, tables, **IN_BINS)
    whole = run_search(config, run_dir=tmp_path / "whole")
    assert sum(row["migrants"] for row in rows(tmp_path / "whole", "SELECT migrants FROM rounds")) > 0
    assert same(run_search(config, run_dir=tmp_path / "two", workers=2)) == same(whole)
    with pytest.raises(Broken):
        run_search(config, run_dir=tmp_path / "run", callbacks=[breaks(4)])
    assert same(resume(tmp_path / "run")) == same(whole)
    assert history(tmp_path / "run") == history(tmp_path / "two") == history(tmp_path / "whole")


def test_a_run_of_a_strategy_in_numpy_is_the_same_on_two_workers_and_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Novelty search from outside of azc has one history in one process, in two, and after a stop."""
    often(monkeypatch)
    monkeypatch.syspath_prepend(EXAMPLES)
    import novelty_search

    monkeypatch.setattr(registry, "_registered", {"novelty_search": novelty_search.NoveltySearch})
    more = {"strategy": "novelty_search", "neighbours": 3, "archive_size": 40, "n_offspring": 10}
    config = with_islands(tmp_path, "[[islands]]\ncount = 1\nneighbours = 5\n", **more)
    whole = run_search(config, run_dir=tmp_path / "whole")
    assert sum(row["migrants"] for row in rows(tmp_path / "whole", "SELECT migrants FROM rounds")) > 0
    assert same(run_search(config, run_dir=tmp_path / "two", workers=2)) == same(whole)
    with pytest.raises(Broken):
        run_search(config, run_dir=tmp_path / "run", callbacks=[breaks(4)])
    monkeypatch.setattr(registry, "_registered", {})
    with pytest.raises(AzcError, match=r"there is no strategy 'novelty_search'; .* must be imported first"):
        resume(tmp_path / "run")
    registry.register(novelty_search.NoveltySearch)
    assert same(resume(tmp_path / "run")) == same(whole)
    assert history(tmp_path / "run") == history(tmp_path / "two") == history(tmp_path / "whole")


def test_a_strategy_of_the_script_itself_has_no_worker_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Worker processes do not import the main module, so a strategy that stands there is an error."""
    monkeypatch.syspath_prepend(EXAMPLES)
    import novelty_search

    monkeypatch.setattr(registry, "_registered", {"novelty_search": novelty_search.NoveltySearch})
    monkeypatch.setattr(novelty_search.NoveltySearch, "__module__", "__main__")
    config = with_islands(tmp_path, "", strategy="novelty_search")
    with pytest.raises(AzcError, match="NoveltySearch is defined in the script that runs, which workers"):
        run_search(config, workers=2)


def test_a_run_with_kinds_of_islands_resumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run with kinds of islands and its own initial program resumes to the same result."""
    often(monkeypatch)
    (tmp_path / "own.azl").write_text(WEIGHTED)
    tables = "[[islands]]\ncount = 1\nhurdle = {train = 5}\npopulation_size = 30\n"
    config = with_islands(tmp_path, tables, program={"initial": f'["{tmp_path / "own.azl"}"]'})
    whole = run_search(config, run_dir=tmp_path / "whole")
    with pytest.raises(Broken):
        run_search(config, run_dir=tmp_path / "run", callbacks=[breaks(4)])
    assert same(resume(tmp_path / "run")) == same(whole)
    assert history(tmp_path / "run") == history(tmp_path / "whole")


def test_a_run_with_tasks_from_python_resumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run with tasks from Python resumes only if its configuration is given again, unchanged."""
    often(monkeypatch)
    sets = (tasks(3), [task(10)], [task(20)])
    ends = ["search.max_evals=3000", "search.round_evals=500", "search.target_fitness=2"]
    config = default_config(*sets, overrides=ends)
    with pytest.raises(Broken):
        run_search(config, run_dir=tmp_path, callbacks=[breaks(3)])
    with pytest.raises(AzcError, match=r"search\.seed is 7, but was 0 when"):
        resume(tmp_path, config=default_config(*sets, overrides=ends, seed=7))
    with pytest.raises(AzcError, match=r"cannot resume: the data of .* have changed"):
        resume(tmp_path, config=default_config(tasks(2), *sets[1:], overrides=ends))
    with pytest.raises(AzcError, match=r"the run's tasks were given in Python; resume it there"):
        resume(tmp_path)
    assert same(resume(tmp_path, config=config)) == same(run_search(config))
    assert first_rounds(tmp_path) == [1, 3]
    assert summarize(tmp_path).settings["search.max_evals"] == "3000"


def test_a_finished_run_gives_its_result_again(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finished run gives its result again; it computes and writes nothing."""
    before = history(whole), rows(whole, "SELECT * FROM starts"), (whole / "best.azl").read_text()
    written = {path: path.stat().st_mtime_ns for path in whole.rglob("*.npz")}
    monkeypatch.setattr(Run, "_take", None)
    monkeypatch.setattr(InProcess, "ready", None)
    first, second = resume(whole), resume(whole)
    assert first == second
    assert first.counts["evaluated"] > 0
    assert before == (
        history(whole),
        rows(whole, "SELECT * FROM starts"),
        (whole / "best.azl").read_text(),
    )
    assert written == {path: path.stat().st_mtime_ns for path in whole.rglob("*.npz")}


def test_a_run_killed_before_its_result_was_written_resumes(run: Path, whole: Path) -> None:
    """A run killed before its result was written gives and writes it when it resumes."""
    resume(run)
    with closing(sqlite3.connect(run / "history.sqlite")) as connection:
        connection.execute("UPDATE starts SET ended = NULL, ended_at = NULL")
        connection.commit()
    (run / "best.azl").unlink()
    assert same(resume(run)) == same(resume(whole))
    assert summarize(run).result == summarize(whole).result
    assert summarize(run).ended == "max_evals"


@pytest.mark.parametrize(
    ("limits", "more"),
    [
        ({"max_evals": 12_000}, ["search.max_evals=30000"]),
        ({"max_evals": 11_111}, ["search.max_evals=30000"]),
        ({"max_seconds": 0.02}, ["search.max_seconds=1000"]),
        ({"patience": 3000}, ["search.patience=1000000"]),
        ({"max_evals": 2_000}, ["search.max_evals=30000"]),
        ({"max_evals": 11_111, "n_offspring": 1}, ["search.max_evals=30000"]),
        ({"target_fitness": 0.05}, ["search.target_fitness=2"]),
        ({"target_fitness": 0.3}, ["search.target_fitness=2"]),
    ],
    ids=str,
)
def test_a_run_resumes_with_higher_limits(
    tmp_path: Path, whole: Path, limits: dict[str, Any], more: list[str]
) -> None:
    """A run resumed with a higher limit is the same as one with that limit from the start."""
    first = run_search(example(**limits), run_dir=tmp_path / "run")
    assert first.ended == ("target" if "target_fitness" in limits else next(iter(limits)))
    found = resume(tmp_path / "run", overrides=more)
    if "n_offspring" in limits:
        whole = tmp_path / "whole"
        run_search(example(n_offspring=1), run_dir=whole)
    assert same(found) == same(resume(whole))
    assert history(tmp_path / "run") == history(whole)
    # New limits are saved in the folder.
    assert resume(tmp_path / "run") == found


# --- refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "override",
    [
        "search.seed=9",
        "search.population_size=41",
        "search.round_evals=999",
        "program.addresses.scalars=5",
        "tasks.search.train=21",
        "tasks.select.train=21",
    ],
)
def test_another_search_is_refused(run: Path, override: str) -> None:
    """Resuming with other settings is refused; the error names them, and the configuration is unchanged."""
    name, _, value = override.partition("=")
    before = (run / "config.toml").read_text()
    with pytest.raises(AzcError, match=rf"cannot resume: .*{name} is {value}, but was \d+ when"):
        resume(run, overrides=[override])
    assert (run / "config.toml").read_text() == before


def test_other_islands_are_refused(run: Path) -> None:
    """Resuming with added tables `[[islands]]` is refused."""
    with (run / "config.toml").open("a") as file:
        file.write("\n[[islands]]\ncount = 1\nhurdle = {train = 5}\n")
    with pytest.raises(AzcError, match=r"cannot resume: islands\[0\]\.count is 1, but was not given"):
        resume(run)


def test_other_operations_are_refused(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resuming with other operations of azc is refused."""
    monkeypatch.setattr(identity, "OPS", identity.OPS[:70])
    with pytest.raises(AzcError, match="cannot resume: the operations have changed"):
        resume(run)


def test_newer_operations_matter_only_to_searches_that_have_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that cannot use the newest operations goes on without them; one that can does not."""
    old, new = example(), load_config(EXAMPLE, settings({"program.ops": "extended"}))
    before = identity.identity(old), identity.identity(new)
    monkeypatch.setattr(identity, "OPS", identity.OPS[: identity.N_FIRST])
    assert identity.identity(old) == before[0]
    assert identity.identity(new)["the operations"] != before[1]["the operations"]


LINES = ["a,b,y", *(f"{i},{i * i % 7},{2 * i}" for i in range(60))]


def of_tables(folder: Path) -> Path:
    """A small search on tasks from one table, with final tasks from another."""
    for file in ("data.csv", "final.csv"):
        (folder / file).write_text("\n".join(LINES))
    (folder / "search.toml").write_text(
        "[search]\nmax_evals = 300\nround_evals = 100\ntarget_fitness = 2\n[program]\ninitial = 'linear'\n"
        "[tasks.search]\nkind = 'table'\npath = 'data.csv'\ntarget = 'y'\n[tasks.final]\npath = 'final.csv'\n"
    )
    return folder / "search.toml"


@pytest.mark.parametrize("name", ["data.csv", "final.csv"])
def test_other_data_are_refused(tmp_path: Path, name: str) -> None:
    """Resuming is refused if a table of the same path has other content."""
    run_search(load_config(of_tables(tmp_path)), run_dir=tmp_path / "run")
    (tmp_path / name).write_text("\n".join([LINES[0], *LINES[:1:-1], "1,2,3"]))
    with pytest.raises(AzcError, match=r"cannot resume: the data of .* have changed"):
        resume(tmp_path / "run")


def test_missing_final_tasks_are_an_error_before_the_run(tmp_path: Path) -> None:
    """A missing file of final tasks is an error before the run, and no folder is made."""
    config = load_config(of_tables(tmp_path), ["tasks.final.path=missing.csv"])
    with pytest.raises(AzcError, match=r"tasks\.final: .*missing\.csv"):
        run_search(config, run_dir=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_failed_start_deletes_only_its_own_files(tmp_path: Path) -> None:
    """A run that cannot start deletes only its own files from an existing folder."""
    config = load_config(of_tables(tmp_path), ["tasks.final.path=missing.csv"])
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "notes.txt").touch()
    with pytest.raises(AzcError):
        run_search(config, run_dir=tmp_path / "run")
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["notes.txt"]


def test_a_run_that_loses_its_configuration_keeps_all_else(tmp_path: Path) -> None:
    """A run that loses config.toml on the way is complete once that is restored."""
    kept = tmp_path / "kept.toml"
    run_search(
        example(),
        run_dir=tmp_path / "run",
        callbacks=[At(3, lambda: move(tmp_path / "run" / "config.toml", kept))],
    )
    move(kept, tmp_path / "run" / "config.toml")
    assert summarize(tmp_path / "run").evals == 30_000
    assert resume(tmp_path / "run").rounds == 10


def move(path: Path, to: Path) -> None:
    """Rename a file."""
    path.rename(to)


def test_a_table_that_changes_during_a_run_changes_no_result(tmp_path: Path) -> None:
    """A table that changes during a run does not change the result, not even the final score."""
    expected = run_search(load_config(of_tables(tmp_path)))

    def other() -> None:
        for name in ("data.csv", "final.csv"):
            (tmp_path / name).write_text("\n".join([LINES[0], *LINES[:1:-1], "1,2,3"]))

    config = load_config(of_tables(tmp_path))
    assert same(run_search(config, run_dir=tmp_path / "run", callbacks=[At(1, other)])) == same(expected)


def test_final_tasks_that_change_during_a_run_are_an_error(tmp_path: Path) -> None:
    """Final tasks that change during a run are an error at its end, until they are restored."""
    sets = {name: partial(tasks, 2) for name in ("search", "select")}
    made = [tasks(1)]
    config = attrs.evolve(example(max_evals=3000), makers={**sets, "final": lambda: made[-1]})
    with pytest.raises(AzcError, match=r"tasks\.final: its data have changed since .* restore them"):
        run_search(config, run_dir=tmp_path, callbacks=[At(1, lambda: made.append([task(99)]))])
    made.pop()
    assert resume(tmp_path, config=config).evals == 3000


def test_callbacks_are_not_told_of_a_refused_run(run: Path) -> None:
    """`on_start` is not called for a run that is refused."""

    class Told(At):
        def on_start(self, settings: Any) -> None:
            pytest.fail("was told")

    with pytest.raises(AzcError, match="cannot resume"):
        resume(run, overrides=["search.mutate_prob=0.1"], callbacks=[Told(1, None)])


def test_a_configuration_and_overrides_are_an_error(run: Path) -> None:
    """A configuration and overrides together are an error."""
    with pytest.raises(AzcError, match="put the limits into the config"):
        resume(run, config=example(), overrides=["search.max_evals=90000"])


def test_temporary_files_of_killed_writers_are_deleted(run: Path, whole: Path) -> None:
    """Temporary files of killed writers are deleted; other hidden files are kept."""
    (run / ".config.toml.swp").touch()
    for name in ("best.azl", "hall_of_fame.csv", "config.toml"):
        (run / f".{name}.x1y2.azc-part").touch()
    assert_same(run, resume(run), whole)
    assert {path.name for path in run.glob(".*")} == {".lock", ".config.toml.swp"}


def test_another_format_is_refused(run: Path) -> None:
    """A run folder of another format is refused with an error that says so."""
    with closing(sqlite3.connect(run / "history.sqlite")) as connection, connection:
        connection.execute("UPDATE meta SET value = '0' WHERE key = 'format'")
    with pytest.raises(AzcError, match="was written by another version of azc; expected format"):
        resume(run)


def test_a_folder_with_a_run_is_refused_to_another(run: Path) -> None:
    """A new run in the folder of another is refused, and the history is unchanged."""
    before = history(run)
    with pytest.raises(AzcError, match="holds a run; resume it with `azc resume`, or name another folder"):
        run_search(example(), run_dir=run)
    assert history(run) == before


def test_a_path_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    """A file is refused as the folder of a new or resumed run, and a missing folder for resuming."""
    (tmp_path / "file").write_text("mine")
    with pytest.raises(AzcError, match=r"cannot write in .*file"):
        run_search(example(), run_dir=tmp_path / "file")
    for name in ("file", "nothing"):
        with pytest.raises(AzcError, match=f"{name}: there is no such folder; expected a run's folder"):
            resume(tmp_path / name)
    assert (tmp_path / "file").read_text() == "mine"


# --- beginnings ---------------------------------------------------------------------------------------------


def test_a_folder_without_a_configuration_is_no_run_yet(tmp_path: Path, whole: Path) -> None:
    """A folder without config.toml cannot be resumed; a new run replaces what is left there."""
    run = tmp_path / "run"
    shutil.copytree(whole, run)
    (run / "config.toml").unlink()
    (run / ".config.toml.abc.azc-part").write_text("half")
    with pytest.raises(AzcError, match=r"holds no run \(no config.toml\)"):
        resume(run)
    assert_same(run, run_search(example(), run_dir=run), whole)
    assert first_rounds(run) == [1]


def test_an_invalid_history_without_a_run_is_replaced(tmp_path: Path, whole: Path) -> None:
    """An invalid history in a folder without config.toml is replaced by a new run."""
    run = tmp_path / "run"
    run.mkdir()
    for name in ("history.sqlite", "history.sqlite-wal", "history.sqlite-shm"):
        (run / name).write_bytes(b"junk" * 2000)
    assert_same(run, run_search(example(), run_dir=run), whole)


# --- damage -----------------------------------------------------------------------------------------------


def truncated(path: Path) -> None:
    """Cut a file to half its size."""
    os.truncate(path, path.stat().st_size // 2)


def emptied(path: Path) -> None:
    """Empty a file."""
    path.write_bytes(b"")


def flipped(path: Path) -> None:
    """Flip a bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 8
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [truncated, emptied, flipped], ids=lambda f: f.__name__)
def test_a_damaged_checkpoint_is_skipped(run: Path, whole: Path, damage: Any) -> None:
    """A damaged checkpoint is skipped with a notice, and the one before it is used."""
    damage(checkpoint(run, 6))
    notices: list[str] = []
    assert_same(run, resume(run, on_notice=notices.append), whole)
    assert len(notices) == 1
    assert "round-0000000006.npz is damaged" in notices[0]
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [line["text"] for line in log if line["event"] == "notice"][-1:] == notices
    assert first_rounds(run) == [1, 6]


def test_changed_arrays_change_no_history_and_crash_nothing(run: Path, whole: Path) -> None:
    """Resuming from changed checkpoints never crashes, and no detectable change alters the history."""
    counts = assert_nothing_comes_of(run, history(whole), range(12))
    assert sum(counts.values()) == 12


def test_a_run_with_only_damaged_checkpoints_begins_again(run: Path, whole: Path) -> None:
    """A run with only damaged checkpoints begins again with notices, and gives the same result."""
    for round_number in (4, 5, 6):
        emptied(checkpoint(run, round_number))
    notices: list[str] = []
    assert_same(run, resume(run, on_notice=notices.append), whole)
    assert (len(notices), first_rounds(run)) == (4, [1, 1])
    assert "no checkpoint to resume from, so 7 rounds are computed again" in notices[-1]


def test_a_missing_history_is_an_error(run: Path) -> None:
    """A missing history is an error, and no new one is made."""
    (run / "history.sqlite").unlink()
    with pytest.raises(AzcError, match=r"history\.sqlite: is missing; put it back from a copy"):
        resume(run)
    assert not (run / "history.sqlite").exists()


def test_a_damaged_history_is_an_error(run: Path) -> None:
    """A damaged history gives an error that asks for a copy of it."""
    for path in run.glob("history.sqlite*"):
        path.unlink()
    (run / "history.sqlite").write_bytes(b"junk" * 2000)
    with pytest.raises(AzcError, match="file is not a database; put it back from a copy"):
        resume(run)


@pytest.mark.parametrize(("last", "first"), [(5, 6), (4, 5), (3, 1), (0, 1)])
def test_checkpoints_after_the_history_are_not_used(run: Path, whole: Path, last: int, first: int) -> None:
    """A checkpoint after the history's last round is not used; an older one is."""
    with closing(sqlite3.connect(run / "history.sqlite")) as connection, connection:
        for table in ("rounds", "improvements"):
            connection.execute(f"DELETE FROM {table} WHERE round > ?", [last])
    assert_same(run, resume(run), whole)
    assert first_rounds(run) == [1, first]


def test_old_later_checkpoints_do_not_displace_new_ones(
    run: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that begins again keeps its new checkpoints and deletes old ones of later rounds."""
    often(monkeypatch)
    for round_number in (4, 5, 6):
        emptied(checkpoint(run, round_number))
    with pytest.raises(Broken):
        resume(run, callbacks=[breaks(3)])
    assert checkpoints(run) == [1, 2]
    assert_same(run, resume(run), whole)


# --- faults ----------------------------------------------------------------------------------------------


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[Any]:
    """A small disk; yields a function that remounts it with options."""
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], capture_output=True)
    if made.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        yield lambda options: subprocess.run(["mount", "-o", f"remount,{options}", folder], check=True)
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("size", ["48k", "200k", "330k", "500k"])
def test_a_full_disk_is_an_error_and_the_run_resumes(
    tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch, size: str
) -> None:
    """A full disk is an error that says what is kept; with more space the run gives the same result."""
    often(monkeypatch)
    with mounted(tmp_path / "disk", size) as remount:
        run = tmp_path / "disk" / "run"
        with pytest.raises(AzcError, match=r"(?i)no space|disk is full|disk I/O error") as caught:
            run_search(example(), run_dir=run)
        assert "is kept" in str(caught.value)
        remount("size=20m")
        found = resume(run) if (run / "config.toml").exists() else run_search(example(), run_dir=run)
        assert_same(run, found, whole)


def test_a_read_only_disk_is_an_error(run: Path, tmp_path: Path) -> None:
    """A read-only disk is an error for a new run and for a resumed one."""
    with mounted(tmp_path / "disk", "10m") as remount:
        shutil.copytree(run, tmp_path / "disk" / "run")
        remount("ro")
        for go in (resume, lambda path: run_search(example(), run_dir=path)):
            with pytest.raises(AzcError, match=r"cannot write in .*run: Read-only file system"):
                go(tmp_path / "disk" / "run")
        with pytest.raises(AzcError, match=r"cannot write in .*other: Read-only file system"):
            run_search(example(), run_dir=tmp_path / "disk" / "other")


def test_a_run_on_a_read_only_disk_is_summarized(tmp_path: Path) -> None:
    """A run on a read-only disk can be summarized."""
    with mounted(tmp_path / "disk", "10m") as remount:
        run_search(example(), run_dir=tmp_path / "disk" / "run")
        remount("ro")
        assert summarize(tmp_path / "disk" / "run").evals == 30_000


def test_a_folder_deleted_during_a_run_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run folder deleted during the run is an error."""
    often(monkeypatch)
    with pytest.raises(AzcError, match=r"cannot make the folder .*checkpoints"):
        run_search(example(), run_dir=tmp_path / "run", callbacks=[At(2, lambda: taken(tmp_path / "run"))])


def taken(folder: Path) -> None:
    """Delete a folder."""
    shutil.rmtree(folder)


def test_a_file_instead_of_the_checkpoints_folder_is_an_error(run: Path) -> None:
    """A file at the path of the checkpoints folder is an error when a run resumes."""
    shutil.rmtree(run / "checkpoints")
    (run / "checkpoints").touch()
    with pytest.raises(AzcError, match=r"cannot read .*checkpoints: Not a directory"):
        resume(run)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_write_permission_is_an_error(tmp_path: Path) -> None:
    """A folder without write permission is an error."""
    tmp_path.chmod(0o500)
    with pytest.raises(AzcError, match=r"cannot write in .*: Permission denied"):
        run_search(example(), run_dir=tmp_path / "run")


def test_a_second_run_on_a_folder_is_refused(run: Path, whole: Path) -> None:
    """A second run on the same folder is refused; the first continues undisturbed."""

    def second() -> None:
        for go in (resume, lambda path: run_search(example(), run_dir=path)):
            with pytest.raises(AzcError, match="another process runs there; wait for it, or stop it"):
                go(run)

    assert_same(run, resume(run, callbacks=[At(8, second)]), whole)


@pytest.mark.parametrize("name", ["with spaces", "Läufe 🧬 ünd'quotes\"", "a%20b?c#d"])
def test_a_folder_may_be_called_anything(tmp_path: Path, whole: Path, name: str) -> None:
    """A run resumes to the same result in a folder of any name."""
    run = tmp_path / name / "run"
    with pytest.raises(Broken):
        run_search(example(), run_dir=run, callbacks=[breaks(3)])
    assert_same(run, resume(run), whole)


def test_a_run_that_is_killed_again_and_again_is_the_same(tmp_path: Path, whole: Path) -> None:
    """A run killed again and again has the result and history of an uninterrupted one."""
    kills = [0.02, 0.3, 0.1, 0.4, 0.2, 0.5, 0.3, 0.6, 0.4, 0.5]
    with child(tmp_path / "run", kills=kills, pause=0.05) as running:
        assert running.ends()["result"] == said(resume(whole))
    assert history(tmp_path / "run") == history(whole)
    begun_at = first_rounds(tmp_path / "run")
    assert len(begun_at) > 2
    assert begun_at[-1] > 1
