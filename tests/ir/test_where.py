"""`where`: which of two it takes, also for nan and both zeros, and how it is written."""

import numpy as np
import pytest

import azc
from azc.ir import BY_NAME, semantics

CONDITIONS = [1.0, 0.0, -0.0, -1.0, np.nan, np.inf, -np.inf, 1e-30]
TAKEN = [True, False, False, False, False, True, False, True]
SIGNATURE = azc.Signature(
    "choice",
    {"Setup": {}, "Do": {"inputs": {"c": "v0", "a": "v1", "b": "v2"}, "outputs": {"out": "v3", "one": "v4"}}},
)


def test_only_what_is_above_zero_takes_the_first() -> None:
    """Zeros of both signs and nan take the second; the bits of what is taken stay."""
    c, a, b = np.array(CONDITIONS), np.full(8, -0.0), np.full(8, np.nan)
    assert (np.isnan(semantics.where(c, a, b)) == ~np.array(TAKEN)).all()
    assert np.signbit(semantics.where(c, a, b)[TAKEN]).all()


@pytest.mark.parametrize("backend", ["kernels", "native", "python"])
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_all_backends_choose_alike(backend: str, precision: str) -> None:
    """Element by element, or a whole vector by a scalar, and with literals."""
    do = "  v3 = where(v0, v1, 0.25)\n  s1 = mean(v0)\n  v4 = where(s1, v1, v2)\n"
    program = azc.parse(f"def Setup():\n  pass\ndef Do():\n{do}", signature=SIGNATURE)
    assert azc.parse(azc.format_program(program), signature=SIGNATURE) == program
    done = azc.compile(program, 8, signature=SIGNATURE, backend=backend, precision=precision)
    a, b = np.arange(8.0), -np.arange(8.0)
    found = done.call("Do", c=CONDITIONS, a=a, b=b)
    assert (found["out"] == np.where(TAKEN, a, 0.25)).all()
    assert (found["one"] == b).all()  # a mean of nan is not above zero
    assert (done.call("Do", c=np.ones(8), a=a, b=b)["one"] == a).all()


def test_the_operations() -> None:
    """Three of a kind, or a scalar and two of another kind."""
    kinds = {name: BY_NAME[name].operands for name in BY_NAME if BY_NAME[name].symbol == "where"}
    assert kinds == {
        "SCALAR_WHERE": "sss",
        "VECTOR_WHERE": "vvv",
        "MATRIX_WHERE": "mmm",
        "SCALAR_VECTOR_WHERE": "svv",
        "SCALAR_MATRIX_WHERE": "smm",
    }
