"""Selection: the program that is best on the select tasks."""

from collections.abc import Callable
from math import inf
from typing import Any, Final

import attrs

from azc.ir import Program
from azc.language import format_program, parse

_NUMBERS: Final = ("fitness", "search_fitness", "individual", "kind")


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
    _last: dict[int, int] = attrs.field(factory=dict)
    """Individual last offered, by island."""

    def offer(
        self, program: Program, search_fitness: float, individual: int, island: int = 0, kind: int = 0
    ) -> None:
        """Score a program and keep it if none before was better; an island's repeated offer is ignored."""
        if self._last.get(island) == individual:
            return
        fitness = self.score(program, kind)
        self._last[island] = individual
        if fitness >= self.fitness:
            self.program, self.fitness = program, fitness
            self.search_fitness, self.individual, self.kind = search_fitness, individual, kind

    def to_dict(self) -> dict[str, Any]:
        """The selection as values for JSON."""
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        return {
            "program": self.program and format_program(self.program),
            "last": [*self._last.items()],
            **numbers,
        }

    def restore(self, values: dict[str, Any]) -> None:
        """Restore the selection from the values of `to_dict`."""
        self.program = values["program"] and parse(values["program"])
        self._last = dict(values["last"])
        for name in _NUMBERS:
            setattr(self, name, values[name])
