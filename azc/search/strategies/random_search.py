"""Random search, the baseline that a strategy must beat."""

from collections.abc import Sequence
from typing import ClassVar

import attrs

from azc.search.strategies.regularized_evolution import RegularizedEvolution


@attrs.frozen(kw_only=True)
class RandomSearch(RegularizedEvolution):
    """Every program is random, without parents.

    The baseline of figure 4 of AutoML-Zero (Real, Liang, So, Le 2020), for evolution to beat. `sizes` of
    `[program]` give the number of instructions of each function. With first programs of one's own, only
    functions that have operations are random; the others are theirs.

    `engine/breeding.py` has it in compiled form.
    """

    name: ClassVar = "random_search"
    selects: ClassVar = False

    def conflict(self, initial: object, ops: Sequence[Sequence[str]]) -> str:
        """First programs of which nothing would be left."""
        if initial == "random" or not (isinstance(initial, str) or all(ops)):
            return ""
        return (
            f"{self.name} makes every program at random, first programs too; expected program.initial = "
            '"random", or programs of your own, and no operations for functions that stay (setup_ops = [])'
        )
