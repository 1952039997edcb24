"""Slices: compiled code runs some examples at a time, so that Ctrl-C is heard in between."""

from typing import Final

import attrs

SECONDS: Final = 0.1
"""Target duration of a slice."""
FIRST: Final = 40_000_000
"""Numbers that a first slice may touch; an estimate, since the time of an example is not known yet."""
TOUCHED: Final = 640
"""Estimated numbers that an example touches for each cell of a matrix."""


@attrs.define
class Slices:
    """Number of examples in the next slice, adapted to the time that slices take."""

    examples: int

    @classmethod
    def first(cls, features: int) -> "Slices":
        """An estimate for the first slice."""
        return cls(max(1, FIRST // (TOUCHED * features**2)))

    def took(self, seconds: float) -> None:
        """Adapt to the time that a whole slice took."""
        if seconds < SECONDS / 2:
            self.examples *= 2
        elif seconds > 2 * SECONDS:
            self.examples = max(1, self.examples // 2)
