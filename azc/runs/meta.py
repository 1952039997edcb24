"""A strategy's own parameters, evolved: tuned by CMA-ES (the library `cmaes`) over several searches."""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, Final, NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray

from azc.arguments import (
    MAX_SEED,
    a_function,
    a_path,
    a_text,
    an_object_with,
    optional,
    several,
    takes,
    whole,
)
from azc.errors import AzcError
from azc.problems import CheckError
from azc.runs.launch import run_search
from azc.search import Config, Strategy, load_config
from azc.settings import Setting

SIGMA: Final = 0.5
"""First step size: factors of weights and numbers are spread by exp(0.5)."""
MAX_STEP: Final = 4.0
"""Maximum step: factors from exp(-4) to exp(4)."""
MAX_HALVINGS: Final = 20
"""Maximum number of times that a step out of bounds is halved."""
BELOW_ONE: Final = math.nextafter(1.0, 0.0)
SEEDS_APART: Final = 1000
"""Seeds of a generation begin so many after those of the one before."""


class PlannedRun(NamedTuple):
    """A search to run."""

    path: str
    overrides: tuple[str, ...]
    seed: int


@attrs.frozen
class Spent:
    """What a search needed, with one set of parameters, on some seeds."""

    path: str
    reached: int
    """Seeds that reached the target."""
    seeds: int
    budget: float
    """Share of the budget used, mean; without the target reached 1, and what is missing to it on top."""


@attrs.frozen
class TunedStrategy:
    """A strategy's parameters after tuning."""

    strategy: str
    search: dict[str, Any] = attrs.field(eq=False)
    """Keys of `[search]` that were tuned, with their values."""
    before: tuple[Spent, ...]
    """By search, on seeds that tuning did not see: with the parameters that the searches had."""
    after: tuple[Spent, ...]
    """The same with the tuned parameters."""
    runs: int
    """Searches run in all."""


@attrs.frozen
class Generation:
    """A generation of parameters, all of them tried."""

    number: int
    """From 1."""
    budget: float
    """Mean share of the budget used, over the searches and all that was tried."""


def _nobody(generation: Generation) -> None:
    """Do nothing."""


@takes(
    paths=several(a_path, "a sequence of paths of configurations, at least one", 1),
    overrides=several(a_text, "a sequence of texts like search.max_evals=40_000"),
    checks=several(a_path, "a sequence of paths of configurations"),
    generations=whole(0, 100_000),
    seeds=whole(1, SEEDS_APART),
    check_seeds=whole(1, SEEDS_APART),
    seed=whole(0, MAX_SEED // 2),
    executor=optional(an_object_with("map")),
    on_generation=a_function,
)
def tune_strategy(
    paths: Sequence[str | Path],
    overrides: Sequence[str] = (),
    *,
    checks: Sequence[str | Path] = (),
    generations: int,
    seeds: int = 2,
    check_seeds: int = 5,
    seed: int = 0,
    executor: Executor | None = None,
    on_generation: Callable[[Generation], None] = _nobody,
) -> TunedStrategy:
    """Tune the parameters of a strategy so that searches reach their targets with less of their budgets.

    paths: configurations, all with one strategy; each has a target, and `max_evals` or `max_seconds` for its
    budget. Mutation weights and the strategy's own numbers are multiplied by factors. In a generation all
    candidates run every search on the same new seeds; they are ranked for each search, and their ranks
    added. The result is the centre of the last generation's distribution. Parameters before and after are
    compared on the searches, with `check_seeds` other seeds, and on `checks`, searches that tuning does not
    see. `executor` runs searches side by side. The same arguments give the same result where budgets are
    `max_evals`. AzcError if a configuration is wrong, or if the strategy has nothing to tune.
    """
    from cmaes import CMA

    run = map if executor is None else executor.map
    names, compared = [str(path) for path in paths], [str(path) for path in (*paths, *checks)]
    tunable = _tunable([_on_tasks(load_config(name, overrides)) for name in compared])
    given, runs = tuple(overrides), 0

    def tried(names: Sequence[str], steps: Sequence[NDArray[np.float64]], first: int, count: int) -> Any:
        """Shares of the budgets used: [step][search][seed]."""
        nonlocal runs
        jobs = [
            PlannedRun(name, (*given, *tunable.overrides(step)), first + index)
            for step in steps
            for name in names
            for index in range(count)
        ]
        runs += len(jobs)
        return np.array([*run(_spent, jobs)]).reshape(len(steps), len(names), count)

    optimizer = CMA(mean=np.zeros(len(tunable)), sigma=SIGMA, seed=seed % (1 << 32))
    for generation in range(generations):
        steps = [optimizer.ask() for _ in range(optimizer.population_size)]
        shares = tried(names, steps, seed + SEEDS_APART * (1 + generation), seeds).mean(axis=2)
        ranks = _ranks(shares).sum(axis=1)
        optimizer.tell([(step, float(rank)) for step, rank in zip(steps, ranks, strict=True)])
        on_generation(Generation(generation + 1, float(shares.mean())))
    both = [np.zeros(len(tunable)), optimizer.mean if generations else np.zeros(len(tunable))]
    before, after = (_summary(compared, rows) for rows in tried(compared, both, seed, check_seeds))
    return TunedStrategy(tunable.strategy, tunable.values(both[1]), before, after, runs)


def _on_tasks(config: Config) -> Config:
    if config.evaluator is not None:
        raise AzcError(f"{config.source}: has an evaluator of your own; tuning needs tasks and a target")
    return config


def _summary(names: Sequence[str], shares: NDArray[np.float64]) -> tuple[Spent, ...]:
    """What searches needed, from the shares of their budgets: [search][seed]."""
    pairs = zip(names, shares, strict=True)
    return tuple(Spent(name, int((row < 1).sum()), len(row), float(row.mean())) for name, row in pairs)


def _ranks(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank of each candidate for each search; equal candidates have the same."""
    worse, same = shares[:, None] > shares, shares[:, None] == shares
    ranks: NDArray[np.float64] = worse.sum(axis=1) + same.sum(axis=1) / 2
    return ranks


# --- one run --------------------------------------------------------------------------------------------


def _spent(job: PlannedRun) -> float:
    """Share of its budget that a search used; at the least 1 if it did not reach its target.

    Infinite if its parameters do not go together. KeyboardInterrupt if a signal ended it.
    """
    try:
        config = load_config(job.path, job.overrides, job.seed)
    except AzcError:
        return math.inf
    limits, result = config.params.limits, run_search(config)
    if result.interrupted:
        raise KeyboardInterrupt
    if result.ended != "target":
        return 1.0 + max(0.0, limits.target_fitness - result.fitness["select"])
    used = result.seconds / limits.max_seconds if limits.max_seconds else 0.0
    return min(result.evals / limits.max_evals if limits.max_evals else used, BELOW_ONE)


# --- what is tuned --------------------------------------------------------------------------------------


@attrs.frozen
class Tunable:
    """The parameters of a strategy that are tuned; a step has a number for each, the log of its factor."""

    strategy: str
    weights: dict[str, float]
    """[mutation]: the weight before."""
    numbers: dict[str, int | float]
    """[key]: the number before."""
    declared: dict[str, Setting]

    def __len__(self) -> int:
        return len(self.weights) + len(self.numbers)

    def values(self, step: NDArray[np.float64]) -> dict[str, Any]:
        """Keys of `[search]` after a step."""
        steps = iter(np.clip(step, -MAX_STEP, MAX_STEP).tolist())
        weights = {
            name: float(f"{weight * math.exp(next(steps)):.3g}") for name, weight in self.weights.items()
        }
        numbers = {name: self._moved(name, next(steps)) for name in self.numbers}
        return {"mutations": weights, **numbers}

    def _moved(self, name: str, step: float) -> int | float:
        """A number after a step; after a shorter one, if that would be out of bounds."""
        value, setting = self.numbers[name], self.declared[name]
        for _ in range(MAX_HALVINGS):
            moved = value * math.exp(step)
            try:
                taken: int | float = setting.check(round(moved) if isinstance(value, int) else moved)
            except CheckError:
                step /= 2
            else:
                return taken
        return value

    def overrides(self, step: NDArray[np.float64]) -> tuple[str, ...]:
        """The same as overrides of a configuration."""
        values = self.values(step)
        weights = ", ".join(f"{name} = {weight!r}" for name, weight in values.pop("mutations").items())
        numbers = (f"search.{name}={value!r}" for name, value in values.items())
        return (f"search.mutations={{{weights}}}", *numbers)


def _tunable(configs: Sequence[Config]) -> Tunable:
    """What the searches' strategy has to tune; AzcError if they have several, or one without parents."""
    islands = [config.params.island for config in configs]
    names = sorted({island.strategy.name for island in islands})
    if len(names) > 1:
        raise AzcError(f"the searches have the strategies {', '.join(names)}; expected one for all")
    strategy = islands[0].strategy
    if not strategy.selects:
        raise AzcError(f"{strategy.name} has no parameters to tune; expected a strategy with parents")
    # In bins, those of all strategies mean nothing.
    known = Strategy.declared() if strategy.bins else {}
    declared = {name: one for name, one in strategy.declared().items() if name not in known}
    values = {name: getattr(strategy, name) for name in declared}
    return Tunable(
        strategy.name,
        {name: weight for name, weight in islands[0].mutations if weight > 0},
        {name: value for name, value in values.items() if type(value) in (int, float) and value > 0},
        declared,
    )
