"""npz files: sizes are checked before anything is unpacked, and nothing is ever unpickled."""

import io
import os
import pickle
import threading
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azc.errors import AzcError
from azc.tasks import npz, tasks_from_spec
from azc.tasks.npz import read_npz

GOOD = {"x": np.arange(12, dtype=np.float32).reshape(3, 4), "names": np.array(["a", "bc"])}


def packed(write: Callable[..., None] = np.savez, **arrays: object) -> bytes:
    """The bytes of an npz file."""
    buffer = io.BytesIO()
    write(buffer, **arrays)
    return buffer.getvalue()


def member(data: bytes, name: str = "x.npy", **more: object) -> bytes:
    """A zip file with one member."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, data)
    return buffer.getvalue()


def npy(array: object) -> bytes:
    """The bytes of an npy file."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def announcing(shape: tuple[int, ...], data: bytes = b"") -> bytes:
    """An npy file with any shape in its header."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f8", "fortran_order": False, "shape": shape})
    return buffer.getvalue() + data


def encrypted() -> bytes:
    """A zip file with its member marked as encrypted."""
    data = bytearray(member(npy(np.zeros(3))))
    for start in (data.find(b"PK\x03\x04") + 6, data.find(b"PK\x01\x02") + 8):
        data[start] |= 1
    return bytes(data)


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_arrays_are_read_back_unchanged(tmp_path: Path, write: Callable[..., None]) -> None:
    """Arrays of numbers or texts, in C or Fortran order, compressed or not, are read back unchanged."""
    arrays = GOOD | {"columns": np.asfortranarray(GOOD["x"]), "none": np.zeros((0, 3))}
    (tmp_path / "a.npz").write_bytes(packed(write, **arrays))
    found = read_npz(tmp_path / "a.npz")
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (npy(np.zeros(3)), r"it is a single array, npy; save arrays by name with np\.savez"),
        (npy(np.array([{}])), "it is a single array"),
        (pickle.dumps([1]), "it begins with 8004"),
        (b"", "it begins with nothing"),
        (b"PK\3\4broken", "it is damaged"),
        (packed(**GOOD)[:-30], "it is damaged"),
        (packed(x=np.array([{}])), "without pickled objects, which x holds; save it as numbers"),
        (packed(x=np.zeros(2, "O,i4")), "without pickled objects"),
        (encrypted(), "x is encrypted"),
        (member(b"no array"), "it is damaged"),
        (member(announcing((10**15,))), "x is damaged: its header announces 1,000,000,000,000,000 numbers"),
        (member(announcing((3,), bytes(23))), "announces 3 numbers .3,., but 23 bytes of float64 follow"),
        (member(announcing((3,), bytes(25))), "but 25 bytes"),
        (member(announcing((-1,), bytes(8))), "x is damaged"),
    ],
)
def test_damaged_or_other_files_are_refused(tmp_path: Path, data: bytes, said: str) -> None:
    """The error for a damaged file or another format names the file and never advises to allow pickles."""
    (tmp_path / "a.npz").write_bytes(data)
    with pytest.raises(AzcError, match=rf"a\.npz: cannot be read as npz.*{said}") as raised:
        read_npz(tmp_path / "a.npz")
    assert "allow_pickle" not in str(raised.value)


def test_arrays_beyond_the_limit_are_refused_before_they_are_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit applies to the size of all arrays together, after conversion of their numbers."""
    (tmp_path / "a.npz").write_bytes(packed(x=np.zeros(50, np.uint8), y=np.zeros(50, np.uint8)))
    monkeypatch.setattr(npz, "data_bytes", lambda: 100)
    monkeypatch.setattr(npz, "_array", lambda stored, info: info.filename)
    assert read_npz(tmp_path / "a.npz") == {"x": "x.npy", "y": "y.npy"}
    for limit, number_bytes in ((99, 1), (799, 8)):
        monkeypatch.setattr(npz, "data_bytes", lambda limit=limit: limit)
        with pytest.raises(AzcError, match=r"its arrays take 0.0 GiB, and azc reads at most"):
            read_npz(tmp_path / "a.npz", number_bytes)


@settings(max_examples=150)
@given(st.data())
def test_any_damage_is_an_error_or_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A file with replaced, added or removed bytes is an error or gives unchanged arrays."""
    whole = bytearray(packed(np.savez_compressed, **GOOD))
    for _ in range(data.draw(st.integers(1, 3))):
        start, length = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, 6))
        whole[start : start + length] = data.draw(st.binary(max_size=6))
    path = tmp_path_factory.mktemp("npz") / "a.npz"
    path.write_bytes(whole)
    try:
        found = read_npz(path)
    except AzcError:
        return
    values = list(GOOD.values())
    assert all(any(np.array_equal(array, value) for value in values) for array in found.values())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_arrays_are_read_from_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrays are read from a pipe up to the limit; more bytes are an error."""
    path, data = tmp_path / "pipe", packed(**GOOD)
    os.mkfifo(path)
    for limit in (10**6, 50):
        monkeypatch.setattr(npz, "data_bytes", lambda limit=limit: limit)
        writer = threading.Thread(target=_written, args=[path, data], daemon=True)
        writer.start()
        if limit > 50:
            assert np.array_equal(read_npz(path)["x"], GOOD["x"])
        else:
            with pytest.raises(AzcError, match="longer than 50 bytes"):
                read_npz(path)
        writer.join()


def _written(path: Path, data: bytes) -> None:
    with suppress(BrokenPipeError):
        path.write_bytes(data)


SHAPES = {"train_x": (4, 2), "train_y": (4,), "valid_x": (3, 2), "valid_y": (3,)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({name: (0, *shape) for name, shape in SHAPES.items()}, "holds no tasks"),
        ({"train_x": (4,)}, "the arrays have the shapes .*expected train_x"),
        ({name: shape[:1] for name, shape in SHAPES.items()}, "the arrays have the shapes"),
        (dict.fromkeys(SHAPES, ()), "the arrays have the shapes"),
        ({"valid_y": (2, 3)}, "the arrays have the shapes"),
        ({name: (1, 1, *shape) for name, shape in SHAPES.items()}, "the arrays have the shapes"),
        ({"train_x": (0, 2), "train_y": (0,)}, "train_x has no examples"),
        ({"train_x": (4, 0), "valid_x": (3, 0)}, "0 features"),
    ],
)
def test_arrays_of_wrong_shapes_are_no_tasks(
    tmp_path: Path, change: dict[str, tuple[int, ...]], said: str
) -> None:
    """Arrays of wrong dimensions, or without tasks, examples or features, are an error."""
    arrays = {name: np.zeros(shape) for name, shape in (SHAPES | change).items()}
    (tmp_path / "a.npz").write_bytes(packed(**arrays))
    with pytest.raises(AzcError, match=said):
        tasks_from_spec("arrays,path=a.npz", tmp_path)


@pytest.mark.parametrize("dtype", ["c16", "U3", "M8[D]", "V4"])
def test_arrays_must_hold_real_numbers(tmp_path: Path, dtype: str) -> None:
    """Arrays of complex numbers, texts, dates or raw bytes are an error."""
    arrays = {name: np.zeros(shape, dtype) for name, shape in SHAPES.items()}
    (tmp_path / "a.npz").write_bytes(packed(**arrays))
    with pytest.raises(AzcError, match="must hold numbers"):
        tasks_from_spec("arrays,path=a.npz", tmp_path)
