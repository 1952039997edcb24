"""The part of a run on the workers of a Dask cluster: tasks arrive once, jobs name their run."""

import asyncio
import hashlib
import platform
from collections.abc import Mapping
from concurrent.futures import BrokenExecutor
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, cast

import attrs

import azc
from azc.errors import AzcError
from azc.runs.workers import Share, end, evolution_of, warm
from azc.search import IslandEvolution, Job, Outcome, compute_job

_ELSEWHERE: Final = ("cli", "runs")
"""Rooms that no result depends on; their code may differ between machines."""
PREFIX: Final = "azc-"
RESUMABLE: Final = "the last checkpoint is kept, and `azc resume` continues from there"


class Lost(BrokenExecutor):
    """A worker or the connection to it was lost; its job can be given out again."""


_given: dict[str, Share] = {}
"""Shares of the runs that this worker serves, by the run's name."""
_refused: dict[str, str] = {}
"""Reasons why this worker cannot serve a run, by the run's name."""


@cache
def _sources() -> str:
    """Checksum of azc's own code, without rooms that no result depends on."""
    folder, digest = Path(azc.__file__).parent, hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        file = path.relative_to(folder)
        if file.parts[0] not in _ELSEWHERE:
            digest.update(file.as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def installation() -> dict[str, str]:
    """Versions that must be the same on all machines for equal results, by name."""
    packages = {name: version(name) for name in ("numpy", "numba", "llvmlite", "distributed")}
    python = ".".join(platform.python_version_tuple()[:2])
    return {"azc": f"{azc.__version__} ({_sources()})", "python": python, **packages}


def difference(found: Mapping[str, str], expected: Mapping[str, str]) -> str:
    """Differences of an installation from the expected one; empty if there are none."""
    pairs = [(name, found.get(name, "none"), value) for name, value in expected.items()]
    return ", ".join(f"{name} {has} instead of {value}" for name, has, value in pairs if has != value)


@attrs.frozen
class _Stoppable:
    """An evolution that stops when its run has ended, since Dask cancels only jobs that have not begun."""

    evolution: IslandEvolution
    run: str

    def advance(self, *values: Any) -> Any:
        """Advance by a slice of a round; Lost if the run has ended."""
        if self.run not in _given:
            raise Lost("the run has ended")
        return self.evolution.advance(*values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.evolution, name)


def compute_round(run: str, kind: int, job: Job) -> Outcome:
    """The outcome of a job, computed on a worker.

    Lost if the run's tasks are not here; AzcError if this worker has another installation.
    """
    if run in _refused:
        raise AzcError(f"{_refused[run]}; {RESUMABLE}")
    if run not in _given:
        raise Lost("a worker was not given the tasks")
    return compute_job(cast(IslandEvolution, _Stoppable(evolution_of(_given[run], kind), run)), job)


async def _begin(worker: Any, run: str, share: Share, expected: Mapping[str, str]) -> None:
    """Accept a run on a worker; jobs come only when every thread has compiled or loaded its code."""
    if differs := difference(installation(), expected):
        _refused[run] = f"{worker.address} joined with {differs}; install the same everywhere"
        return
    _given[run] = share
    loop, pool = asyncio.get_running_loop(), worker.executors["default"]
    await asyncio.gather(*(loop.run_in_executor(pool, warm, share) for _ in range(worker.state.nthreads)))


def _end(run: str) -> None:
    """Forget a run after its jobs have ended. A thread frees its evolutions when it begins another run."""
    if share := _given.pop(run, None):
        end(share)
    _refused.pop(run, None)


def plugin(run: str, share: Share, expected: Mapping[str, str]) -> Any:
    """The plugin that Dask installs on every worker, present and future."""
    from distributed import WorkerPlugin

    class Give(WorkerPlugin):
        def setup(self, worker: Any) -> Any:
            return _begin(worker, run, share, expected)

        def teardown(self, worker: Any) -> None:
            _end(run)

    return Give()


def left_behind(dask_scheduler: Any = None) -> list[str]:
    """Names of plugins left by runs that are gone; called on the scheduler."""
    clients = {f"{PREFIX}{client}" for client in dask_scheduler.clients}
    return [name for name in dask_scheduler.worker_plugins if name.startswith(PREFIX) and name not in clients]
