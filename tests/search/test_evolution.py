"""The inner loop: counts, limits, hurdle, budget, functional cache and Ctrl-C."""

import math
import signal
import threading
import time
import weakref
from typing import Any

import numpy as np
import pytest
from programs import linear
from search.making import (
    FUNCTIONS,
    HURDLE,
    SMALL,
    canonical_program,
    flat,
    history,
    key,
    of_program,
    params,
    scored,
    small,
    task,
    tasks,
)

from azc.evaluation import evaluate, lanes
from azc.ir import BY_NAME, Program, interface_of
from azc.language import parse
from azc.passes.canonical import canonical
from azc.search import Evolution, Params, Search, State, start
from azc.search.evolution import cost
from azc.search.initial import known_program
from azc.search.space import coding_of
from azc.tasks import Task

LINEAR = known_program("linear", False)


def ran(chosen: Params, evals: int = 2000) -> tuple[State, dict[str, int]]:
    """The state after a search, and its counts."""
    evolution = Evolution(chosen, tasks())
    return history(chosen, evolution, [evals]), evolution.counts


def alive(chosen: Params, state: State) -> list[Program]:
    """The programs alive."""
    return Search(chosen, state).population


SEARCHES: dict[str, dict[str, Any]] = {
    "plain": {},
    "no cache": {"exact_cache": False},
    "functional": {"functional_cache": True},
    "functional alone": {"functional_cache": True, "exact_cache": False},
    "hurdle": {"hurdle": HURDLE},
    "budget": {"train_budget": {"baseline": "linear", "factor": 1.5}},
    "everything": {"functional_cache": True, "hurdle": HURDLE, "n_offspring": 7},
}


@pytest.mark.parametrize("kind", SEARCHES)
def test_every_program_is_counted_once(kind: str) -> None:
    """Evaluations and hits of both caches add up to the programs scored."""
    state, counts = ran(small(1, SEARCHES[kind], initial="linear"))
    assert state.evals == 2000
    assert counts["evaluated"] + counts["exact_hits"] + counts["functional_hits"] == 2000
    stopped = counts["stopped_early"] + counts["stopped_at_hurdle"] + counts["over_budget"]
    assert stopped <= counts["evaluated"]
    assert (counts["exact_hits"] > 0) == ("cache" not in kind and "alone" not in kind)
    assert (counts["functional_hits"] > 0) == (kind in ("functional", "functional alone", "everything"))
    assert (counts["stopped_at_hurdle"] > 0) == (kind in ("hurdle", "everything"))
    assert (counts["over_budget"] > 0) == (kind == "budget")


@pytest.mark.parametrize("n", [1, 2, 4])
@pytest.mark.parametrize("kind", ["plain", "hurdle", "long probe"])
def test_batches_of_examples_change_no_search(kind: str, n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search is the same with validation on batches of examples as on single ones."""
    searches = SEARCHES | {"long probe": {"functional_cache": {"train": 6, "valid": 40}}}
    chosen = small(1, searches[kind], initial="linear")
    few = [task(seed, valid=45) for seed in range(n)]
    found = []
    for size in (8, 1):
        monkeypatch.setattr(lanes, "_batch", lambda *shape, size=size: size)
        found.append(Evolution(chosen, few))
    one, other = (history(chosen, evolution, [3000]) for evolution in found)
    assert [evolution._tasks.blocks[0].tasks.shape.batch for evolution in found] == [8, 1]
    assert flat(one) == flat(other)
    assert found[0].counts == found[1].counts


@pytest.mark.parametrize("evals", [0, 1, 19, 20, 21, 137])
@pytest.mark.parametrize("size", [1, 7, 50])
def test_a_limit_on_programs_is_exact(evals: int, size: int) -> None:
    """A limit on programs is exact, whatever `n_offspring`."""
    chosen = small(1, {"n_offspring": size})
    evolution = Evolution(chosen, tasks())
    state = evolution.advance(start(chosen), 1000, math.inf, evals)
    assert state.evals == evals
    assert evolution.advance(state, 5, math.inf, evals).evals == evals
    assert evolution.advance(state, 5, math.inf, evals + 5).evals == evals + 5


@pytest.mark.parametrize(("size", "evals", "scored"), [(1, 13, 13), (7, 13, 14), (7, 18, 20), (7, 21, 27)])
def test_all_offspring_are_scored(size: int, evals: int, scored: int) -> None:
    """Without a limit, an advance scores all of its last offspring; the first population is cut to size."""
    chosen = small(1, {"n_offspring": size})
    assert Evolution(chosen, tasks()).advance(start(chosen), evals).evals == scored


def test_every_fitness_is_that_of_an_evaluation() -> None:
    """Every individual, and the best, has the fitness of an evaluation."""
    chosen = small(3, initial="linear")
    state, _ = ran(chosen)
    for program, fitness in zip(alive(chosen, state), state.fitnesses.tolist(), strict=True):
        assert evaluate(program, tasks()).fitness == fitness
    search = Search(chosen, state)
    assert search.best is not None
    assert evaluate(search.best, tasks()).fitness == search.best_fitness


def test_every_key_is_that_of_the_canonical_code() -> None:
    """Every individual has the key of its own canonical code, so that different code has different keys."""
    chosen = small(3, initial="linear")
    state, _ = ran(chosen)
    forms = [canonical_program(chosen, program) for program in alive(chosen, state)]
    assert state.keys.tolist() == [[*key(chosen, form)] for form in forms]
    assert len({str(form) for form in forms}) == len({tuple(words) for words in state.keys.tolist()}) > 1


def test_a_new_best_at_the_target_ends_an_advance() -> None:
    """A new best that reaches the target ends an advance; an old one does not."""
    chosen = small(1, initial="linear")
    evolution = Evolution(chosen, tasks())
    first = evolution.advance(start(chosen), 1)
    target = first.best_fitness + 0.01
    state = evolution.advance(first, 100_000, target)
    assert state.evals < 100_001
    assert state.best_fitness >= target
    last = (state.evals - 1) % 20
    assert state.fitnesses[last] == state.best_fitness
    again = evolution.advance(state, 100, 0.0)
    assert again.evals == state.evals + 100 or again.best_fitness > state.best_fitness


def test_offspring_that_reach_the_target_are_all_admitted() -> None:
    """An advance that reaches the target still scores all of its offspring."""
    chosen = small(1, {"n_offspring": 10}, initial="linear")
    state = Evolution(chosen, tasks()).advance(start(chosen), 100_000, 0.0)
    assert state.evals == 10


def test_sizes_stay_within_limits_and_reach_them() -> None:
    """Sizes of functions stay within their limits and reach both bounds."""
    limits = {"setup": [1, 3], "predict": [2, 2], "learn": [0, 4]}
    chosen = small(1, {"mutate_prob": 1.0, "tournament_size": 1}, size_limits=limits, sizes={"predict": 2})
    evolution, state, seen = Evolution(chosen, tasks()), start(chosen), list[np.ndarray]()
    for _ in range(100):
        state = evolution.advance(state, 20)
        seen.append(state.sizes)
    sizes = np.concatenate(seen)
    assert sizes.min(axis=0).tolist() == [1, 2, 0]
    assert sizes.max(axis=0).tolist() == [3, 2, 4]


# --- hurdle ---------------------------------------------------------------------------------------------


def slices(first: int = 4) -> list[Task]:
    """The tasks with only their first training examples."""
    return [Task(t.train_x[:first], t.train_y[:first], t.valid_x, t.valid_y, seed=t.seed) for t in tasks()]


def test_individuals_have_full_or_hurdle_fitness() -> None:
    """Below the hurdle an individual has the fitness on the hurdle's examples, else its full fitness."""
    chosen = small(1, {"hurdle": HURDLE}, initial="linear")
    evolution, state, differ = Evolution(chosen, tasks()), start(chosen), list[bool]()
    for child in range(300):
        height, slot = float(state.hurdle.threshold["height"][0]), child % 20
        state = evolution.advance(state, 1)
        program = coding_of(chosen.program).unpack(state.genomes[slot], state.sizes[slot])
        full, first = (evaluate(program, t).fitness for t in (tasks(), slices()))
        assert state.fitnesses[slot] == (first if first < height else full)
        differ += [first < height] * (first != full)
    assert set(differ) == {False, True}


def test_hurdle_fitness_is_not_cached_as_full_fitness() -> None:
    """A program that stopped at the hurdle is evaluated fully when the hurdle is lower."""
    chosen = of_program(
        LINEAR, exact_cache=True, hurdle={"train": 2, "quantile": 0.5, "window": 2}, mutate_prob=0.0
    )
    evolution = Evolution(chosen, tasks())
    full, first = evaluate(LINEAR, tasks()).fitness, evaluate(LINEAR, slices(2)).fitness
    assert first < full
    for height, expected in ((2.0, first), (-1.0, full), (2.0, first), (-1.0, full)):
        state = start(chosen)
        state.hurdle.threshold["height"][0] = height
        assert evolution.advance(state, 1).fitnesses.tolist() == [expected]
    counts = evolution.counts
    assert (counts["evaluated"], counts["exact_hits"], counts["stopped_at_hurdle"]) == (2, 2, 1)


def test_the_hurdle_moves_to_the_windows_quantile() -> None:
    """After each complete window of children, the hurdle moves to the quantile of their fitnesses."""
    chosen = small(
        4, {"hurdle": {"train": 4, "quantile": 0.5, "window": 10}, "exact_cache": False}, initial="random"
    )
    chosen_sizes = chosen.program.sizes
    assert sum(chosen_sizes) > 0
    evolution, state, first = Evolution(chosen, tasks()), start(chosen), list[float]()
    for child in range(1, 31):
        before = float(state.hurdle.threshold["height"][0])
        state = evolution.advance(state, 1)
        slot = (child - 1) % 20
        program = coding_of(chosen.program).unpack(state.genomes[slot], state.sizes[slot])
        first.append(evaluate(program, slices()).fitness)
        expected = sorted(first[-10:])[5] if child % 10 == 0 else before
        assert state.hurdle.threshold["height"][0] == expected


def test_a_hurdle_on_all_examples_gives_full_fitness() -> None:
    """With a hurdle of more examples than there are, every individual has its full fitness."""
    chosen = small(1, {"hurdle": {**HURDLE, "train": 1000}}, initial="linear")
    state, _ = ran(chosen)
    for program, fitness in zip(alive(chosen, state), state.fitnesses.tolist(), strict=True):
        assert fitness == evaluate(program, tasks()).fitness


# --- budget ---------------------------------------------------------------------------------------------


def test_programs_over_budget_have_fitness_0() -> None:
    """Live code over the budget has fitness 0; dead code costs nothing."""
    chosen = small(1, {"train_budget": {"baseline": "linear", "factor": 1.0}}, initial="linear")
    state, counts = ran(chosen)
    assert counts["over_budget"] > 0
    examples = tasks()[0].n_train
    most = cost(LINEAR, examples)
    for program, fitness in zip(alive(chosen, state), state.fitnesses.tolist(), strict=True):
        live = canonical(program, interface_of("RMS_ERROR"))
        expected = 0.0 if cost(live, examples) > most else evaluate(program, tasks()).fitness
        assert fitness == expected


def test_programs_over_budget_are_not_run() -> None:
    """A program over the budget is not run: one with great errors does not stop early."""
    wild = parse(linear(1e9))
    for factor, stops in ((1.0, 1), (0.99, 0)):
        fitness, evolution = scored(wild, tasks(), train_budget={"baseline": "linear", "factor": factor})
        assert fitness == 0
        assert (evolution.counts["stopped_early"], evolution.counts["over_budget"]) == (stops, 1 - stops)


def test_cost_counts_setup_once() -> None:
    """Cost counts Setup once, and Predict and Learn once for each example."""
    one = parse("def Setup():\n  s2 = 1\ndef Predict():\n  s1 = s2 + s2\ndef Learn():\n  s2 = s2 - s0\n")
    costs = {name: BY_NAME[name].cost for name in ("SCALAR_CONST_SET", "SCALAR_SUM", "SCALAR_DIFF")}
    expected = costs["SCALAR_CONST_SET"] + 7 * (costs["SCALAR_SUM"] + costs["SCALAR_DIFF"])
    assert cost(one, 7) == expected


def test_the_budget_itself_is_allowed() -> None:
    """The baseline's cost is within a budget of factor 1, and over one of factor 0.99."""
    for factor, fine in ((1.0, True), (0.99, False)):
        fitness, evolution = scored(LINEAR, tasks(), train_budget={"baseline": "linear", "factor": factor})
        assert (fitness > 0) == fine
        assert evolution.counts["over_budget"] == 1 - fine


# --- functional cache -----------------------------------------------------------------------------------


SLOW, FAST = (
    parse(
        "def Predict():\n  s1 = s2 + s3\n"
        f"def Learn():\n  s4 = {step} + s4\n  s5 = s4 - 20.5\n  s2 = heaviside(s5)\n"
    )
    for step in (0.25, 1.0)
)
"""Programs that compute the same on the first ten examples only."""


def long_tasks() -> list[Task]:
    """Tasks with more examples than the functional cache's probe."""
    return [task(seed, train=60, valid=20) for seed in range(3)]


def test_a_functional_hit_is_no_exact_hit_later() -> None:
    """A functional hit has the fitness of an earlier program, and is no exact hit later."""
    both = Program(SLOW["Setup"] + FAST["Setup"], SLOW["Predict"], SLOW["Learn"] + FAST["Learn"])
    chosen = of_program(both, functional_cache=True, population_size=2, mutate_prob=0.0)
    evolution = Evolution(chosen, long_tasks())
    slow, fast = (evaluate(program, long_tasks()).fitness for program in (SLOW, FAST))
    assert slow != fast

    def score(program: Program, forget: bool) -> float:
        how = evolution._loop.breeding
        how.first_genomes[0], how.first_sizes[0] = coding_of(chosen.program).pack(program, how.room)
        state = start(chosen)
        # At 0 an experiment begins, which clears the functional cache.
        state.progress["evals"][0] = not forget
        return float(evolution.advance(state, 1).fitnesses[0])

    assert score(SLOW, True) == slow
    assert score(FAST, False) == slow
    assert evolution.counts["functional_hits"] == 1
    assert score(FAST, False) == slow
    assert evolution.counts["functional_hits"] == 2
    assert score(FAST, True) == fast
    assert score(FAST, False) == fast
    assert evolution.counts["exact_hits"] == 1


def test_a_new_experiment_clears_the_functional_cache() -> None:
    """A new experiment clears the functional cache; exact hits of earlier programs are probed again."""
    chosen = small(
        search={"functional_cache": True, "population_size": 2, "mutate_prob": 0.0},
        initial=[SLOW, FAST],
        addresses={"scalars": 6, "vectors": 3, "matrices": 0},
        size_limits={name: [0, 4] for name in FUNCTIONS},
    )
    evolution = Evolution(chosen, long_tasks())
    slow, fast = (evaluate(program, long_tasks()).fitness for program in (SLOW, FAST))
    before = start(chosen)
    before.progress["entered"][0] = before.progress["alive"][0] = 1
    assert evolution.advance(before, 1).fitnesses[1] == fast
    assert evolution.advance(start(chosen, 2), 2).fitnesses.tolist() == [slow, slow]


def test_without_the_functional_cache_behaviour_does_not_matter() -> None:
    """Without the functional cache, programs of equal behaviour have their own fitness."""
    for program in (SLOW, FAST):
        assert scored(program, long_tasks())[0] == evaluate(program, long_tasks()).fitness


# --- long programs and tasks of different shapes --------------------------------------------------------


def wide(seed: int = 0, train: int = 6) -> Task:
    """A task of many features, on which an example takes a noticeable time."""
    return task(seed, features=256, train=train, valid=3)


def few(**search: Any) -> Params:
    """A search without matrices."""
    return small(1, search, initial="linear", addresses={"scalars": 5, "vectors": 4, "matrices": 0})


def test_many_features_are_searched_in_a_thread() -> None:
    """Fitness on tasks of many features, which run in a thread, is that of an evaluation."""
    chosen = few()
    state = Evolution(chosen, [wide(0), wide(1)]).advance(start(chosen), 200)
    assert state.evals == 200
    for program, fitness in zip(alive(chosen, state), state.fitnesses.tolist(), strict=True):
        assert evaluate(program, [wide(0), wide(1)]).fitness == fitness


SLOW_ONE = parse(
    "def Setup():\n  m0 = gaussian(0, 1)\n"
    "def Predict():\n  m1 = matmul(m0, m0)\n  s2 = mean(m1)\n  s1 = s2 + s3\n"
    "def Learn():\n  s3 = s0 - s1\n"
)


def interrupted(evolution: Evolution, state: State, evals: int) -> bool:
    """Whether Ctrl-C after 0.3 seconds stops an advance of `evals` programs."""
    timer, ended = threading.Timer(0.3, signal.raise_signal, (signal.SIGINT,)), False
    timer.start()
    try:
        evolution.advance(state, evals)
        ended = True
        timer.join()
        time.sleep(0.01)
    except KeyboardInterrupt:
        timer.join()
    return not ended


def test_ctrl_c_stops_in_the_middle_of_a_program() -> None:
    """Ctrl-C stops an advance in the middle of a program and leaves the state unchanged."""
    chosen = of_program(SLOW_ONE)
    made = task(0, features=300, train=2000, valid=2, max_abs_error=1e300)
    evolution, state = Evolution(chosen, [made]), start(chosen)
    evolution.advance(state, 0)
    before, began = flat(state), time.perf_counter()
    assert interrupted(evolution, state, 1)
    assert time.perf_counter() - began < 3
    assert flat(state) == before


def test_an_interrupted_evolution_can_continue() -> None:
    """After Ctrl-C, the same Evolution advances a state to the same bits as a new one."""
    chosen, made = few(), [wide(0), wide(1)]
    evolution, state = Evolution(chosen, made), start(chosen)
    assert interrupted(evolution, state, 100_000_000)
    after = evolution.advance(state, 300)
    assert flat(after) == flat(Evolution(chosen, made).advance(state, 300))


def test_an_interrupted_evolution_outlives_its_worker() -> None:
    """An interrupted Evolution stays in memory until its worker has ended."""
    evolution = Evolution(few(), [wide(0), wide(1)])
    state = evolution.advance(start(few()), 100)  # compile first, else Ctrl-C comes before the worker
    assert interrupted(evolution, state, 100_000_000)
    worker, dropped = evolution._worker, weakref.ref(evolution)
    del evolution
    assert worker is not None
    assert dropped() is not None or worker._ended.is_set()
    worker.join()


def test_tasks_of_different_shapes_are_searched_together() -> None:
    """Fitness on tasks of different shapes is that of an evaluation on all of them."""
    made = [task(0), task(1, features=6), task(2, train=30), task(3, valid=9), task(4, features=6, epochs=2)]
    chosen = small(1, initial="linear")
    state = Evolution(chosen, made).advance(start(chosen), 500)
    for program, fitness in zip(alive(chosen, state), state.fitnesses.tolist(), strict=True):
        assert evaluate(program, made).fitness == fitness


@pytest.mark.parametrize("eval_type", ["ACCURACY", "MULTICLASS_ACCURACY"])
def test_classes_are_searched(eval_type: str) -> None:
    """Fitness on tasks with classes is that of an evaluation."""
    made = [task(seed, eval_type=eval_type) for seed in range(3)]
    chosen = params(eval_type, search=SMALL, initial="linear")
    state = Evolution(chosen, made).advance(start(chosen), 1000)
    for program, fitness in zip(alive(chosen, state), state.fitnesses.tolist(), strict=True):
        assert evaluate(program, made).fitness == fitness


def test_programs_of_all_operations_have_their_fitness() -> None:
    """In a search over all operations, every individual has the fitness of an evaluation."""
    chosen = params(
        search={**SMALL, "tournament_size": 2}, initial="random", sizes={"predict": 5, "learn": 5}
    )
    state = Evolution(chosen, tasks()).advance(start(chosen), 1000)
    for program, fitness in zip(alive(chosen, state), state.fitnesses.tolist(), strict=True):
        assert evaluate(program, tasks()).fitness == fitness
