"""Checkpoints: the states of all islands after an epoch, and the run's totals, in one npz file.

A file is whole or not there; the last few are kept, and a damaged one is passed over. Kept too is the last
from before a limit ended an epoch early: a run whose limit is raised goes on from there.
"""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np

from azc.errors import AzcError
from azc.runs.files import make_folder, write_with
from azc.search import State
from azc.search.engine.scoring import Hurdle
from azc.search.islands import Island
from azc.storage import sweep

KEPT: Final = 3
_CUT: Final = "-cut"
_NAME: Final = re.compile(rf"epoch-\d{{10}}({_CUT})?\.npz")
_TOTALS: Final = "totals"
_HURDLE: Final = "hurdle"


@attrs.frozen(eq=False)
class Checkpoint:
    """A run after an epoch."""

    epoch: int
    islands: list[Island]
    totals: dict[str, Any]
    """What JSON can hold."""

    @property
    def is_cut(self) -> bool:
        """Whether a limit ended an epoch early; with a higher one it would be another checkpoint."""
        return bool(self.totals.get("cut_by"))


def save(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, and remove all but the last few; later ones are of no use if a run went back."""
    arrays: dict[str, Any] = {_TOTALS: np.frombuffer(json.dumps(checkpoint.totals).encode(), dtype=np.uint8)}
    for number, island in enumerate(checkpoint.islands):
        arrays |= {f"{number}/{name}": array for name, array in _arrays(island).items()}
    make_folder(folder)
    name = f"epoch-{checkpoint.epoch:010}{_CUT if checkpoint.is_cut else ''}.npz"
    write_with(folder / name, lambda file: np.savez(file, **arrays))
    files = _files(folder)
    of_use = [path for path in files if _epoch(path) <= checkpoint.epoch]
    kept = [*of_use[:KEPT], *[path for path in of_use if not path.stem.endswith(_CUT)][:1]]
    for path in {*files} - {*kept}:
        path.unlink(missing_ok=True)
    sweep(folder, "epoch-*")


def load(
    folder: Path,
    last_epoch: int,
    warn: Callable[[str], None],
    fits: Callable[[dict[str, Any]], bool] = lambda totals: True,
) -> Checkpoint | None:
    """The newest checkpoint that is whole, not after an epoch, and whose totals fit; None where none is."""
    for path in _files(folder):
        if _epoch(path) > last_epoch:
            continue
        try:
            found = _read(path)
        except PermissionError as error:
            raise AzcError(f"cannot read {path}: {error.strerror}") from None
        except Exception as error:  # zipfile and NumPy raise all sorts of them
            warn(f"{path} is damaged ({error}) and passed over")
            continue
        if fits(found.totals):
            return found
    return None


def _files(folder: Path) -> list[Path]:
    """All checkpoints, the newest first."""
    try:
        found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise AzcError(f"cannot read {folder}: {error.strerror or error}") from None
    return sorted(found, key=_epoch, reverse=True)


def _epoch(path: Path) -> int:
    return int(path.stem.split("-")[1])


def _arrays(island: Island) -> dict[str, Any]:
    state = island.population
    return {
        "experiment": island.experiment,
        "before": island.before,
        **{name: array for name, array in state._asdict().items() if name != _HURDLE},
        **{f"{_HURDLE}/{name}": array for name, array in state.hurdle._asdict().items()},
    }


def _read(path: Path) -> Checkpoint:
    with np.load(path, allow_pickle=False) as stored:
        totals = json.loads(stored[_TOTALS].tobytes())
        names = stored.files
        count = 1 + max(int(name.split("/")[0]) for name in names if name != _TOTALS)
        islands = [_island({n.split("/", 1)[1]: stored[n] for n in of}) for of in _by_island(names, count)]
    return Checkpoint(_epoch(path), islands, totals)


def _by_island(names: Sequence[str], count: int) -> list[list[str]]:
    found: list[list[str]] = [[] for _ in range(count)]
    for name in names:
        if name != _TOTALS:
            found[int(name.split("/")[0])].append(name)
    return found


def _island(arrays: dict[str, Any]) -> Island:
    hurdle = Hurdle(**{name: arrays.pop(f"{_HURDLE}/{name}") for name in Hurdle._fields})
    experiment, before = arrays.pop("experiment"), arrays.pop("before")
    return Island(State(**arrays, hurdle=hurdle), experiment, before)
