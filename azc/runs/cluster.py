"""Workers on a Dask cluster; they may join and leave.

The cluster receives a run's tasks once, as a plugin: Dask passes it to all present workers and to those
that join later, so jobs carry only the plugin's name. A worker gets jobs once its tasks and machine code
are ready.
"""

import asyncio
import json
import logging
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

import attrs

from azc.errors import AzcError
from azc.reading import read_whole
from azc.runs.cluster_worker import (
    PREFIX,
    STANDS,
    Lost,
    compute_round,
    difference,
    installation,
    left_behind,
    plugin,
)
from azc.runs.workers import Notice, Share, silent
from azc.search import Job, Outcome
from azc.words import counted

CONNECT_SECONDS: Final = 10.0
"""Seconds to wait for a scheduler's answer."""
WORKERS_SECONDS: Final = 300.0
"""Seconds to wait for the first worker, or for a new one when none is left."""
NOBODY_SECONDS: Final = 10.0
"""Seconds without workers until a cluster counts as lost; before that they may be reconnecting."""
WATCH_SECONDS: Final = 1.0
"""Seconds between counts of the workers."""
_QUIET: Final = ("distributed", "distributed.client", "distributed.gc", "tornado.application")
"""Loggers silenced here: their news comes as errors and notices of azc, without the rest that they log."""


def connected(
    address: str | None = None,
    scheduler_file: str | Path | None = None,
    wait_seconds: float = WORKERS_SECONDS,
) -> "Callable[[Share], Cluster]":
    """A maker of workers on a Dask cluster, found by its scheduler's address or by the scheduler's file.

    Without workers the run tells so, waits `wait_seconds` seconds for one, and then ends with an error.
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
    return lambda share: Cluster(share, address, file, workers_seconds=wait_seconds)


@attrs.define(eq=False)
class Cluster:
    """The workers of a Dask cluster, whatever their number.

    Dask itself repeats the job of a worker that died. Jobs that Dask gives up, and the loss of the
    scheduler, raise `Lost`.
    """

    share: Share
    address: str | None = None
    scheduler_file: Path | None = None
    connect_seconds: float = CONNECT_SECONDS
    workers_seconds: float = WORKERS_SECONDS
    nobody_seconds: float = NOBODY_SECONDS
    _on_notice: Notice = silent
    _client: Any = None
    _threads: int = 0
    """Number of worker threads at the last count."""
    _out: "dict[Future[Outcome], Any]" = attrs.field(factory=dict)
    """Dask's future of each pending job."""
    _closing: threading.Event = attrs.field(factory=threading.Event)
    _watch: threading.Thread | None = None
    _levels: dict[str, int] = attrs.field(factory=dict)
    """Levels of the silenced loggers, to be restored."""

    @property
    def width(self) -> int:
        """Two jobs a thread: one to run, and the next to begin without a pause."""
        return max(1, 2 * self._threads)

    @property
    def _where(self) -> str:
        return str(self.address or self.scheduler_file)

    @property
    def _run(self) -> str:
        """Name of this run on the cluster; it contains the client's id, so that leftovers are found."""
        return f"{PREFIX}{self._client.id}"

    def ready(self, on_notice: Notice = silent) -> int:
        """Connect, compare installations, send the tasks and compile; the number of threads."""
        self._on_notice = on_notice
        self._hush()
        try:
            self._connect()
        except OSError as error:
            raise AzcError(
                f"no Dask scheduler at {self._where} ({_line(error)}); check that `dask scheduler` runs, "
                "that its address is like tcp://10.0.0.1:8786, and that this machine reaches that port"
            ) from None
        try:
            self._take_up(monotonic() + self.workers_seconds)
        except OSError as error:
            raise AzcError(f"{self._where}: the scheduler was lost ({_line(error)})") from None
        self._watch = threading.Thread(target=self._count, name="azc-cluster", daemon=True)
        self._watch.start()
        return self._threads

    def submit(self, kind: int, job: Job) -> "Future[Outcome]":
        """Send a job to the cluster."""
        client, future = self._client, Future[Outcome]()
        try:
            remote = client.submit(compute_round, self._run, kind, job, pure=False)
            self._out[future] = remote
            client.loop.add_callback(self._fetch, client, remote, future)
        except Exception as error:
            raise Lost(f"the scheduler is out of reach: {_line(error)}") from None
        return future

    def mend(self) -> None:
        """Cancel all pending jobs, reconnect to the scheduler if need be, and wait for a worker."""
        self._drop()
        deadline = monotonic() + self.workers_seconds
        if self._client.status != "running":
            self._on_notice(
                f"{self._where}: the scheduler does not answer; waiting for it, {self.workers_seconds:.0f} "
                "seconds at most"
            )
        while True:
            try:
                if self._client.status != "running":
                    self._reconnect()
                self._take_up(deadline)
                self._on_notice(f"{self._where}: going on with {counted(self._threads, 'thread')}")
                return
            except OSError as error:
                if monotonic() > deadline:
                    raise AzcError(
                        f"{self._where}: the scheduler was lost ({_line(error)}); {STANDS}"
                    ) from None
                sleep(0.2)

    def close(self) -> None:
        """Cancel all jobs and disconnect; a running job ends after its slice."""
        self._closing.set()
        if self._client is not None:
            self._drop()
            if self._client.status == "running":
                with suppress(Exception):
                    self._client.unregister_worker_plugin(self._run)
            with suppress(Exception):
                self._client.close(timeout=CONNECT_SECONDS)
            self._client = None
        for name, level in self._levels.items():
            logging.getLogger(name).setLevel(level)

    # --- the scheduler --------------------------------------------------------------------------------------

    def _hush(self) -> None:
        """Silence Dask's loggers and warnings; what matters of them is raised or told as a notice."""
        from distributed.versions import VersionMismatchWarning

        warnings.filterwarnings("ignore", category=VersionMismatchWarning)
        warnings.filterwarnings("ignore", message="Sending large graph")
        for name in _QUIET:
            logger = logging.getLogger(name)
            self._levels[name] = logger.level
            logger.setLevel(logging.CRITICAL + 1)

    def _connect(self) -> None:
        """Connect to the scheduler; OSError if none answers."""
        import distributed
        from distributed.comm.addressing import get_address_host

        address = self.address or self._written_address()
        connect: Any = distributed.Client
        try:
            get_address_host(address)
            self._client = connect(address, timeout=self.connect_seconds, set_as_default=False, name="azc")
        except (ValueError, ImportError) as error:
            raise AzcError(
                f"{self._where}: {_line(error)}; expected an address like tcp://10.0.0.1:8786"
            ) from None
        with suppress(Exception):
            for name in self._client.run_on_scheduler(left_behind):
                self._client.unregister_worker_plugin(name)

    def _written_address(self) -> str:
        """The address in the scheduler's file; waits, since a starting scheduler has not written it yet."""
        assert self.scheduler_file is not None
        deadline = monotonic() + self.connect_seconds
        while True:
            try:
                return str(json.loads(read_whole(self.scheduler_file))["address"])
            except (OSError, ValueError, KeyError, TypeError) as error:
                if monotonic() > deadline:
                    raise OSError(f"the file says no address: {_line(error)}") from None
                sleep(0.1)

    def _reconnect(self) -> None:
        """Wait for the client to reconnect by itself, then replace it."""
        deadline = monotonic() + self.connect_seconds
        while self._client.status == "connecting" and monotonic() < deadline:
            sleep(0.1)
        if self._client.status != "running":
            with suppress(Exception):
                self._client.close(timeout=1.0)
            self._connect()

    # --- workers --------------------------------------------------------------------------------------------

    def _take_up(self, deadline: float) -> None:
        """Wait for a worker, compare installations, and send the tasks to all workers."""
        self._wait(deadline)
        self._compare()
        try:
            self._client.register_plugin(plugin(self._run, self.share, installation()), name=self._run)
        except OSError:
            raise
        except Exception as error:
            raise AzcError(f"{self._where}: a worker could not begin: {_line(error)}") from error
        self._wait(deadline)

    def _wait(self, deadline: float) -> None:
        told, soon = False, monotonic() + 2.0
        while not (threads := sum(self._client.nthreads().values())):
            now = monotonic()
            if now > deadline:
                raise AzcError(
                    f"{self._where}: no workers for {self.workers_seconds:.0f} seconds; check that `dask "
                    f"worker` runs, has this scheduler's address and reaches it; {STANDS}, if there is one"
                )
            if now > soon and not told:
                told = True
                self._on_notice(
                    f"{self._where} has no workers; waiting for one, {self.workers_seconds:.0f} seconds at "
                    "most"
                )
            sleep(0.1)
        self._threads = threads

    def _compare(self) -> None:
        """Raise AzcError if the scheduler or a worker has another installation than this process."""
        expected, differing = installation(), {}
        found: dict[str, Any] = {}
        try:
            found["the scheduler"] = self._client.run_on_scheduler(installation)
        except ImportError as error:
            found["the scheduler"] = error
        found |= self._client.run(installation, on_error="return")
        for worker, has in found.items():
            if isinstance(has, ImportError):
                differing[worker] = f"no azc ({_line(has)})"
            elif isinstance(has, dict) and (differs := difference(has, expected)):
                differing[worker] = differs
        if differing:
            shown = [f"{worker}: {what}" for worker, what in differing.items()]
            more = f"; and {len(shown) - 3} more" if len(shown) > 3 else ""
            raise AzcError(
                f"{self._where}: not the installation of this machine, so results would not be the same; "
                f"{'; '.join(shown[:3])}{more}. Install the same everywhere"
            )

    def _count(self) -> None:
        """Count the workers, in a thread; after too long without any, pending jobs fail as lost."""
        seen = monotonic()
        while not self._closing.wait(WATCH_SECONDS):
            with suppress(Exception):
                before, self._threads = self._threads, sum(self._client.nthreads().values())
                if 0 < self._threads < before:
                    left = f"of {counted(before, 'thread')} {self._threads} are left"
                    self._on_notice(f"a worker has gone; {left}")
                if self._threads:
                    seen = monotonic()
                elif monotonic() - seen > self.nobody_seconds:
                    for future in list(self._out):
                        _fail(future, Lost("no worker is left"))

    # --- jobs -----------------------------------------------------------------------------------------------

    async def _fetch(self, client: Any, remote: Any, future: "Future[Outcome]") -> None:
        """Pass the outcome or the error of a job to its future."""
        try:
            outcome = await client.gather(remote, asynchronous=True)
        except BaseException as error:
            _fail(future, _meaning(error))
        else:
            with suppress(InvalidStateError):
                future.set_result(outcome)
        finally:
            self._out.pop(future, None)

    def _drop(self) -> None:
        """Cancel all pending jobs."""
        remotes = list(self._out.values())
        self._out.clear()
        if remotes and self._client.status == "running":
            with suppress(Exception):
                self._client.cancel(remotes, force=True)


def _fail(future: "Future[Outcome]", error: BaseException) -> None:
    with suppress(InvalidStateError):
        future.set_exception(error)


def _meaning(error: BaseException) -> BaseException:
    """The error of a failed job: `Lost` if the job can be given out again, else its own."""
    from distributed.scheduler import KilledWorker

    if isinstance(error, KilledWorker):
        return Lost("several workers died of it, or one after the other")
    if isinstance(error, (CancelledError, asyncio.CancelledError, OSError)):
        reason = getattr(error, "reason", "") or _line(error)
        return Lost(str(reason).replace("-", " "))
    return error


def _line(error: BaseException) -> str:
    """First line of an error's text."""
    text = str(error).strip().partition("\n")[0]
    return text or type(error).__name__
