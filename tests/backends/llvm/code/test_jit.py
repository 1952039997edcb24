"""Machine code that is kept on disk between runs."""

import ctypes
import os
import stat
import subprocess
import sys

import pytest
from llvmlite import ir

import azc
from azc.backends.llvm.code.jit import cached
from azc.backends.llvm.code.target import target

WORD = ir.IntType(64)


class Making:
    """Makes a module whose function `answer` returns 42, and counts how often."""

    def __init__(self):
        self.times = 0

    def __call__(self):
        """A new module."""
        self.times += 1
        module = ir.Module("answers")
        function = ir.Function(module, ir.FunctionType(WORD, []), "answer")
        ir.IRBuilder(function.append_basic_block()).ret(ir.Constant(WORD, 42))
        return module


def answer(make, key="answers"):
    """What the function returns, made or kept."""
    code = cached(key, make, ["answer"])
    return ctypes.CFUNCTYPE(ctypes.c_int64)(code.addresses["answer"])()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache folder."""
    monkeypatch.setenv("AZC_CACHE", str(tmp_path))
    return tmp_path


def files(folder):
    """All files that are kept."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_code_is_made_once_and_read_then(folder):
    """The second time nothing is made; the file is whole and alone."""
    make = Making()
    assert [answer(make), answer(make)] == [42, 42]
    assert make.times == 1
    assert len(files(folder)) == 1


DAMAGES = [
    *(lambda data, n=n: data[:n] for n in (0, 1, 31, 32, 33, 200, -1)),
    *(lambda data, n=n: data[:n] + bytes([data[n] ^ 1]) + data[n + 1 :] for n in (0, 31, 32, 100, -2)),
    lambda data: data + b"\0",
    lambda data: b"\0" * len(data),
    lambda data: b"no object code",
]
"""A file cut off, with a bit flipped, with something behind, with nothing or something else in it."""


@pytest.mark.parametrize("damage", DAMAGES, ids=range(len(DAMAGES)))
def test_a_damaged_file_is_ignored_and_made_anew(folder, damage):
    """Whatever stands in the file, the code is right, and so is the file afterwards."""
    make = Making()
    answer(make)
    (file,) = files(folder)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert answer(make) == 42
    assert make.times == 2
    assert file.read_bytes() == whole
    assert files(folder) == [file]


def test_a_folder_in_the_place_of_the_file(folder):
    """What cannot be read or written is no error."""
    make = Making()
    answer(make)
    (file,) = files(folder)
    file.unlink()
    file.mkdir()
    assert [answer(make), answer(make)] == [42, 42]
    assert make.times == 3
    assert files(folder) == []


def test_a_cache_folder_that_is_a_file(tmp_path, monkeypatch):
    """Where no folder can be made nothing is kept, and everything works."""
    file = tmp_path / "file"
    file.write_text("here already")
    monkeypatch.setenv("AZC_CACHE", str(file))
    make = Making()
    assert [answer(make), answer(make)] == [42, 42]
    assert make.times == 2


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(folder):
    """In a read-only folder nothing is kept, and everything works."""
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    make = Making()
    assert [answer(make), answer(make)] == [42, 42]
    assert make.times == 2


def test_each_key_has_its_file(folder):
    """Other code does not share a file."""
    make = Making()
    answer(make, "one")
    answer(make, "other")
    assert make.times == len(files(folder)) == 2


def test_each_target_has_its_file(folder, monkeypatch):
    """Code made for one processor is not read for another."""
    make = Making()
    answer(make)
    monkeypatch.setenv("AZC_TARGET_CPU", "x86-64")
    assert answer(make) == 42
    assert make.times == len(files(folder)) == 2


def test_an_unknown_processor_is_an_error(monkeypatch):
    """The error names the processors that may be named."""
    monkeypatch.setenv("AZC_TARGET_CPU", "z80")
    with pytest.raises(azc.AzcError, match=r"AZC_TARGET_CPU is 'z80'; expected one of x86-64, .*haswell"):
        target()
    program = azc.parse("def Setup():\ndef Predict():\ndef Learn():\n")
    for backend in ("kernels", "native"):
        with pytest.raises(azc.AzcError, match="AZC_TARGET_CPU"):
            azc.evaluate(program, azc.Task([[1]], [1], [[1]], [1]), backend=backend)


def test_a_greater_processor_than_this_is_an_error(monkeypatch):
    """Code that this machine cannot run is refused before it is made."""
    import llvmlite.binding as llvm

    if llvm.get_host_cpu_features().get("avx512f"):
        pytest.skip("no processor that may be named is greater")
    monkeypatch.setenv("AZC_TARGET_CPU", "x86-64-v4")
    with pytest.raises(azc.AzcError, match="this machine has no avx512f"):
        target()


EVALUATING = """
import azc, numpy as np
x = np.arange(12.0).reshape(4, 3)
program = azc.parse("def Setup():\\ndef Predict():\\n  s1 = dot(v0, v1)\\ndef Learn():\\n  v1 = v0 * s0\\n")
print(azc.evaluate(program, [azc.Task(x, x[:, 0], x, x[:, 1])] * 3, backend="kernels").fitness.hex())
"""


def test_processes_that_write_at_once(folder):
    """Processes that start together on an empty cache agree, and leave whole files only."""
    command = [sys.executable, "-c", EVALUATING]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    printed = {process.communicate()[0] for process in running}
    assert [process.returncode for process in running] == [0] * 4
    assert len(printed) == 1
    assert {path.suffix for path in files(folder)} == {".o"}
    before = {path: path.read_bytes() for path in files(folder)}
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert again.stdout in printed
    assert {path: path.read_bytes() for path in files(folder)} == before
