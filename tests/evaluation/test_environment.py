"""The same bits on every machine, also with parts of its instruction set switched off."""

import os
import platform
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from numpy._core import _multiarray_umath

EXPECTED = {
    "float64": "39663dacf18c3d39",
    "float32": "be165311f2433018",
    "further_float64": "b6f5af87b89255ee",
    "further_float32": "3dd908088d32734c",
    "linear": "8004a939f571d358",
    "affine": "0e4f4b8acd4075b8",
    "two_layer": "bb7fd0959a30bed6",
    "projected": "b16abcfadd79da01",
    "projected_multiclass": "f40921c0823dea55",
}
"""What `digest.py` prints on every machine: of programs in every backend, and of the makers' arrays."""
NO_FMA = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-AVX2_Usable,-AVX2"}


@cache
def printed(*environment: tuple[str, str]) -> dict[str, str]:
    """Digests that are printed in an environment, by name."""
    ran = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("digest.py"))],
        env={**os.environ, **dict(environment)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return dict(line.rsplit(" ", 1) for line in ran.stdout.splitlines())


def assert_expected(environment: dict[str, str]) -> None:
    """Assert that all digests but that of NumPy's functions are the pinned ones."""
    found = printed(*environment.items())
    ours = {name: value for name, value in found.items() if name != "theirs"}
    assert ours == {name: EXPECTED[name.rsplit(" ", 1)[-1]] for name in ours}
    assert len(ours) == 2 * 6 + 5


def in_use() -> list[str]:
    """CPU features of this machine for which this NumPy has code of its own."""
    there = _multiarray_umath.__cpu_features__
    return [name for name in _multiarray_umath.__cpu_dispatch__ if there.get(name)]


def test_bits_are_the_pinned_ones():
    """Programs, in every backend and precision, and tasks have the pinned bits."""
    assert_expected({})


def test_without_fused_multiply_add_in_the_c_library():
    """A C library without FMA and AVX2 gives the same bits."""
    assert_expected(NO_FMA)


@pytest.mark.skipif(not in_use(), reason="this NumPy has no code for parts of this machine")
def test_without_numpys_vector_code():
    """NumPy without vector code gives the same bits."""
    assert_expected({"NPY_DISABLE_CPU_FEATURES": " ".join(in_use())})


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names are those of x86")
@pytest.mark.parametrize("cpu", ["x86-64", "haswell"])
def test_for_an_older_processor(cpu):
    """Machine code for an older processor, with narrower vectors, gives the same bits."""
    features = _multiarray_umath.__cpu_features__
    if cpu == "haswell" and not (features.get("AVX2") or features.get("X86_V3")):
        pytest.skip("this machine has no AVX2")
    assert_expected({"AZC_TARGET_CPU": cpu})


def test_all_at_once():
    """All of these together give the same bits."""
    lesser = {"AZC_TARGET_CPU": "x86-64"} if platform.machine() in ("x86_64", "AMD64") else {}
    assert_expected({**NO_FMA, "NPY_DISABLE_CPU_FEATURES": " ".join(in_use()), **lesser})


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc" or not _multiarray_umath.__cpu_features__.get("FMA3"),
    reason="nothing to turn off",
)
def test_the_environment_does_turn_something_off():
    """NumPy's exp and sin do change with these settings; otherwise the tests above would test nothing."""
    all_off = {**NO_FMA, "NPY_DISABLE_CPU_FEATURES": " ".join(in_use())}
    assert printed(*all_off.items())["theirs"] != printed()["theirs"]
