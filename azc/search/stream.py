"""Random numbers for a search: the package's own draws, taken in order, so that every machine gets the same.

All of it is a function of the seed and of how many numbers were taken, and a position is all there is to
save: a stream that starts there goes on as if it had never stopped.
"""

from collections.abc import Callable
from functools import partial
from typing import Final, Generic, TypeVar

import attrs
import numpy as np

from azc.ir import arithmetic
from azc.ir.draws import gaussians, uniforms
from azc.ir.elementary import exp

T = TypeVar("T")
BLOCK: Final = 4096
"""Numbers made at a time."""

# Draws of their own, apart from those that tasks of the same seed are made of. History depends on them.
UNIFORM: Final = (1 << 24) + 0
FACTOR: Final = (1 << 24) + 1
TOURNAMENT: Final = (1 << 24) + 2


@attrs.frozen
class Position:
    """How far a search has come in its random numbers: the seed, and how many of each kind were taken."""

    seed: int
    uniforms: int = 0
    factors: int = 0
    tournaments: int = 0


class _Supply(Generic[T]):
    """One kind of random numbers, made a block of `size` at a time when first wanted."""

    def __init__(self, make: Callable[[int], list[T]], size: int, taken: int):
        self._make, self._size = make, size
        self._block, over = divmod(taken, size)
        self._left: list[T] = []
        if over:
            self._refilled()
            del self._left[-over:]

    def _refilled(self) -> list[T]:
        # Taken from the end, so a block stands in reverse.
        self._left = self._make(self._block)[::-1]
        self._block += 1
        return self._left

    def take(self) -> T:
        """The next one."""
        return self._left.pop() if self._left else self._refilled().pop()

    @property
    def taken(self) -> int:
        """How many were taken since the seed."""
        return self._block * self._size - len(self._left)


class Stream:
    """The random numbers of a search from a position on; tournaments are of its population and size."""

    def __init__(self, position: Position, population_size: int = 1, tournament_size: int = 1):
        seed = self._seed = position.seed
        rows = max(1, BLOCK // tournament_size)

        def tournaments(block: int) -> list[list[int]]:
            numbers = uniforms(seed, rows * tournament_size, TOURNAMENT, block) * population_size
            drawn: list[list[int]] = numbers.astype(np.int64).reshape(rows, tournament_size).tolist()
            return drawn

        self._uniforms = _Supply(partial(_uniforms, seed), BLOCK, position.uniforms)
        self._factors = _Supply(partial(_factors, seed), BLOCK, position.factors)
        self._tournaments = _Supply(tournaments, rows, position.tournaments)
        self.uniform: Callable[[], float] = self._uniforms.take
        """A number from [0, 1), 53 bits."""
        self.factor: Callable[[], float] = self._factors.take
        """exp(N(0, 1))."""
        self.tournament: Callable[[], list[int]] = self._tournaments.take
        """The numbers of the individuals drawn for a tournament, with replacement."""

    def below(self, n: int) -> int:
        """A whole number from 0 to n - 1."""
        return int(self.uniform() * n)

    @property
    def position(self) -> Position:
        """Where the stream is now."""
        return Position(self._seed, self._uniforms.taken, self._factors.taken, self._tournaments.taken)


def _uniforms(seed: int, block: int) -> list[float]:
    numbers: list[float] = uniforms(seed, BLOCK, UNIFORM, block).tolist()
    return numbers


def _factors(seed: int, block: int) -> list[float]:
    with np.errstate(all="ignore"):
        factors: list[float] = exp(arithmetic, gaussians(seed, BLOCK, FACTOR, block)).tolist()
    return factors
