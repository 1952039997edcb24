"""The cache folder: saved files, refused files, and folders that cannot be used."""

import errno
import os
import stat
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from azc import cache
from azc.cache import cache_folder, keep, read
from azc.errors import CacheWarning

DATA = bytes(range(40))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Path of a cache folder that does not exist yet; no warning was given."""
    monkeypatch.setenv("AZC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_warned", [])
    return tmp_path / "cache"


@pytest.fixture
def kept(folder: Path) -> Path:
    """A saved file."""
    keep("things", "one", DATA, "key")
    return folder / "things" / "one"


def test_saved_file_is_read(kept: Path) -> None:
    """A saved file can be read several times, and the folder holds nothing else."""
    assert read("things", "one", "key") == DATA
    assert read("things", "one", "key") == DATA
    assert list(kept.parent.iterdir()) == [kept]


def test_missing_file_is_none() -> None:
    """Reading from a missing folder gives None and does not create the folder."""
    assert read("things", "one") is None
    assert not cache_folder().exists()


def test_every_flipped_bit_is_detected(kept: Path) -> None:
    """A file with any bit flipped, in the digest or in the data, is not read."""
    whole = kept.read_bytes()
    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        kept.write_bytes(damaged)
        assert read("things", "one", "key") is None


def test_every_wrong_length_is_detected(kept: Path) -> None:
    """A truncated or extended file, or one of zeros, is not read."""
    whole = kept.read_bytes()
    for data in [*(whole[:length] for length in range(len(whole))), whole + b"\0", b"\0" * len(whole)]:
        kept.write_bytes(data)
        assert read("things", "one", "key") is None


def test_file_is_valid_for_its_name_and_key_only(kept: Path) -> None:
    """A renamed file, or one with another key, is not read."""
    assert read("things", "one", "another") is None
    kept.rename(kept.with_name("two"))
    assert read("things", "two", "key") is None


def test_damaged_file_is_replaced(kept: Path) -> None:
    """A damaged file is replaced when it is saved again."""
    kept.write_bytes(b"damaged")
    keep("things", "one", DATA, "key")
    assert read("things", "one", "key") == DATA


def test_empty_file_can_be_saved() -> None:
    """Empty data are saved, and read as empty rather than missing."""
    keep("things", "empty", b"")
    assert read("things", "empty") == b""


@pytest.mark.skipif(os.name != "posix", reason="files have modes")
def test_folder_and_files_are_private(kept: Path) -> None:
    """The cache folder has mode 700 and its files have 600."""
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="files have modes")
@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777, 0o1777])
def test_a_folder_that_others_may_write_is_not_used(kept: Path, mode: int) -> None:
    """A folder that others may write is neither read nor written; a warning gives the reason."""
    kept.parent.chmod(mode)
    assert read("things", "one", "key") is None
    with pytest.warns(CacheWarning, match="things: it belongs to another user, or others may write"):
        keep("things", "two", DATA)
    assert list(kept.parent.iterdir()) == [kept]


@pytest.mark.skipif(os.name != "posix", reason="files have modes")
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_not_used(kept: Path, mode: int) -> None:
    """A file that others may write is not read, and its replacement is private."""
    kept.chmod(mode)
    assert read("things", "one", "key") is None
    keep("things", "one", DATA, "key")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="files have owners")
@pytest.mark.parametrize(("owner", "used"), [(1000, True), (0, True), (1001, False)])
def test_only_files_of_this_user_and_root_are_used(
    monkeypatch: pytest.MonkeyPatch, owner: int, used: bool
) -> None:
    """Files of this user and of root are used, those of other users not."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    about = os.stat_result((0o100600, 1, 1, 1, owner, 1000, 40, 0, 0, 0))
    assert cache._is_private(about) is used


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_pipe_instead_of_a_file_does_not_block(kept: Path) -> None:
    """Reading a pipe without writer gives None at once."""
    kept.unlink()
    os.mkfifo(kept, 0o600)
    assert read("things", "one", "key") is None


def _a_file(folder: Path) -> str:
    folder.write_text("")
    return str(folder)


def keep_several() -> None:
    """Save three files."""
    for name in ("one", "two", "three"):
        keep("things", name, DATA)


UNUSABLE = {
    "a file": _a_file,
    "below a file": lambda folder: _a_file(folder) + "/below",
    "a name too long": lambda folder: str(folder / ("x" * 300)),
    "where nobody may write": lambda folder: "/proc/azc",
}


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="there is no /proc here")
@pytest.mark.parametrize("case", UNUSABLE)
def test_unusable_folder_gives_one_warning(folder: Path, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    """An unusable folder gives one warning that names AZC_CACHE; nothing is saved, and nothing fails."""
    monkeypatch.setenv("AZC_CACHE", UNUSABLE[case](folder))
    with pytest.warns(CacheWarning, match="nothing can be kept in the cache folder .*: .*AZC_CACHE") as said:
        keep_several()
    assert len(said) == 1
    assert read("things", "one") is None


def refusing(code: int):
    """A function that raises an OSError with this code."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code), "/home/me/.cache")

    return refuse


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_full_disk_gives_one_warning(monkeypatch: pytest.MonkeyPatch, folder: Path, code: int) -> None:
    """A full or failing disk gives one warning and no partial file; files are saved when it works again."""
    with monkeypatch.context() as disk:
        disk.setattr(os, "replace", refusing(code))
        with pytest.warns(CacheWarning, match=os.strerror(code)) as said:
            keep_several()
    assert len(said) == 1
    assert list((folder / "things").iterdir()) == []
    assert read("things", "one") is None
    keep_several()
    assert [read("things", name) for name in ("one", "two", "three")] == [DATA] * 3


@pytest.mark.parametrize("function", ["stat", "mkdir", "open"])
def test_folder_without_permission_gives_a_warning(monkeypatch: pytest.MonkeyPatch, function: str) -> None:
    """Denied permission gives a warning, whether `stat`, `mkdir` or `open` fails; nothing is read."""
    monkeypatch.setattr(os, function, refusing(errno.EACCES))
    with pytest.warns(CacheWarning, match="Permission denied"):
        keep("things", "one", DATA)
    assert read("things", "one") is None
    assert cache.names_of("things", "*") == []


def test_without_a_home_folder_nothing_is_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without home folder, as in a container, gets a warning; nothing is saved."""
    for name in ("AZC_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)

    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)
    with pytest.warns(CacheWarning, match="this user has no home folder"):
        keep("things", "one", DATA)
    assert read("things", "one") is None
    assert cache.names_of("things", "*") == []


def test_named_cache_needs_no_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """With AZC_CACHE set, files are saved without a home folder."""
    monkeypatch.setattr(Path, "home", refusing(errno.ENOENT))
    keep("things", "one", DATA)
    assert read("things", "one") == DATA


EVALUATING = """
import azc, numpy as np
x = np.arange(12.0).reshape(4, 3)
program = azc.parse("def Setup():\\ndef Predict():\\n  s1 = dot(v0, v1)\\ndef Learn():\\n  v1 = v0 * s0\\n")
print(azc.evaluate(program, [azc.Task(x, x[:, 0], x, x[:, 1])], backend="kernels").fitness.hex())
"""


def test_the_library_warns_once_and_computes(folder: Path) -> None:
    """An evaluation without usable cache warns once and gives the same fitness."""
    command = [sys.executable, "-c", EVALUATING]
    environment = {**os.environ, "AZC_CACHE": str(folder)}
    whole = subprocess.run(command, env=environment, capture_output=True, text=True)
    unusable = subprocess.run(
        command, env={**environment, "AZC_CACHE": _a_file(folder / "file")}, capture_output=True, text=True
    )
    assert unusable.stdout == whole.stdout != ""
    assert whole.stderr == ""
    assert unusable.stderr.count("CacheWarning") == 1


def test_warning_can_be_turned_into_an_error(folder: Path) -> None:
    """CacheWarning is raised if a filter turns warnings into errors."""
    _a_file(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(CacheWarning):
            keep("things", "one", DATA)
