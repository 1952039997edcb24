"""Nothing that is read from outside fills the memory: devices, pipes and files that never end."""

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
    """A named pipe that somebody else writes."""

    def made(data: bytes) -> Path:
        path = tmp_path / "pipe"
        os.mkfifo(path)
        threading.Thread(target=path.write_bytes, args=[data], daemon=True).start()
        return path

    return made


def test_a_file_of_exactly_the_limit_is_read(tmp_path: Path) -> None:
    """One byte more is an error that names file and limit."""
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert reading.read_whole(path, 5) == b"12345"
    with pytest.raises(OSError, match=r"longer than 4 bytes.*file'"):
        reading.read_whole(path, 4)


def test_no_more_is_taken_from_a_stream_than_the_limit(tmp_path: Path) -> None:
    """A limited file gives its bytes and is an error beyond."""
    path = tmp_path / "file"
    path.write_bytes(b"1234567890")
    with path.open("rb") as file:
        assert reading.Limited(file, 10, path).readall() == b"1234567890"
    with path.open("rb") as file, pytest.raises(OSError, match="longer than 9 bytes"):
        reading.Limited(file, 9, path).readall()


@no_device
@pytest.mark.parametrize("read", [azc.load, load_config, lambda path: read_table(path, "y")])
def test_a_file_without_end_is_an_error(read: Callable[[Path], object]) -> None:
    """Programs, configurations and tables say that it is too long."""
    with pytest.raises(azc.AzcError, match="longer than"):
        read(ENDLESS)


def test_a_pipe_is_read_as_a_file_is(pipe: Callable[[bytes], Path]) -> None:
    """A program from a process substitution."""
    assert azc.load(pipe(b"def Learn():\n  s1 = s2 + s3\n")).learn


def test_a_table_may_come_through_a_pipe(pipe: Callable[[bytes], Path]) -> None:
    """Though its delimiter is found by its first line."""
    table = read_table(pipe(b"a;y\n1;2\n3;4\n"), "y")
    assert (table.features, table.x.tolist(), table.target) == (("a",), [[1], [3]], ("2", "4"))


def test_a_row_without_end_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its line is named before the whole file is in memory."""
    monkeypatch.setattr("azc.tasks.csv_files.ROW_CHARACTERS", 10)
    (tmp_path / "table.csv").write_text("a,y\n" + "1" * 11 + ",2\n")
    with pytest.raises(azc.AzcError, match=r"table\.csv, line 2: is longer than 10 characters"):
        read_table(tmp_path / "table.csv", "y")


def test_a_table_beyond_the_limit_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says how long one may be."""
    monkeypatch.setattr("azc.tasks.csv_files.table_bytes", lambda: 6)
    (tmp_path / "table.csv").write_text("a,y\n1,2\n")
    with pytest.raises(azc.AzcError, match=r"table\.csv: cannot be read: longer than 6 bytes"):
        read_table(tmp_path / "table.csv", "y")


def test_available_memory_is_that_of_the_limits() -> None:
    """`ulimit -v` makes it less."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_AS)
    there = memory.available_memory()
    limit = max(2**36, there // 2) if there > 2**37 else 2**45
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        assert memory.available_memory() == min(there, limit)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
