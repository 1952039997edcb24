"""Runs on a Dask cluster: the same history as in one process, whatever happens to the workers."""

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from functools import partial
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from evaluators.making import command, module, tables, written
from search.making import small, tasks

from azc.errors import AzcError
from azc.language import format_program
from azc.runs import Callback, InProcess, Processes, Progress
from azc.runs import cluster_worker as room
from azc.runs.cluster import Cluster, connected
from azc.runs.cluster_connection import ClusterConnection
from azc.runs.cluster_worker import Lost, compute_round, difference, installation
from azc.runs.launch import resume, run_search
from azc.runs.workers import Share
from azc.search import Config, Evolution, SearchResult, load_config
from azc.search.islands import Job, compute_job
from azc.tasks import SETS

pytest.importorskip("distributed")
from distributed import Client, LocalCluster

ISLANDS, WORKERS = 4, 4
OF_THE_CLOCK = ("_seconds", "_at", "_hits", "_run")
"""Suffixes of the columns that depend on more than configuration and seed."""


def config(round_evals: int = 2_000, rounds: int = 5) -> Config:
    """A search on a few islands; it scores some 200,000 programs a second."""
    params = small(
        search={
            "n_islands": ISLANDS,
            "round_evals": round_evals,
            "max_evals": ISLANDS * round_evals * rounds,
            "restart_after": 3 * round_evals,
            "n_migrants": 2,
        }
    )
    return Config(params, "test", dict.fromkeys(SETS, tasks))


def share() -> Share:
    """The share of workers of such a search."""
    return Share(((config().params, tuple(tasks())),), "test")


def long_job() -> Job:
    """A job that takes hours."""
    return Job(number=0, round=1, island=None, migrants=None, scored=True, evals=10**9)


def rows(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Rows of a history, without the columns that depend on the clock."""
    found = {}
    connection = sqlite3.connect(folder / "history.sqlite")
    connection.row_factory = sqlite3.Row
    for table, order in (("rounds", "round, island"), ("improvements", "number")):
        whole = [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY {order}")]
        found[table] = [{k: v for k, v in row.items() if not k.endswith(OF_THE_CLOCK)} for row in whole]
    connection.close()
    return found


@attrs.define
class Result:
    """The parts of a result that must be equal."""

    program: str
    history: dict[str, list[dict[str, Any]]]


def searched(folder: Path, search: Config, workers: Any, *callbacks: Callback) -> Result:
    """A run's result."""
    found: SearchResult = run_search(search, run_dir=folder, workers=workers, callbacks=callbacks)
    return Result(format_program(found.program), rows(folder))


@attrs.define
class At(Callback):
    """Calls `do` once, when a round is complete."""

    round: int
    do: Callable[[], None]

    def on_round(self, progress: Progress) -> None:
        """Call it after its round."""
        if progress.round == self.round:
            self.do()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Four processes; one that dies is replaced."""
    with LocalCluster(
        n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
    ) as made:
        yield made


@pytest.fixture
def client(cluster: Any) -> Iterator[Any]:
    """A second client of the cluster, to look at it."""
    deadline = monotonic() + 30
    with Client(cluster.scheduler_address, set_as_default=False) as looking:
        while len(looking.nthreads()) < WORKERS and monotonic() < deadline:
            sleep(0.1)
        yield looking


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Result of the search in one process."""
    return searched(tmp_path_factory.mktemp("alone") / "run", config(), InProcess)


@pytest.fixture(scope="module")
def alone_and_longer(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Result of the search with longer rounds in one process."""
    return searched(tmp_path_factory.mktemp("longer") / "run", config(LONG), InProcess)


LONG = 80_000
"""Programs in a round that is long enough to be interrupted."""


def _doing(dask_worker: Any = None) -> tuple[int, int]:
    """On a worker: its process, and how many jobs it is computing."""
    return os.getpid(), len(dask_worker.state.executing)


def _given_there(dask_worker: Any = None) -> list[str]:
    """On a worker: the runs that gave it their tasks."""
    from azc.runs.cluster_worker import _given

    return list(_given)


def runs_on(scheduler: Any) -> list[str]:
    """Runs with tasks on a scheduler."""
    return [name for name in scheduler.worker_plugins if name.startswith("azc-")]


def kill_busy(cluster: Any, processes: dict[str, int]) -> tuple[str, list[str]]:
    """Kill a worker in the middle of a job; its address and its unfinished jobs."""
    jobs: dict[str, list[str]] = {}
    while not any(jobs.values()):
        sleep(0.05)
        for pid in processes.values():
            # Stopped workers end no job while the test looks for a busy one.
            os.kill(pid, signal.SIGSTOP)
        sleep(0.3)
        jobs = {at: [str(job.key) for job in cluster.scheduler.workers[at].processing] for at in processes}
        chosen = max(processes, key=lambda at: len(jobs[at]))
        for at, pid in processes.items():
            os.kill(pid, signal.SIGKILL if at == chosen and jobs[at] else signal.SIGCONT)
    return chosen, jobs[chosen]


def given_again(cluster: Any, jobs: list[str]) -> bool:
    """Whether the scheduler gave one of the jobs to a worker more than once."""
    begun = Counter(str(t[0]) for t in cluster.scheduler.transition_log if t[2] == "processing")
    return any(begun[job] > 1 for job in jobs)


# --- the same bits --------------------------------------------------------------------------------------


def test_history_is_that_of_one_process(cluster: Any, alone: Result, tmp_path: Path) -> None:
    """A cluster gives the same program and history as one process."""
    assert searched(tmp_path / "run", config(), connected(cluster.scheduler_address)) == alone
    assert len(alone.history["rounds"]) == ISLANDS * 5
    assert len(alone.history["improvements"]) > ISLANDS


def test_history_of_processes_is_that_of_one(alone: Result, tmp_path: Path) -> None:
    """Two processes on this machine give the same program and history as one."""
    assert searched(tmp_path / "run", config(), partial(Processes, count=2)) == alone


def test_scheduler_file(cluster: Any, client: Any, alone: Result, tmp_path: Path) -> None:
    """A scheduler's file serves as well as its address."""
    client.write_scheduler_file(str(tmp_path / "scheduler.json"))
    assert searched(tmp_path / "run", config(), connected(None, tmp_path / "scheduler.json")) == alone


def test_two_runs_at_once(cluster: Any, alone: Result, tmp_path: Path) -> None:
    """Two runs at once on a cluster both give the result of one process."""
    there = connected(cluster.scheduler_address)
    inner: list[Result] = []
    begin = At(2, lambda: inner.append(searched(tmp_path / "inner", config(), there)))
    assert searched(tmp_path / "outer", config(), there, begin) == alone
    assert inner == [alone]


TWO_THREADS = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from runs.test_cluster import share, long_job
from azc.runs.workers import compute
import attrs

both, own, job = Barrier(2), share(), attrs.evolve(long_job(), evals=3_000)
with ThreadPoolExecutor(2) as pool:
    def work(number):
        both.wait(10)
        return compute(own, 0, job).island.record
    first, second = pool.map(work, range(2))
assert first == second
"""


def test_threads_that_compile_at_once() -> None:
    """Two threads of a new process can compile machine code at the same time."""
    folders = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
    for _ in range(2):
        code = [sys.executable, "-c", TWO_THREADS]
        done = subprocess.run(code, env=environment, stderr=subprocess.PIPE, text=True, timeout=60)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", ["python", "command"])
def test_evaluators_of_ones_own(cluster: Any, tmp_path: Path, kind: str) -> None:
    """They come to the workers with the run, as a function in a module or as a command."""
    module(tmp_path)
    judged = {"python": "judging:fits"} if kind == "python" else {"command": command(tmp_path)}
    search = load_config(written(tmp_path, tables(judged, n_islands=3, max_evals=1_500)))
    expected = searched(tmp_path / "alone", search, InProcess)
    assert searched(tmp_path / "run", search, connected(cluster.scheduler_address)) == expected


# --- workers that leave and join ------------------------------------------------------------------------


def test_worker_killed_in_mid_round(
    cluster: Any, client: Any, alone_and_longer: Result, tmp_path: Path
) -> None:
    """A killed worker's jobs are computed by another one, and the history is the same."""
    killed: list[tuple[str, list[str]]] = []
    processes = {at: pid for at, (pid, _) in client.run(_doing).items()}
    # In a thread beside the run: a worker that is busy now may be idle when it is killed.
    killer = Thread(target=lambda: killed.append(kill_busy(cluster, processes)), daemon=True)
    found = searched(
        tmp_path / "run", config(LONG), connected(cluster.scheduler_address), At(1, killer.start)
    )
    killer.join(10)
    ((address, jobs),) = killed
    assert address not in client.nthreads()
    assert given_again(cluster, jobs)
    assert found == alone_and_longer


@pytest.mark.soak
def test_all_workers_killed_and_replaced(
    cluster: Any, client: Any, alone_and_longer: Result, tmp_path: Path
) -> None:
    """Workers that replace all killed ones receive the tasks, and the history is the same."""
    before = set(client.nthreads())

    def kill() -> None:
        for pid, _ in client.run(_doing).values():
            os.kill(pid, signal.SIGKILL)

    found = searched(tmp_path / "run", config(LONG), connected(cluster.scheduler_address), At(2, kill))
    assert not before & set(client.nthreads())
    assert found == alone_and_longer


def test_worker_that_joins_later(cluster: Any, client: Any, alone_and_longer: Result, tmp_path: Path) -> None:
    """A worker that joins during a run receives the tasks, and drops them after the run."""
    joined: dict[str, list[str]] = {}

    def join() -> None:
        before = set(client.nthreads())
        cluster.scale(WORKERS + 1)
        while not (new := set(client.nthreads()) - before):
            sleep(0.05)
        deadline = monotonic() + 20
        while not all(joined.values()) or not joined:
            joined.update(client.run(_given_there, workers=list(new)))
            assert monotonic() < deadline
            sleep(0.05)

    found = searched(tmp_path / "run", config(LONG), connected(cluster.scheduler_address), At(1, join))
    there = client.run(_given_there)
    cluster.scale(WORKERS)
    assert all(len(runs) == 1 for runs in joined.values())
    assert not any(there.values())
    assert found == alone_and_longer


def test_nothing_is_left_running(cluster: Any, client: Any) -> None:
    """Running jobs end soon after `close`, and the scheduler has no tasks left."""
    workers = Cluster(ClusterConnection(share(), cluster.scheduler_address))
    assert workers.ready() == WORKERS
    assert workers.width == 2 * WORKERS
    for _ in range(workers.width):
        workers.submit(0, long_job())
    while sum(jobs for _, jobs in client.run(_doing).values()) < WORKERS:
        sleep(0.05)
    workers.close()
    deadline = monotonic() + 5
    while any(jobs for _, jobs in client.run(_doing).values()):
        assert monotonic() < deadline
        sleep(0.05)
    assert not cluster.scheduler.tasks
    assert not runs_on(cluster.scheduler)


def test_mended_workers_compute_new_jobs(cluster: Any, client: Any) -> None:
    """Workers compute new jobs after a loss and `mend`."""
    workers = Cluster(ClusterConnection(share(), cluster.scheduler_address))
    workers.ready()
    try:
        lost = workers.submit(0, long_job())
        client.run(room._end, workers.connection.run)
        with pytest.raises(Lost, match=r"run has ended|not given"):
            lost.result(10)
        workers.mend()
        job = attrs.evolve(long_job(), evals=200)
        island = workers.submit(0, job).result(10).island
        params, own = share().kinds[0]
        assert island.record == compute_job(Evolution(params, own), job).island.record
    finally:
        workers.close()


def test_run_that_was_killed_leaves_nothing(cluster: Any, client: Any) -> None:
    """Tasks of a killed run are removed from the cluster when another run begins."""
    client.register_plugin(room.plugin("azc-gone", share(), installation()), name="azc-gone")
    assert runs_on(cluster.scheduler) == ["azc-gone"]
    workers = Cluster(ClusterConnection(share(), cluster.scheduler_address))
    workers.ready()
    workers.close()
    assert not runs_on(cluster.scheduler)


# --- a lost scheduler ------------------------------------------------------------------------------------


@attrs.define
class ByHand:
    """A scheduler and a worker of two threads, started by their commands."""

    folder: Path
    port: int
    processes: list[subprocess.Popen[bytes]] = attrs.field(factory=list)

    @property
    def address(self) -> str:
        """The scheduler's address."""
        return f"tcp://127.0.0.1:{self.port}"

    def begin(self) -> None:
        """Start both."""
        commands = (
            ("dask_scheduler", "--host", "127.0.0.1", "--port", str(self.port)),
            ("dask_worker", self.address, "--nthreads", "2", "--death-timeout", "30"),
        )
        for name, *options in commands:
            line = [sys.executable, "-m", f"distributed.cli.{name}", *options, "--no-dashboard"]
            self.processes.append(
                subprocess.Popen(line, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            )

    def end(self) -> None:
        """Kill the scheduler, and terminate the worker."""
        for process, number in zip(self.processes, (signal.SIGKILL, signal.SIGTERM), strict=True):
            process.send_signal(number)
        for process in self.processes:
            process.wait(60)
        self.processes.clear()

    def begin_again(self) -> None:
        """Replace both by new ones at the same address."""
        self.end()
        self.begin()


@pytest.fixture
def by_hand(tmp_path: Path) -> Iterator[ByHand]:
    """A cluster of two processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        made = ByHand(tmp_path, free.getsockname()[1])
    made.begin()
    yield made
    if made.processes:
        made.end()


@pytest.mark.soak
def test_scheduler_lost_and_replaced(by_hand: ByHand, alone_and_longer: Result, tmp_path: Path) -> None:
    """A run survives the loss of its scheduler if another one starts at the same address."""
    there = connected(by_hand.address)
    assert searched(tmp_path / "run", config(LONG), there, At(2, by_hand.begin_again)) == alone_and_longer


@pytest.mark.soak
def test_scheduler_lost_for_good(by_hand: ByHand, alone_and_longer: Result, tmp_path: Path) -> None:
    """A run without a scheduler ends with an error, and resumes in one process to the same result."""

    def workers(share: Share) -> Cluster:
        return Cluster(ClusterConnection(share, by_hand.address, connect_seconds=2.0, workers_seconds=4.0))

    search = config(LONG)
    with pytest.raises(AzcError, match=r"the scheduler was lost .*; the last checkpoint is kept"):
        searched(tmp_path / "run", search, workers, At(2, by_hand.end))
    found = resume(tmp_path / "run", config=search)
    assert Result(format_program(found.program), rows(tmp_path / "run")) == alone_and_longer


# --- errors ---------------------------------------------------------------------------------------------


def test_other_sources_are_refused(cluster: Any, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers with other source code are refused, and the run does not begin."""
    monkeypatch.setattr(room, "_sources", lambda: "0123456789ab")
    with pytest.raises(AzcError, match=r"tcp://.*: azc .* instead of .*\(0123456789ab\).*; and 1 more"):
        run_search(config(), workers=connected(cluster.scheduler_address))
    assert not runs_on(cluster.scheduler)


def test_worker_that_joins_with_another_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that joins with another installation computes nothing and gives the reason."""
    monkeypatch.setattr(room, "_refused", {})
    worker = SimpleNamespace(address="tcp://10.0.0.7:4000")
    asyncio.run(room._begin(worker, "azc-run", share(), {**installation(), "numba": "0.1"}))
    with pytest.raises(AzcError, match=r"tcp://10.0.0.7:4000 joined with numba .* instead of 0.1"):
        compute_round("azc-run", 0, long_job())


def test_error_in_a_job_comes_through(cluster: Any, client: Any) -> None:
    """An AzcError on a worker is raised in the run with the same message."""
    workers = Cluster(ClusterConnection(share(), cluster.scheduler_address))
    workers.ready()
    try:
        client.run(_refuse, workers.connection.run)
        future = workers.submit(0, long_job())
        assert wait([future], 10).done
        with pytest.raises(AzcError, match="not today; the last checkpoint is kept"):
            future.result()
    finally:
        workers.close()


def test_outcome_that_cannot_be_fetched_is_a_loss(
    cluster: Any, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job counts as lost if the connection fails while its outcome is fetched."""
    workers = Cluster(ClusterConnection(share(), cluster.scheduler_address))
    workers.ready()

    async def fails(*arguments: Any, **more: Any) -> None:
        raise OSError("timed out")

    try:
        monkeypatch.setattr(workers.connection.client, "gather", fails)
        with pytest.raises(Lost, match="timed out"):
            workers.submit(0, long_job()).result(10)
    finally:
        workers.close()


def _refuse(run: str) -> None:
    """On a worker: refuse a run."""
    from azc.runs.cluster_worker import _refused

    _refused[run] = "not today"


def test_no_worker_for_long_is_a_loss(cluster: Any, client: Any) -> None:
    """Jobs are lost after some time without workers, and `mend` gives an error after a longer one."""
    told: list[str] = []
    workers = Cluster(
        ClusterConnection(share(), cluster.scheduler_address, workers_seconds=3.0), absent_seconds=0.5
    )
    workers.ready(told.append)
    try:
        cluster.scale(0)
        with pytest.raises(Lost, match="no worker is left"):
            workers.submit(0, long_job()).result(15)
        with pytest.raises(AzcError, match=r"no workers for 3 seconds.*azc resume"):
            workers.mend()
        assert (
            told[-1] == f"{cluster.scheduler_address} has no workers; waiting for one for at most 3 seconds"
        )
    finally:
        workers.close()
        cluster.scale(WORKERS)


def test_differences() -> None:
    """Differences of installations name each package, its version and the expected one."""
    assert not difference(installation(), installation())
    assert difference({"azc": "1", "numpy": "2"}, {"azc": "2", "numba": "3"}) == (
        "azc 1 instead of 2, numba none instead of 3"
    )


@pytest.mark.parametrize("address", ["nonsense", "foo://10.0.0.1:8786", "tcp://10.0.0.1"])
def test_invalid_address(address: str) -> None:
    """An invalid scheduler address is an error."""
    with pytest.raises(AzcError, match="expected an address like"):
        Cluster(ClusterConnection(share(), address)).ready()


def test_no_scheduler_at_the_address(tmp_path: Path) -> None:
    """An address without a scheduler, or a missing scheduler file, is an error within seconds."""
    began = monotonic()
    with pytest.raises(AzcError, match=r"no Dask scheduler at tcp://127.0.0.1:1 .*check"):
        Cluster(ClusterConnection(share(), "tcp://127.0.0.1:1", connect_seconds=0.5)).ready()
    with pytest.raises(AzcError, match=r"no Dask scheduler at .*nowhere.json \(the file has no address"):
        Cluster(ClusterConnection(share(), None, tmp_path / "nowhere.json", connect_seconds=0.5)).ready()
    assert monotonic() - began < 5


def test_without_distributed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Dask the error says what to install."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(AzcError, match=r"pip install 'azc\[cluster\]'"):
        connected("tcp://10.0.0.1:8786")


def test_address_or_file() -> None:
    """`connected` without an address or a file is an error."""
    with pytest.raises(AzcError, match="one of them"):
        connected()
