"""How fast the search is: beside the yardstick's search, in two threads, and where its time goes."""

import sys
from itertools import count
from pathlib import Path
from statistics import median
from threading import Thread

from harness import ROUNDS, alternated, baseline, seconds, show

from azc.search import Evolution, load_config, start
from azc.search.engine.breeding import Breeding, winner
from azc.search.engine.caches import find
from azc.search.engine.canonical import canonical
from azc.search.engine.compiled import at, entry, pointers
from azc.search.engine.genome import WORDS
from azc.search.engine.loop import Scoring
from azc.search.engine.mutation import drawn_mutation, mutate
from azc.search.engine.state import Offspring, State, copy
from azc.search.initial_state import copied

SECONDS = 3
PROGRAMS = 1_000_000
CONFIG = Path(__file__).parent.parent / "examples" / "original" / "linear_regression.toml"
SELECTION, MUTATION, CANONICAL, LOOK_UP = range(4)
STAGES = ("selection", "copy and mutation", "liveness, canonical form, key", "look-up")


def contender(*overrides: str) -> Evolution:
    paper = "search.strategy=regularized_evolution"
    config = load_config(CONFIG, [paper, *overrides], seed=1)
    return Evolution(config.params, config.tasks("search"))


_experiments = count(1)


def rate(evolution: Evolution) -> float:
    """Programs a second of an experiment of a million programs, every time another: nothing is known."""
    state = start(evolution.params, next(_experiments))
    return PROGRAMS / seconds(lambda: evolution.advance(state, PROGRAMS))


def compare() -> None:
    with_cache, without = contender(), contender("search.functional_cache=false")
    live = contender("search.strategy=live_evolution")
    for evolution in (with_cache, without, live):
        evolution.advance(start(evolution.params), 1)
    figures = alternated(
        {
            "baseline.c, functional cache": lambda: baseline("search", str(SECONDS), "1"),
            "azc, functional cache": lambda: rate(with_cache),
            "azc, without": lambda: rate(without),
            "azc, live_evolution, functional cache": lambda: rate(live),
        }
    )
    base = figures["baseline.c, functional cache"]
    rows = [[who, f"{figure:,.0f}", f"{figure / base:.2f}"] for who, figure in figures.items()]
    show("Search on the linear-regression demo, one core", ["who", "programs/s", "times baseline.c"], rows)


def together(count: int, experiment: int) -> float:
    """Programs a second of so many threads that all run one experiment, each with a memory of its own."""
    runs = [contender() for _ in range(count)]
    state = start(runs[0].params, experiment)
    workers = [Thread(target=run.advance, args=(state, PROGRAMS)) for run in runs]
    took = seconds(lambda: [[w.start() for w in workers], [w.join() for w in workers]])
    return count * PROGRAMS / took


def threads() -> None:
    rates = []
    for experiment in range(1, ROUNDS + 1):
        # Experiments differ in what they cost, so all of a round run the same one.
        rates.append((together(1, experiment), together(2, experiment)))
    rows = [[f"{one:,.0f}", f"{two:,.0f}", f"{two / one:.2f}"] for one, two in rates]
    rows.append(["median", "", f"{median(two / one for one, two in rates):.2f}"])
    show("Two searches in two threads of one process, programs/s", ["one", "two", "times one"], rows)


@entry
def stages(
    population: State, children: Offspring, n: int, last: int, breeding: Breeding, judge: Scoring
) -> int:
    """The stages of the inner loop up to one of them, n times, on a population that stays as it is."""
    alive, made, how, by = pointers(population), pointers(children), pointers(breeding), pointers(judge)
    generator, found = alive.generator, 0
    for _ in range(n):
        slot = winner(alive.fitnesses, how, generator)
        found += slot
        if last >= MUTATION:
            room = slot * how.room * WORDS
            copy(at(alive.genomes, room), at(alive.sizes, 3 * slot), made.genomes, made.sizes)
            mutate(made.genomes, made.sizes, drawn_mutation(how.space, generator), how.space, generator)
        if last >= CANONICAL:
            canonical(made.genomes, made.sizes, how.rules, how.live)
        if last >= LOOK_UP:
            found += find(by.memory.known, how.live.key)
    return found


def split(evolution: Evolution, title: str) -> None:
    """Where the time goes, in the population as it is after some programs."""
    state = evolution.advance(start(evolution.params), 300_000)
    n = 200_000

    def stage(last: int) -> float:
        own = copied(state)
        run = (own, evolution._children, n, last, evolution._breeding, evolution._judge)
        return 1e9 * seconds(lambda: stages(*run)) / n

    def whole() -> float:
        # Always further on: what was scored before would be remembered.
        def further() -> None:
            nonlocal state
            state = evolution.advance(state, n)

        return 1e9 * seconds(further) / n

    stage(LOOK_UP)
    figures = alternated({**{name: lambda i=i: stage(i) for i, name in enumerate(STAGES)}, "all": whole})
    rows, before = [], 0.0
    for name, figure in figures.items():
        what = "tapes, evaluation, replacement" if name == "all" else name
        rows.append([what, f"{figure - before:,.0f}", f"{(figure - before) / figures['all']:.0%}"])
        before = figure
    rows.append(["all", f"{before:,.0f}", ""])
    show(title, ["stage", "ns a program", "share"], rows)


def main() -> None:
    wanted = sys.argv[1:] or ["compare", "threads", "split"]
    if "compare" in wanted:
        compare()
    if "threads" in wanted:
        threads()
    if "split" in wanted:
        split(contender(), "Time of the search on the demo, with the functional cache")
        split(contender("search.functional_cache=false"), "The same without")


if __name__ == "__main__":
    main()
