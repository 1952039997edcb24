"""Limits on input: devices, pipes and endless files do not fill the memory."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import azc
from azc import memory, reading
from azc.search import load_config
from azc.tasks import read_table

ENDLESS = Path("/dev/zero")
no_device = pytest.mark.skipif(not ENDLESS.exists(), reason="there is no file without end")


@pytest.fixture
def pipe(tmp_path: Path) -> Callable[[bytes], Path]:
    """A named pipe that another thread writes."""

    def made(data: bytes) -> Path:
        path = tmp_path / "pipe"
        os.mkfifo(path)
        threading.Thread(target=path.write_bytes, args=[data], daemon=True).start()
        return path

    return made


def test_a_file_of_exactly_the_limit_is_read(tmp_path: Path) -> None:
    """A file of the limit's length is read; one byte more is an error that names file and limit."""
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert reading.read_whole(path, 5) == b"12345"
    with pytest.raises(OSError, match=r"longer than 4 bytes.*file'"):
        reading.read_whole(path, 4)


def test_stream_beyond_the_limit_is_an_error(tmp_path: Path) -> None:
    """A limited stream gives bytes up to its limit; more are an error."""
    path = tmp_path / "file"
    path.write_bytes(b"1234567890")
    with path.open("rb") as file:
        assert reading.Limited(file, 10, path).readall() == b"1234567890"
    with path.open("rb") as file, pytest.raises(OSError, match="longer than 9 bytes"):
        reading.Limited(file, 9, path).readall()


@no_device
@pytest.mark.parametrize("read", [azc.load, load_config, lambda path: read_table(path, "y")])
def test_endless_file_is_an_error(read: Callable[[Path], object]) -> None:
    """An endless file is refused as too long for a program, a configuration or a table."""
    with pytest.raises(azc.AzcError, match="longer than"):
        read(ENDLESS)


def test_a_pipe_is_read_as_a_file_is(pipe: Callable[[bytes], Path]) -> None:
    """A program is read from a pipe, as of a process substitution."""
    assert azc.load(pipe(b"def Learn():\n  s1 = s2 + s3\n"))["Learn"]


def test_table_is_read_from_a_pipe(pipe: Callable[[bytes], Path]) -> None:
    """A table is read from a pipe, although its delimiter is found in its first line."""
    table = read_table(pipe(b"a;y\n1;2\n3;4\n"), "y")
    assert (table.features, table.x.tolist(), table.target) == (("a",), [[1], [3]], ("2", "4"))


def test_overlong_row_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row longer than the limit is an error that names its line."""
    monkeypatch.setattr("azc.tasks.csv_files.ROW_CHARACTERS", 10)
    (tmp_path / "table.csv").write_text("a,y\n" + "1" * 11 + ",2\n")
    with pytest.raises(azc.AzcError, match=r"table\.csv, line 2: is longer than 10 characters"):
        read_table(tmp_path / "table.csv", "y")


def test_a_table_beyond_the_limit_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table longer than the limit is an error that gives the limit."""
    monkeypatch.setattr("azc.tasks.csv_files.table_bytes", lambda: 6)
    (tmp_path / "table.csv").write_text("a,y\n1,2\n")
    with pytest.raises(azc.AzcError, match=r"table\.csv: cannot be read: longer than 6 bytes"):
        read_table(tmp_path / "table.csv", "y")


def test_available_memory_is_within_the_limits() -> None:
    """Available memory is at most the limit of `ulimit -v`."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_AS)
    there = memory.available_memory()
    limit = max(2**36, there // 2) if there > 2**37 else 2**45
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        assert memory.available_memory() == min(there, limit)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
