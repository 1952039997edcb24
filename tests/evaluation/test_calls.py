"""Programs of any signature, run function by function: values, order of calls, copies, errors."""

import copy
import gc
import pickle
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from evaluation.comparing import BACKENDS, COMPILED, bits
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import constants, moderate_constants, programs, signatures

import azc
from azc.ir import Program, Signature
from azc.ir.draws import uniforms
from azc.passes import PASSES, optimize

EXAMPLES = Path(__file__).parents[2] / "examples" / "optimizer"
pytestmark = pytest.mark.filterwarnings("error")
every_backend = pytest.mark.parametrize("backend", BACKENDS)

OPTIMIZER = azc.Signature(
    "optimizer",
    {
        "Setup": {},
        "Update": {
            "inputs": {"weights": "v0", "gradient": "v1", "rate": "s0"},
            "outputs": {"change": "v2"},
        },
    },
)
MOMENTUM = azc.parse(
    """
def Setup():
  s2 = 0.5
def Update():
  v3 = s2 * v3
  v3 = v3 + v1
  v2 = s0 * v3
  v2 = 0 - v2
""",
    signature=OPTIMIZER,
)
TURNS = azc.Signature(
    "turns",
    {
        "Start": {},
        "Ask": {"inputs": {"x": "s0"}, "clears": ["s3"], "outputs": {"y": "s1", "seen": "s0"}},
        "Told": {"inputs": {"r": "s3"}, "opens_step": False},
    },
    {"Start": ["Ask"], "Ask": ["Told"], "Told": ["Ask"]},
)
COUNTING = azc.parse(
    """
def Start():
  s4 = uniform(0, 1)
def Ask():
  s5 = uniform(0, 1)
  s1 = s0 + s3
  s7 = s7 + s1
def Told():
  s6 = uniform(0, 1)
  s7 = s7 * s3
""",
    signature=TURNS,
)


@every_backend
@pytest.mark.parametrize("lanes", [1, 3])
def test_a_rule_for_updates(backend: str, lanes: int) -> None:
    """Inputs reach their addresses, state is kept from call to call, outputs are new arrays by name."""
    algorithm = azc.compile(MOMENTUM, 4, signature=OPTIMIZER, lanes=lanes, backend=backend)
    shape = (4,) if lanes == 1 else (lanes, 4)
    gradient = np.arange(np.prod(shape), dtype=float).reshape(shape)
    first = algorithm.call("Update", weights=np.zeros(shape), gradient=gradient, rate=0.1)
    second = algorithm.call("Update", weights=np.zeros(shape), gradient=gradient, rate=np.float32(0.5))
    assert first.keys() == {"change"}
    assert first["change"] == pytest.approx(-0.1 * gradient)
    assert second["change"] == pytest.approx(-0.5 * 1.5 * gradient)
    assert first["change"].shape == shape
    assert algorithm.memory.v[..., 3, :] == pytest.approx(1.5 * gradient)
    assert (algorithm.lanes, algorithm.features, algorithm.signature) == (lanes, 4, OPTIMIZER)
    second["change"][...] = 7
    assert algorithm.memory.v[..., 2, :] == pytest.approx(-0.75 * gradient)


@every_backend
def test_inputs_without_lanes_are_for_all(backend: str) -> None:
    """An input without the axis of lanes has the same value in all of them."""
    algorithm = azc.compile(MOMENTUM, 2, signature=OPTIMIZER, lanes=3, backend=backend)
    found = algorithm.call("Update", weights=[0, 0], gradient=[1, 2], rate=[1, 2, 3])["change"]
    assert found.tolist() == [[-1, -2], [-2, -4], [-3, -6]]


@every_backend
def test_steps_order_and_what_is_cleared(backend: str) -> None:
    """A function opens a step or shares it; what a function clears is zero; each lane draws by its seed."""
    algorithm = azc.compile(COUNTING, 1, signature=TURNS, lanes=2, seed=[5, 6], backend=backend)
    s = algorithm.memory.s
    assert s[:, 4].tolist() == [uniforms(seed, 1, 0, 0)[0] for seed in (5, 6)]
    for step in (1, 2):
        found = algorithm.call("Ask", x=[3, 4])
        assert found["y"].tolist() == found["seen"].tolist() == [3, 4]
        assert (algorithm.step, s[:, 3].tolist()) == (step, [0, 0])
        assert algorithm.call("Told", r=2) == {}
        for number, name in ((1, 5), (2, 6)):
            assert s[:, name].tolist() == [uniforms(seed, 1, number, step)[0] for seed in (5, 6)]
    assert s[:, 7].tolist() == [(3 * 2 + 3) * 2, (4 * 2 + 4) * 2]
    algorithm.start()
    assert (algorithm.step, s[:, 7].tolist()) == (0, [0, 0])


@every_backend
@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_goes_on_by_itself(backend: str, make: Any) -> None:
    """A copy and an unpickled algorithm are in the same state, and go on without each other."""
    algorithm = azc.compile(COUNTING, 1, signature=TURNS, lanes=2, seed=3, backend=backend)
    algorithm.call("Ask", x=1)
    other = make(algorithm)
    assert (other.step, type(other)) == (1, type(algorithm))
    with pytest.raises(azc.AzcError, match="Ask may not run after Ask"):
        other.call("Ask", x=1)
    other.call("Told", r=5)
    assert algorithm.memory.s[0, 7] == 1
    assert other.memory.s[0, 7] == 5
    algorithm.call("Told", r=5)
    found = [bits(getattr(one.memory, kind)) for one in (algorithm, other) for kind in "svm"]
    assert found[:3] == found[3:]


@every_backend
def test_a_copy_keeps_literals(backend: str) -> None:
    """A copy computes with the numbers of the program's text, as the original does."""
    program = azc.parse("def Start():\ndef Ask():\n  s1 = s0 + 3\n  s1 = 2 * s1\n", signature=TURNS)
    algorithm = azc.compile(program, 1, signature=TURNS, backend=backend)
    for one in (algorithm.copy(), copy.deepcopy(algorithm), algorithm):
        assert one.call("Ask", x=1)["y"] == 8
    learner = azc.compile(azc.parse("def Predict():\n  s1 = s1 + 1\n"), 2, backend=backend)
    assert learner.copy().predict_one([0, 0]) == learner.predict_one([0, 0]) == 1


@every_backend
def test_inputs_may_be_views_of_memory(backend: str) -> None:
    """Inputs that are parts of memory have the values from before the call."""
    inputs = {"inputs": {"a": "s2", "b": "s3"}, "outputs": {"a": "s2", "b": "s3"}}
    swap = azc.Signature("swap", {"Start": {}, "Swap": inputs})
    algorithm = azc.compile(Program(names=swap.names), 1, signature=swap, lanes=2, backend=backend)
    memory = algorithm.memory.s
    memory[:, 2], memory[:, 3] = 1, 2
    found = algorithm.call("Swap", a=memory[:, 3], b=memory[:, 2])
    assert (found["a"].tolist(), found["b"].tolist()) == ([2, 2], [1, 1])


@every_backend
def test_casts_raise_nothing(backend: str) -> None:
    """Inputs beyond float32 become infinite or zero, whatever NumPy is told to do about that."""
    algorithm = azc.compile(MOMENTUM, 1, signature=OPTIMIZER, backend=backend, precision="float32")
    with np.errstate(all="raise"):
        found = algorithm.call("Update", weights=[1e-60], gradient=[1e60], rate=1.0)
    assert found["change"].tolist() == [-np.inf]


@pytest.mark.parametrize("backend", COMPILED)
def test_an_interrupted_call_ends_before_memory_is_used(backend: str) -> None:
    """After Ctrl-C in a long call, whatever touches memory waits for it; its code lives as long."""
    long = azc.Signature("long", {"Start": {}, "Act": {"inputs": {"a": "s2"}, "outputs": {"y": "s1"}}})
    body = "  m1 = matmul(m2, m3)\n" * 12 + "  s1 = s2 * 10\n  s2 = -1\n  s5 = s5 + 1\n"
    algorithm = azc.compile(
        azc.parse(f"def Act():\n{body}", signature=long), 400, signature=long, backend=backend
    )
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        for use in (lambda one: one.call("Act", a=7)["y"], lambda one: one.copy().memory.s[5]):
            algorithm.start()
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            with pytest.raises(KeyboardInterrupt):
                algorithm.call("Act", a=1)
            assert use(algorithm) in (70, 1)
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        with pytest.raises(KeyboardInterrupt):
            algorithm.call("Act", a=1)
        del algorithm
        gc.collect()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@every_backend
@pytest.mark.parametrize(
    ("function", "inputs", "message"),
    [
        ("Aks", {"x": 1}, "there is no function 'Aks'; the nearest is 'Ask'"),
        (5, {}, "there is no function 5"),
        ("Ask", {}, "Ask misses x; give each of its inputs by name"),
        ("Ask", {"x": 1, "z": 2}, "Ask has no input 'z'; there are x"),
        ("Told", {"r": 1}, "Told may not run after Start, but after Ask; call that first"),
        ("Start", {}, r"Start runs first and once; call start\(\)"),
        ("Ask", {"x": [1, 2, 3]}, r"x has the shape \(3,\); expected \(2,\) or \(\)"),
        ("Ask", {"x": "a"}, "x is not an array of numbers"),
        ("Ask", {"x": [1, None]}, "x is not an array of numbers"),
        ("Ask", {"x": 1j}, "x is not an array of numbers"),
    ],
)
def test_a_wrong_call_is_an_error_and_changes_nothing(
    backend: str, function: Any, inputs: dict[str, Any], message: str
) -> None:
    """A call that cannot be made says why, and neither memory nor step changes."""
    algorithm = azc.compile(COUNTING, 1, signature=TURNS, lanes=2, backend=backend)
    before = algorithm.memory.s.tolist()
    with pytest.raises(azc.AzcError, match=message):
        algorithm.call(function, **inputs)
    assert (algorithm.memory.s.tolist(), algorithm.step) == (before, 0)
    algorithm.call("Ask", x=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"signature": TURNS}, "the program has the functions Setup, Update, the signature turns has Start"),
        ({"signature": OPTIMIZER, "eval_type": "ACCURACY"}, "signature= or eval_type=, not both"),
        ({"signature": OPTIMIZER, "n_classes": 2}, "n_classes belongs to MULTICLASS_ACCURACY"),
        ({}, "the program has the functions Setup, Update"),
        ({"signature": OPTIMIZER, "lanes": 0}, "`lanes` must be a whole number from 1 to"),
        ({"signature": OPTIMIZER, "lanes": 2, "seed": [1]}, "`seed` must be .* one for each of 2 lanes"),
        ({"signature": OPTIMIZER, "seed": [1.5]}, r"`seed\[0\]`"),
        ({"signature": 5}, "`signature` must be a Signature"),
    ],
)
def test_wrong_arguments_are_errors(arguments: dict[str, Any], message: str) -> None:
    """A wrong argument of `azc.compile` is an error that says what is expected."""
    with pytest.raises(azc.AzcError, match=message):
        azc.compile(MOMENTUM, 2, **arguments)


def adam(gradients: np.ndarray, rate: float) -> np.ndarray:
    """The changes of Adam (Kingma, Ba 2014, algorithm 1) for gradients one after the other."""
    mean, square, found = 0.0, 0.0, []
    for step, gradient in enumerate(gradients, 1):
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        unbiased, spread = mean / (1 - 0.9**step), square / (1 - 0.999**step)
        found.append(-rate * unbiased / (np.sqrt(spread) + 1e-8))
    return np.array(found)


def lion(gradients: np.ndarray, rate: float) -> np.ndarray:
    """The changes of Lion (Chen and others 2023, program 1), with weight decay 0.01, for weights of 2."""
    momentum, found = np.zeros_like(gradients[0]), []
    for gradient in gradients:
        found.append(-rate * (np.sign(0.9 * momentum + 0.1 * gradient) + 0.01 * 2.0))
        momentum = 0.99 * momentum + 0.01 * gradient
    return np.array(found)


@every_backend
@pytest.mark.parametrize("rule", [adam, lion], ids=lambda rule: rule.__name__)
def test_published_rules_give_what_numpy_computes(backend: str, rule: Any) -> None:
    """Adam's and Lion's update in azl are those of their papers."""
    path = EXAMPLES / f"{rule.__name__}.azl"
    algorithm = azc.compile(
        azc.load(path),
        16,
        signature=azc.language.read(path.read_bytes(), "x").signature,
        lanes=8,
        backend=backend,
    )
    gradients = np.random.default_rng(1).normal(size=(50, 8, 16))
    weights = np.full((8, 16), 2.0)
    found = [algorithm.call("Update", weights=weights, gradient=g, rate=0.01)["change"] for g in gradients]
    assert np.array(found) == pytest.approx(rule(gradients, 0.01), rel=1e-9, abs=1e-15)


def walk(signature: Signature, choices: list[int]) -> list[str]:
    """Functions in an allowed order, the first left out."""
    here, found = signature.names[0], []
    for choice in choices:
        after = [target for source, target in signature.follows if source == here]
        if not after:
            break
        here = after[choice % len(after)]
        found.append(here)
    return found


def outputs(
    program: Program, signature: Signature, order: list[str], lanes: int, backend: str, precision: str
) -> list[bytes]:
    """Bits of all outputs of all calls, on inputs that depend on the calls alone."""
    algorithm = azc.compile(
        program, 3, signature=signature, lanes=lanes, seed=range(lanes), backend=backend, precision=precision
    )
    generator, found = np.random.default_rng(0), []
    for name in order:
        inputs = {}
        for value, where in signature[name].inputs:
            shape = (lanes, *(3,) * "svm".index(where.kind))
            inputs[value] = generator.normal(size=shape) * 10.0 ** generator.integers(-2, 3)
            if lanes == 1:
                inputs[value] = inputs[value][0]
        found += [bits(value) for value in algorithm.call(name, **inputs).values()]
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(data=st.data())
def test_every_backend_and_pass_keeps_every_output(data: st.DataObject) -> None:
    """Random programs of random signatures give the same bits on all backends, however optimized."""
    signature = data.draw(signatures())
    values = data.draw(st.sampled_from([constants(), moderate_constants()]))
    program = data.draw(
        programs(max_instructions=5, max_address=3, features=3, values=values, names=signature.names)
    )
    order = walk(signature, data.draw(st.lists(st.integers(0, 9), min_size=1, max_size=6)))
    lanes = data.draw(st.integers(1, 17))
    precision = data.draw(st.sampled_from(["float64", "float32"]))
    expected = outputs(program, signature, order, lanes, "python", precision)
    for backend in COMPILED:
        assert outputs(program, signature, order, lanes, backend, precision) == expected, backend
    for name, run in PASSES.items():
        assert outputs(run(program, signature), signature, order, lanes, "kernels", precision) == expected, (
            name
        )
    for level in (1, 2):
        better = optimize(program, signature, level)
        assert outputs(better, signature, order, lanes, "kernels", precision) == expected, level
