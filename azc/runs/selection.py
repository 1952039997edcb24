"""Selection: the program that is best on the select tasks, or in the search where there are none.

Islands offer programs after each round. One that an island offered in the round before is not scored again.
"""

from collections.abc import Callable, Iterable
from math import inf
from typing import Any, Final, NamedTuple

import attrs

from azc.ir import INTERFACES, Program, SignatureLike, own_signature
from azc.language import format_program, parse
from azc.passes import dead_code

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
    """The program that is best on the select tasks; of equals the last, unless told otherwise."""

    score: Callable[[Program, int], float] | None
    """Fitness on the select tasks of a program from an island of a kind; None if the search's counts."""
    declared: SignatureLike = INTERFACES["RMS_ERROR"]
    """Signature of the programs."""
    shorter: bool = False
    """Whether of equals the shortest is kept, and not the last."""
    program: Program | None = None
    fitness: float = -inf
    """Fitness on the select tasks, or in the search if that counts."""
    search_fitness: float = -inf
    individual: int = 0
    """Id of the individual, unique in the run."""
    kind: int = 0
    """Kind of the island whose tasks gave `search_fitness`."""
    _last: dict[int, tuple[int, ...]] = attrs.field(factory=dict)
    """Individuals offered in the last round in which the island offered any, by island."""
    _now: dict[int, list[int]] = attrs.field(factory=dict)
    """Individuals offered in this round."""

    def offer(
        self,
        offers: Iterable[Offer],
        island: int = 0,
        kind: int = 0,
        *,
        most: float = inf,
        better: bool = False,
    ) -> float:
        """Score programs, and keep one if none before was better; return how many more could be scored.

        Of those that the island has not offered only the first `most` are scored, the others left out.
        better: whether one is kept only if it is better than all before.
        """
        offered = self._now.setdefault(island, [])
        for one in offers:
            if one.individual in offered:
                continue
            if one.individual not in self._last.get(island, ()):
                if most <= 0:
                    continue
                most -= 1
                self._score(one, kind, better)
            offered.append(one.individual)
        return most

    def end_round(self) -> None:
        """From now on, what was offered is what was offered in the round before."""
        self._last |= {island: tuple(offered) for island, offered in self._now.items()}
        self._now.clear()

    def _score(self, offered: Offer, kind: int, better: bool) -> None:
        program = offered.program()
        fitness = offered.search_fitness if self.score is None else self.score(program, kind)
        same = fitness == self.fitness and not better and fitness > -inf
        if same and self.shorter and self.program is not None:
            same = self._length(program) < self._length(self.program)
        if fitness > self.fitness or same:
            self.program, self.fitness = program, fitness
            self.search_fitness, self.individual, self.kind = offered.search_fitness, offered.individual, kind

    def _length(self, program: Program) -> int:
        return sum(map(len, dead_code(program, self.declared).functions))

    @property
    def select_fitness(self) -> float | None:
        """Fitness on the select tasks; None before a program was scored on them."""
        return None if self.program is None or self.score is None else self.fitness

    def to_dict(self) -> dict[str, Any]:
        """The selection as values for JSON."""
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        return {
            "program": self.program and format_program(self.program),
            "last": [[island, *individuals] for island, individuals in self._last.items()],
            **numbers,
        }

    def copy(self) -> "Selection":
        """A copy to which more programs can be offered."""
        return attrs.evolve(self, last=dict(self._last), now={})

    def restore(self, values: dict[str, Any]) -> None:
        """Restore the selection from the values of `to_dict`."""
        self.program = values["program"] and parse(values["program"], signature=own_signature(self.declared))
        self._last = {island: tuple(individuals) for island, *individuals in values["last"]}
        for name in _NUMBERS:
            setattr(self, name, values[name])
