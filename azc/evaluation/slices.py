"""Compiled code runs in slices of some examples, so that Ctrl-C is heard between them."""

from typing import Final

import attrs

SECONDS: Final = 0.1
"""Target duration of a slice."""
FIRST: Final = 40_000_000
"""Numbers that a first slice may touch by a rough guess: how long an example takes is not known yet."""
TOUCHED: Final = 640
"""Numbers that an example touches by that guess for each cell of a matrix."""


@attrs.define
class Slices:
    """Number of examples in the next slice."""

    examples: int

    @classmethod
    def first(cls, features: int) -> "Slices":
        """Before anything is known."""
        return cls(max(1, FIRST // (TOUCHED * features**2)))

    def took(self, seconds: float) -> None:
        """Learn from how long a whole slice took."""
        if seconds < SECONDS / 2:
            self.examples *= 2
        elif seconds > 2 * SECONDS:
            self.examples = max(1, self.examples // 2)
