"""Regularized evolution: who becomes a parent, who dies, and that a state decides all that follows."""

import attrs
import pytest
from search.making import length, params

from azc.errors import AzcError
from azc.evaluation import evaluate
from azc.ir import Address, Instruction, Program, no_op
from azc.ir.draws import gaussians
from azc.language import parse
from azc.search import Params, State, advance, start
from azc.search.stream import Position, Stream
from azc.tasks import Task

SMALL = {"population_size": 20, "tournament_size": 3, "target_fitness": 2.0}


def small(seed: int = 1, initial: object = "empty", **search: object) -> Params:
    """A search among few programs."""
    return params(search={**SMALL, "seed": seed, **search}, initial=initial)


def test_the_same_seed_gives_the_same_history() -> None:
    """Two searches with one seed agree in every program, fitness and random number, others do not."""
    one, again, other = (advance(start(small(seed)), small(seed), length, 500) for seed in (1, 1, 2))
    assert one == again
    assert one.population != other.population


@pytest.mark.parametrize("steps", [1, 7, 20, 33])
@pytest.mark.parametrize("initial", ["empty", "random"])
def test_history_does_not_depend_on_how_it_is_divided(steps: int, initial: str) -> None:
    """Many small advances end in the state of one great one."""
    settings = small(3, initial)
    state = start(settings)
    for done in range(0, 165, steps):
        state = advance(state, settings, length, min(steps, 165 - done))
    assert state == advance(start(settings), settings, length, 165)


def test_the_oldest_dies() -> None:
    """Every child takes the place of the individual that was scored first of all alive."""
    settings = small(4, mutate_prob=1.0, mutations=["insert_instruction"])
    state = advance(start(settings), settings, length, 20)
    for _ in range(45):
        after = advance(state, settings, length, 1)
        oldest = state.ages.index(max(state.ages))
        assert after.ages[oldest] == 0
        rest = [i for i in range(20) if i != oldest]
        assert all(after.population[i] is state.population[i] for i in rest)
        assert [after.ages[i] for i in rest] == [state.ages[i] + 1 for i in rest]
        state = after


def test_the_parent_is_the_best_of_a_tournament() -> None:
    """The child of a tournament is a copy of the first drawn of the best in it."""
    settings = small(5, initial="random", mutate_prob=0.0)
    scores = iter([0.1, 0.5, 0.3, 0.5, 0.2] * 4)
    state = advance(start(settings), settings, lambda program: next(scores), 20)
    for _ in range(30):
        drawn = Stream(state.position, 20, 3).tournament()
        best = max(state.fitnesses[i] for i in drawn)
        parent = next(i for i in drawn if state.fitnesses[i] == best)
        slot, state = state.evals % 20, advance(parents := state, settings, length, 1)
        assert state.population[slot] is parents.population[parent]
        assert state.fitnesses[slot] == parents.fitnesses[parent]


def test_a_child_equal_to_its_parent_is_not_run() -> None:
    """Individuals that are copies count as scored, but are not run again."""
    runs: list[Program] = []
    settings = small(6, mutate_prob=0.0)
    state = advance(start(settings), settings, lambda program: float(runs.append(program) or 0.5), 100)
    assert len(runs) == 1
    assert state.evals == 100


def test_the_best_ever_is_kept() -> None:
    """The first of the best programs ever seen stays known after it has died."""
    settings = small(7, mutations=["insert_instruction", "remove_instruction"])
    scores = iter([0.5] * 40 + [0.9] + [0.1] * 1000)
    seen: list[Program] = []

    def fitness(program: Program) -> float:
        seen.append(program)
        return next(scores)

    state = advance(start(settings), settings, fitness, 500)
    assert state.best_fitness == 0.9
    assert state.best is seen[40]
    assert state.best not in state.population


def test_a_new_best_at_the_target_ends_an_advance() -> None:
    """Whoever advances can look at each new best that reaches the target; an old one stops nothing."""
    settings = small(8, mutations=["insert_instruction"], mutate_prob=1.0, target_fitness=0.3)
    state = advance(start(settings), settings, length, 10_000)
    assert 0.3 <= state.best_fitness < 0.4
    again = advance(state, settings, lambda program: 0.3, 100)
    assert again.evals == state.evals + 100


def test_the_time_allowed_ends_an_advance() -> None:
    """No second program is scored when the time is over."""
    settings = small(9, initial="random")
    assert advance(start(settings), settings, length, 100, seconds=0.0).evals == 1


def test_evolution_climbs() -> None:
    """Selection finds programs that blind mutation hardly would."""
    settings = small(10)
    state = advance(start(settings), settings, length, 3000)
    assert state.best_fitness > 0.9


def test_random_individuals_differ_and_have_the_sizes_given() -> None:
    """A random first population has different programs of the sizes asked for."""
    sizes = {"setup": 3, "predict": 0, "learn": 5}
    settings = params(search=SMALL, initial="random", sizes=sizes, ops=["SCALAR_CONST_SET"])
    population = advance(start(settings), settings, length, 20).population
    assert {tuple(map(len, p.functions)) for p in population} == {(3, 0, 5)}
    assert len(set(population)) == 20


def test_empty_programs_are_padded() -> None:
    """The empty program has a no-op in each function, or as many as the sizes say."""
    settings = params(
        search=SMALL, sizes={"setup": 2}, size_limits={"setup": [1, 4], "predict": [1, 4], "learn": [1, 4]}
    )
    (program,) = advance(start(settings), settings, length, 1).population
    assert program == Program((no_op(),) * 2, (no_op(),), (no_op(),))


@pytest.mark.parametrize(
    ("initial", "eval_type", "sizes"),
    [
        ("linear", "ACCURACY", (1, 1, 4)),
        ("neural_network", "ACCURACY", (3, 5, 11)),
        ("linear", "MULTICLASS_ACCURACY", (1, 1, 4)),
        ("neural_network", "MULTICLASS_ACCURACY", (3, 4, 11)),
    ],
)
def test_known_algorithms_can_be_the_beginning(initial: str, eval_type: str, sizes: tuple[int, ...]) -> None:
    """Linear regression and the two-layer network begin with their own sizes, and learn."""
    settings = params(eval_type, search=SMALL, initial=initial)
    (program,) = advance(start(settings), settings, length, 1).population
    assert tuple(map(len, program.functions)) == sizes
    x = gaussians(1, 4000, 1).reshape(1000, 4)
    y = (x[:, 0] > x[:, 1]).astype(float)
    n_classes = 2 if eval_type == "MULTICLASS_ACCURACY" else None
    task = Task(x[:800], y[:800], x[800:], y[800:], eval_type=eval_type, n_classes=n_classes, epochs=10)
    assert evaluate(program, task).fitness > 0.9


def test_a_program_of_ones_own_can_be_the_beginning() -> None:
    """A given program is everybody at first; what it does beyond the addresses stays its own."""
    own = parse("def Setup():\n  s20 = 2\ndef Predict():\n  s1 = 2 * s20\n")
    settings = params(search=SMALL, initial=own)
    state = advance(start(settings), settings, length, 20)
    assert set(state.population) == {own}


def test_an_initial_program_outside_the_limits_is_an_error() -> None:
    """The limits hold for the beginning too."""
    own = parse("def Learn():\n  s2 = 1\n  s3 = 1\n  s4 = 1\n")
    with pytest.raises(AzcError, match=r"program\.sizes\.learn: 3 instructions .* from 1 to 2"):
        params(initial=own, size_limits={"learn": [1, 2]})
    with pytest.raises(AzcError, match=r"program\.initial: its learn has 4 instructions"):
        start_one(params(initial="linear", size_limits={"learn": [1, 2]}))


def start_one(settings: Params) -> State:
    """The state after one program."""
    return advance(start(settings), settings, length, 1)


def test_a_state_is_plain() -> None:
    """A state holds programs and numbers only, so that it can be written down."""
    state = advance(start(small()), small(), length, 30)
    kinds = {type(value) for value in attrs.astuple(state, recurse=False)}
    assert kinds == {Position, tuple, int, Program, float}
    assert {type(i) for p in state.population for i in p.instructions()} == {Instruction}
    assert all(
        i.out is None or isinstance(i.out, Address) for p in state.population for i in p.instructions()
    )
