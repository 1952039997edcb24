"""Files that a path stands for: itself, or the best program in a run's folder."""

from pathlib import Path
from typing import Final

from azc.errors import AzcError

CONFIG: Final = "config.toml"
"""Name of a run's configuration; a folder with it is a run's."""
BEST: Final = "best.azl"
"""Name of a run's best program."""


def program_file(path: str | Path) -> Path:
    """Program file for a path; a run's folder stands for its best program.

    AzcError for any other folder, and for a run without a best program yet.
    """
    path = Path(path)
    try:
        if not path.is_dir():
            return path
        if not (path / CONFIG).exists():
            raise AzcError(
                f"{path}: is a folder that holds no run (no {CONFIG}); name an .azl file or a run's folder"
            )
        if not (path / BEST).exists():
            raise AzcError(f"{path}: the run has no best program yet; wait for its first, or name a file")
    except (OSError, ValueError) as error:
        raise AzcError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    return path / BEST
