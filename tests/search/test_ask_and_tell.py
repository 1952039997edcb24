"""Ask and tell: choice of parents, replacement, and first populations."""

from typing import Any

import numpy as np
import pytest
from programs import program
from search.making import FUNCTIONS, SMALL, flat, length, m, only, params, s, small, task, tasks, v

from azc.errors import AzcError
from azc.evaluation import Evaluator, evaluate
from azc.ir import Program, interface_of, no_op
from azc.ir.draws import gaussians
from azc.language import parse
from azc.passes import dead_code
from azc.search import STRATEGIES, Evolution, Params, Search, State, start
from azc.search.verifier import faults
from azc.tasks import Task


def settings(seed: int = 1, initial: Any = "empty", **search: Any) -> Params:
    """A search with a small population and all operations."""
    return params(search={**SMALL, "seed": seed, **search}, initial=initial)


def go_on(search: Search, fitness: Any, evals: int) -> None:
    """Ask and tell one program at a time."""
    for _ in range(evals):
        asked = search.ask()
        search.tell(asked, [fitness(program) for program in asked])


def test_the_same_seed_gives_the_same_history() -> None:
    """Searches of one seed end in the same state; another seed gives other programs."""
    one, again, other = (Search(settings(seed)) for seed in (1, 1, 2))
    for search in (one, again, other):
        go_on(search, length, 300)
    assert flat(one.state) == flat(again.state)
    assert one.population == again.population != other.population


def test_a_search_continues_from_a_state() -> None:
    """A new Search from a saved state continues like the first and leaves that state unchanged."""
    first = Search(settings())
    go_on(first, length, 50)
    kept = flat(first.state)
    second = Search(settings(), first.state)
    go_on(second, length, 50)
    assert flat(first.state) == kept != flat(second.state)
    go_on(first, length, 50)
    assert flat(first.state) == flat(second.state)


def test_the_oldest_dies() -> None:
    """A child replaces the oldest individual."""
    search, born = Search(settings(4, mutations=["insert_instruction"])), list[Program]()
    for _ in range(65):
        asked = search.ask()
        search.tell(asked, [0.5])
        born += asked
        alive = min(len(born), 20)
        assert sorted(map(hash, search.population)) == sorted(map(hash, born[-alive:]))


def rising(search: Search, values: Any) -> list[Program]:
    """Tell a first population of different programs with these fitnesses."""
    made = [Program((only("SCALAR_CONST_SET", s(2), (), (k + 0.5,)),)) for k in range(len(values))]
    search.tell(made, list(values))
    return made


def test_the_parent_is_the_best_of_a_tournament() -> None:
    """The best of a tournament is the parent: programs have children as often as their rank implies."""
    search = Search(settings(5, mutate_prob=0.0, tournament_size=3))
    ranks = np.random.default_rng(0).permutation(20)
    made = rising(search, (ranks + 1) / 20)
    n = 20_000
    rank_of = {program: int(rank) for program, rank in zip(made, ranks, strict=True)}
    found = np.bincount([rank_of[child] for child in search.ask(n)], minlength=20)
    cumulative = (np.arange(21) / 20) ** 3
    expected = np.diff(cumulative) * n
    assert (abs(found - expected) <= 5 * np.sqrt(expected) + 1).all()


def test_equal_individuals_are_parents_equally_often() -> None:
    """Individuals of equal fitness have children equally often."""
    search = Search(settings(5, mutate_prob=0.0, tournament_size=5))
    made = rising(search, [0.5] * 20)
    children = search.ask(10_000)
    found = np.array([children.count(program) for program in made])
    assert (abs(found - 500) <= 5 * np.sqrt(500)).all()


def test_a_tournament_of_one_is_no_selection() -> None:
    """With tournaments of one, fitness does not affect the choice of parents."""
    search = Search(settings(5, mutate_prob=0.0, tournament_size=1))
    made = rising(search, np.arange(20) / 20)
    assert abs(search.ask(10_000).count(made[0]) - 500) <= 5 * np.sqrt(500)


def test_the_best_is_known_after_its_death() -> None:
    """The best program stays known after its death; of equals, the first."""
    search, seen = Search(settings(7)), list[Program]()
    scores = iter([0.5] * 40 + [0.9] + [0.1, 0.9] * 200)

    def fitness(program: Program) -> float:
        seen.append(program)
        return next(scores)

    assert search.best is None
    assert search.best_fitness == -np.inf
    go_on(search, fitness, 300)
    assert search.best_fitness == 0.9
    assert search.best == seen[40]


def test_evolution_climbs() -> None:
    """Evolution reaches a fitness above 0.9 within 2,000 programs."""
    search = Search(settings(10))
    go_on(search, length, 2000)
    assert search.best_fitness > 0.9


def test_programs_from_elsewhere_can_be_told() -> None:
    """Programs from elsewhere enter the population and become parents."""
    search, own = Search(settings(mutate_prob=0.0)), parse("def Predict():\n  s1 = dot(v0, v9)\n")
    search.tell([own] * 20, [0.5] * 20)
    assert search.population == [own] * 20
    assert search.ask(3) == [own] * 3


def test_more_programs_can_be_told_than_the_population_holds() -> None:
    """Of more programs than the population holds, the last are alive and the best is known."""
    search = Search(settings())
    made = rising(search, [0.9, *[0.5] * 49])
    assert set(search.population) == set(made[-20:])
    assert search.best == made[0]
    assert search.state.evals == 50


def test_every_program_told_needs_a_fitness() -> None:
    """Numbers of programs and fitnesses must agree, and no fitness may be nan."""
    search = Search(settings())
    with pytest.raises(AzcError, match="1 programs, but 2 fitnesses"):
        search.tell(search.ask(), [0.5, 0.5])
    with pytest.raises(AzcError, match="fitness of program 0 is nan"):
        search.tell(search.ask(), [float("nan")])


OUTSIDE = {
    "an address beyond the search's": "def Predict():\n  s1 = s30 + s2\n",
    "a literal that is not the search's": "def Predict():\n  s1 = 0.5 * s2\n",
    "more instructions than limits allow": "def Setup():\n" + "  s2 = 1\n" * 50,
}


@pytest.mark.parametrize("what", OUTSIDE)
def test_a_program_that_does_not_fit_is_an_error(what: str) -> None:
    """Telling a program beyond the search's addresses, literals or sizes is an error."""
    with pytest.raises(AzcError):
        Search(settings()).tell([parse(OUTSIDE[what])], [0.5])


def test_random_individuals_differ_and_have_the_sizes_given() -> None:
    """A random first population has distinct programs of the given sizes."""
    sizes = {"setup": 3, "predict": 0, "learn": 5}
    search = Search(params(search=SMALL, initial="random", sizes=sizes, ops=["SCALAR_CONST_SET"]))
    population = search.ask(20)
    assert {tuple(map(len, p.functions)) for p in population} == {(3, 0, 5)}
    assert len(set(population)) == 20


def test_empty_programs_are_padded() -> None:
    """Empty first programs are padded with no-ops to the initial sizes."""
    limits = {name: [1, 4] for name in FUNCTIONS}
    search = Search(params(search=SMALL, sizes={"setup": 2}, size_limits=limits))
    assert search.ask(2) == [Program((no_op(),) * 2, (no_op(),), (no_op(),))] * 2


@pytest.mark.parametrize(
    ("initial", "eval_type", "sizes"),
    [
        ("linear", "ACCURACY", (1, 1, 4)),
        ("neural_network", "ACCURACY", (3, 5, 11)),
        ("linear", "MULTICLASS_ACCURACY", (1, 1, 4)),
        ("neural_network", "MULTICLASS_ACCURACY", (3, 4, 11)),
    ],
)
def test_built_in_first_programs_learn(initial: str, eval_type: str, sizes: tuple[int, ...]) -> None:
    """Built-in linear and network programs have their own sizes and learn."""
    (program,) = Search(params(eval_type, search=SMALL, initial=initial)).ask()
    assert tuple(len([i for i in f if i.op.result]) for f in program.functions) == sizes
    x = gaussians(1, 4000, 1).reshape(1000, 4)
    y = (x[:, 0] > x[:, 1]).astype(float)
    n_classes = 2 if eval_type == "MULTICLASS_ACCURACY" else None
    made = Task(x[:800], y[:800], x[800:], y[800:], eval_type=eval_type, n_classes=n_classes, epochs=10)
    assert evaluate(program, made).fitness > 0.9


def test_a_given_program_fills_the_first_population() -> None:
    """A given program fills the first population, with its literals and element indexes."""
    own = parse("def Setup():\n  s9 = 2\n  v3[1] = 4\n  m9[0.5, 1] = 4\ndef Predict():\n  s1 = 2 * s9\n")
    assert set(Search(params(search=SMALL, initial=own)).ask(20)) == {own}


BEGINNINGS = [
    program(predict="s1 = dot(v0, v1)"),
    program("", "s1 = s2 + s3; s1 = s1 + s2", "s2 = s0 - s1"),
    program("s2 = 0.5", "s1 = s2 * s3"),
]


def several() -> Params:
    """A search that begins with three programs."""
    return small(1, {"mutate_prob": 0.0}, initial=BEGINNINGS)


def test_several_first_programs_take_turns() -> None:
    """Several first programs take turns in the first population, padded to equal sizes."""
    asked = Search(several()).ask(20)
    assert asked[:3] != asked[1:4]
    assert asked == [asked[index % 3] for index in range(20)]
    for found, mine in zip(asked, BEGINNINGS, strict=False):
        assert tuple(map(len, found.functions)) == several().program.sizes == (1, 2, 1)
        interface = interface_of("RMS_ERROR")
        assert dead_code(found, interface) == dead_code(mine, interface)


@pytest.mark.parametrize("size", [1, 7])
def test_first_programs_take_turns_in_offspring(size: int) -> None:
    """First programs take turns in the first population, whatever `n_offspring`."""
    chosen = small(1, {"n_offspring": size}, initial=BEGINNINGS)
    state = Evolution(chosen, tasks()).advance(start(chosen), 20)
    assert Search(chosen, state).population == Search(several()).ask(20)


@pytest.mark.parametrize("mutation", ["alter_param", "identity", "remove_instruction"])
@pytest.mark.parametrize("initial", ["linear", "neural_network"])
def test_built_in_first_programs_fit_without_insertion(mutation: str, initial: str) -> None:
    """Without inserting mutations, genomes still have room for the built-in programs."""
    chosen = params(search={**SMALL, "mutations": [mutation], "mutate_prob": 0.0}, initial=initial)
    asked = Search(chosen).ask(2)
    assert asked == Search(params(search={**SMALL, "mutate_prob": 0.0}, initial=initial)).ask(2)


def test_a_first_program_with_elements_beyond_the_features_is_an_error() -> None:
    """A first program with an element index beyond the features of a task is an error."""
    own = parse("def Setup():\n  v3[4] = 1\ndef Predict():\n  s1 = mean(v3)\n")
    chosen = params(search=SMALL, initial=own)
    Evolution(chosen, [task(features=5)])
    with pytest.raises(AzcError, match="no element 4 in 4 features"):
        Evolution(chosen, [task(features=5), task(features=4)])


def test_a_first_program_beyond_the_addresses_is_an_error() -> None:
    """A first program with an address that the search lacks is an error."""
    own = parse("def Setup():\n  s20 = 2\ndef Predict():\n  s1 = 2 * s20\n")
    with pytest.raises(AzcError, match="s20 is none of the search's"):
        Search(params(search=SMALL, initial=own))


def test_a_first_program_outside_the_limits_is_an_error() -> None:
    """A first program outside the size limits is an error."""
    own = parse("def Learn():\n  s2 = 1\n  s3 = 1\n  s4 = 1\n")
    with pytest.raises(AzcError, match=r"program\.sizes\.learn: 3 instructions .* from 1 to 2"):
        params(initial=own, size_limits={"learn": [1, 2]})
    with pytest.raises(AzcError, match=r"program\.initial: its learn has 4 instructions"):
        Search(params(initial="linear", size_limits={"learn": [1, 2]}))


def test_a_state_is_arrays_of_numbers() -> None:
    """A state consists of NumPy arrays of numbers and of records of numbers."""
    search = Search(settings())
    go_on(search, length, 30)
    *arrays, hurdle = search.state
    assert isinstance(search.state, State)
    assert {type(array) for array in (*arrays, *hurdle)} == {np.ndarray}
    fields = [array.dtype[name] for array in arrays for name in array.dtype.names or ()]
    plain = [array.dtype for array in (*arrays, *hurdle) if not array.dtype.names]
    assert {dtype.kind for dtype in (*fields, *plain)} <= {"i", "u", "f"}


@pytest.mark.parametrize("size", [1, 7, 20])
def test_offspring_come_from_one_snapshot(size: int) -> None:
    """All programs of one `ask` are bred from the same population."""
    search = Search(settings(3, mutate_prob=0.0))
    made = rising(search, np.arange(20) / 20)
    children = search.ask(size)
    assert set(children) <= set(made)
    search.tell(children, [0.0] * size)
    assert search.population[:size] == children
    assert search.population[size:] == made[size:]


def test_random_programs_use_the_searchs_addresses() -> None:
    """Random programs use exactly the search's addresses."""
    shape = {"scalars": 3, "vectors": 2, "matrices": 1}
    search = Search(
        params(search=SMALL, addresses=shape, initial="random", sizes=dict.fromkeys(FUNCTIONS, 9))
    )
    used = {str(address) for program in search.ask(20) for address in program.addresses()}
    assert used == {*map(str, (s(0), s(1), s(2), v(0), v(1), m(0)))}


def test_ask_and_tell_with_an_evaluator_improves() -> None:
    """Ask and tell with an Evaluator finds a better program than the first, with its exact fitness."""
    evaluator = Evaluator([task(0), task(1)])
    search = Search(small(3, initial="linear"))
    go_on(search, evaluator.fitness, 200)
    first = evaluator.fitness(Search(small(3, initial="linear")).ask()[0])
    assert search.best_fitness > first
    assert search.best is not None
    assert evaluator.fitness(search.best) == search.best_fitness


# --- every strategy -------------------------------------------------------------------------------------


def by_strategy(strategy: str, seed: int = 1, **search: Any) -> Params:
    """A small search with one of azc's strategies, from empty programs if it can begin with them."""
    return params(
        search={**SMALL, "strategy": strategy, "seed": seed, **search},
        initial="random" if strategy == "random_search" else "empty",
        sizes=dict.fromkeys(FUNCTIONS, 4 * (strategy == "random_search")),
        addresses={"scalars": 6, "vectors": 6, "matrices": 3},
        size_limits={name: [0, 9] for name in FUNCTIONS},
    )


@pytest.mark.parametrize("n_tasks", [1, 3])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_strategy_asks_and_is_told(strategy: str, n_tasks: int) -> None:
    """Equal seeds have equal histories, also from a state on; the best program told is known."""

    def told(search: Search, rounds: int) -> float:
        best = -np.inf
        for _ in range(rounds):
            asked = search.ask(9)
            rows = [[length(program) / (1 + task) for task in range(n_tasks)] for program in asked]
            search.tell(asked, rows if n_tasks > 1 else [row[0] for row in rows])
            best = max(best, *(float(np.mean(row)) for row in rows))
        return best

    first, again = (Search(by_strategy(strategy), n_tasks=n_tasks) for _ in range(2))
    best = max(told(first, 20), told(first, 20))
    told(again, 20)
    later = Search(by_strategy(strategy), again.state, n_tasks=n_tasks)
    told(later, 20)
    assert flat(first.state) == flat(later.state) != flat(again.state)
    assert first.best_fitness == best
    assert first.state.evals == 360
    assert not list(faults(first.state, first.params))


def test_bins_are_told_live_code() -> None:
    """Told to `size_bins`, a program keeps its live code alone, in a bin of its length, once."""
    search = Search(by_strategy("size_bins", bin_size=3))
    own = program("s2 = 0.5", "s1 = s2 * s2; s3 = s2 + s1")
    search.tell([own, own], [0.5, 0.25])
    assert search.population == [dead_code(own, interface_of("RMS_ERROR"))]
    for _ in range(60):
        asked = search.ask(5)
        search.tell(asked, [length(program) for program in asked])
    lengths = [sum(map(len, program.functions)) for program in search.population]
    assert max(map(lengths.count, lengths)) == 3
    assert len(set(search.population)) == len(lengths)
    assert max(lengths) > 9


def test_rows_of_fitnesses_are_checked() -> None:
    """A row for each program, of one number a task, whose mean is a number; else nothing is told."""
    search = Search(by_strategy("size_bins"), n_tasks=2)
    asked = search.ask(2)
    for wrong, why in {
        ((0.5, 0.5),): "2 programs, but 1 fitnesses",
        ((0.5, 0.5), (0.5,)): r"fitnesses\[1\] has 1 numbers; expected 2, one for each task",
        ((0.5, 0.5), (np.inf, -np.inf)): "the fitness of program 1 is nan",
        (0.5, 0.5): r"`fitnesses\[0\]` must be a sequence of numbers, not 0.5",
    }.items():
        with pytest.raises(AzcError, match=why):
            search.tell(asked, wrong)  # type: ignore[arg-type]
    assert search.state.evals == 0
    state = Search(by_strategy("size_bins")).state
    with pytest.raises(AzcError, match="n_tasks"):
        Search(by_strategy("size_bins"), n_tasks=0)
    search.tell(asked, [[0.5, 0.25]] * 2)
    with pytest.raises(AzcError, match="the state has scores on 2 tasks, expected 1"):
        Search(by_strategy("size_bins"), search.state)
    assert Search(by_strategy("size_bins"), state, n_tasks=2).population == []
