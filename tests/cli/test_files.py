"""Files that are written whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from azc.cli.files import check_writable, write
from azc.errors import AzcError


def test_a_file_is_written_with_usual_permissions(tmp_path: Path) -> None:
    """And nothing else is left in its folder."""
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
    """What it points to is replaced."""
    (tmp_path / "a").write_text("old")
    (tmp_path / "link").symlink_to("a")
    write(str(tmp_path / "link"), "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "a").read_text() == "new"


def test_what_is_no_plain_file_is_written_to() -> None:
    """A device is not replaced."""
    check_writable("/dev/null")
    write("/dev/null", "text")
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize("name", ["missing/a", ".", "file/a"])
def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path, name: str) -> None:
    """Found out before the work, and when writing."""
    (tmp_path / "file").touch()
    for attempt in (check_writable, lambda place: write(place, "")):
        with pytest.raises(AzcError, match="cannot write"):
            attempt(str(tmp_path / name))
