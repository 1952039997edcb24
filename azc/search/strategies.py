"""Strategies of a search, one row each.

A strategy decides which programs have children, and whether a child may compute the same as its parent. In
all of them the oldest die.
"""

from typing import Final

import attrs


@attrs.frozen
class Strategy:
    """A rule for making children."""

    selects: bool
    """Whether tournaments choose parents; if not, all programs are made like the first population's."""
    changes_live_code: bool
    """Whether a child is mutated until its live code differs from its parent's."""
    doc: str


STRATEGIES: Final = {
    # Real, Aggarwal, Huang, Le 2019 (arXiv 1802.01548), as in AutoML-Zero (Real, Liang, So, Le 2020,
    # section 3): a tournament chooses the parent, and its child replaces the oldest.
    "regularized_evolution": Strategy(True, False, "the paper's: one mutation, the oldest die"),
    # The same, but a child that computes the same as its parent is mutated again: fewer wasted evaluations.
    "live_evolution": Strategy(True, True, "the same, but mutated until live code has changed"),
    # The baseline of the paper's figure 4, for evolution to beat.
    "random_search": Strategy(False, False, "every program is random, without parents"),
}
"""Strategies by their names in configurations."""
