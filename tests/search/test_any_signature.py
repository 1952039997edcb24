"""Searches for programs of any signature: what is bred, and that it is the same for a seed."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from search.engine.test_flow import Packed, _analyse
from search.making import ALL_OPS, canonical_program
from strategies import programs, signatures

import azc
from azc.ir import Program, Signature, faults
from azc.passes import canonical, dead_code
from azc.passes.dead_code import liveness
from azc.search import Params, Search, parameters
from azc.search.engine.flow import flow
from azc.search.names import MUTATION_TABLE
from azc.search.space import code_tables, coding_of
from azc.search.variation_tables import variation

ADDRESSES = {"scalars": 9, "vectors": 9, "matrices": 9}
OPTIMIZER = azc.Signature(
    "optimizer",
    {"Setup": {}, "Update": {"inputs": {"weights": "v0", "gradient": "v1"}, "outputs": {"change": "v2"}}},
)
HEAVY_BALL = azc.parse(
    "def Setup():\n  s2 = 0.9\n  s3 = -0.1\ndef Update():\n  v3 = s2 * v3\n  v3 = v3 + v1\n  v2 = s3 * v3\n",
    signature=OPTIMIZER,
)
SIGN_DESCENT = azc.parse(
    "def Setup():\n  s4 = -0.1\ndef Update():\n  v4 = sign(v1)\n  v2 = s4 * v4\n", signature=OPTIMIZER
)


def own(signature: Signature) -> bool:
    """Whether evolved code may write an output of a signature; only then it can be searched."""
    return any(one.read - signature.written for one in signature.functions)


SIGNATURES = signatures().filter(own)


def searching(signature: Signature, search: Mapping[str, Any] = {}, **program: Any) -> Params:
    """Parameters of a small search for programs of a signature."""
    limits = {key: [0, 9] for key in signature.keys}
    shape = {"addresses": ADDRESSES, "ops": ALL_OPS, "size_limits": limits}
    return parameters({"seed": 3, **search}, shape | program, signature)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_canonical_form_and_dataflow_are_those_of_the_passes(data: st.DataObject) -> None:
    """Of programs of any signature the engine computes the form and the live addresses of the passes."""
    signature = data.draw(SIGNATURES)
    program = data.draw(programs(max_instructions=5, max_address=4, features=4, names=signature.names))
    chosen = searching(signature, initial=program)
    assert canonical_program(chosen, program) == canonical(program, signature)
    live = dead_code(program, signature)
    chosen = searching(signature, initial=live)
    coding = coding_of(chosen.program)
    genome, sizes = coding.pack(live, 40)
    found = flow(40, len(sizes))
    _analyse(Packed(genome.ravel(), sizes), code_tables(coding, signature), found)
    expected, start = liveness(live, signature), 0
    for function, name in enumerate(signature.names):
        for point, addresses in zip((start, start + sizes[function]), expected[name], strict=True):
            word = int(found.live[point + function])
            assert {n for n in range(64) if word >> n & 1} == {coding.number(a) for a in addresses}
        start += sizes[function]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_children_are_sound(data: st.DataObject) -> None:
    """Children keep names, limits and operations, and never write what whoever runs them writes."""
    signature = data.draw(SIGNATURES)
    strategy = data.draw(st.sampled_from(["size_bins", "regularized_evolution", "live_evolution"]))
    search = Search(searching(signature, {"strategy": strategy, "population_size": 8}))
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    for _ in range(6):
        made = search.ask(20)
        for program in made:
            assert program.names == signature.names
            assert list(faults(program)) == []
            assert max(map(len, program.functions)) <= 9
            assert not {i.out for i in program.instructions()} & signature.written
        search.tell(made, random.uniform(size=20))


@pytest.mark.parametrize("mutation", [one.name for one in MUTATION_TABLE if one.connected])
def test_every_connected_mutation_varies_an_update_rule(mutation: str) -> None:
    """Where one function is all there is, each connected mutation makes other programs of a rule."""
    parents = (HEAVY_BALL, SIGN_DESCENT)
    search = Search(searching(OPTIMIZER, {"mutations": [mutation]}, initial=parents))
    search.tell(parents, [1.0, 1.0])
    made = {canonical(program, OPTIMIZER) for program in search.ask(60)}
    assert len(made - {canonical(parent, OPTIMIZER) for parent in parents}) > 1


def test_the_same_seed_gives_the_same_programs() -> None:
    """A search depends on its seed and on what it is told alone."""

    def found() -> list[Program]:
        search, seen = Search(searching(OPTIMIZER)), []
        for _ in range(5):
            seen += (made := search.ask(30))
            search.tell(made, [1 / (1 + len(program["Update"])) for program in made])
        return seen

    assert found() == found()


def test_a_parameter_is_memory_that_a_rule_reads_and_changes() -> None:
    """Without a function that only changes memory, `parameter` lets the one with outputs do both."""
    search = Search(searching(OPTIMIZER, {"mutations": ["parameter"]}, initial="empty"))
    search.tell([Program(names=OPTIMIZER.names)], [0.5])
    carrying = [program for program in search.ask(60) if azc.passes.carried(program, OPTIMIZER)["Update"]]
    assert len(carrying) > 20


def test_functions_without_outputs_learn() -> None:
    """The readers of a signature are its functions with outputs, the learners those without."""
    act = {"inputs": {"seen": "v0"}, "outputs": {"force": "s1"}}
    signature = azc.Signature("game", {"Start": {}, "Act": act, "Reward": {"inputs": {"reward": "s0"}}})
    tables = variation(searching(signature))
    assert (tables.readers.tolist(), tables.learners.tolist()) == ([1], [2])
    tables = variation(searching(OPTIMIZER))
    assert (tables.readers.tolist(), tables.learners.tolist()) == ([1], [1])

    end = {"inputs": {"seen": "v1"}}
    ends = azc.Signature(
        "ends", {"Start": {}, "Act": act, "End": end}, {"Start": ["Act"], "Act": ["Act", "End"]}
    )
    tables = variation(searching(ends))
    assert (tables.readers.tolist(), tables.learners.tolist()) == ([1], [1])


@pytest.mark.parametrize(
    "names", [("Setup",), ("A", "B"), ("Setup", "Predict", "Learn"), ("Setup", "Update", "C")]
)
def test_only_programs_of_the_signature_are_told(names: tuple[str, ...]) -> None:
    """A program with other functions is refused, and none is added."""
    search = Search(searching(OPTIMIZER))
    with pytest.raises(azc.AzcError, match="program 1: the program has the functions"):
        search.tell([HEAVY_BALL, Program(names=names)], [1, 2])
    assert search.population == []
    supervised = Search(parameters({}, {}, "RMS_ERROR"))
    with pytest.raises(azc.AzcError, match="program 0: the program has the functions"):
        supervised.tell([Program(names=(*names, "Other"))], [1])


def test_first_programs_and_sizes_widen_the_limits() -> None:
    """Given sizes, and first programs that are longer than the default limits, widen these."""
    own = {"addresses": ADDRESSES}
    assert parameters({}, own | {"sizes": {"update": 30}}, OPTIMIZER).program.size_limits == (
        (1, 10),
        (1, 30),
    )
    long = HEAVY_BALL.having([HEAVY_BALL["Setup"] * 7, HEAVY_BALL["Update"]])
    assert parameters({}, own | {"initial": long}, OPTIMIZER).program.size_limits == ((1, 14), (1, 20))


@pytest.mark.parametrize("strategy", ["random_search", "regularized_evolution"])
def test_random_programs_have_instructions(strategy: str) -> None:
    """With `initial = "random"` programs are not empty, though no sizes are given."""
    search = {"strategy": strategy, "population_size": 30}
    made = Search(parameters(search, {"addresses": ADDRESSES, "initial": "random"}, OPTIMIZER)).ask(30)
    assert len(set(made)) > 20


def test_outputs_of_two_functions_are_added_once() -> None:
    """`compose` adds an output where it is written, not again in another function that leaves it alone."""
    act = {"inputs": {"x": "s0"}, "outputs": {"y": "s1"}}
    signature = azc.Signature("two", {"Start": {}, "Act": act, "Look": {"outputs": {"y": "s1", "z": "s2"}}})
    one = azc.parse("def Act():\n  s1 = s0 + s0\ndef Look():\n  s2 = abs(s1)\n", signature=signature)
    search = Search(searching(signature, {"mutations": ["compose"]}, initial=one))
    search.tell([one], [1.0])
    seen = []
    for program in search.ask(40):
        algorithm = azc.compile(program, 1, signature=signature)
        seen.append((float(algorithm.call("Act", x=1)["y"]), float(algorithm.call("Look")["y"])))
    assert all(acted == looked for acted, looked in seen)
    assert {acted for acted, _ in seen} >= {4.0, 6.0}


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ({"sizes": {"learn": 3}}, "program.sizes: there is no key 'learn'; there are setup, update"),
        ({"learn_ops": ["NO_OP"]}, "program.learn_ops: there is no such key"),
        ({"addresses": {"vectors": 2}}, r"optimizer needs v2, so expected at least vectors = 3"),
        ({"initial": "linear"}, "program.initial: linear is a program of supervised learning"),
        ({"initial": Program()}, "program.initial: program 1: the program has the functions Setup, Predict"),
        ({"initial": [HEAVY_BALL, Program(names=("A",))]}, "program.initial: program 2: the program has"),
        ({"sizes": {"update": 1001}}, "program.sizes: update: expected a whole number from 0 to 1000"),
    ],
)
def test_wrong_parameters_are_errors(program: dict[str, Any], message: str) -> None:
    """Mistakes are told by the signature's own keys."""
    with pytest.raises(azc.AzcError, match=message):
        Search(parameters({}, {"addresses": ADDRESSES} | program, OPTIMIZER))


def test_an_output_that_code_may_not_write_is_an_error() -> None:
    """A search needs an output at an address of its own."""
    echo = azc.Signature("echo", {"Start": {}, "Say": {"inputs": {"x": "s0"}, "outputs": {"y": "s0"}}})
    with pytest.raises(
        azc.AzcError, match="signature: no output is at an address that evolved code may write"
    ):
        parameters({}, {}, echo)
