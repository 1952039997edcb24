"""Data for tests of watchers: a program, a round and an improvement."""

from programs import linear

from azc.runs.callbacks import Improvement, Progress
from azc.runs.hall_of_fame import Entry

PROGRAM = linear(0.5, "m1 = gaussian(0, 1)")
BEST = Improvement(1, 3, 1, 9_000, 12_345, 0.98765, True, 6, PROGRAM, ("alter_param",), 62.0)
PROGRESS = Progress(
    round=3,
    evals=12_345,
    seconds=63.0,
    evals_per_second=4115.0,
    best_fitness=0.98765,
    median_fitness=0.5,
    select_fitness=0.75,
    selected=None,
    experiments=5,
    n_islands=4,
    time_left=61.0,
    hall_of_fame=(Entry(2, 0.5, 0, 100, PROGRAM), Entry(6, 0.98765, 1, 9_000, PROGRAM)),
    counts={"evaluated": 6_000, "exact_hits": 6_345, "stopped_early": 0},
    rows=(),
)
