"""Selection: the program that is best on the select tasks."""

from collections.abc import Callable, Iterable
from math import inf
from typing import Any, Final, NamedTuple

import attrs

from azc.ir import Program
from azc.language import format_program, parse

_NUMBERS: Final = ("fitness", "search_fitness", "individual", "kind")


class Offer(NamedTuple):
    """A program that an island offers."""

    individual: int
    """Id of the individual, unique in the run."""
    search_fitness: float
    program: Callable[[], Program]
    """Makes the program; called only if it is scored."""


@attrs.define
class Selection:
    """The program that is best on the select tasks; of equals the last offered."""

    score: Callable[[Program, int], float]
    """Fitness on the select tasks of a program from an island of a kind."""
    program: Program | None = None
    fitness: float = -inf
    """Fitness on the select tasks."""
    search_fitness: float = -inf
    individual: int = 0
    """Id of the individual, unique in the run."""
    kind: int = 0
    """Kind of the island whose tasks gave `search_fitness`."""
    _last: dict[int, tuple[int, ...]] = attrs.field(factory=dict)
    """Individuals last offered, by island."""

    def offer(self, offers: Iterable[Offer], island: int = 0, kind: int = 0, most: float = inf) -> float:
        """Score programs, and keep one if none before was better; return how many more could be scored.

        Those that the island offered last time are not scored again; of the others only the first `most` are.
        """
        known, offered = self._last.get(island, ()), list[int]()
        for one in offers:
            if one.individual in known:
                offered.append(one.individual)
            elif most > 0:
                most -= 1
                offered.append(one.individual)
                self._score(one, kind)
        self._last[island] = tuple(offered)
        return most

    def _score(self, offered: Offer, kind: int) -> None:
        program = offered.program()
        fitness = self.score(program, kind)
        if fitness >= self.fitness:
            self.program, self.fitness = program, fitness
            self.search_fitness, self.individual, self.kind = offered.search_fitness, offered.individual, kind

    def to_dict(self) -> dict[str, Any]:
        """The selection as values for JSON."""
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        return {
            "program": self.program and format_program(self.program),
            "last": [[island, *individuals] for island, individuals in self._last.items()],
            **numbers,
        }

    def restore(self, values: dict[str, Any]) -> None:
        """Restore the selection from the values of `to_dict`."""
        self.program = values["program"] and parse(values["program"])
        self._last = {island: tuple(individuals) for island, *individuals in values["last"]}
        for name in _NUMBERS:
            setattr(self, name, values[name])
