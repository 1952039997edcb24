"""Scores programs by their live code, and remembers: most children differ from others only in dead code."""

from collections.abc import Callable
from typing import Final

from azc.ir import Program
from azc.search.live import Liveness

SCORES_KEPT: Final = 200_000


class Scorer:
    """The fitness of programs, each live code evaluated once while remembered."""

    def __init__(self, fitness: Callable[[Program], float], eval_type: str):
        self._fitness = fitness
        self._liveness = Liveness(eval_type)
        self._known: dict[tuple[int, ...], float] = {}

    def __call__(self, program: Program) -> float:
        """The fitness of a program."""
        setup, predict, learn = self._liveness.rows(program)
        key = (len(setup), len(predict), *[row.number for rows in (setup, predict, learn) for row in rows])
        fitness = self._known.get(key)
        if fitness is None:
            live = [tuple([row.instruction for row in rows]) for rows in (setup, predict, learn)]
            fitness = self._known[key] = self._fitness(Program(*live))
            if len(self._known) > SCORES_KEPT:
                del self._known[next(iter(self._known))]
        return fitness
