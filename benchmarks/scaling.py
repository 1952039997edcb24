"""How a search scales: bytes that travel, more workers than processors, and 10,000 workers simulated.

    python benchmarks/scaling.py bytes
    python benchmarks/scaling.py measure        # 1 to 16 processes on what there is
    python benchmarks/scaling.py simulate

The simulation gives out jobs as `azc.runs.dispatch` does: an island's round begins when its own last one and
that of the island before it in the ring are done, at most some rounds ahead of the slowest; one coordinator
serves all, a job at a time.
"""

import pickle
import sys
from functools import partial
from heapq import heappop, heappush
from time import perf_counter

import attrs
import numpy as np
from harness import show

from azc.runs import InProcess, Processes, run_search
from azc.runs.dispatch import AHEAD
from azc.runs.launch import with_rounds
from azc.search import Evolution, load_config
from azc.search.archipelago import Archipelago
from azc.search.islands import compute_job

DEMO = "examples/original/linear_regression.toml"


# --- bytes ----------------------------------------------------------------------------------------------


def measure_bytes() -> None:
    """What a state, a migration and a round's job and outcome are in bytes, and what moving them takes."""
    rows = []
    for population in (100, 1000, 10_000):
        settings = [f"search.population_size={population}", "search.n_islands=2"]
        config = with_rounds(load_config(DEMO, settings))
        archipelago, evolution = Archipelago(config.kinds), Evolution(config.params, config.tasks("search"))
        first = {
            n: compute_job(evolution, archipelago.job(n, 1, {}, 2 * population)).island for n in range(2)
        }
        job = archipelago.job(0, 2, first, 2 * population)
        outcome = compute_job(evolution, job)
        began = perf_counter()
        for _ in range(20):
            pickle.loads(pickle.dumps(job))
            pickle.loads(pickle.dumps(outcome))
        milliseconds = (perf_counter() - began) / 20 * 1000
        sizes = [len(pickle.dumps(made)) for made in (outcome.island, job.migrants, job, outcome)]
        rows.append([f"{population:,}", *(f"{size:,}" for size in sizes), f"{milliseconds:.2f}"])
    show(
        "what travels",
        ["programs", "state", "migration", "job", "outcome", "ms to pack and unpack both"],
        rows,
    )


# --- measured -------------------------------------------------------------------------------------------


def rate(n_jobs: int, n_islands: int, evals: int) -> float:
    """Programs a second of the demo's search with so many processes."""
    settings = [
        f"search.n_islands={n_islands}",
        f"search.max_evals={evals}",
        "search.target_fitness=2",
        "search.topology=ring",
    ]
    staff = InProcess if n_jobs == 1 else partial(Processes, count=n_jobs)
    return run_search(load_config(DEMO, settings), workers=staff).evals_per_second


def measure() -> None:
    """More processes than processors, which lose what they take (`runs.py` compares one and two)."""
    counts = (1, 2, 4, 8, 16)
    best = [rate(n, 16, 6_400_000) for n in counts]
    show(
        "16 islands, more processes than processors",
        ["processes", "programs/s", "of two"],
        [[str(n), f"{r:,.0f}", f"{r / best[1]:.2f}"] for n, r in zip(counts, best, strict=True)],
    )


# --- simulated ------------------------------------------------------------------------------------------


@attrs.frozen
class World:
    """What workers and coordinator are like; seconds."""

    workers: int = 10_000
    round: float = 60.0
    """What a round takes a worker."""
    spread: float = 0.05
    """Standard deviation of its logarithm, round by round."""
    pauses: float = 1 / 3600
    """A worker stands still so often a second: somebody else's work, a page fault, a slow network."""
    pause: float = 30.0
    """How long, on average."""
    failures: float = 1 / 86_400
    """A worker is lost so often a second."""
    notice: float = 30.0
    """Until a lost worker is noticed, its job given to another."""
    serving: float = 0.002
    """What the coordinator takes to give out a job and take its outcome."""
    ahead: int = AHEAD


def efficiency(world: World, rounds: int = 20, seed: int = 0) -> float:
    """The share of the workers' time that goes into rounds which count."""
    rng = np.random.default_rng(seed)
    n = world.workers
    done = np.zeros(n, dtype=int)
    complete, counted = 0, {0: n}
    queue: list[tuple[float, int, int, float]] = [(0.0, 0, island, 0.0) for island in range(n)]
    waiting: set[int] = set()
    free = 0.0
    useful = 0.0

    def duration() -> tuple[float, float]:
        """What a round takes, and how long its worker stands still meanwhile."""
        work = world.round * float(np.exp(rng.normal(0.0, world.spread)))
        return work, float(rng.exponential(world.pause, rng.poisson(work * world.pauses)).sum())

    def may_begin(island: int) -> bool:
        next_round = done[island] + 1
        return done[island - 1] >= done[island] and next_round <= complete + 1 + world.ahead

    # Events are jobs that the coordinator is to give out (0) and outcomes that it is to take (1).
    while complete < rounds:
        at, what, island, took = heappop(queue)
        free = max(free, at) + world.serving / 2
        if what == 0:
            took, lost = duration()
            while rng.random() < 1 - np.exp(-took * world.failures):
                lost += rng.uniform(0.0, took) + world.notice
            heappush(queue, (free + lost + took, 1, island, took))
            continue
        useful += took
        done[island] += 1
        round_number = int(done[island])
        counted[round_number] = counted.get(round_number, 0) + 1
        moved = False
        while counted.get(complete + 1, 0) == n:
            complete, moved = complete + 1, True
        waiting.add(island)
        candidates = list(waiting) if moved else [island, (island + 1) % n]
        for other in candidates:
            if other in waiting and may_begin(other):
                waiting.remove(other)
                heappush(queue, (free, 0, other, 0.0))
    return useful / (n * free)


def simulate() -> None:
    """Which round length keeps 10,000 workers at work."""
    lengths = (5, 10, 20, 30, 60, 120, 300, 600)
    worlds = {
        "nothing goes wrong": World(pauses=0.0, failures=0.0, spread=0.0),
        "stragglers": World(failures=0.0),
        "stragglers, a failure a worker and day": World(),
        "ten times as many of both": World(pauses=10 * World().pauses, failures=10 * World().failures),
        "the first two, nobody ahead": World(ahead=0),
    }
    rows = [
        [name, *(f"{efficiency(attrs.evolve(world, round=float(length))):.0%}" for length in lengths)]
        for name, world in worlds.items()
    ]
    show(
        "efficiency by the length of a round",
        ["10,000 workers", *(f"{length} s" for length in lengths)],
        rows,
    )


if __name__ == "__main__":
    {"bytes": measure_bytes, "measure": measure, "simulate": simulate}[sys.argv[1]]()
