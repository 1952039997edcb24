"""The verifier of states: accepts states of a search, and refuses those that compiled code must not see."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from search.making import FUNCTIONS, HURDLE, SMALL, WAYS, only, params, s, small, task, tasks, v

from azc.errors import AzcError
from azc.ir import MAX_INSTRUCTIONS, OPS, Address, Instruction, Literal, Program, address
from azc.language import parse
from azc.search import MUTATIONS, Evolution, Params, Search, State, start
from azc.search.engine.genome import ABSOLUTE, NONE, NOTHING
from azc.search.engine.state import arrays_of, children, state_of
from azc.search.migration import migrants_of
from azc.search.verifier import checked, faults

FIRST_PROGRAM = parse(
    "def Setup():\n  s2 = 1\ndef Predict():\n  s1 = s2 + s3\ndef Learn():\n  v1[2] = 0.5\n  s3 = 2 * s2\n"
)
EVERYTHING = {"hurdle": HURDLE, "functional_cache": True, "n_offspring": 4}


def settings(search: Mapping[str, Any] = EVERYTHING, **program: Any) -> Params:
    """A small search with a hurdle."""
    return small(3, search, initial=FIRST_PROGRAM, **program)


@pytest.fixture(scope="module")
def made() -> State:
    """A state after some generations."""
    return Evolution(settings(), tasks()).advance(start(settings()), 300)


def changed(state: State, name: str, value: Any) -> State:
    """The state with another array under a name."""
    return state_of(arrays_of(state) | {name: value})


def written(state: State, name: str, place: Any, value: Any) -> State:
    """The state with another value in an array, at an index or in a field of the first record."""
    array = arrays_of(state)[name].copy()
    if array.dtype.names:
        array[place][0] = value
    else:
        array[place] = value
    return changed(state, name, array)


# --- sound -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("evals", [0, 7, 20, 333])
def test_states_of_a_search_are_sound(way: str, evals: int) -> None:
    """States of every kind of search are sound, after any number of programs."""
    chosen = small(2, WAYS[way], initial="linear")
    state = Evolution(chosen, tasks()).advance(start(chosen), evals)
    assert list(faults(state, chosen, 4)) == []


@pytest.mark.parametrize("eval_type", ["RMS_ERROR", "ACCURACY", "MULTICLASS_ACCURACY"])
def test_a_state_of_all_operations_is_sound(eval_type: str) -> None:
    """A state of random programs with all operations is sound."""
    chosen = params(
        eval_type,
        search={**SMALL, "population_size": 200, "tournament_size": 2},
        initial="random",
        sizes=dict.fromkeys(FUNCTIONS, 8),
    )
    state = Evolution(chosen, [task(eval_type=eval_type)]).advance(start(chosen), 1000)
    assert list(faults(state, chosen, 4)) == []


def test_told_programs_are_sound() -> None:
    """A state of told programs is sound, with infinite fitness too."""
    search = Search(settings())
    search.tell(search.ask(30), [*[-np.inf] * 10, *range(19), np.inf])
    assert checked(search.state, settings()) is search.state


def test_arrays_by_name_are_a_state_again(made: State) -> None:
    """A state made of the arrays of another has the same arrays, the hurdle's too."""
    again = state_of(arrays_of(made))
    assert all(a is b for a, b in zip(arrays_of(again).values(), arrays_of(made).values(), strict=True))
    assert len(arrays_of(made)) == len(made) + len(made.hurdle) - 1


# --- refused ---------------------------------------------------------------------------------------------


def word(code: int, out: int, a: int = NONE, b: int = NONE) -> int:
    """Word 0 of an instruction."""
    return code | out << 8 | a << 16 | b << 24


CODES = {op.name: op.code for op in OPS}
ADD = CODES["SCALAR_SUM"]
FIRST = (0, 0, 0)
"""Index of word 0 of the first instruction, in slot 0."""
PROGRAMS = {
    "an opcode that is none": word(200, 2, 3, 3),
    "an operation that is not the search's": word(CODES["MATRIX_MATRIX_PRODUCT"], 9, 9, 9),
    "a result of another kind": word(ADD, 6, 2, 2),
    "a result that is a literal": word(ADD, 64, 2, 2),
    "a result that is nowhere": word(ADD, 60, 2, 2),
    "no result": word(ADD, NONE, 2, 2),
    "an operand of another kind": word(ADD, 2, 6, 2),
    "an operand that is nowhere": word(ADD, 2, 2, 63),
    "a literal of another kind": word(CODES["VECTOR_SUM"], 6, 64, 6),
    "a literal that is nowhere": word(ADD, 2, 2, 65),
    "an operand too few": word(ADD, 2, 2),
    "an operand too many": word(CODES["SCALAR_CONST_SET"], 2, 2),
    "bits that mean nothing": word(ADD, 2, 2, 2) | 1 << 40,
    "a negative word": -1,
}


@pytest.mark.parametrize("what", PROGRAMS)
def test_an_invalid_program_is_refused(made: State, what: str) -> None:
    """An invalid program is refused, in the population and as the best."""
    assert list(faults(written(made, "genomes", FIRST, word(ADD, 2, 2, 2)), settings())) == []
    assert any("slot 0" in f for f in faults(written(made, "genomes", FIRST, PROGRAMS[what]), settings()))
    assert any("best" in f for f in faults(written(made, "best_genome", (0, 0), PROGRAMS[what]), settings()))


ELEMENT = word(CODES["VECTOR_CONST_SET"], 6)


@pytest.mark.parametrize(
    ("index", "features", "sound"),
    [(3, 4, True), (4, 4, False), (4, 5, True), (2**31 - 1, None, True), (2**31, None, False)],
)
def test_an_element_beyond_the_features_is_refused(
    made: State, index: int, features: int | None, sound: bool
) -> None:
    """An element index beyond the features is refused; without known features, one beyond 31 bits."""
    state = written(made, "genomes", (0, 0), [ELEMENT, ABSOLUTE | index, 0, 0])
    assert (list(faults(state, settings(), features)) == []) is sound


CONSTANTS = {
    "a nan that is written as no nan is": ([word(CODES["SCALAR_CONST_SET"], 2), ABSOLUTE | 5, 0, 0]),
    "a negative draw": [word(CODES["VECTOR_GAUSSIAN_SET"], 6), 0, 0, -1],
    "a draw beyond the last": [word(CODES["VECTOR_GAUSSIAN_SET"], 6), 0, 0, 2**31],
}


@pytest.mark.parametrize("what", CONSTANTS)
def test_an_invalid_constant_is_refused(made: State, what: str) -> None:
    """A nan with other bits and a draw out of range are refused."""
    assert list(faults(written(made, "genomes", (0, 0), CONSTANTS[what]), settings()))


VALUES: list[tuple[str, Any, Any]] = [
    ("sizes", (0, 0), -1),
    ("sizes", (0, 1), 9),
    ("sizes", (0, 2), 100_000),
    ("sizes", 3, [8, 8, 9]),
    ("fitnesses", 5, np.nan),
    ("progress", "evals", -1),
    ("progress", "evals", 2**62),
    ("progress", "entered", -1),
    ("progress", "origin", -1),
    ("paid", (0, 0), -1),
    ("paid", (0, 1), 10**6),
    ("generator", slice(None), 0),
    ("progress", "best_fitness", np.nan),
    ("progress", "best_fitness", -1.0),
    ("progress", "best_fitness", 7.0),
    ("best_sizes", 0, 50),
    ("progress", "record", np.nan),
    ("progress", "record", -1.0),
    ("lineage", "length", -1),
    ("lineage", "length", 26),
    ("lineage", "mutations", 1 << len(MUTATIONS)),
    ("lineage", "generations", -1),
    ("lineage", "id", -5),
    ("best_lineage", "id", -1),
    ("hurdle/threshold", "filled", -1),
    ("hurdle/threshold", "filled", HURDLE["window"]),
    ("hurdle/threshold", "height", np.nan),
    ("hurdle/recent", 0, np.nan),
]


@pytest.mark.parametrize(("name", "place", "value"), VALUES, ids=str)
def test_a_value_out_of_bounds_is_refused(made: State, name: str, place: Any, value: Any) -> None:
    """Counts, scores and sizes out of bounds are refused."""
    assert list(faults(written(made, name, place, value), settings()))


@pytest.mark.parametrize("name", sorted({*arrays_of(start(settings()))} - {"memory"}))
@pytest.mark.parametrize("how", ["dtype", "order", "longer", "shorter", "deeper", "object", "missing"])
def test_another_array_is_refused(made: State, name: str, how: str) -> None:
    """An array of another dtype, byte order or shape, or a missing one, is refused."""
    array = arrays_of(made)[name]
    other: dict[str, Any] = {
        "dtype": array.view(np.int32),
        "order": array.astype(array.dtype.newbyteorder()),
        "longer": np.concatenate([array, array]),
        "shorter": array[:-1],
        "deeper": array[None],
        "object": array.astype(object),
        "missing": None,
    }
    with pytest.raises(AzcError, match=f"the state does not fit the parameters: .*{name} is "):
        checked(changed(made, name, other[how]), settings())


def test_memory_that_no_strategy_asked_for_is_refused(made: State) -> None:
    """Only a strategy written in NumPy has a memory; bytes of another dtype are refused, too."""
    for memory in (np.zeros(3, dtype=np.uint8), np.zeros(0)):
        with pytest.raises(AzcError, match=r"memory is \w+ \(\d,\), expected uint8 \(0,\)"):
            checked(changed(made, "memory", memory), settings())


def test_offspring_longer_than_any_program_are_refused() -> None:
    """Offspring with more than MAX_INSTRUCTIONS are refused, though their genomes have room."""
    from azc.search.verifier import children_faults

    made = children(1, 2 * MAX_INSTRUCTIONS, n_functions=3)
    made.genomes[..., 0] = NOTHING
    for size in (MAX_INSTRUCTIONS, MAX_INSTRUCTIONS + 1):
        made.sizes[0] = (size, 0, 0)
        assert any("sizes" in fault for fault in children_faults(made, settings())) == (
            size > MAX_INSTRUCTIONS
        )


@pytest.mark.parametrize("what", [3, "state", (), [1], {}, tasks])
def test_only_a_state_is_accepted(what: Any) -> None:
    """Search and Evolution refuse a value that is no State."""
    with pytest.raises(AzcError, match="`state` must be a State"):
        Search(settings(), what)
    with pytest.raises(AzcError, match="`state` must be a State"):
        evolution().advance(what, 1)


OTHERS: dict[str, tuple[Params, str]] = {
    # parameters, and the reason why the state does not fit them
    "a larger population": (settings({**EVERYTHING, "population_size": 21}), r"genomes is int64 \(20, "),
    "no hurdle": (settings({}), r"hurdle/recent is float64 \(25,\), expected float64 \(1,\)"),
    "fewer operations": (settings(ops=["SCALAR_SUM"]), "instruction 1 is VECTOR_INNER_PRODUCT of "),
    "fewer addresses": (
        settings(addresses={"scalars": 4, "vectors": 2, "matrices": 0}),
        r"instruction \d+ is .* which is none of the search's",
    ),
    "smaller genomes": (
        settings(size_limits={"setup": [1, 1], "predict": [1, 1], "learn": [1, 2]}),
        r"genomes is int64 \(20, 25, 4\), expected int64 \(20, 5, 4\)",
    ),
    "smaller sizes": (
        settings(size_limits={"setup": [1, 1], "predict": [1, 1], "learn": [1, 22]}),
        r"sizes \[\d+, \d+, \d+\], expected at most setup 1, predict 1, learn 22",
    ),
}


@pytest.mark.parametrize("what", OTHERS)
def test_a_state_of_other_parameters_is_refused(made: State, what: str) -> None:
    """Search and Evolution refuse a state that does not fit the parameters; the error gives the reason."""
    other, reason = OTHERS[what]
    for take in (Search, lambda p, state: Evolution(p, tasks()).advance(state, 100)):
        with pytest.raises(AzcError, match=f"the state does not fit the parameters: .*{reason}"):
            take(other, made)


def test_a_state_with_elements_that_the_tasks_lack_is_refused() -> None:
    """Evolution refuses a state with element indexes beyond the features of its tasks."""
    search = Search(settings())
    search.tell([parse("def Predict():\n  v1[3] = 1\n  s1 = dot(v0, v1)\n")] * 20, [0.5] * 20)
    assert Evolution(settings(), tasks()).advance(search.state, 100).evals == 120
    with pytest.raises(AzcError, match="none of the search's"):
        Evolution(settings(), [task(features=3)]).advance(search.state, 100)


def test_states_of_evolution_are_read_only(made: State) -> None:
    """States made by Evolution are read-only, since they are not verified again."""
    for array in arrays_of(made).values():
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_invalid_migrants_are_refused(made: State) -> None:
    """Migrants with an invalid genome or array are refused."""
    migrants = migrants_of(made, range(3))
    evolution().score(made_again(made), migrants)
    genomes = migrants.genomes.copy()
    genomes[2, 0, 0] = word(200, 2)
    for wrong in (
        migrants._replace(genomes=genomes),
        migrants._replace(genomes=migrants.genomes[:, :-1].copy()),
        migrants._replace(sizes=migrants.sizes + 50),
        migrants._replace(fitnesses=migrants.fitnesses.astype(np.float32)),
        migrants._replace(keys=migrants.keys[:1]),
        None,
    ):
        given_: Any = wrong
        with pytest.raises(AzcError):
            evolution().score(made_again(made), given_)


def made_again(state: State) -> State:
    """A writable copy."""
    return state_of({name: array.copy() for name, array in arrays_of(state).items()})


@given(st.data())
def test_accepted_states_can_be_advanced(made: State, data: st.DataObject) -> None:
    """A state with any one word changed is refused, or Evolution advances it to a sound state."""
    arrays = arrays_of(made)
    name = data.draw(st.sampled_from([name for name, array in arrays.items() if array.size]))
    array = arrays[name].copy()
    flat = array.reshape(-1).view(np.uint64)
    flat[data.draw(st.integers(0, flat.size - 1))] = data.draw(
        st.integers(0, 300) | st.integers(0, 2**64 - 1) | st.sampled_from(words(made))
    )
    try:
        after = evolution().advance(changed(made, name, array), 40)
    except AzcError:
        return
    assert list(faults(after, settings(), 4)) == []


@cache
def evolution() -> Evolution:
    """Evolution on small tasks."""
    return Evolution(settings(), tasks())


def words(state: State) -> list[int]:
    """Words of some genomes, which are exchanged for each other."""
    return sorted({int(w) for w in state.genomes.view(np.uint64)[:5].ravel()})


# --- told ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("op", [op for op in OPS if op.name not in {*settings().program.ops[0], "NO_OP"}])
def test_a_program_with_an_unknown_operation_is_refused(op: Any) -> None:
    """Telling a program with an operation that the search lacks is an error; the state is unchanged."""
    search = Search(small(3, addresses={"scalars": 5, "vectors": 4, "matrices": 2}))
    before = made_again(search.state)
    operands = tuple(address(kind, 1) for kind in op.operands)
    constants = tuple(0 if name == "draw" else 0.5 for name in op.constants)
    program = Program((Instruction(op, address(op.result, 1), operands, constants),))
    with pytest.raises(AzcError, match=rf"program 1: {op.name} is none of the search's .* program\.ops"):
        search.tell([*search.ask(), program], [0.5, 0.5])
    assert all(
        (a == b).all()
        for a, b in zip(arrays_of(search.state).values(), arrays_of(before).values(), strict=True)
    )


SUM = next(op for op in OPS if op.name == "SCALAR_SUM")
VECTORS = next(op for op in OPS if op.name == "VECTOR_SUM")
NO_PROGRAMS: dict[str, Any] = {
    "a word": "def Setup():",
    "nothing": None,
    "a function too long": Program((), (), (only("SCALAR_SUM", s(2), (s(2), s(2))),) * 9),
    "a result of another kind": Program((Instruction(VECTORS, s(2), (v(1), v(1))),)),
    "operands of another kind": Program((Instruction(VECTORS, v(2), (s(1), s(1))),)),
    "an operand too few": Program((Instruction(SUM, s(2), (s(1),)),)),
    "no result": Program((Instruction(SUM, None, (s(1), s(1))),)),
    "constants that are none": Program((only("SCALAR_CONST_SET", s(2), (), ("x",)),)),
    "a whole number as a constant": Program((only("SCALAR_CONST_SET", s(2), (), (3,)),)),
    "too many constants": Program((only("SCALAR_CONST_SET", s(2), (), (1.0,) * 9),)),
    "an index beyond all": Program((only("VECTOR_CONST_SET", v(2), (), (2**40, 1.0)),)),
    "a literal of none": Program((Instruction(SUM, s(2), (s(1), Literal(3.0))),)),
    "an address that is none": Program((Instruction(SUM, Address("x", 2), (s(1), s(1))),)),
    "what is no instruction": Program((1, 2)),  # type: ignore[arg-type]
    "what is no function": Program(5),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("what", NO_PROGRAMS)
def test_telling_an_invalid_program_is_an_error(what: str) -> None:
    """Telling an invalid program is an error that names its index."""
    with pytest.raises(AzcError, match=r"program 0|`programs\[0\]` must be a Program"):
        Search(small()).tell([NO_PROGRAMS[what]], [0.5])


@pytest.mark.parametrize("value", ["x", None, [], 1j, float("nan"), np.array([1.0, 2.0]), 10**400])
def test_telling_an_invalid_fitness_is_an_error(value: Any) -> None:
    """Telling an invalid fitness is an error that names its index."""
    search = Search(small())
    with pytest.raises(AzcError, match=r"the fitness of program 1 is nan|`fitnesses\[1\]` must be a number"):
        search.tell(search.ask(2), [0.5, value])


@pytest.mark.parametrize("n", [-1, 1.5, "x", None, True, 10**30])
def test_ask_takes_an_integer(n: Any) -> None:
    """`ask` takes an integer from 0 to 100,000."""
    with pytest.raises(AzcError, match="`n` must be a whole number from 0 to 100000, not"):
        Search(small()).ask(n)
    assert Search(small()).ask(0) == []


def test_telling_nothing_scores_nothing() -> None:
    """Telling empty lists scores nothing; telling values that are no lists is an error."""
    search: Any = Search(small())
    search.tell([], [])
    assert search.state.evals == 0
    for told in ((None, []), ([], None), (3, 4)):
        with pytest.raises(AzcError, match="must be a sequence of"):
            search.tell(*told)


# --- tasks -----------------------------------------------------------------------------------------------


WRONG_TASKS: dict[str, tuple[Any, str]] = {
    "another type": ([task(eval_type="ACCURACY")], r"tasks\[0\] is ACCURACY; expected tasks of RMS_ERROR"),
    "mixed types": ([task(), task(), task(eval_type="ACCURACY")], r"tasks\[2\] is ACCURACY; expected"),
    "many": ([task(eval_type="ACCURACY")] * 9, r"tasks\[2\] is ACCURACY, and 6 more; expected"),
    "none": ([], "`tasks` must be a sequence of tasks, at least one"),
    "no tasks": (["linear"], r"`tasks\[0\]` must be a Task"),
    "no list": (7, "`tasks` must be a sequence of tasks"),
    "a task": (task(), "`tasks` must be a sequence of tasks"),
}


@pytest.mark.parametrize("what", WRONG_TASKS)
def test_tasks_of_another_type_are_refused(what: str) -> None:
    """Evolution refuses tasks of another evaluation type, and values that are no tasks."""
    given_, message = WRONG_TASKS[what]
    with pytest.raises(AzcError, match=message):
        Evolution(small(), given_)


@pytest.mark.parametrize(("evals", "limit"), [(-1, 5), ("x", 5), (1.5, 5), (5, -1), (5, None)])
def test_advance_takes_integers(evals: Any, limit: Any) -> None:
    """`advance` takes integers as numbers of programs."""
    with pytest.raises(AzcError, match="must be a whole number from 0"):
        evolution().advance(start(settings()), evals, limit=limit)
