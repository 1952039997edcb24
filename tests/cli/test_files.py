"""Atomic writes of files."""

import os
import stat
from pathlib import Path

import pytest

from azc.cli.files import check_writable, write
from azc.errors import AzcError


def test_a_file_is_written_with_usual_permissions(tmp_path: Path) -> None:
    """A file gets the permissions of the umask, and no temporary file is left beside it."""
    check_writable(str(tmp_path / "a"))
    assert os.listdir(tmp_path) == []
    mask = os.umask(0o027)
    try:
        write(str(tmp_path / "a"), "text\n")
    finally:
        os.umask(mask)
    assert (tmp_path / "a").read_text() == "text\n"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["a"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """A write to a symbolic link replaces the file that it points to."""
    (tmp_path / "a").write_text("old")
    (tmp_path / "link").symlink_to("a")
    write(str(tmp_path / "link"), "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "a").read_text() == "new"


def test_a_device_is_written_to() -> None:
    """A device is written to, not replaced."""
    check_writable("/dev/null")
    write("/dev/null", "text")
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize("name", ["missing/a", ".", "file/a"])
def test_a_path_that_cannot_be_written_is_an_error(tmp_path: Path, name: str) -> None:
    """A path that cannot be written is an error of `check_writable` and of `write`."""
    (tmp_path / "file").touch()
    for attempt in (check_writable, lambda path: write(path, "")):
        with pytest.raises(AzcError, match="cannot write"):
            attempt(str(tmp_path / name))
