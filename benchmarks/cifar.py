"""How fast the CIFAR-10 search is, over its first 25,000 and 200,000 programs, and how far it comes.

AZC_DATA=~/data python benchmarks/cifar.py [SEED…] [search.KEY=VALUE…]
"""

import sys
from pathlib import Path
from statistics import median
from time import perf_counter

from harness import show

from azc.search import Evolution, load_config, start

CONFIG = Path(__file__).parent.parent / "examples" / "original" / "projected_cifar10.toml"
FIRST, ALL, SLICE = 25_000, 200_000, 5_000


def measured(seed: int, overrides: list[str]) -> list[float]:
    """Programs a second over the first and over all, the best fitness, and the share that was run."""
    config = load_config(CONFIG, overrides, seed)
    evolution = Evolution(config.params, config.tasks("search"))
    state, seconds, rates = evolution.advance(start(config.params), 0), 0.0, []
    while state.evals < ALL:
        begin = perf_counter()
        state = evolution.advance(state, SLICE)
        seconds += perf_counter() - begin
        if state.evals in (FIRST, ALL):
            rates.append(float(state.evals) / seconds)
    return [*rates, state.best_fitness, evolution.counts["evaluated"] / ALL]


def main() -> None:
    seeds = [int(word) for word in sys.argv[1:] if word.isdigit()] or [1, 2, 3]
    overrides = [word for word in sys.argv[1:] if not word.isdigit()]
    found = {seed: measured(seed, overrides) for seed in seeds}
    found_all = {**found, "median": [median(column) for column in zip(*found.values(), strict=True)]}
    rows = [
        [str(seed), f"{first:,.0f}", f"{every:,.0f}", f"{best:.4f}", f"{share:.0%}"]
        for seed, (first, every, best, share) in found_all.items()
    ]
    columns = ["seed", f"first {FIRST:,}", f"first {ALL:,}", "best fitness", "evaluated"]
    show("CIFAR-10 search, programs/s", columns, rows)


if __name__ == "__main__":
    main()
