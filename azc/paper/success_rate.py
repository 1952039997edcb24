"""Success rates, with their intervals."""

import math
from statistics import NormalDist
from typing import Final

import attrs

_Z: Final = NormalDist().inv_cdf(0.975)


@attrs.frozen
class SuccessRate:
    """Of `runs` runs `hits` succeeded."""

    hits: int
    runs: int

    @property
    def mean(self) -> float:
        """The share of runs that succeeded."""
        return self.hits / self.runs

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval (Wilson 1927)."""
        square = _Z * _Z / self.runs
        middle = self.mean + square / 2
        half = _Z * math.sqrt(self.mean * (1 - self.mean) / self.runs + square / (4 * self.runs))
        low = (middle - half) / (1 + square) if self.hits else 0.0
        high = (middle + half) / (1 + square) if self.hits < self.runs else 1.0
        return low, high

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.hits}/{self.runs} ({low:.2f} to {high:.2f})"
