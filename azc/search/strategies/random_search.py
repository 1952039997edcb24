"""Random search, the baseline that a strategy must beat."""

from typing import ClassVar

import attrs

from azc.search.strategies.regularized_evolution import RegularizedEvolution


@attrs.frozen(kw_only=True)
class RandomSearch(RegularizedEvolution):
    """Every program is random, without parents.

    The baseline of figure 4 of AutoML-Zero (Real, Liang, So, Le 2020), for evolution to beat. `sizes` of
    `[program]` give the number of instructions of each function.

    `engine/breeding.py` has it in compiled form.
    """

    name: ClassVar = "random_search"
    selects: ClassVar = False

    def conflict(self, initial: object) -> str:
        """First programs that are not random: then all programs would be the same."""
        if initial == "random":
            return ""
        return (
            f"{self.name} makes every program as the first population is made; "
            'expected program.initial = "random"'
        )
