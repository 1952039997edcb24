"""`Trials`: the parts of a study that do not depend on each other, in processes; a file keeps results.

The file has a line of JSON for each trial: its function, the arguments and the result. A trial that the file
has is not run again, so a study that was stopped goes on, and one that grows runs only what is new.
"""

import json
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, as_completed
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from azc.errors import AzcError
from azc.runs import RunFolder, lock

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

FILE: Final = "trials.jsonl"
Arguments = Mapping[str, Any]
"""Arguments of a trial: text and numbers, from which its result follows."""
Told = Callable[[str], None]


class Trials:
    """Runs trials in `n_jobs` processes, and keeps results in a folder; tells how far it is.

    AzcError: the folder cannot be written or another process uses it, or its file is none of trials.
    """

    def __init__(self, folder: Path, n_jobs: int = 1, told: Told = lambda line: None):
        self._folder, self._path = folder, folder / FILE
        self._n_jobs, self._told = n_jobs, told
        self._lock = lock(RunFolder(folder))
        self._executor: ProcessPoolExecutor | None = None
        try:
            self._known = dict(_lines(self._path))
        except AzcError:
            self.close()
            raise

    def close(self) -> None:
        """End the processes, also in the middle of a trial, and let others use the folder."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._held.close()
        self._lock.release()

    def run(self, function: Callable[..., Any], trials: Sequence[Arguments]) -> list[Any]:
        """Results of a module's function in order; it gets the folder and each trial's arguments."""
        keys = [_key(function, arguments) for arguments in trials]
        wanted = {
            key: arguments for key, arguments in zip(keys, trials, strict=True) if key not in self._known
        }
        for number, (key, result) in enumerate(self._computed(function, wanted), 1):
            self._keep(key, result)
            self._told(f"{number} of {len(wanted)} {function.__name__}")
        return [self._known[key] for key in keys]

    def _computed(
        self, function: Callable[..., Any], wanted: Mapping[str, Arguments]
    ) -> Iterator[tuple[str, Any]]:
        if self._n_jobs == 1 or len(wanted) < 2:
            for key, arguments in wanted.items():
                yield key, function(self._folder, **arguments)
            return
        if self._executor is None:
            spawning = get_context("spawn")
            held, self._held = spawning.Pipe(duplex=False)
            self._executor = ProcessPoolExecutor(self._n_jobs, spawning, _begin, (held,))
        submit = self._executor.submit
        try:
            futures = {submit(function, self._folder, **given): key for key, given in wanted.items()}
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenExecutor:
            raise AzcError(
                "a process ended in the middle of a trial, maybe for lack of memory; run the same again to "
                "go on, with fewer processes"
            ) from None

    def _keep(self, key: str, result: Any) -> None:
        line = json.dumps({"trial": json.loads(key), "result": result}, allow_nan=False)
        try:
            with self._path.open("a") as file:
                file.write(f"{line}\n")
        except OSError as error:
            raise AzcError(f"cannot write in {self._path}: {error.strerror or error}") from None
        self._known[key] = json.loads(line)["result"]


def _begin(held: "Connection") -> None:
    """Leave Ctrl-C to the process that started this one, and end with it, also in the middle of a trial.

    The other end of the pipe is held by that process alone; it is closed at the latest when that dies.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def wait() -> None:
        with suppress(EOFError, OSError):
            held.recv_bytes()
        os._exit(1)

    Thread(target=wait, daemon=True).start()


def _key(function: Callable[..., Any], arguments: Arguments) -> str:
    return json.dumps({"function": function.__name__, **arguments}, sort_keys=True)


def _lines(path: Path) -> Iterator[tuple[str, Any]]:
    """Trials and results of a file; a last line that was cut short is removed from it."""
    try:
        data = path.read_bytes() if path.exists() else b""
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            with path.open("r+b") as file:
                file.truncate(len(whole))
    except OSError as error:
        raise AzcError(f"cannot use {path}: {error.strerror or error}") from None
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            row = json.loads(line)
            yield json.dumps(row["trial"], sort_keys=True), row["result"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise AzcError(
                f"{path}:{number}: no trial with its result; delete the line, and that trial runs again"
            ) from None
