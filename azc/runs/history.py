"""The history of a run: an SQLite database that others may read during the run.

Columns that depend on the clock have names that end in `_seconds` or `_at`, columns that depend on the
content of a cache names in `_hits` or `_run`; all other columns are functions of configuration and seed.
"""

import math
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from azc.errors import AzcError
from azc.ir import FUNCTIONS
from azc.search import MUTATIONS

QUANTILE_NAMES: Final = ("min", "10", "25", "50", "75", "90", "max")
_ROUNDS: Final = {
    "round": "INTEGER NOT NULL",
    "island": "INTEGER NOT NULL",
    "experiment": "INTEGER NOT NULL",
    "evals": "INTEGER NOT NULL",  # on the island, in all its experiments
    "best_fitness": "REAL",  # in the experiment
    "record_fitness": "REAL",  # in all experiments
    **{f"fitness_{name}": "REAL" for name in QUANTILE_NAMES},
    **{f"length_{name}": "REAL" for name in QUANTILE_NAMES},  # live instructions
    "distinct_programs": "INTEGER",
    "migrants": "INTEGER",
    **{f"{name}_{what}": "INTEGER" for name in MUTATIONS for what in ("children", "better")},  # cumulative
    "exact_hits": "INTEGER",
    "functional_hits": "INTEGER",
    "evaluated_run": "INTEGER",
    "stopped_early_run": "INTEGER",
    "stopped_at_hurdle_run": "INTEGER",
    "over_budget_run": "INTEGER",
    "round_seconds": "REAL",
    "search_seconds": "REAL",  # seconds of search in the run, up to the end of the round
    "finished_at": "TEXT",
}
_IMPROVEMENTS: Final = {
    "number": "INTEGER PRIMARY KEY",  # from 1
    "round": "INTEGER NOT NULL",
    "island": "INTEGER NOT NULL",
    "experiment": "INTEGER NOT NULL",
    "evaluation": "INTEGER NOT NULL",  # evaluation number on the island
    "run_evals": "INTEGER NOT NULL",  # evaluation number in the run, as if islands advanced side by side
    "fitness": "REAL NOT NULL",
    "run_record": "INTEGER NOT NULL",  # 1 if better than all before it in the run
    "individual": "INTEGER NOT NULL",
    "parent": "INTEGER",
    "ancestor": "INTEGER",  # its last ancestor that was an improvement
    "generations": "INTEGER NOT NULL",  # since that ancestor, or since the first population
    "mutations": "TEXT NOT NULL",  # mutations that made it from its parent
    "parent_fitness": "REAL",
    "length": "INTEGER NOT NULL",  # live instructions
    "program": "TEXT NOT NULL",
    "search_seconds": "REAL",
    "found_at": "TEXT",
}
_STARTS: Final = {
    "start": "INTEGER PRIMARY KEY",  # from 1
    "first_round": "INTEGER NOT NULL",
    "pid": "INTEGER",
    "host": "TEXT",
    "workers": "TEXT",
    "worker_count": "INTEGER",
    "azc": "TEXT",
    "started_at": "TEXT",
    "ready_seconds": "REAL",  # until all workers were ready
    "ended_at": "TEXT",
    "ended": "TEXT",  # reason; NULL if it came to no result
}
_FAILURES: Final = {
    "round": "INTEGER NOT NULL",
    "island": "INTEGER NOT NULL",
    "kind": "TEXT NOT NULL",  # nan, raised, timed_out, died
    "message": "TEXT NOT NULL",
    "program": "TEXT NOT NULL",
    "found_at": "TEXT",
}
_FAILED: Final = "failures"
_CHECKPOINTS: Final = {
    "round": "INTEGER NOT NULL",
    "digest": "TEXT NOT NULL",  # of all arrays in the file
}


def tables_of(keys: Sequence[str]) -> dict[str, dict[str, str]]:
    """Columns of all tables, for programs whose functions have these keys."""
    sizes = {f"{key}_size": "REAL" for key in keys}  # mean number of instructions
    rounds: dict[str, str] = {}
    for name, kind in _ROUNDS.items():
        rounds |= sizes if name == "distinct_programs" else {}
        rounds[name] = kind
    return {
        "rounds": rounds,
        "improvements": _IMPROVEMENTS,
        "starts": _STARTS,
        "checkpoints": _CHECKPOINTS,
        _FAILED: _FAILURES,
    }


TABLES: Final = tables_of(FUNCTIONS)
"""Those for programs of supervised learning."""
_KEYS: Final = {"rounds": ", PRIMARY KEY (round, island)", "checkpoints": ", UNIQUE (round, digest)"}
_META: Final = "meta"
TIMEOUT_SECONDS: Final = 30.0
"""Seconds to wait for another writing process."""


class _Connection(sqlite3.Connection):
    """A connection whose errors are all sqlite3.Error.

    Names and messages may quote a damaged file, and Python raises UnicodeDecodeError if that is not UTF-8.
    """

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        """Execute a statement; sqlite3.Error if it fails."""
        try:
            return super().execute(*arguments)
        except UnicodeDecodeError as error:
            raise sqlite3.DatabaseError(f"the names of tables or columns are malformed ({error})") from None


class History:
    """The database of a run; added rows are held back until `commit`.

    It is created if absent; with `existing` it must exist and be undamaged. `keys` are those of the programs'
    functions. AzcError for every failure.
    """

    def __init__(self, path: Path, *, existing: bool = False, keys: Sequence[str] = FUNCTIONS):
        self.path = path
        self._tables = tables_of(keys)
        self._kept: dict[str, list[Mapping[str, Any]]] = {
            name: [] for name in ("rounds", "improvements", "checkpoints", _FAILED)
        }
        try:
            self._connection = sqlite3.connect(
                path, isolation_level=None, timeout=TIMEOUT_SECONDS, factory=_Connection
            )
        except sqlite3.Error as error:
            raise self._failed(error) from None
        try:
            if existing:
                self._check()
            self._do("PRAGMA journal_mode=WAL")
            # Checkpoints build on the history, so a power cut must not lose any of it.
            self._do("PRAGMA synchronous=FULL")
            # Runs that began before there were failures go on.
            self._make([_FAILED] if existing else self._tables)
        except BaseException:
            self.close()
            raise

    def _make(self, names: Iterable[str]) -> None:
        for name in names:
            declared = ", ".join(f'"{column}" {kind}' for column, kind in self._tables[name].items())
            self._do(f"CREATE TABLE IF NOT EXISTS {name} ({declared}{_KEYS.get(name, '')})")
        self._do(f"CREATE TABLE IF NOT EXISTS {_META} (key TEXT PRIMARY KEY, value TEXT NOT NULL)")

    def _check(self) -> None:
        """Raise AzcError if a page is damaged or a table is missing."""
        # Pages may be only in a -wal file, so the size proves nothing then; reading makes such a file.
        complete = not self.path.with_name(f"{self.path.name}-wal").exists()
        try:
            found = [row["quick_check"] for row in self.rows("PRAGMA quick_check(1)")]
            there = {row["name"] for row in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
            page = self.rows("PRAGMA page_size")[0]["page_size"]
        except (KeyError, TypeError) as error:
            raise self.damaged(error) from None
        if complete and self.path.stat().st_size % page:
            raise self.damaged("it is cut off")
        if found != ["ok"]:
            raise self.damaged("; ".join(str(line).replace("\n", ": ") for line in found))
        if _META not in there:
            raise self.damaged("it holds no history of a run; was it copied without history.sqlite-wal?")

    def add(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows to a table; `commit` writes them."""
        self._kept[table] += rows

    def add_checkpoint(self, round_number: int, digest: str) -> None:
        """Add a checkpoint that is about to be written; `commit` writes the row."""
        self.add("checkpoints", [{"round": round_number, "digest": digest}])

    def has_checkpoint(self, round_number: int, digest: str) -> bool:
        """Whether a checkpoint of a round with this digest was recorded."""
        query = "SELECT count(*) AS n FROM checkpoints WHERE round = ? AND digest = ?"
        return bool(self.rows(query, [round_number, digest])[0]["n"])

    def commit(self) -> None:
        """Write all added rows in one transaction, durably."""
        if not any(self._kept.values()):
            return
        try:
            self._do("BEGIN IMMEDIATE")
            for table, rows in self._kept.items():
                names = [*self._tables[table]]
                marks = ", ".join("?" * len(names))
                # The same checkpoint may be written twice.
                verb = "INSERT OR IGNORE" if table == "checkpoints" else "INSERT"
                self._connection.executemany(
                    f"{verb} INTO {table} VALUES ({marks})", [[_plain(row[n]) for n in names] for row in rows]
                )
            self._do("COMMIT")
        except sqlite3.Error as error:
            self._undo()
            raise self._failed(error) from None
        for rows in self._kept.values():
            rows.clear()

    def begin(self, row: Mapping[str, Any]) -> int:
        """Insert a row for a new start; the number of the start."""
        number = self.last_start() + 1
        values = {**row, "start": number}
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        self._do(f"INSERT INTO starts ({names}) VALUES ({marks})", [*values.values()])
        return number

    def note(self, start: int, **values: Any) -> None:
        """Set columns of a start's row."""
        changes = ", ".join(f"{name} = ?" for name in values)
        self._do(f"UPDATE starts SET {changes} WHERE start = ?", [*values.values(), start])

    def last_start(self) -> int:
        """Number of the last start; 0 before the first."""
        return self._number("SELECT coalesce(max(start), 0) AS n FROM starts")

    def last_round(self) -> int:
        """Number of the last round; 0 before the first."""
        return self._number("SELECT coalesce(max(round), 0) AS n FROM rounds")

    def back_to(self, round_number: int) -> None:
        """Delete everything after a round, since it is going to be computed again."""
        self._do("BEGIN IMMEDIATE")
        try:
            for table in ("improvements", "rounds", "checkpoints", _FAILED):
                self._do(f"DELETE FROM {table} WHERE round > ?", [round_number])
            self._do("COMMIT")
        finally:
            self._undo()

    def meta(self) -> dict[str, str]:
        """Facts about the run as a whole, by key."""
        return {row["key"]: row["value"] for row in self.rows("SELECT key, value FROM meta")}

    def set_meta(self, values: Mapping[str, str]) -> None:
        """Set facts about the run as a whole."""
        for pair in values.items():
            self._do("INSERT OR REPLACE INTO meta VALUES (?, ?)", pair)

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Rows of a query, as dictionaries by column."""
        cursor = self._do(query, values)
        names = [column[0] for column in cursor.description]
        try:
            return [dict(zip(names, row, strict=True)) for row in cursor]
        except sqlite3.Error as error:
            raise self._failed(error) from None

    def _number(self, query: str) -> int:
        """The integer that a query returns as `n`; AzcError if it is none."""
        found = self.rows(query)[0]["n"]
        if not isinstance(found, int):
            raise self.damaged(f"{found!r} stands where a number should")
        return found

    def close(self) -> None:
        """Close the database; uncommitted rows are lost."""
        self._connection.close()

    def _do(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        try:
            return self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise self._failed(error) from None

    def _undo(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _failed(self, error: sqlite3.Error) -> AzcError:
        if isinstance(error, sqlite3.OperationalError | sqlite3.IntegrityError) and not _is_damage(error):
            is_run = self.path.with_name("config.toml").exists()
            more = ", and `azc resume` continues from there once that is mended" if is_run else ""
            return AzcError(f"{self.path}: {error}; what was written before is kept{more}")
        return self.damaged(error)

    def damaged(self, why: object) -> AzcError:
        """An error for a damaged file, with the reason and the remedy."""
        return AzcError(
            f"{self.path}: {why}; put it back from a copy, or repeat the run in another folder: "
            f"`azc evolve {self.path.with_name('config.toml')}`"
        )


def _is_damage(error: sqlite3.Error) -> bool:
    """Whether an error that SQLite calls operational comes from a damaged file."""
    return any(
        words in str(error) for words in ("no such table", "no such column", "decode to UTF-8", "malformed")
    )


def _plain(value: Any) -> Any:
    """A value for SQLite: plain Python, and None for nan."""
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and math.isnan(value) else value


def read_only(path: Path) -> sqlite3.Connection:
    """Open a database for reading, even while a run writes it; sqlite3.Error if it is none."""
    file = path.resolve()
    # Readers create files beside the database. In a read-only folder it is opened as immutable instead, which
    # is safe only without a -wal file.
    still = file.exists() and not file.with_name(f"{file.name}-wal").exists()
    try:
        return _connected(f"{file.as_uri()}?mode=ro")
    except sqlite3.OperationalError:
        if not still:
            raise
        return _connected(f"{file.as_uri()}?mode=ro&immutable=1")


def _connected(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=30.0, factory=_Connection)
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.Error:
        connection.close()
        raise
    return connection
