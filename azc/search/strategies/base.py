"""The interface of strategies: who has children, and who dies."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

import attrs

from azc.arguments import argument, kind_of, takes, takes_settings
from azc.errors import AzcError
from azc.settings import Setting, setting, settings, whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from azc.search.engine.genome import Numbers, Scores

EVEN: Final = (
    ("alter_param", 1.0),
    ("randomize_instruction", 1.0),
    ("randomize_component_function", 1.0),
    ("insert_instruction", 1.0),
    ("remove_instruction", 1.0),
)
"""Default weights of mutations that know no dataflow."""
CONNECTED: Final = (
    ("grow", 4.0),
    ("parameter", 3.0),
    ("scan", 0.7),
    ("anneal", 0.3),
    ("shrink", 0.6),
    ("alter", 3.0),
    ("exchange", 1.0),
    ("compose", 1.0),
    ("insert_instruction", 0.09),
    ("remove_instruction", 0.03),
    ("randomize_instruction", 0.09),
    ("trade_instruction", 0.09),
)
"""Default weights with connected mutations; the original's together weigh 0.3."""


class Individuals(NamedTuple):
    """Scored programs as a strategy sees them: read-only arrays with a row for each."""

    fitnesses: "Scores"
    """[row]: mean over the search tasks; of a first program that was not run on all examples, less."""
    scores: "Scores"
    """[row][task]: fitness on each search task."""
    lengths: "Numbers"
    """[row]: live instructions."""
    ids: "Numbers"
    """[row]: in the order in which they were scored on their island; migrants keep theirs."""
    parents: "Numbers"
    """[row]: id of the parent, or -1."""
    arrivals: "Numbers"
    """[row]: time of entry into the population; the lowest is the oldest. -1 for children."""


_individuals: Final = kind_of(Individuals)


@takes_settings()
@attrs.frozen(kw_only=True)
class Strategy:
    """A strategy of selection and replacement; its fields are keys of `[search]`.

    Subclasses written in NumPy define `select`, and where children do not replace the oldest `survive`. Both
    see all offspring of one snapshot at a time. They must be functions of their arguments alone: then the
    same seed gives the same history, on any number of workers and after any resume.
    """

    population_size: int = setting("number of programs in a population", whole(1, 10_000_000), 100)
    tournament_size: int = setting(
        "programs drawn with replacement for a tournament; the best is the parent, or migrates",
        whole(1, 1_000_000),
        10,
    )
    n_offspring: int = setting(
        "children bred from one snapshot of the population; they replace as many of the oldest",
        whole(1, 100_000),
        1,
    )

    name: ClassVar[str] = ""
    """Name in configurations."""
    mutations: ClassVar[tuple[tuple[str, float], ...]] = CONNECTED
    """Default weights of the mutations."""
    selects: ClassVar[bool] = True
    """Whether programs have parents; if not, all are made like the first population's."""
    changes_live_code: ClassVar[bool] = True
    """Whether a child is mutated until its live code differs from its parent's."""
    in_numpy: ClassVar[bool] = True
    """Whether `select` and `survive` decide; those of azc's own strategies are compiled into their loops."""
    races: ClassVar[bool] = True
    """Whether children race against their parents, unless the configuration says otherwise."""
    offers_front: ClassVar[bool] = False
    """Whether the best programs are scored on the select tasks after every round, not only the best of each
    experiment."""
    bins: ClassVar[bool] = False
    """Whether programs live in bins by size, instead of slots that any child may take."""

    def conflict(self, initial: object, ops: Sequence[Sequence[str]]) -> str:
        """What does not go with the first programs and each function's operations; empty if they do."""
        return ""

    @classmethod
    def declared(cls) -> dict[str, Setting]:
        """Its keys of `[search]`."""
        return settings(cls)

    @property
    def scores_tasks(self) -> bool:
        """Whether it needs a fitness on each task."""
        return self.bins or self.in_numpy

    @takes(n_tasks=argument(whole(0)))
    def memory(self, n_tasks: int) -> list[tuple[Any, ...]]:
        """Fields of what it remembers besides the population, like `[("seen", "f8", (100, n_tasks))]`.

        They are those of a structured dtype of NumPy, numbers only; at an experiment's beginning all are 0.
        """
        return []

    def select(
        self, population: Individuals, memory: "np.void", count: int, random: "np.random.Generator"
    ) -> "NDArray[Any]":
        """Parents of `count` children, as rows of the population; a row may be there several times.

        The population is full. `memory` may be written to.
        """
        raise AzcError(
            f"{type(self).__qualname__} has no method select, with which a strategy chooses parents"
        )

    @takes(population=_individuals, children=_individuals)
    def survive(
        self,
        population: Individuals,
        children: Individuals,
        memory: "np.void",
        random: "np.random.Generator",
    ) -> "NDArray[Any]":
        """Row of the population that each child replaces, each at most once; -1 for a child that is left out.

        Migrants are children, too. Here they replace the oldest.
        """
        import numpy as np

        count = len(children.fitnesses)
        oldest = population.arrivals.argsort(kind="stable")[:count]
        rows = np.full(count, -1)
        rows[count - len(oldest) :] = oldest
        return rows
