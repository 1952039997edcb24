"""Random instructions and altered ones: addresses and constants as the original engine draws them."""

import math
from collections import Counter
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pytest
from search.making import close, measured, only, space

from azc.ir import BY_NAME, OPS, address
from azc.search.instructions import altered, random_instruction, single
from azc.search.names import op_name
from azc.search.stream import Position, Stream

N = 20_000
SETS = [op for op in OPS if op.constants]
QUANTILES = ("1", "5", "25", "50", "75", "95", "99")


def resembles(values: list[float], expected: dict[str, float]) -> bool:
    """Whether numbers have the original's quantiles, each within five standard errors of its rank."""
    n, ranked = len(values), np.sort(values)
    for name in QUANTILES:
        rank, error = int(name) / 100, 5 * 0.5 / math.sqrt(n)
        low, high = (ranked[min(max(int((rank + d) * n), 0), n - 1)] for d in (-error, error))
        if not low - 1e-6 <= expected[name] <= high + 1e-6:
            return False
    return True


@pytest.mark.parametrize("name", measured()["addresses_randomized"])
def test_addresses_are_uniform_and_never_the_features_or_label(name: str) -> None:
    """Operands and outputs of random instructions have the original's frequencies."""
    op, stream, where = BY_NAME[op_name(name)], Stream(Position(1)), space()
    made = [random_instruction(op, where, stream, ()) for _ in range(N)]
    expected = measured()["addresses_randomized"][name]
    places: dict[str, list[Any]] = {"out": [i.out for i in made]}
    places |= {f"in{k + 1}": [i.operands[k] for i in made] for k in range(len(op.operands))}
    for place, chosen in places.items():
        counts = Counter(str(one.index) for one in chosen)
        for index in map(str, range(10)):
            assert close(counts[index], N, expected[place].get(index, 0), 200_000), (place, index)


@pytest.mark.parametrize("op", SETS, ids=lambda op: op.name)
def test_new_constants_are_distributed_as_the_originals(op: Any) -> None:
    """Values are from (-1, 1), indexes and standard deviations from [0, 1); uniform's bounds are sorted."""
    stream, where = Stream(Position(2)), space()
    made = [random_instruction(op, where, stream, ()).constants for _ in range(N)]
    expected = measured()["randomized_data"][f"{op.name}_OP"]
    for place, name in enumerate(op.constants):
        values = [constants[place] for constants in made]
        if name == "draw":
            assert set(values) == {0}
        elif op.meaning == "uniform":
            assert all(low <= high for low, high, _ in made)
        else:
            assert resembles(
                values,
                expected["activation_data" if op.name == "SCALAR_CONST_SET" else f"float_data_{place}"],
            )
            assert op.name == "SCALAR_CONST_SET" or all(single(value) == value for value in values)


@pytest.mark.parametrize("name", sorted(measured()["alter_param_what_changed"]))
def test_what_alteration_changes_is_the_originals(name: str) -> None:
    """One parameter of an instruction is altered, each kind as often as in the original."""
    op = BY_NAME[op_name(name)]
    expected = dict(measured()["alter_param_what_changed"][name])
    if op.meaning == "uniform":
        # How often sorting exchanges the bounds depends on the measurement's own.
        expected = {
            "data": sum(n for k, n in expected.items() if k[0] == "f"),
            **{k: expected[k] for k in ("none", "out")},
        }
    n = N // 4
    constants = {"uniform": (-0.75, 0.5, 0), "gaussian": (-0.75, 0.5, 0)}.get(
        op.meaning, (0.25, 0.5, 0.75)[: len(op.constants)]
    )
    out = address(op.result, 4) if op.result else None
    before = only(op.name, out, tuple(address(kind, 5) for kind in op.operands), constants)
    found, stream, where = Counter[str](), Stream(Position(3)), space()
    for _ in range(n):
        after = altered(before, where, stream)
        changed = ["out"] * (after.out != before.out)
        changed += [
            f"in{k + 1}"
            for k, (a, b) in enumerate(zip(before.operands, after.operands, strict=True))
            if a != b
        ]
        data = [k for k, (a, b) in enumerate(zip(before.constants, after.constants, strict=True)) if a != b]
        if data:
            changed += (
                ["data"]
                if op.meaning == "uniform"
                else ["act" if op.name == "SCALAR_CONST_SET" else f"f{data[0]}"]
            )
        assert len(changed) <= 1
        found[changed[0] if changed else "none"] += 1
    for key in found.keys() | expected.keys():
        assert close(found[key], n, expected.get(key, 0), sum(expected.values())), key


ALTERED = {
    # measured as: operation, constants before, which of them
    "SCALAR_CONST_SET_OP value 0.5": ("SCALAR_CONST_SET", (0.5,), 0),
    "SCALAR_CONST_SET_OP value -0.5": ("SCALAR_CONST_SET", (-0.5,), 0),
    "SCALAR_CONST_SET_OP value 1000000": ("SCALAR_CONST_SET", (1e6,), 0),
    "VECTOR_CONST_SET_OP index": ("VECTOR_CONST_SET", (single(0.3), -0.25), 0),
    "VECTOR_CONST_SET_OP value": ("VECTOR_CONST_SET", (single(0.3), -0.25), 1),
    "MATRIX_CONST_SET_OP column index": ("MATRIX_CONST_SET", (single(0.3), single(0.6), 0.25), 1),
    "MATRIX_CONST_SET_OP value": ("MATRIX_CONST_SET", (single(0.3), single(0.6), 0.25), 2),
    "SCALAR_GAUSSIAN_SET_OP mean": ("SCALAR_GAUSSIAN_SET", (single(-0.4), single(0.2), 0), 0),
    "VECTOR_GAUSSIAN_SET_OP stdev": ("VECTOR_GAUSSIAN_SET", (single(-0.4), single(0.2), 0), 1),
    "SCALAR_UNIFORM_SET_OP low": ("SCALAR_UNIFORM_SET", (single(0.2), single(0.4), 0), 0),
    "MATRIX_UNIFORM_SET_OP high": ("MATRIX_UNIFORM_SET", (single(0.2), single(0.4), 0), 1),
}


@pytest.mark.parametrize("name", ALTERED)
def test_altered_constants_are_distributed_as_the_originals(name: str) -> None:
    """A constant's sign is flipped one time in ten, else it is scaled; places are drawn anew."""
    op, constants, place = ALTERED[name]
    expected = measured()["altered_constants"][name]
    before = only(op, address(BY_NAME[op].result, 4), (), constants)
    stream, where, values, tried = Stream(Position(4)), space(), [], 0
    while len(values) < 5000:
        after = altered(before, where, stream)
        if after.out != before.out or after is before:
            continue
        tried += 1
        if after.constants[place] != constants[place]:
            values.append(after.constants[place])
    assert resembles([float(value) for value in values], expected["new_value"])
    assert close(len(values), tried, expected["changed"], 200_000)
    flips = sum(value == -constants[place] for value in values)
    assert (
        close(flips, len(values), expected["sign_flip_rate_when_changed"] * 200_000, 200_000)
        or "UNIFORM" in op
    )


def test_factors_are_log_normal() -> None:
    """The logarithm of what constants are scaled by has mean 0 and standard deviation 1."""
    stream = Stream(Position(5))
    logs = [math.log(stream.factor()) for _ in range(N)]
    assert abs(fmean(logs)) < 5 / math.sqrt(N)
    assert abs(stdev(logs) - 1) < 5 / math.sqrt(2 * N)


@pytest.mark.parametrize("op", [op for op in SETS if op.meaning != "uniform"], ids=lambda op: op.name)
def test_a_constant_of_zero_can_leave_zero(op: Any) -> None:
    """Altering constants that are all exactly zero, of either sign, makes others of them."""
    zeros = tuple(0 if name == "draw" else (0.0, -0.0)[k % 2] for k, name in enumerate(op.constants))
    before, stream, where = only(op.name, address(op.result, 4), (), zeros), Stream(Position(6)), space()
    changed = [altered(before, where, stream).constants for _ in range(200)]
    for place, name in enumerate(op.constants):
        assert any(constants[place] != 0 for constants in changed) == (name != "draw")


def test_too_great_a_constant_becomes_infinite() -> None:
    """What a float32 cannot hold is infinite, not an error."""
    assert single(1e39) == math.inf
    assert single(-1e39) == -math.inf
    assert math.isnan(single(math.nan))
