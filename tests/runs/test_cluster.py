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
from azc.search import Config, Evolution, SearchResult
from azc.search.islands import Job, compute_job
from azc.tasks import SETS

pytest.importorskip("distributed")
from distributed import Client, LocalCluster

ISLANDS, WORKERS = 4, 4
OF_THE_CLOCK = ("_seconds", "_at", "_hits", "_run")
"""How columns end whose content depends on more than configuration and seed."""


def config(round_evals: int = 2_000, rounds: int = 5) -> Config:
    """A search on a few islands; some 200,000 programs are a second."""
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
    """What workers of such a search are given."""
    return Share(((config().params, tuple(tasks())),), "test")


def long_job() -> Job:
    """A job that goes on for hours."""
    return Job(number=0, round=1, island=None, migrants=None, scored=True, evals=10**9)


def rows(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """A history without what depends on the clock."""
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
    """What is to be the same."""

    program: str
    history: dict[str, list[dict[str, Any]]]


def searched(folder: Path, search: Config, workers: Any, *callbacks: Callback) -> Result:
    """A run's result."""
    found: SearchResult = run_search(search, run_dir=folder, workers=workers, callbacks=callbacks)
    return Result(format_program(found.program), rows(folder))


@attrs.define
class At(Callback):
    """Does something once, when so many rounds are complete."""

    round: int
    do: Callable[[], None]

    def on_round(self, progress: Progress) -> None:
        """Do it."""
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
    """Somebody else who looks at the cluster."""
    deadline = monotonic() + 30
    with Client(cluster.scheduler_address, set_as_default=False) as looking:
        while len(looking.nthreads()) < WORKERS and monotonic() < deadline:
            sleep(0.1)
        yield looking


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The same in one process."""
    return searched(tmp_path_factory.mktemp("alone") / "run", config(), InProcess)


@pytest.fixture(scope="module")
def alone_and_longer(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The search of longer rounds in one process."""
    return searched(tmp_path_factory.mktemp("longer") / "run", config(LONG), InProcess)


LONG = 80_000
"""Programs of a round that takes long enough to be in the middle of it."""


def _doing(dask_worker: Any = None) -> tuple[int, int]:
    """On a worker: its process, and how many jobs it is computing."""
    return os.getpid(), len(dask_worker.state.executing)


def _given_there(dask_worker: Any = None) -> list[str]:
    """On a worker: the runs whose tasks it has."""
    from azc.runs.cluster_worker import _given

    return list(_given)


def runs_on(scheduler: Any) -> list[str]:
    """The runs whose tasks a scheduler has."""
    return [name for name in scheduler.worker_plugins if name.startswith("azc-")]


def kill_busy(cluster: Any, processes: dict[str, int]) -> tuple[str, list[str]]:
    """Kill a worker in the middle of a job: where it was, and the jobs that it took along."""
    jobs: dict[str, list[str]] = {}
    while not any(jobs.values()):
        sleep(0.05)
        for pid in processes.values():
            # They end nothing any more, while we look whose job is still to be done.
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
    """A cluster finds what one process finds, in the same order."""
    assert searched(tmp_path / "run", config(), connected(cluster.scheduler_address)) == alone
    assert len(alone.history["rounds"]) == ISLANDS * 5
    assert len(alone.history["improvements"]) > ISLANDS


def test_history_of_processes_is_that_of_one(alone: Result, tmp_path: Path) -> None:
    """So do processes on this machine."""
    assert searched(tmp_path / "run", config(), partial(Processes, count=2)) == alone


def test_scheduler_file(cluster: Any, client: Any, alone: Result, tmp_path: Path) -> None:
    """The file that a scheduler writes is as good as its address."""
    client.write_scheduler_file(str(tmp_path / "scheduler.json"))
    assert searched(tmp_path / "run", config(), connected(None, tmp_path / "scheduler.json")) == alone


def test_two_runs_at_once(cluster: Any, alone: Result, tmp_path: Path) -> None:
    """A run that begins and ends while another is on takes nothing away from it."""
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


def test_threads_that_begin_at_once() -> None:
    """Two threads of a new process may both be the first to need machine code."""
    folders = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
    for _ in range(2):
        code = [sys.executable, "-c", TWO_THREADS]
        done = subprocess.run(code, env=environment, stderr=subprocess.PIPE, text=True, timeout=60)
        assert done.returncode == 0, done.stderr


# --- workers that go and come ---------------------------------------------------------------------------


def test_worker_killed_in_mid_round(
    cluster: Any, client: Any, alone_and_longer: Result, tmp_path: Path
) -> None:
    """The rounds of a worker that died are computed by another, and the history does not show it."""
    killed: list[tuple[str, list[str]]] = []
    processes = {at: pid for at, (pid, _) in client.run(_doing).items()}
    # While the run goes on: whoever is in the middle of a job now may not be when he is killed.
    killer = Thread(target=lambda: killed.append(kill_busy(cluster, processes)), daemon=True)
    found = searched(
        tmp_path / "run", config(LONG), connected(cluster.scheduler_address), At(1, killer.start)
    )
    killer.join(10)
    ((place, jobs),) = killed
    assert place not in client.nthreads()
    assert given_again(cluster, jobs)
    assert found == alone_and_longer


@pytest.mark.soak
def test_all_workers_killed_and_replaced(
    cluster: Any, client: Any, alone_and_longer: Result, tmp_path: Path
) -> None:
    """Workers that take the place of all there were have the tasks too."""
    before = set(client.nthreads())

    def kill() -> None:
        for pid, _ in client.run(_doing).values():
            os.kill(pid, signal.SIGKILL)

    found = searched(tmp_path / "run", config(LONG), connected(cluster.scheduler_address), At(2, kill))
    assert not before & set(client.nthreads())
    assert found == alone_and_longer


def test_worker_that_joins_later(cluster: Any, client: Any, alone_and_longer: Result, tmp_path: Path) -> None:
    """A worker that joins when the run is on is given the tasks, and forgets them when it is over."""
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
    """What workers do when a run ends, they soon do no more."""
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


def test_mended_workers_go_on(cluster: Any, client: Any) -> None:
    """After mending, what was given out is taken back, and new jobs are done."""
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
    """Tasks of a run whose process is gone are taken back when another run begins."""
    client.register_plugin(room.plugin("azc-gone", share(), installation()), name="azc-gone")
    assert runs_on(cluster.scheduler) == ["azc-gone"]
    workers = Cluster(ClusterConnection(share(), cluster.scheduler_address))
    workers.ready()
    workers.close()
    assert not runs_on(cluster.scheduler)


# --- a scheduler that goes -------------------------------------------------------------------------------


@attrs.define
class ByHand:
    """A scheduler and a worker of two threads, begun by their commands."""

    folder: Path
    port: int
    processes: list[subprocess.Popen[bytes]] = attrs.field(factory=list)

    @property
    def address(self) -> str:
        """The scheduler's."""
        return f"tcp://127.0.0.1:{self.port}"

    def begin(self) -> None:
        """Begin both."""
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
        """Kill the scheduler, and end the worker."""
        for process, number in zip(self.processes, (signal.SIGKILL, signal.SIGTERM), strict=True):
            process.send_signal(number)
        for process in self.processes:
            process.wait(60)
        self.processes.clear()

    def begin_again(self) -> None:
        """Another scheduler takes the place of the first."""
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
    """A run outlives its scheduler, if another begins at the same address; threads serve as processes do."""
    there = connected(by_hand.address)
    assert searched(tmp_path / "run", config(LONG), there, At(2, by_hand.begin_again)) == alone_and_longer


@pytest.mark.soak
def test_scheduler_lost_for_good(by_hand: ByHand, alone_and_longer: Result, tmp_path: Path) -> None:
    """Without a scheduler the run ends with an error, and goes on anywhere from its checkpoint."""

    def workers(share: Share) -> Cluster:
        return Cluster(ClusterConnection(share, by_hand.address, connect_seconds=2.0, workers_seconds=4.0))

    search = config(LONG)
    with pytest.raises(AzcError, match=r"the scheduler was lost .*; the last checkpoint is kept"):
        searched(tmp_path / "run", search, workers, At(2, by_hand.end))
    found = resume(tmp_path / "run", config=search)
    assert Result(format_program(found.program), rows(tmp_path / "run")) == alone_and_longer


# --- what does not fit ----------------------------------------------------------------------------------


def test_other_sources_are_refused(cluster: Any, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where code is not the same, results might not be either: the run does not begin."""
    monkeypatch.setattr(room, "_sources", lambda: "0123456789ab")
    with pytest.raises(AzcError, match=r"tcp://.*: azc .* instead of .*\(0123456789ab\).*; and 1 more"):
        run_search(config(), workers=connected(cluster.scheduler_address))
    assert not runs_on(cluster.scheduler)


def test_worker_that_joins_with_other_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that joins later with other code computes nothing, and says why."""
    monkeypatch.setattr(room, "_refused", {})
    worker = SimpleNamespace(address="tcp://10.0.0.7:4000")
    asyncio.run(room._begin(worker, "azc-run", share(), {**installation(), "numba": "0.1"}))
    with pytest.raises(AzcError, match=r"tcp://10.0.0.7:4000 joined with numba .* instead of 0.1"):
        compute_round("azc-run", 0, long_job())


def test_error_in_a_job_comes_through(cluster: Any, client: Any) -> None:
    """An error of azc on a worker is the same error at home."""
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
    """A job does not stay pending if the connection fails while its outcome is fetched."""
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
    """On a worker: have no part in a run."""
    from azc.runs.cluster_worker import _refused

    _refused[run] = "not today"


def test_no_worker_for_long_is_a_loss(cluster: Any, client: Any) -> None:
    """Jobs that wait for workers that do not come are lost, and mending says what to check."""
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
    """A difference names what differs, and what was expected."""
    assert not difference(installation(), installation())
    assert difference({"azc": "1", "numpy": "2"}, {"azc": "2", "numba": "3"}) == (
        "azc 1 instead of 2, numba none instead of 3"
    )


@pytest.mark.parametrize("address", ["nonsense", "foo://10.0.0.1:8786", "tcp://10.0.0.1"])
def test_address_that_is_none(address: str) -> None:
    """What cannot be an address is said at once."""
    with pytest.raises(AzcError, match="expected an address like"):
        Cluster(ClusterConnection(share(), address)).ready()


def test_nobody_at_the_address(tmp_path: Path) -> None:
    """An address where nobody listens, or a file that nobody wrote, is an error within seconds."""
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
    """One of the two is expected."""
    with pytest.raises(AzcError, match="one of them"):
        connected()
