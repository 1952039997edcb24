"""Figure 5: a network with backpropagation, rediscovered on the data of a two-layer teacher.

Searches begin from a damaged network, from linear regression, or from empty programs, by the paper's
evolution and by azc's own strategy. What was found stands beside the paper's listing, explained alike.
"""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

import attrs

import azc
from azc.explain import explain
from azc.ir import interface_of
from azc.paper.result import StudyResult
from azc.paper.searches import checksum, searched_for
from azc.paper.success_rate import SuccessRate
from azc.paper.trials import Trials

STARTS: Final = ("damaged", "linear", "empty")
"""What searches begin from: names of the configurations of azc's own strategy."""
STRATEGIES: Final = {"azc": "", "paper": "-original"}
"""Whose strategy it is, and what the configuration's name ends in."""
PUBLISHED: Final = "published.azl"


@attrs.frozen
class TimeScale:
    """How much is run: seeds, and CPU seconds of a search from each start."""

    seeds: int
    seconds: dict[str, float]


SCALES: Final = {
    "quick": TimeScale(5, {"damaged": 10}),
    "hour": TimeScale(10, {"damaged": 10, "linear": 120, "empty": 120}),
    "day": TimeScale(10, {"damaged": 10, "linear": 1200, "empty": 1200}),
}


@attrs.frozen
class Rediscovery:
    """The searches from a start by a strategy."""

    start: str
    strategy: str
    budget: float
    """CPU seconds of a search."""
    results: tuple[dict[str, Any], ...]

    @property
    def found(self) -> list[dict[str, Any]]:
        """Those that reached the target, the quickest first."""
        reached = [result for result in self.results if result["program"] is not None]
        return sorted(reached, key=lambda result: float(result["seconds"]))

    @property
    def rate(self) -> SuccessRate:
        """How many did."""
        return SuccessRate(len(self.found), len(self.results))


def run(trials: Trials, configurations: Path, scale: TimeScale) -> StudyResult:
    """Search from each start by each strategy."""
    made = []
    for start, seconds in scale.seconds.items():
        for strategy, ending in STRATEGIES.items():
            config = configurations / f"{start}{ending}.toml"
            same = {
                "config": f"{config.parent.name}/{config.name}",
                "checksum": checksum(config),
                "seconds": seconds,
            }
            results = trials.run(searched_for, [{**same, "seed": seed} for seed in range(1, scale.seeds + 1)])
            made.append(Rediscovery(start, strategy, seconds, tuple(results)))
    return result_of(made, (configurations / PUBLISHED).read_text())


def result_of(made: Sequence[Rediscovery], published: str) -> StudyResult:
    """The table, the figure and the listings."""
    rows = [
        (
            one.start,
            one.strategy,
            f"{one.budget:g} s",
            str(one.rate),
            f"{median(result['seconds'] for result in one.found):.2f}" if one.found else "",
            f"{median(result['evals'] for result in one.found):,.0f}" if one.found else "",
        )
        for one in made
    ]
    ours = [one for one in made if one.strategy == "azc"]
    return StudyResult(
        "figure-5",
        ("begins from", "strategy", "CPU time", "reached", "seconds", "programs"),
        rows,
        "Searches by azc's strategy that reached the target, with 95 % intervals: "
        + ", ".join(f"from {one.start} {one.rate}" for one in ours)
        + ".",
        lambda axes: _plot(axes, made),
        _listings(made, published),
    )


def _listings(made: Sequence[Rediscovery], published: str) -> str:
    """What the paper prints, and of each start and strategy the program found first, explained."""
    texts = [("As published", published)]
    for one in (one for one in made if one.found):
        first = one.found[0]
        title = f"From {one.start}, by {one.strategy}, after {first['seconds']:.2f} s"
        texts.append((title, first["program"]))
    return "\n".join(
        f"## {title}\n\n{_sentence(text)}\n\n```\n{text.strip()}\n```\n" for title, text in texts
    )


def _sentence(program: str) -> str:
    return explain(azc.parse(program), interface_of("RMS_ERROR")).sentence


def _plot(axes: Any, made: Sequence[Rediscovery]) -> None:
    starts = dict.fromkeys(one.start for one in made)
    colors = dict(zip(starts, ("#4c72b0", "#dd8452", "#55a868"), strict=False))
    for one in made:
        times = [max(result["seconds"], 1e-3) for result in one.found]
        shares = [number / len(one.results) for number in range(len(times) + 1)]
        axes.step(
            [1e-3, *times, one.budget],
            [*shares, shares[-1]],
            where="post",
            color=colors[one.start],
            linestyle="-" if one.strategy == "azc" else ":",
            label=f"{one.start}, {one.strategy}",
        )
    axes.set(
        xscale="log",
        xlabel="CPU seconds",
        ylabel="share of searches that reached the target",
        ylim=(-0.02, 1.03),
    )
    axes.legend(frameon=False, fontsize="small")
    axes.spines[["top", "right"]].set_visible(False)
