"""The recorder of a run, which writes its folder."""

import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from time import perf_counter
from types import TracebackType
from typing import Any, Final, Self

import attrs

import azc
from azc.errors import AzcError
from azc.language import format_program
from azc.runs import checkpoints
from azc.runs import folder as folders
from azc.runs.checkpoints import Checkpoint
from azc.runs.files import write_durably
from azc.runs.folder import RunFolder
from azc.runs.hall_of_fame import Entry, csv_text
from azc.runs.header import header_of, with_header
from azc.runs.history import History
from azc.runs.identity import FORMAT, check_same, checksum
from azc.runs.records import now
from azc.search import Config, SearchResult, birth_of

COMMIT_SECONDS: Final = 1.0
"""Minimum seconds from one commit of the history to the next; a checkpoint commits at once."""
SHARE_OF_TIME: Final = 0.01
"""Maximum share of a start's time spent on checkpoints, for another to be written after a round."""
Verify = Callable[[Checkpoint], None]
"""Raises an error that says why a run cannot resume from a checkpoint."""


class NoRecorder:
    """Replaces `Recorder` in a run without a folder."""

    where: str | None = None

    finished: str = ""

    def open(self, identity: Mapping[str, str], verify: Verify) -> Checkpoint | None:
        """No checkpoint to resume from."""
        return None

    def round_rows(self, round_number: int) -> list[dict[str, Any]]:
        """No rows."""
        return []

    def begin(self, round_number: int) -> None:
        """Nothing to write."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def started(self, workers: object, count: int, seconds: float) -> None:
        """Nothing to write."""

    def note(self, **rows: Sequence[Mapping[str, Any]]) -> None:
        """Nothing to write."""

    def maybe_save(self, checkpoint: Callable[[], Checkpoint]) -> None:
        """Nothing to write."""

    def save(self, checkpoint: Checkpoint) -> None:
        """Nothing to write."""

    def ended(self, found: SearchResult) -> None:
        """Nothing to write."""


@attrs.define(eq=False)
class Recorder:
    """Writes a run's folder."""

    folder: RunFolder
    config: Config
    tell: Callable[[str], None]
    """Called with a sentence for people to read."""
    _history: History | None = None
    _start: int = 0
    """Number of this start; until `begin`, of the last start."""
    has_begun: bool = False
    """Whether `begin` was called; before that, a folder that held no run may be discarded."""
    _run: str = ""
    """Checksum that identifies the run in its checkpoints."""
    _committed: float = 0.0
    _began: float = 0.0
    """Time at which this start began."""
    _cost: float = 0.0
    """Seconds spent on checkpoints in this start, without the last one of the run."""
    _saved: int = -1
    """Round of the last checkpoint written; -1 before the first."""

    @property
    def where(self) -> str:
        """Path of the folder."""
        return str(self.folder.path)

    @property
    def history(self) -> History:
        """The history database, after `open`."""
        assert self._history is not None
        return self._history

    @property
    def _keys(self) -> tuple[str, ...]:
        return self.config.params.program.signature.keys

    @property
    def finished(self) -> str:
        """Reason the last start finished; the empty string if it did not."""
        last = self.history.rows("SELECT ended FROM starts ORDER BY start DESC LIMIT 1")
        return (last[0]["ended"] if last else None) or ""

    def open(self, identity: Mapping[str, str], verify: Verify) -> Checkpoint | None:
        """Open the history, or create it; the checkpoint to resume from, if `verify` accepts one.

        A new folder gets its configuration last: without it there is no run, and the next attempt may delete
        what it finds. AzcError if the folder is damaged or anything but limits has changed.
        """
        folders.sweep_aside(self.folder)
        self._run = checksum(dict(identity))
        if not self.folder.is_run:
            self._history = History(self.folder.history, keys=self._keys)
            self._history.set_meta({"format": FORMAT, **identity})
            folders.write_config(self.folder, self.config)
            return None
        if not self.folder.history.exists():
            raise AzcError(
                f"{self.folder.history}: is missing; put it back from a copy, or repeat the run in "
                f"another folder: `azc evolve {self.folder.config}`"
            )
        self._history = History(self.folder.history, existing=True, keys=self._keys)
        self._start = self._history.last_start()
        check_same(self.folder.path, identity, self._history.meta())
        if folders.tables(self.folder).get("search") != self.config.tables["search"]:
            # Only limits can differ, since `check_same` found the rest equal.
            folders.write_config(self.folder, self.config)
        return self._newest(verify)

    def _newest(self, verify: Verify) -> Checkpoint | None:
        """The newest sound checkpoint that the present limits do not contradict.

        A checkpoint is refused if a limit cut a round short before it and has been raised or dropped since.
        """
        last = self.history.last_round()

        def check(checkpoint: Checkpoint, digest: str) -> None:
            if not self.history.has_checkpoint(checkpoint.round, digest):
                raise ValueError("the run's history has no such checkpoint")
            verify(checkpoint)

        folder = self.folder.checkpoints
        found = checkpoints.load(folder, last, self.notice, self._fits, run=self._run, check=check)
        if found is None and last > 0:
            self.notice(f"there is no checkpoint to resume from, so {last:,} rounds are computed again")
        return found

    def _fits(self, totals: Mapping[str, Any]) -> bool:
        limits = {name: getattr(self.config.params.limits, name) for name in totals["cut_by"]}
        return all(limits[name] is not None and limits[name] <= cut for name, cut in totals["cut_by"].items())

    def round_rows(self, round_number: int) -> list[dict[str, Any]]:
        """Rows of the history for a round, one an island; AzcError if they are incomplete."""
        found = self.history.rows("SELECT * FROM rounds WHERE round = ? ORDER BY island", [round_number])
        count = self.config.params.run.n_islands
        numbers = [row[name] for row in found for name in ("evals", "experiment", "fitness_50")]
        if len(found) != count or not all(isinstance(number, int | float) for number in numbers):
            raise self.history.damaged(
                f"round {round_number} has no row of numbers for each of {count} islands"
            )
        return found

    def begin(self, round_number: int) -> None:
        """Record a new start after a round; later rounds are deleted, to be computed again."""
        if other := folders.other_versions(self.folder):
            self.notice(f"the run continues with {other}; no result should depend on that")
        self.history.back_to(round_number)
        self._start = self.history.begin(
            {
                "first_round": round_number + 1,
                "pid": os.getpid(),
                "host": platform.node(),
                "azc": azc.__version__,
                "started_at": now(),
            }
        )
        self.has_begun, self._committed, self._began = True, perf_counter(), perf_counter()
        self._log("start", round=round_number)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._history is None:
            return
        if error is not None:
            # With a full disk these writes fail too; the first error is the one to report.
            with suppress(AzcError):
                self._log("stop", why=str(error) or type(error).__name__)
                # `ended` stays NULL, since there is no result.
                if self.has_begun:
                    self._history.note(self._start, ended_at=now())
            if isinstance(error, KeyboardInterrupt):
                self.tell(f"ended at once; `azc resume {self.where}` continues the run")
        self._history.close()

    def notice(self, sentence: str) -> None:
        """Log a sentence, and call `tell` with it."""
        self._log("notice", text=sentence)
        self.tell(sentence)

    def started(self, workers: object, count: int, seconds: float) -> None:
        """Record which workers compute, how many, and how long they took to be ready."""
        self.history.note(
            self._start, workers=type(workers).__name__, worker_count=count, ready_seconds=seconds
        )

    def note(self, **rows: Sequence[Mapping[str, Any]]) -> None:
        """Add a round's rows to the history, by table; they are committed about once a second."""
        for table, some in rows.items():
            self.history.add(table, some)
        for failure in rows.get("failures", ()):
            self._log("failure", **{key: failure[key] for key in ("island", "kind", "message")})
        if perf_counter() - self._committed > COMMIT_SECONDS:
            self._commit()

    def _commit(self) -> None:
        self.history.commit()
        self._committed = perf_counter()

    def maybe_save(self, checkpoint: Callable[[], Checkpoint]) -> None:
        """Write a checkpoint, unless those of this start have used up their share of its time."""
        began = perf_counter()
        if self._cost <= SHARE_OF_TIME * (began - self._began):
            self.save(checkpoint())
            self._cost += perf_counter() - began

    def save(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint, the hall of fame and the best program, unless this round's were written.

        The history is committed first, so that it holds all that came before, and the checkpoint's digest.
        """
        if checkpoint.round == self._saved:
            return

        def note(round_number: int, digest: str) -> None:
            self.history.add_checkpoint(round_number, digest)
            self._commit()

        checkpoints.save(self.folder.checkpoints, checkpoint, self._run, note)
        self._saved = checkpoint.round
        hall = [Entry(**entry) for entry in checkpoint.totals["hall"]]
        write_durably(self.folder.hall_of_fame, csv_text(hall).encode(), sync=False)
        if hall:
            best = max(hall, key=lambda entry: entry.fitness)
            # An island with other tasks has scored it only on those; the result tells its search fitness.
            known = self.config.kinds[best.kind].tasks == "search"
            fitness = {"search": best.fitness} if known else {}
            self._write_best(best.program, best.kind, fitness, best.island, best.evaluation)

    def _write_best(
        self,
        program: str,
        kind: int,
        fitness: dict[str, float],
        island: int,
        evaluation: int,
        result: bool | None = None,
    ) -> None:
        where = {"run": self.folder.path.resolve().name, "island": island, "evaluation": evaluation}
        header = header_of(self.config, kind, fitness=fitness, result=result, **where)
        write_durably(self.folder.best, with_header(header, program).encode(), sync=False)

    def ended(self, found: SearchResult) -> None:
        """Record the result."""
        program = format_program(found.program)
        self._write_best(
            program,
            found.kind,
            found.fitness,
            *birth_of(found.individual),
            result=found.final_fitness is None or None,
        )
        self.history.note(self._start, ended_at=now(), ended=found.ended)
        self._log("end", why=found.ended, fitness=found.best_fitness, evals=found.evals)

    def _log(self, event: str, **values: Any) -> None:
        line = json.dumps({"at": now(), "start": self._start, "event": event, **values})
        try:
            with self.folder.log.open("a") as file:
                file.write(line + "\n")
        except OSError as error:
            raise AzcError(f"cannot write {self.folder.log}: {error.strerror or error}") from None
