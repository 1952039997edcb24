"""Disk cache of machine code."""

import ctypes
import os
import signal
import stat
import subprocess
import sys

import llvmlite.binding as llvm
import pytest
from llvmlite import ir

import azc
from azc.backends.llvm.code.jit import cached, compile_module
from azc.backends.llvm.code.target import target

WORD = ir.IntType(64)


class Making:
    """Makes modules with a function `answer` that returns 42, and counts them."""

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
    """Result of the function, compiled or from the cache."""
    code = cached(key, make, ["answer"])
    return ctypes.CFUNCTYPE(ctypes.c_int64)(code.addresses["answer"])()


def test_ctrl_c_is_not_lost_where_llvm_frees(monkeypatch):
    """Ctrl-C while a compilation frees a module, where Python forgets exceptions, is raised behind it."""
    free = llvm.ModuleRef._dispose

    def interrupted(self):
        signal.raise_signal(signal.SIGINT)
        free(self)

    monkeypatch.setattr(llvm.ModuleRef, "_dispose", interrupted)
    with pytest.raises(KeyboardInterrupt):
        compile_module(Making()())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache folder."""
    monkeypatch.setenv("AZC_CACHE", str(tmp_path))
    return tmp_path


def files(folder):
    """All files in the cache."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_code_is_compiled_once(folder):
    """Code is compiled once and then read from a single cache file."""
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
"""Truncated files, files with a flipped bit or an extra byte, zeros, and another text."""


@pytest.mark.parametrize("damage", DAMAGES, ids=range(len(DAMAGES)))
def test_damaged_file_is_ignored_and_replaced(folder, damage):
    """A damaged cache file is ignored, and replaced by the original content."""
    make = Making()
    answer(make)
    (file,) = files(folder)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert answer(make) == 42
    assert make.times == 2
    assert file.read_bytes() == whole
    assert files(folder) == [file]


def test_folder_instead_of_a_cache_file(folder):
    """A cache file that cannot be read or written is no error."""
    make = Making()
    answer(make)
    (file,) = files(folder)
    file.unlink()
    file.mkdir()
    assert [answer(make), answer(make)] == [42, 42]
    assert make.times == 3
    assert files(folder) == []


def test_cache_path_that_is_a_file(tmp_path, monkeypatch):
    """A cache path at which no folder can be created is no error; code is compiled each time."""
    file = tmp_path / "file"
    file.write_text("here already")
    monkeypatch.setenv("AZC_CACHE", str(file))
    make = Making()
    assert [answer(make), answer(make)] == [42, 42]
    assert make.times == 2


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_cache_folder(folder):
    """A read-only cache folder is no error; code is compiled each time."""
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    make = Making()
    assert [answer(make), answer(make)] == [42, 42]
    assert make.times == 2


def test_each_key_has_its_file(folder):
    """Code of different keys is cached in different files."""
    make = Making()
    answer(make, "one")
    answer(make, "other")
    assert make.times == len(files(folder)) == 2


def test_each_target_has_its_file(folder, monkeypatch):
    """Cached code for one processor is not read for another."""
    make = Making()
    answer(make)
    monkeypatch.setenv("AZC_TARGET_CPU", "x86-64")
    assert answer(make) == 42
    assert make.times == len(files(folder)) == 2


def test_an_unknown_processor_is_an_error(monkeypatch):
    """The error for an unknown AZC_TARGET_CPU names the known processors, on both backends."""
    monkeypatch.setenv("AZC_TARGET_CPU", "z80")
    with pytest.raises(azc.AzcError, match=r"AZC_TARGET_CPU is 'z80'; expected one of x86-64, .*haswell"):
        target()
    program = azc.parse("def Setup():\ndef Predict():\ndef Learn():\n")
    for backend in ("kernels", "native"):
        with pytest.raises(azc.AzcError, match="AZC_TARGET_CPU"):
            azc.evaluate(program, azc.Task([[1]], [1], [[1]], [1]), backend=backend)


def test_processor_with_missing_features_is_an_error(monkeypatch):
    """The error for a processor that this machine cannot run names the missing feature."""
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


def test_concurrent_processes_share_the_cache(folder):
    """Processes that start together on an empty cache agree, and leave complete files, which are reused."""
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
