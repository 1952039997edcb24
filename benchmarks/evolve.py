"""How fast the search on the linear-regression demo runs, beside the yardstick's search."""

from pathlib import Path

from harness import alternated, baseline, show

from azc.search import load_config, run_search

SECONDS = 5
CONFIG = Path(__file__).parent.parent / "examples" / "linear_regression.toml"


def main() -> None:
    overrides = [f"search.max_seconds={SECONDS}", "search.target_fitness=2.0"]
    config = load_config(CONFIG, overrides, seed=1)

    def azc_search() -> float:
        found = run_search(config)
        return found.evals / found.seconds

    figures = alternated(
        {"baseline.c": lambda: baseline("search", str(SECONDS), "1"), "azc": azc_search}, rounds=3
    )
    base = figures["baseline.c"]
    rows = [[who, f"{rate:,.0f}", f"{rate / base:.2f}"] for who, rate in figures.items()]
    show("Search on the linear-regression demo", ["who", "programs/s", "times baseline.c"], rows)


if __name__ == "__main__":
    main()
