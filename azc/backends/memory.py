"""Whether memory for a program fits into this machine."""

from typing import Final

from azc.errors import AzcError
from azc.memory import available_memory, gib

SHARE: Final = 0.8
"""How much of the memory that there is a program may take."""


class MemoryLimitError(AzcError):
    """A program whose memory does not fit; nothing of it was made."""


def most_bytes() -> int:
    """How many bytes a program may take, all its tasks together."""
    return int(SHARE * available_memory())


def check_fits(needed: int, what: str, most: int | None = None) -> None:
    """Raise an error if so many bytes are more than `most`, or without it more than a program may take."""
    there, limit = (available_memory(), most_bytes()) if most is None else (most, most)
    if needed > limit:
        raise MemoryLimitError(
            f"{what} takes {gib(needed)} and azc may use {gib(there)}; "
            "use fewer features, matrix addresses, tasks or examples, or precision float32"
        )


def at_features(features: int) -> str:
    """What takes the memory of a program on examples of so many features."""
    return f"the program's memory at {features} features"
