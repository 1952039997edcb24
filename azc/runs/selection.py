"""The program that is best on the select tasks."""

from collections.abc import Callable
from math import inf
from typing import Any, Final

import attrs

from azc.ir import Program
from azc.language import format_program, parse

_NUMBERS: Final = ("fitness", "search_fitness", "individual", "kind")


@attrs.define
class Selection:
    """The program that is best on the select tasks; of equals the later."""

    score: Callable[[Program, int], float]
    """Scores a program of an island of a kind."""
    program: Program | None = None
    fitness: float = -inf
    """On the select tasks."""
    search_fitness: float = -inf
    individual: int = 0
    """Its id among all programs of the run."""
    kind: int = 0
    """The kind of the island on whose tasks `search_fitness` is."""
    _last: dict[int, int] = attrs.field(factory=dict)
    """By island, the individual that it offered last."""

    def offer(
        self, program: Program, search_fitness: float, individual: int, island: int = 0, kind: int = 0
    ) -> None:
        """Score what an island offers, unless it is what it offered last, and keep it if none is better."""
        if self._last.get(island) == individual:
            return
        fitness = self.score(program, kind)
        self._last[island] = individual
        if fitness >= self.fitness:
            self.program, self.fitness = program, fitness
            self.search_fitness, self.individual, self.kind = search_fitness, individual, kind

    def to_dict(self) -> dict[str, Any]:
        """The programs selected so far, as JSON can hold them."""
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        return {
            "program": self.program and format_program(self.program),
            "last": [*self._last.items()],
            **numbers,
        }

    def take(self, values: dict[str, Any]) -> None:
        """Restore what `to_dict` wrote down."""
        self.program = values["program"] and parse(values["program"])
        self._last = dict(values["last"])
        for name in _NUMBERS:
            setattr(self, name, values[name])
