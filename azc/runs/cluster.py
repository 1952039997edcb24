"""Workers on a Dask cluster: jobs submitted, their outcomes fetched, and what becomes of lost ones."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, Final

import attrs

from azc.errors import AzcError
from azc.runs.cluster_connection import WORKERS_SECONDS, ClusterConnection, first_line
from azc.runs.cluster_worker import Lost, compute_round
from azc.runs.workers import Notice, Share, silent
from azc.search import Job, Outcome
from azc.words import counted

ABSENT_SECONDS: Final = 10.0
"""Seconds without workers until jobs count as lost; before that, workers may be reconnecting."""
WATCH_SECONDS: Final = 1.0
"""Seconds between counts of the workers."""


def connected(
    address: str | None = None,
    scheduler_file: str | Path | None = None,
    wait_seconds: float = WORKERS_SECONDS,
) -> "Callable[[Share], Cluster]":
    """A maker of workers on a Dask cluster, found by its scheduler's address or by the scheduler's file.

    Without workers the run says so, waits up to `wait_seconds` seconds for one, and then ends with an error.
    AzcError if Dask is not installed.
    """
    if (address is None) == (scheduler_file is None):
        raise AzcError("a cluster: expected a scheduler's address or its file, one of them")
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise AzcError("a cluster needs azc[cluster]: pip install 'azc[cluster]'") from None
    if not (address or scheduler_file):
        raise AzcError(
            "a cluster: the scheduler is an empty name; expected an address like tcp://10.0.0.1:8786"
        )
    file = None if scheduler_file is None else Path(scheduler_file)
    return lambda share: Cluster(ClusterConnection(share, address, file, workers_seconds=wait_seconds))


@attrs.define(eq=False)
class Cluster:
    """Workers of a Dask cluster, whatever their number.

    Dask itself repeats the job of a worker that died. Jobs that Dask gives up, and the loss of the
    scheduler, raise `Lost`.

    absent_seconds: time without workers after which pending jobs are lost.
    """

    connection: ClusterConnection
    absent_seconds: float = ABSENT_SECONDS
    _pending: "dict[Future[Outcome], Any]" = attrs.field(factory=dict)
    """Dask's future of each pending job."""
    _closing: threading.Event = attrs.field(factory=threading.Event)

    @property
    def width(self) -> int:
        """Two jobs a thread: one to run, and the next to begin without a pause."""
        return max(1, 2 * self.connection.threads)

    def ready(self, on_notice: Notice = silent) -> int:
        """Connect to the cluster and prepare its workers; the number of their threads."""
        self.connection.open(on_notice)
        threading.Thread(target=self._watch_workers, name="azc-cluster", daemon=True).start()
        return self.connection.threads

    def submit(self, kind: int, job: Job) -> "Future[Outcome]":
        """Send a job to the cluster."""
        client, future = self.connection.client, Future[Outcome]()
        try:
            remote = client.submit(compute_round, self.connection.run, kind, job, pure=False)
            self._pending[future] = remote
            client.loop.add_callback(self._fetch, client, remote, future)
        except Exception as error:
            raise Lost(f"the scheduler is out of reach: {first_line(error)}") from None
        return future

    def mend(self) -> None:
        """Cancel all pending jobs, reconnect to the scheduler if need be, and wait for a worker."""
        self._cancel_jobs()
        self.connection.restore()

    def close(self) -> None:
        """Cancel all jobs and disconnect; a running job ends after its slice."""
        self._closing.set()
        if self.connection.client is not None:
            self._cancel_jobs()
        self.connection.close()

    async def _fetch(self, client: Any, remote: Any, future: "Future[Outcome]") -> None:
        """Pass the outcome or the error of a job to its future."""
        # Not Dask's executor: with it a job stays pending for ever if its outcome cannot be fetched.
        try:
            outcome = await client.gather(remote, asynchronous=True)
        except BaseException as error:
            _fail(future, _job_error(error))
        else:
            with suppress(InvalidStateError):
                future.set_result(outcome)
        finally:
            self._pending.pop(future, None)

    def _cancel_jobs(self) -> None:
        remotes = list(self._pending.values())
        self._pending.clear()
        if remotes and self.connection.is_running:
            with suppress(Exception):
                self.connection.client.cancel(remotes, force=True)

    def _watch_workers(self) -> None:
        """Count the workers until `close`; pending jobs fail as lost if there are none for too long."""
        last_seen = monotonic()
        while not self._closing.wait(WATCH_SECONDS):
            with suppress(Exception):
                before = self.connection.threads
                threads = self.connection.count_threads()
                if 0 < threads < before:
                    remaining = f"{threads} of {counted(before, 'thread')}"
                    self.connection.on_notice(f"a worker has left; remaining: {remaining}")
                if threads:
                    last_seen = monotonic()
                elif monotonic() - last_seen > self.absent_seconds:
                    for future in list(self._pending):
                        _fail(future, Lost("no worker is left"))


def _fail(future: "Future[Outcome]", error: BaseException) -> None:
    """Give a future an error, unless it is done."""
    with suppress(InvalidStateError):
        future.set_exception(error)


def _job_error(error: BaseException) -> BaseException:
    """The error of a job that Dask could not compute: `Lost` if it can be given out again, else its own."""
    from distributed.scheduler import KilledWorker

    if isinstance(error, KilledWorker):
        return Lost("several workers died while they computed it")
    if isinstance(error, (CancelledError, asyncio.CancelledError, OSError)):
        reason = getattr(error, "reason", "") or first_line(error)
        return Lost(str(reason).replace("-", " "))
    return error
