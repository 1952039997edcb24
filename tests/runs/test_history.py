"""The history of a run: atomic commits, forgotten rows, concurrent readers, true rows, damage."""

import json
import shutil
import sqlite3
from contextlib import closing
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runs.making import At, Broken, breaks, example, history, often, rows, with_islands

import azc
from azc.errors import AzcError
from azc.runs import RunFolder, resume, run_search
from azc.runs import history as histories
from azc.runs.history import TABLES, History, read_only
from azc.runs.identity import identity
from azc.runs.recorder import Recorder
from azc.search import MUTATIONS, load_config
from azc.search.archipelago import Archipelago


def round_row(round_number: int, **values: Any) -> dict[str, Any]:
    """A row of the table `rounds`."""
    row: dict[str, Any] = dict.fromkeys(TABLES["rounds"], 0)
    return row | {"round": round_number, "finished_at": "now", **values}


@pytest.fixture
def database(tmp_path: Path) -> Any:
    """A new database."""
    made = History(tmp_path / "history.sqlite")
    yield made
    made.close()


def test_rows_are_there_after_a_commit(database: History) -> None:
    """Rows are stored at the commit, not before; NumPy numbers stay exact, and nan becomes NULL."""
    database.add("rounds", [round_row(1, best_fitness=np.float64(0.1), record_fitness=nan, fitness_min=-inf)])
    assert database.last_round() == 0
    database.commit()
    (row,) = database.rows("SELECT * FROM rounds")
    assert (row["round"], row["best_fitness"], row["record_fitness"], row["fitness_min"]) == (
        1,
        0.1,
        None,
        -inf,
    )


def test_a_commit_is_all_or_nothing(database: History) -> None:
    """A commit with an invalid row writes no row, and the error says how to continue."""
    database.path.with_name("config.toml").touch()
    database.add("rounds", [round_row(1), round_row(2), round_row(1)])
    with pytest.raises(
        AzcError, match=r"UNIQUE.*what was written before is kept, and `azc resume` continues"
    ):
        database.commit()
    assert database.last_round() == 0


def test_a_commit_of_nothing_writes_nothing(database: History) -> None:
    """An empty commit writes nothing and waits for no lock."""
    before = database.path.read_bytes()
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        database.commit()
    assert database.path.read_bytes() == before


def test_rows_after_a_round_are_forgotten(database: History) -> None:
    """`back_to` deletes the rows after a round, which can be written again."""
    database.add("rounds", map(round_row, (1, 2, 3)))
    database.commit()
    database.back_to(1)
    assert database.last_round() == 1
    database.add("rounds", [round_row(2)])
    database.commit()
    assert database.last_round() == 2


def test_starts_are_numbered(database: History) -> None:
    """Starts are numbered from 1, and their rows can be completed later."""
    assert [database.begin({"first_round": n}) for n in (1, 5)] == [1, 2]
    database.note(2, ended="target")
    found = database.rows("SELECT start, first_round, ended FROM starts")
    assert [tuple(row.values()) for row in found] == [(1, 1, None), (2, 5, "target")]


def test_meta_has_the_last_values(database: History) -> None:
    """`set_meta` replaces values of the same keys and keeps others."""
    database.set_meta({"format": "1", "data": "a"})
    database.set_meta({"data": "b"})
    assert database.meta() == {"format": "1", "data": "b"}


def test_a_file_that_is_no_database_is_an_error(tmp_path: Path) -> None:
    """A file that is no database gives an error that names it."""
    (tmp_path / "history.sqlite").write_bytes(b"junk" * 2000)
    with pytest.raises(AzcError, match=r"history\.sqlite: file is not a database"):
        History(tmp_path / "history.sqlite")


def test_a_reader_sees_a_snapshot_and_blocks_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader's open transaction sees a snapshot and blocks neither a run nor its resumption."""
    often(monkeypatch)
    run, count = tmp_path / "run", "SELECT count(*) FROM rounds"
    readers: list[sqlite3.Connection] = []

    def look() -> None:
        readers.append(read_only(run / "history.sqlite"))
        readers[-1].execute("BEGIN")
        assert readers[-1].execute(count).fetchone()[0] == 9

    with pytest.raises(Broken):
        run_search(example(), run_dir=run, callbacks=[At(3, look), breaks(5)])
    resume(run)
    with closing(readers[0]) as reader:
        assert reader.execute(count).fetchone()[0] == 9
        reader.execute("COMMIT")
        assert reader.execute(count).fetchone()[0] == 30


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    """A reader can neither write to a database nor create one."""
    run_search(example(max_evals=3000), run_dir=tmp_path)
    with closing(read_only(tmp_path / "history.sqlite")) as reader, pytest.raises(sqlite3.OperationalError):
        reader.execute("DELETE FROM rounds")
    with pytest.raises(sqlite3.OperationalError), closing(read_only(tmp_path / "other")) as reader:
        reader.execute("SELECT 1 FROM rounds")
    assert not (tmp_path / "other").exists()


# --- rows of a run ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("search", [{}, {"functional_cache": "false"}, {"exact_cache": "false"}], ids=str)
def test_counts_add_up(tmp_path: Path, search: dict[str, Any]) -> None:
    """Evaluations and cache hits add up to all programs, in the history and in the result."""
    found = run_search(example(**search), run_dir=tmp_path)
    names = ("evaluated", "exact_hits", "functional_hits")
    assert sum(found.counts[name] for name in names) == found.evals == 30_000
    (sums,) = rows(
        tmp_path,
        "SELECT sum(evaluated_run) AS evaluated, sum(exact_hits) AS exact_hits, "
        "sum(functional_hits) AS functional_hits, sum(stopped_early_run) AS stopped_early, "
        "sum(stopped_at_hurdle_run) AS stopped_at_hurdle, sum(over_budget_run) AS over_budget FROM rounds",
    )
    assert sums == found.counts
    last = rows(tmp_path, "SELECT sum(evals) AS n FROM rounds WHERE round = (SELECT max(round) FROM rounds)")
    assert last == [{"n": 30_000}]


def test_rounds_have_a_row_for_each_island(tmp_path: Path) -> None:
    """The history has a row for each round and island, with consistent values."""
    found = run_search(example(), run_dir=tmp_path)
    told = rows(tmp_path, "SELECT * FROM rounds ORDER BY round, island")
    assert [(row["round"], row["island"]) for row in told] == [(e, i) for e in range(1, 11) for i in range(3)]
    assert [row["evals"] for row in told] == [1000 * row["round"] for row in told]
    assert sum(row["experiment"] for row in told[-3:]) == found.experiments
    for row in told:
        quantiles = [row[f"fitness_{name}"] for name in ("min", "10", "25", "50", "75", "90", "max")]
        assert quantiles == sorted(quantiles)
        assert row["fitness_max"] <= row["best_fitness"] <= row["record_fitness"]
        assert 1 <= row["distinct_programs"] <= 40
        assert row["migrants"] == (3 if row["round"] > 1 else 0)
    assert {f"{name}_children" for name in MUTATIONS} <= told[0].keys()


@pytest.mark.parametrize(
    ("tables", "search"),
    [
        ("", {}),
        ("", {"functional_cache": "false"}),
        ("", {"hurdle": "{train = 5}"}),
        ("", {"precision": "float32"}),
        ("[[islands]]\ncount = 1\nhurdle = {train = 5}\nfunctional_cache = false\n", {}),
        ("[[islands]]\ncount = 2\ntasks = {train = 30}\n", {"max_evals": 60_000}),
    ],
    ids=str,
)
def test_improvements_have_their_programs_fitness(
    tmp_path: Path, tables: str, search: dict[str, Any]
) -> None:
    """An improvement's fitness is exactly its program's; its other columns are consistent."""
    config = with_islands(tmp_path, tables, **search)
    run_search(config, run_dir=tmp_path / "run")
    told = rows(tmp_path / "run", "SELECT * FROM improvements ORDER BY number")
    assert [row["number"] for row in told] == list(range(1, len(told) + 1))
    sets = [config.tasks(kind.tasks) for kind in config.kinds for _ in range(kind.count)]
    by_number = {row["individual"]: row for row in told}
    best, records = -inf, dict.fromkeys(range(3), -inf)
    for row in told:
        program = azc.parse(row["program"])
        score = azc.evaluate(program, sets[row["island"]], precision=config.params.island.precision).fitness
        assert (row["number"], score) == (row["number"], row["fitness"])
        assert row["fitness"] > records[row["island"]]
        comparable = config.kinds[Archipelago(config.kinds).kind_of(row["island"])].tasks == "search"
        assert row["run_record"] == (comparable and row["fitness"] > best)
        assert row["individual"] == row["island"] << 40 | row["evaluation"]
        assert row["evaluation"] <= row["run_evals"] <= config.params.limits.max_evals
        assert row["ancestor"] is None or row["ancestor"] in by_number
        assert set(filter(None, row["mutations"].split(", "))) <= set(MUTATIONS)
        records[row["island"]] = row["fitness"]
        best = row["fitness"] if row["run_record"] else best
    last = rows(tmp_path / "run", "SELECT island, max(record_fitness) AS f FROM rounds GROUP BY island")
    # Migrants may be better than all that an island found itself.
    assert all(row["f"] >= records[row["island"]] for row in last)


def test_a_run_resumed_twice_has_three_starts(tmp_path: Path) -> None:
    """A run resumed twice has three starts, each with first round, workers and end; the log agrees."""
    run_search(example(), run_dir=tmp_path, callbacks=[At(2, lambda: True)])
    resume(tmp_path, callbacks=[At(4, lambda: True)])
    resume(tmp_path)
    told = rows(tmp_path, "SELECT * FROM starts ORDER BY start")
    assert [(row["start"], row["first_round"], row["ended"]) for row in told] == [
        (1, 1, "callback"),
        (2, 3, "callback"),
        (3, 5, "max_evals"),
    ]
    assert {(row["workers"], row["worker_count"]) for row in told} == {("InProcess", 1)}
    assert all(row["started_at"] <= row["ended_at"] for row in told)
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [(line["start"], line["event"]) for line in log] == [
        (n, event) for n in (1, 2, 3) for event in ("start", "end")
    ]
    assert len(history(tmp_path)) > 30


# --- damage ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that a callback ended, with its history in one file."""
    run = tmp_path_factory.mktemp("ended") / "run"
    run_search(example(round_evals=100, max_evals=9000), run_dir=run, callbacks=[At(12, lambda: True)])
    with closing(sqlite3.connect(run / "history.sqlite")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return run


@pytest.fixture
def run(ended: Path, tmp_path: Path) -> Path:
    """A copy of the ended run, for one test."""
    return Path(shutil.copytree(ended, tmp_path / "run"))


def resumed(run: Path, data: bytes) -> str:
    """The error of opening a run's history that holds these bytes; empty if there is none."""
    for path in run.glob("history.sqlite*"):
        path.unlink()
    (run / "history.sqlite").write_bytes(data)
    config = load_config(run / "config.toml")
    who, recorder = identity(config), Recorder(RunFolder(run), config, lambda sentence: None)
    try:
        with recorder:
            checkpoint = recorder.open(who, lambda checkpoint: None)
            if checkpoint:
                recorder.round_rows(checkpoint.round)
            recorder.begin(checkpoint.round if checkpoint else 0)
            recorder.note(rounds=[], improvements=[])
    except AzcError as error:
        return str(error)
    return ""


PAGE = 4096


@given(st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_page_is_harmless_or_an_azc_error(ended: Path, run: Path, data: st.DataObject) -> None:
    """A damaged page of a history causes no error but an AzcError, whatever its position and bytes."""
    whole = (ended / "history.sqlite").read_bytes()
    start = data.draw(st.integers(0, len(whole) // PAGE - 1)) * PAGE + data.draw(st.integers(0, PAGE - 1))
    damage = data.draw(
        st.binary(min_size=1, max_size=64)
        | st.integers(1, PAGE).map(bytes)
        | st.integers(1, PAGE).map(lambda n: b"\xff" * n)
    )
    damaged = bytearray(whole)
    damaged[start : start + len(damage)] = damage
    found = resumed(run, bytes(damaged[: len(whole)]))
    assert not found or str(run) in found


@pytest.mark.parametrize("name", [b"fitness_min", b"CREATE TABLE rounds", b"improvements"])
def test_names_that_are_no_utf8_are_an_azc_error(ended: Path, run: Path, name: bytes) -> None:
    """Names that are no UTF-8 give an AzcError, although SQLite quotes them in its messages."""
    whole = (ended / "history.sqlite").read_bytes()
    found = resumed(run, whole.replace(name, name[:-2] + b"\xff\xc7"))
    assert "history.sqlite" in found
    assert "put it back from a copy" in found


@pytest.mark.parametrize("left", [0, 1, 99, 100, PAGE - 1, PAGE, PAGE + 1, 0.5, -PAGE, -1])
def test_a_truncated_history_is_an_azc_error(ended: Path, run: Path, left: float) -> None:
    """A truncated history gives an AzcError and stays unchanged, wherever it was cut."""
    whole = (ended / "history.sqlite").read_bytes()
    cut = whole[: int(left * len(whole)) if 0 < left < 1 else int(left)]
    assert str(run / "history.sqlite") in resumed(run, cut)
    assert (run / "history.sqlite").read_bytes() == cut


def test_an_unreadable_row_is_an_azc_error(run: Path) -> None:
    """A missing row, or text instead of a number, in the round to resume from gives an AzcError."""
    for change in ("UPDATE rounds SET fitness_50 = 'x'", "DELETE FROM rounds WHERE island = 1"):
        with closing(sqlite3.connect(run / "history.sqlite")) as connection, connection:
            connection.execute(change)
        with pytest.raises(AzcError, match=r"history\.sqlite: round 12 .* put it back from a copy"):
            resume(run)


def test_a_locked_history_is_an_error(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A history that is locked by another connection gives an error after a timeout."""
    monkeypatch.setattr(histories, "TIMEOUT_SECONDS", 0.05)
    with closing(sqlite3.connect(run / "history.sqlite", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(AzcError, match=r"history\.sqlite: database is locked; what was written before"):
            resume(run)
        other.execute("ROLLBACK")


def test_a_read_only_history_is_an_error(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only history gives an error that says what is kept."""
    real = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda path, **more: real(f"{Path(path).as_uri()}?mode=ro", uri=True, **more)
    )
    with pytest.raises(
        AzcError, match="attempt to write a readonly database; what was written before is kept"
    ):
        resume(run)
