"""Figure 4: how often evolution succeeds where random search seldom does, over the difficulty of the task.

The difficulty of a task type is log10 of the programs that random search scores, on average, until one is
acceptable. Experiments of both strategies have the same length, of which random search should succeed in a
small share.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from azc.paper.result import StudyResult
from azc.paper.searches import checksum, searched
from azc.paper.success_rate import SuccessRate
from azc.paper.trials import Trials
from azc.words import counted

TASK_TYPES: Final = ("linear-learning", "affine-learning", "linear", "affine")
"""Names of the configurations."""
RANDOM, EVOLUTION = "random_search", "regularized_evolution"
FIRST: Final = 1_000_000
"""Seed of the first experiment that looks for the length; those that are compared count from 1."""
BATCH: Final = 8
"""Experiments that look for the length at a time."""


@attrs.frozen
class Scale:
    """How much is run of each task type."""

    types: tuple[str, ...]
    successes: int
    """Successes of random search that are looked for to choose the length of experiments."""
    most: int
    """Programs after which random search stops looking."""
    longest: int
    """Maximum length of an experiment, in programs."""
    runs: int
    """Experiments of random search that are compared, with as many of evolution."""
    share: float
    """Share of experiments in which random search should succeed."""


SCALES: Final = {
    "quick": Scale(TASK_TYPES[:2], 5, 40_000_000, 1_000_000, 30, 0.2),
    "hour": Scale(TASK_TYPES, 10, 400_000_000, 10_000_000, 50, 0.2),
    "day": Scale(TASK_TYPES, 20, 4_000_000_000, 50_000_000, 100, 0.2),
}


@attrs.frozen
class Point:
    """A task type: what random search scored in all, and how often each strategy succeeds."""

    name: str
    scored: int
    found: int
    """Successes of random search in these."""
    length: int
    """Programs of an experiment."""
    random: SuccessRate
    evolution: SuccessRate

    @property
    def difficulty(self) -> float:
        """log10 of the programs for a success of random search; its 95 % lower bound, if it had none."""
        return math.log10(self.scored / (self.found or -math.log(0.05)))


def run(trials: Trials, configurations: Path, scale: Scale) -> StudyResult:
    """Measure all task types."""
    return result_of([_point(trials, configurations / f"{name}.toml", scale) for name in scale.types])


def _point(trials: Trials, config: Path, scale: Scale) -> Point:
    same = {"config": f"{config.parent.name}/{config.name}", "checksum": checksum(config)}

    def experiments(strategy: str, first: int, runs: int, evals: int) -> list[dict[str, Any]]:
        seeds = range(first, first + runs)
        return trials.run(
            searched, [{**same, "strategy": strategy, "seed": seed, "evals": evals} for seed in seeds]
        )

    looked: list[dict[str, Any]] = []
    while _found(looked) < scale.successes and _scored(looked) < scale.most:
        looked += experiments(RANDOM, FIRST + len(looked), BATCH, scale.most // (8 * BATCH))
    length = min(scale.longest, math.ceil(scale.share * _scored(looked) / max(_found(looked), 1)))
    at_random = experiments(RANDOM, 1, scale.runs, length)
    evolved = experiments(EVOLUTION, 1, scale.runs, length)
    both = [*looked, *at_random]
    shares = (SuccessRate(_found(results), scale.runs) for results in (at_random, evolved))
    return Point(config.stem, _scored(both), _found(both), length, *shares)


def _found(results: Sequence[dict[str, Any]]) -> int:
    return sum(result["program"] is not None for result in results)


def _scored(results: Sequence[dict[str, Any]]) -> int:
    return sum(result["evals"] for result in results)


def result_of(points: Sequence[Point]) -> StudyResult:
    """The table and the figure."""
    points = sorted(points, key=lambda point: point.difficulty)
    rows = [
        (
            point.name,
            f"{'' if point.found else 'above '}{point.difficulty:.2f}",
            f"{point.found} in {point.scored:,}",
            f"{point.length:,}",
            str(point.random),
            str(point.evolution),
        )
        for point in points
    ]
    better = sum(point.evolution.interval[0] > point.random.interval[1] for point in points)
    return StudyResult(
        "figure-4",
        ("task type", "difficulty", "successes", "experiment", "random search", "evolution"),
        rows,
        "Evolution succeeds more often than random search, with intervals that do not overlap, on "
        f"{better} of {counted(len(points), 'task type')}.",
        lambda axes: _plot(axes, points),
    )


def _plot(axes: Any, points: Sequence[Point]) -> None:
    for label, name, color in (("evolution", "evolution", "#c44e52"), ("random search", "random", "#4c72b0")):
        shares: list[SuccessRate] = [getattr(point, name) for point in points]
        below = [share.mean - share.interval[0] for share in shares]
        above = [share.interval[1] - share.mean for share in shares]
        axes.errorbar(
            [point.difficulty for point in points],
            [share.mean for share in shares],
            yerr=[below, above],
            marker="o",
            capsize=3,
            label=label,
            color=color,
        )
    for point in points:
        where = (point.difficulty, 1.04)
        name = point.name if point.found else f"{point.name} →"  # at least as difficult
        axes.annotate(name, where, ha="center", va="bottom", fontsize="small", annotation_clip=False)
    axes.set(
        xlabel="difficulty: log10 of the programs for a success of random search",
        ylabel="share of experiments that succeed",
        ylim=(-0.02, 1.03),
    )
    axes.margins(x=0.12)
    axes.legend(loc="center left", frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
