"""Random and altered instructions: addresses and constants have the original engine's distributions."""

import math
from typing import Any

import numpy as np
import pytest
from search.making import children, close, measured, mutating, only

from azc.ir import BY_NAME, OPS, Op, Program, address
from azc.search.names import op_name
from azc.search.space import coding_of

N = 200_000
FEW = 50_000
ONE = {"setup": [0, 1], "predict": [0, 0], "learn": [0, 0]}
SETS = [op for op in OPS if op.constants]
QUANTILES = ("1", "5", "25", "50", "75", "95", "99")


def rows_of(op: Op, mutation: str, n: int, constants: tuple[Any, ...] | None = None) -> tuple[Any, ...]:
    """Indexes of addresses and words of constants, in `n` mutated copies of one instruction."""
    out = address(op.result, 4) if op.result else None
    own = tuple(0 if name == "draw" else 0.5 for name in op.constants) if constants is None else constants
    one = Program((only(op.name, out, tuple(address(kind, 5) for kind in op.operands), own),))
    lists = {"setup_ops": [op.name], "predict_ops": [], "learn_ops": []}
    settings = mutating(one, [mutation], size_limits=ONE, **lists)
    genomes, _ = children(settings, one, n)
    words, starts = genomes[:, 0, :], coding_of(settings.program).starts
    kinds = [*op.result, *op.operands]
    indexes = [
        (words[:, 0] >> shift & 255) - starts["svm".index(kind)]
        for shift, kind in zip((8, 16, 24), kinds, strict=False)
    ]
    return indexes, words[:, 1:]


def numbers(words: Any) -> Any:
    """Words as float64 of the same bits."""
    return np.ascontiguousarray(words).view(np.float64)


def resembles(values: Any, expected: dict[str, float]) -> bool:
    """Whether numbers have the original's quantiles, each within five standard errors of its rank."""
    n, ranked = len(values), np.sort(values)
    error = 5 * 0.5 / math.sqrt(min(n, expected["n"]))
    for name in QUANTILES:
        rank = int(name) / 100
        low, high = (ranked[min(max(int((rank + d) * n), 0), n - 1)] for d in (-error, error))
        if not low - 1e-6 <= expected[name] <= high + 1e-6:
            return False
    return True


@pytest.mark.parametrize("name", measured()["addresses_randomized"])
def test_addresses_are_uniform_and_never_the_features_or_label(name: str) -> None:
    """Operands and outputs of random instructions have the original's frequencies."""
    op = BY_NAME[op_name(name)]
    found, _ = rows_of(op, "randomize_instruction", N)
    expected = measured()["addresses_randomized"][name]
    for field, chosen in zip(("out", "in1", "in2"), found, strict=False):
        counts = np.bincount(chosen, minlength=10)
        assert counts.sum() == N == counts[:10].sum()
        for index, n in enumerate(counts.tolist()):
            assert close(n, N, expected[field].get(str(index), 0), N), (field, index)


@pytest.mark.parametrize("op", SETS, ids=lambda op: op.name)
def test_new_constants_are_distributed_as_the_originals(op: Op) -> None:
    """New constants have the original's quantiles; the bounds of uniform draws are sorted."""
    _, words = rows_of(op, "randomize_instruction", N)
    values = numbers(words)
    expected = measured()["randomized_data"][f"{op.name}_OP"]
    for index, name in enumerate(op.constants):
        if name == "draw":
            assert not words[:, index].any()
        elif op.meaning == "uniform":
            assert (values[:, 0] <= values[:, 1]).all()
            both = expected["float_data_0"]
            assert resembles(values[:, :2].ravel(), both)
        else:
            scalar = op.name == "SCALAR_CONST_SET"
            assert resembles(
                values[:, index], expected["activation_data" if scalar else f"float_data_{index}"]
            )
            single = values[:, index].astype(np.float32) == values[:, index]
            assert single.all() if not scalar else not single.all()
            assert abs(values[:, index]).max() < 1


@pytest.mark.parametrize("name", sorted(measured()["alter_param_what_changed"]))
def test_altered_parameters_are_those_of_the_original(name: str) -> None:
    """Alteration changes at most one parameter, each kind as often as in the original."""
    op = BY_NAME[op_name(name)]
    constants = {"uniform": (-0.75, 0.5, 0), "gaussian": (-0.75, 0.5, 0)}.get(
        op.meaning, (0.25, 0.5, 0.75)[: len(op.constants)]
    )
    indexes, words = rows_of(op, "alter_param", FEW, constants)
    before = np.array(
        [0 if name == "draw" else float(c) for name, c in zip(op.constants, constants, strict=True)]
    )
    changed = {
        field: index != (4 if field == "out" else 5)
        for field, index in zip(("out", "in1", "in2"), indexes, strict=False)
    }
    data = numbers(words)[:, : len(constants)] != before
    if op.meaning == "uniform":
        # How often sorting exchanges the bounds depends on the measured bounds.
        changed["data"] = data.any(axis=1)
    else:
        scalar = op.name == "SCALAR_CONST_SET"
        changed |= {"act" if scalar else f"f{k}": data[:, k] for k in range(len(constants))}
    many = np.sum([*changed.values(), np.zeros(FEW, int)], axis=0)
    assert many.max() <= 1
    found = {field: int(where.sum()) for field, where in changed.items()} | {"none": int((many == 0).sum())}
    expected = dict(measured()["alter_param_what_changed"][name])
    total = sum(expected.values())
    if op.meaning == "uniform":
        expected["data"] = sum(n for k, n in expected.items() if k[0] == "f")
        expected = {k: n for k, n in expected.items() if k[0] != "f"}
    for field in found.keys() | expected.keys():
        assert close(found.get(field, 0), FEW, expected.get(field, 0), total), field


def single(value: float) -> float:
    """The nearest float32."""
    return float(np.float32(value))


ALTERED = {
    # measured as: operation, constants before, index of the altered one
    "SCALAR_CONST_SET_OP value 0.5": ("SCALAR_CONST_SET", (0.5,), 0),
    "SCALAR_CONST_SET_OP value -0.5": ("SCALAR_CONST_SET", (-0.5,), 0),
    "SCALAR_CONST_SET_OP value 0.001": ("SCALAR_CONST_SET", (0.001,), 0),
    "SCALAR_CONST_SET_OP value 1000000": ("SCALAR_CONST_SET", (1e6,), 0),
    "VECTOR_CONST_SET_OP index": ("VECTOR_CONST_SET", (single(0.3), -0.25), 0),
    "VECTOR_CONST_SET_OP value": ("VECTOR_CONST_SET", (single(0.3), -0.25), 1),
    "MATRIX_CONST_SET_OP row index": ("MATRIX_CONST_SET", (single(0.3), single(0.6), 0.25), 0),
    "MATRIX_CONST_SET_OP column index": ("MATRIX_CONST_SET", (single(0.3), single(0.6), 0.25), 1),
    "MATRIX_CONST_SET_OP value": ("MATRIX_CONST_SET", (single(0.3), single(0.6), 0.25), 2),
    "SCALAR_GAUSSIAN_SET_OP mean": ("SCALAR_GAUSSIAN_SET", (single(-0.4), single(0.2), 0), 0),
    "SCALAR_GAUSSIAN_SET_OP stdev": ("SCALAR_GAUSSIAN_SET", (single(-0.4), single(0.2), 0), 1),
    "VECTOR_GAUSSIAN_SET_OP mean": ("VECTOR_GAUSSIAN_SET", (single(-0.4), single(0.2), 0), 0),
    "VECTOR_GAUSSIAN_SET_OP stdev": ("VECTOR_GAUSSIAN_SET", (single(-0.4), single(0.2), 0), 1),
    "SCALAR_UNIFORM_SET_OP low": ("SCALAR_UNIFORM_SET", (single(0.2), single(0.4), 0), 0),
    "MATRIX_UNIFORM_SET_OP high": ("MATRIX_UNIFORM_SET", (single(0.2), single(0.4), 0), 1),
}


@pytest.mark.parametrize("name", ALTERED)
def test_altered_constants_are_distributed_as_the_originals(name: str) -> None:
    """Altered constants have the original's quantiles, and flip their sign as often."""
    op, constants, index = ALTERED[name]
    expected = measured()["altered_constants"][name]
    (out, *_), words = rows_of(BY_NAME[op], "alter_param", N, constants)
    values = numbers(words)[:, index]
    values = values[(values != constants[index]) & (out == 4)]
    assert resembles(values, expected["new_value"])
    if "UNIFORM" not in op:
        # The other half of the alterations are of the output.
        assert close(len(values), N, expected["changed"] / 2, N)
        flips = int((values == -constants[index]).sum())
        rate = expected["sign_flip_rate_when_changed"]
        assert close(flips, len(values), rate * N, N)


def test_factors_are_log_normal() -> None:
    """The logarithms of the factors that scale constants have mean 0 and standard deviation 1."""
    _, words = rows_of(BY_NAME["SCALAR_CONST_SET"], "alter_param", N, (0.7,))
    values = numbers(words)[:, 0]
    logs = np.log(values[(values != 0.7) & (values > 0)] / 0.7)
    assert abs(logs.mean()) < 5 / math.sqrt(len(logs))
    assert abs(logs.std() - 1) < 5 / math.sqrt(2 * len(logs))


@pytest.mark.parametrize("op", [op for op in SETS if op.meaning != "uniform"], ids=lambda op: op.name)
def test_a_constant_of_zero_can_leave_zero(op: Op) -> None:
    """Constants of zero, of either sign, can be altered to other values."""
    zeros = tuple(0 if name == "draw" else (0.0, -0.0)[k % 2] for k, name in enumerate(op.constants))
    _, words = rows_of(op, "alter_param", 200, zeros)
    for index, name in enumerate(op.constants):
        assert (numbers(words)[:, index] != 0).any() == (name != "draw")


@pytest.mark.parametrize("op", [op for op in SETS if op.meaning == "uniform"], ids=lambda op: op.name)
def test_bounds_stay_sorted(op: Op) -> None:
    """The bounds of a uniform draw stay sorted when altered."""
    _, words = rows_of(op, "alter_param", 2000, (0.4, 0.5, 0))
    low, high = numbers(words)[:, 0], numbers(words)[:, 1]
    assert (low <= high).all()
    assert (low != 0.4).any()
    assert (high != 0.5).any()


def test_too_great_a_constant_becomes_infinite() -> None:
    """A constant altered beyond float32 becomes infinite."""
    _, words = rows_of(BY_NAME["SCALAR_GAUSSIAN_SET"], "alter_param", 2000, (3e38, 3e38, 0))
    assert set(np.isinf(numbers(words)[:, :2]).any(axis=0)) == {True}


@pytest.mark.parametrize("special", [math.inf, -math.inf, math.nan])
def test_infinities_and_nan_stay_so(special: float) -> None:
    """Altered infinities stay infinite, with either sign; nan stays the canonical nan."""
    _, words = rows_of(BY_NAME["SCALAR_CONST_SET"], "alter_param", 2000, (special,))
    values = set(words[:, 0].tolist())
    expected = {np.float64(value).view(np.int64).item() for value in (special, -special)}
    if math.isnan(special):
        expected = {0x7FF8 << 48}
    assert values == expected
