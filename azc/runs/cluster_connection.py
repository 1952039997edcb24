"""Connection of a run to a Dask scheduler and its workers; workers may join and leave.

The cluster receives a run's tasks once, as a plugin: Dask passes it to all present workers and to those
that join later, so jobs carry only the plugin's name. A worker gets jobs once its tasks and machine code
are ready.
"""

import json
import logging
import warnings
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

import attrs

from azc.errors import AzcError
from azc.reading import read_whole
from azc.runs.cluster_worker import PREFIX, RESUMABLE, difference, installation, left_behind, plugin
from azc.runs.workers import Notice, Share, silent
from azc.words import counted

CONNECT_SECONDS: Final = 10.0
"""Seconds to wait for a scheduler's answer."""
WORKERS_SECONDS: Final = 300.0
"""Seconds to wait for the first worker, or for a new one when none is left."""
NOTICE_SECONDS: Final = 2.0
"""Seconds without workers after which a notice says so."""
MAX_DIFFERENCES: Final = 3
"""Maximum number of workers with another installation that an error names."""
_SILENCED: Final = ("distributed", "distributed.client", "distributed.gc", "tornado.application")
"""Loggers that are silent during a run; what matters of their messages is raised or told as a notice."""


@attrs.define(eq=False)
class ClusterConnection:
    """Connection of a run to the scheduler at an address, or in a scheduler's file.

    connect_seconds: longest wait for the scheduler's answer.
    workers_seconds: longest wait for a worker.
    """

    share: Share
    address: str | None = None
    scheduler_file: Path | None = None
    connect_seconds: float = CONNECT_SECONDS
    workers_seconds: float = WORKERS_SECONDS
    on_notice: Notice = silent
    client: Any = None
    """Dask's client."""
    threads: int = 0
    """Number of worker threads at the last count."""
    _levels: dict[str, int] = attrs.field(factory=dict)
    """Levels of the silenced loggers, to be restored."""

    @property
    def scheduler(self) -> str:
        """The scheduler's address or file, for messages."""
        return str(self.address or self.scheduler_file)

    @property
    def run(self) -> str:
        """Name of this run on the cluster; it contains the client's id, so that leftovers are found."""
        return f"{PREFIX}{self.client.id}"

    @property
    def is_running(self) -> bool:
        """Whether the scheduler is connected."""
        return bool(self.client.status == "running")

    def open(self, on_notice: Notice = silent) -> None:
        """Connect, compare installations, and send the tasks to the workers; AzcError if any of it fails."""
        self.on_notice = on_notice
        self._silence_loggers()
        try:
            self._connect()
        except OSError as error:
            raise AzcError(
                f"no Dask scheduler at {self.scheduler} ({first_line(error)}); check that `dask scheduler` "
                "runs, that its address is like tcp://10.0.0.1:8786, and that this machine reaches that port"
            ) from None
        try:
            self._prepare_workers(monotonic() + self.workers_seconds)
        except OSError as error:
            raise AzcError(f"{self.scheduler}: the scheduler was lost ({first_line(error)})") from None

    def restore(self) -> None:
        """Reconnect if the scheduler was lost, and wait for a worker; AzcError after `workers_seconds`."""
        deadline = monotonic() + self.workers_seconds
        if not self.is_running:
            self.on_notice(
                f"{self.scheduler}: the scheduler does not answer; waiting for it for at most "
                f"{self.workers_seconds:.0f} seconds"
            )
        while True:
            try:
                if not self.is_running:
                    self._reconnect()
                self._prepare_workers(deadline)
                self.on_notice(f"{self.scheduler}: continuing with {counted(self.threads, 'thread')}")
                return
            except OSError as error:
                if monotonic() > deadline:
                    raise AzcError(
                        f"{self.scheduler}: the scheduler was lost ({first_line(error)}); {RESUMABLE}"
                    ) from None
                sleep(0.2)

    def count_threads(self) -> int:
        """Count the threads of all workers; zero if there are no workers."""
        self.threads = sum(self.client.nthreads().values())
        return self.threads

    def close(self) -> None:
        """Withdraw the tasks from the workers, and disconnect."""
        if self.client is not None:
            if self.is_running:
                with suppress(Exception):
                    self.client.unregister_worker_plugin(self.run)
            with suppress(Exception):
                self.client.close(timeout=CONNECT_SECONDS)
            self.client = None
        for name, level in self._levels.items():
            logging.getLogger(name).setLevel(level)

    # --- the scheduler --------------------------------------------------------------------------------------

    def _silence_loggers(self) -> None:
        from distributed.versions import VersionMismatchWarning

        warnings.filterwarnings("ignore", category=VersionMismatchWarning)
        warnings.filterwarnings("ignore", message="Sending large graph")
        for name in _SILENCED:
            logger = logging.getLogger(name)
            self._levels[name] = logger.level
            logger.setLevel(logging.CRITICAL + 1)

    def _connect(self) -> None:
        """Connect to the scheduler; OSError if none answers."""
        import distributed
        from distributed.comm.addressing import get_address_host

        address = self.address or self._address_in_file()
        connect: Any = distributed.Client
        try:
            get_address_host(address)
            self.client = connect(address, timeout=self.connect_seconds, set_as_default=False, name="azc")
        except (ValueError, ImportError) as error:
            raise AzcError(
                f"{self.scheduler}: {first_line(error)}; expected an address like tcp://10.0.0.1:8786"
            ) from None
        with suppress(Exception):
            for name in self.client.run_on_scheduler(left_behind):
                self.client.unregister_worker_plugin(name)

    def _address_in_file(self) -> str:
        """The address in the scheduler's file; waits, since a starting scheduler has not written it yet."""
        assert self.scheduler_file is not None
        deadline = monotonic() + self.connect_seconds
        while True:
            try:
                return str(json.loads(read_whole(self.scheduler_file))["address"])
            except (OSError, ValueError, KeyError, TypeError) as error:
                if monotonic() > deadline:
                    raise OSError(f"the file has no address: {first_line(error)}") from None
                sleep(0.1)

    def _reconnect(self) -> None:
        """Wait until the client has reconnected by itself, or replace it."""
        deadline = monotonic() + self.connect_seconds
        while self.client.status == "connecting" and monotonic() < deadline:
            sleep(0.1)
        if not self.is_running:
            with suppress(Exception):
                self.client.close(timeout=1.0)
            self._connect()

    # --- workers --------------------------------------------------------------------------------------------

    def _prepare_workers(self, deadline: float) -> None:
        """Wait for a worker, compare installations, and send the tasks to all workers."""
        self._wait_for_worker(deadline)
        self._check_installations()
        try:
            self.client.register_plugin(plugin(self.run, self.share, installation()), name=self.run)
        except OSError:
            raise
        except Exception as error:
            raise AzcError(f"{self.scheduler}: a worker could not begin: {first_line(error)}") from error
        self._wait_for_worker(deadline)

    def _wait_for_worker(self, deadline: float) -> None:
        is_told, notice_time = False, monotonic() + NOTICE_SECONDS
        while not self.count_threads():
            now = monotonic()
            if now > deadline:
                raise AzcError(
                    f"{self.scheduler}: no workers for {self.workers_seconds:.0f} seconds; check that `dask "
                    f"worker` runs, has this scheduler's address and reaches it; {RESUMABLE}, if there is one"
                )
            if now > notice_time and not is_told:
                is_told = True
                self.on_notice(
                    f"{self.scheduler} has no workers; waiting for one for at most "
                    f"{self.workers_seconds:.0f} seconds"
                )
            sleep(0.1)

    def _check_installations(self) -> None:
        """Raise AzcError if the scheduler or a worker has another installation than this process."""
        expected, differing = installation(), {}
        found: dict[str, Any] = {}
        try:
            found["the scheduler"] = self.client.run_on_scheduler(installation)
        except ImportError as error:
            found["the scheduler"] = error
        found |= self.client.run(installation, on_error="return")
        for worker, has in found.items():
            if isinstance(has, ImportError):
                differing[worker] = f"no azc ({first_line(has)})"
            elif isinstance(has, dict) and (differs := difference(has, expected)):
                differing[worker] = differs
        if differing:
            shown = [f"{worker}: {what}" for worker, what in differing.items()]
            more = len(shown) - MAX_DIFFERENCES
            rest = f"; and {more} more" if more > 0 else ""
            raise AzcError(
                f"{self.scheduler}: other installations than on this machine, so results could differ; "
                f"{'; '.join(shown[:MAX_DIFFERENCES])}{rest}. Install the same everywhere"
            )


def first_line(error: BaseException) -> str:
    """First line of an error's text; the name of its class if it has none."""
    text = str(error).strip().partition("\n")[0]
    return text or type(error).__name__
