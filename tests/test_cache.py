"""The cache folder: what is kept, what is refused, and where nothing can be kept."""

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
    """An empty cache folder, of which nothing was said yet."""
    monkeypatch.setenv("AZC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_warned", [])
    return tmp_path / "cache"


@pytest.fixture
def kept(folder: Path) -> Path:
    """A file that was kept."""
    keep("things", "one", DATA, "key")
    return folder / "things" / "one"


def test_what_was_kept_is_read(kept: Path) -> None:
    """Once and again, with nothing else in the folder."""
    assert read("things", "one", "key") == DATA
    assert read("things", "one", "key") == DATA
    assert list(kept.parent.iterdir()) == [kept]


def test_what_was_not_kept_is_nothing() -> None:
    """Neither a missing file nor a missing folder is an error, and nothing is made by looking."""
    assert read("things", "one") is None
    assert not cache_folder().exists()


def test_every_flipped_bit_is_seen(kept: Path) -> None:
    """Wherever it lies, in the digest or in the data."""
    whole = kept.read_bytes()
    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        kept.write_bytes(damaged)
        assert read("things", "one", "key") is None


def test_every_cut_is_seen(kept: Path) -> None:
    """However much of a file is left, or stands behind it."""
    whole = kept.read_bytes()
    for data in [*(whole[:length] for length in range(len(whole))), whole + b"\0", b"\0" * len(whole)]:
        kept.write_bytes(data)
        assert read("things", "one", "key") is None


def test_a_file_holds_for_its_name_and_key_alone(kept: Path) -> None:
    """A file that was renamed, or made for something else, is as good as none."""
    assert read("things", "one", "another") is None
    kept.rename(kept.with_name("two"))
    assert read("things", "two", "key") is None


def test_what_is_kept_anew_is_read(kept: Path) -> None:
    """A damaged file is replaced."""
    kept.write_bytes(b"damaged")
    keep("things", "one", DATA, "key")
    assert read("things", "one", "key") == DATA


def test_an_empty_file_may_be_kept() -> None:
    """Nothing is something too."""
    keep("things", "empty", b"")
    assert read("things", "empty") == b""


@pytest.mark.skipif(os.name != "posix", reason="files have modes")
def test_folder_and_files_are_their_owners_alone(kept: Path) -> None:
    """Whatever the umask allows."""
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="files have modes")
@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777, 0o1777])
def test_a_folder_that_others_may_write_is_not_used(kept: Path, mode: int) -> None:
    """Nothing is read from it, nothing is written, and the warning says what to do."""
    kept.parent.chmod(mode)
    assert read("things", "one", "key") is None
    with pytest.warns(CacheWarning, match="things: it belongs to another user, or others may write"):
        keep("things", "two", DATA)
    assert list(kept.parent.iterdir()) == [kept]


@pytest.mark.skipif(os.name != "posix", reason="files have modes")
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_not_used(kept: Path, mode: int) -> None:
    """As good as none, and its replacement belongs to its owner alone."""
    kept.chmod(mode)
    assert read("things", "one", "key") is None
    keep("things", "one", DATA, "key")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="files have owners")
@pytest.mark.parametrize(("owner", "used"), [(1000, True), (0, True), (1001, False)])
def test_only_files_of_this_user_and_root_are_used(
    monkeypatch: pytest.MonkeyPatch, owner: int, used: bool
) -> None:
    """Root may write everywhere in any case; nobody else's files are run."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    about = os.stat_result((0o100600, 1, 1, 1, owner, 1000, 40, 0, 0, 0))
    assert cache._is_private(about) is used


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_in_the_place_of_a_file_does_not_block(kept: Path) -> None:
    """Nobody writes into it, and nobody waits for that."""
    kept.unlink()
    os.mkfifo(kept, 0o600)
    assert read("things", "one", "key") is None


def _a_file(folder: Path) -> str:
    folder.write_text("")
    return str(folder)


def keep_several() -> None:
    """Keep some files."""
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
def test_an_unusable_folder_is_said_once(folder: Path, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    """Nothing is kept, everything works, and a single warning names the folder and the reason."""
    monkeypatch.setenv("AZC_CACHE", UNUSABLE[case](folder))
    with pytest.warns(CacheWarning, match="nothing can be kept in the cache folder .*: .*AZC_CACHE") as said:
        keep_several()
    assert len(said) == 1
    assert read("things", "one") is None


def refusing(code: int):
    """What a file system does that refuses."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code), "/home/me/.cache")

    return refuse


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_a_full_disk_is_said_once(monkeypatch: pytest.MonkeyPatch, folder: Path, code: int) -> None:
    """Half a file is removed, and what was to be kept is made again next time."""
    monkeypatch.setattr(os, "replace", refusing(code))
    with pytest.warns(CacheWarning, match=os.strerror(code)) as said:
        keep_several()
    assert len(said) == 1
    assert list((folder / "things").iterdir()) == []


@pytest.mark.parametrize("function", ["stat", "mkdir", "open"])
def test_a_folder_that_may_not_be_searched_is_said_once(
    monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    """Whichever call it is that fails."""
    monkeypatch.setattr(os, function, refusing(errno.EACCES))
    with pytest.warns(CacheWarning, match="Permission denied"):
        keep("things", "one", DATA)
    assert read("things", "one") is None
    assert cache.names_of("things", "*") == []


def test_without_a_home_folder_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a user of a container whom no file knows."""
    for name in ("AZC_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)

    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)
    with pytest.warns(CacheWarning, match="this user has no home folder"):
        keep("things", "one", DATA)
    assert read("things", "one") is None
    assert cache.names_of("things", "*") == []


def test_where_it_is_named_no_home_folder_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks for it."""
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
    """Of several files that cannot be kept a single warning comes; the fitness is the same."""
    command = [sys.executable, "-c", EVALUATING]
    environment = {**os.environ, "AZC_CACHE": str(folder)}
    whole = subprocess.run(command, env=environment, capture_output=True, text=True)
    unusable = subprocess.run(
        command, env={**environment, "AZC_CACHE": _a_file(folder / "file")}, capture_output=True, text=True
    )
    assert unusable.stdout == whole.stdout != ""
    assert whole.stderr == ""
    assert unusable.stderr.count("CacheWarning") == 1


def test_a_warning_that_is_an_error_to_somebody_is_raised(folder: Path) -> None:
    """Who wants warnings as errors gets this one too."""
    _a_file(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(CacheWarning):
            keep("things", "one", DATA)
