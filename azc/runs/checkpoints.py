"""Checkpoints: the states of all islands after a round, and the run's totals, in one npz file.

A file is complete or absent. The last few are kept, and damaged ones are skipped. The last one from before
a limit cut a round short is kept as well: a run whose limit is raised resumes from it. A digest of all
arrays is stored in the file and, by `note`, in the run's history.
"""

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np
from numpy.typing import NDArray

from azc.errors import AzcError
from azc.runs.files import make_folder, write_with
from azc.search import Island, arrays_of, state_of
from azc.storage import sweep

KEPT: Final = 3
"""Number of checkpoints that stay on disk."""
_CUT: Final = "-cut"
_NAME: Final = re.compile(rf"round-\d{{10}}({_CUT})?\.npz")
_TOTALS, _RUN, _DIGEST = "totals", "run", "digest"
_ISLAND: Final = np.dtype([("experiment", np.int64), ("before", np.int64)])
"""Numbers of an island besides its population."""
Arrays = Mapping[str, NDArray[Any]]


@attrs.frozen(eq=False)
class Checkpoint:
    """A run after a round."""

    round: int
    islands: list[Island]
    totals: dict[str, Any]
    """The run's `Totals` and its `selection`, as values for JSON."""

    @property
    def is_cut(self) -> bool:
        """Whether a limit ended a round early; a higher limit would have made another checkpoint."""
        return bool(self.totals.get("cut_by"))


class OtherRunError(Exception):
    """Raised when a checkpoint is sound but belongs to another run."""


def save(
    folder: Path,
    checkpoint: Checkpoint,
    run: str = "",
    note: Callable[[int, str], None] = lambda round_number, digest: None,
) -> None:
    """Write a checkpoint, then delete all but the last few, and all later ones.

    run: checksum that identifies the run. note: called with round and digest before the file exists.
    """
    arrays = _arrays(checkpoint, run)
    digest = digest_of(arrays)
    note(checkpoint.round, digest)
    make_folder(folder)
    name = f"round-{checkpoint.round:010}{_CUT if checkpoint.is_cut else ''}.npz"
    whole: dict[str, Any] = {**arrays, _DIGEST: _text(digest)}
    write_with(folder / name, lambda file: np.savez(file, **whole))
    files = _files(folder)
    of_use = [path for path in files if _round(path) <= checkpoint.round]
    kept = [*of_use[:KEPT], *[path for path in of_use if not path.stem.endswith(_CUT)][:1]]
    for path in {*files} - {*kept}:
        path.unlink(missing_ok=True)
    sweep(folder, "round-*")


def load(
    folder: Path,
    last_round: int,
    warn: Callable[[str], None],
    fits: Callable[[dict[str, Any]], bool] = lambda totals: True,
    *,
    run: str = "",
    check: Callable[[Checkpoint, str], None] = lambda checkpoint, digest: None,
) -> Checkpoint | None:
    """The newest sound checkpoint, not after `last_round` and accepted by `fits`; None if there is none.

    run: the checksum given to `save`. check: raises an error for a checkpoint, with its digest, that a run
    must not resume from; such a one is skipped, with a warning. AzcError if a file cannot be read.
    """
    for path in _files(folder):
        if _round(path) > last_round:
            continue
        try:
            found, digest = _read(path, run)
            check(found, digest)
        except PermissionError as error:
            raise AzcError(f"cannot read {path}: {error.strerror}") from None
        except OtherRunError:
            warn(f"{path} is a checkpoint of another run: skipped")
            continue
        except Exception as error:  # zipfile and NumPy raise errors of many types
            warn(f"{path} is damaged ({error or type(error).__name__}): skipped")
            continue
        if fits(found.totals):
            return found
    return None


def digest_of(arrays: Arrays) -> str:
    """SHA-256 of arrays: names, dtypes, shapes and contents, in hexadecimal."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype} {arrays[name].shape}\n".encode())
        digest.update(array.data if array.size else b"")
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    """Paths of all checkpoints, the newest first."""
    try:
        found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise AzcError(f"cannot read {folder}: {error.strerror or error}") from None
    return sorted(found, key=_round, reverse=True)


def _round(path: Path) -> int:
    return int(path.stem.split("-")[1])


def _text(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _arrays(checkpoint: Checkpoint, run: str) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {_TOTALS: _text(json.dumps(checkpoint.totals)), _RUN: _text(run)}
    for number, island in enumerate(checkpoint.islands):
        own = {"island": np.array([(island.experiment, island.before)], dtype=_ISLAND)}
        own |= arrays_of(island.population)
        found |= {f"{number}/{name}": array for name, array in own.items()}
    return found


def _read(path: Path, run: str) -> tuple[Checkpoint, str]:
    """A checkpoint and its digest; the digest is compared before any array is used."""
    _check_packing(path)
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    digest = arrays.pop(_DIGEST).tobytes().decode()
    if digest_of(arrays) != digest:
        raise ValueError("its digest is not that of its content")
    if arrays.pop(_RUN).tobytes() != run.encode():
        raise OtherRunError
    totals = json.loads(arrays.pop(_TOTALS).tobytes())
    return Checkpoint(_round(path), _islands(arrays), totals), digest


def _check_packing(path: Path) -> None:
    """Raise ValueError for compressed members and false sizes: a hostile file could unpack without end."""
    with zipfile.ZipFile(path) as packed:
        size = sum(entry.file_size for entry in packed.infolist())
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in packed.infolist()):
            raise ValueError("it is compressed")
        if size > path.stat().st_size:
            raise ValueError("its stated size is not its size")


def _islands(arrays: Arrays) -> list[Island]:
    own: dict[int, dict[str, NDArray[Any]]] = {}
    for name, array in arrays.items():
        number, _, rest = name.partition("/")
        own.setdefault(int(number), {})[rest] = array
    if sorted(own) != list(range(len(own))):
        raise ValueError(f"it has the islands {sorted(own)}")
    return [_island(own[number]) for number in range(len(own))]


def _island(arrays: Arrays) -> Island:
    counts = arrays["island"]
    if (counts.dtype, counts.shape) != (_ISLAND, (1,)):
        raise ValueError(f"island is {counts.dtype} {counts.shape}, expected {_ISLAND} (1,)")
    found = Island(state_of(arrays), *counts[0].item())
    known = {"island", *arrays_of(found.population)}
    if set(arrays) != known:
        raise ValueError(f"it has the arrays {', '.join(sorted(set(arrays) - known))}, which are unknown")
    return found
