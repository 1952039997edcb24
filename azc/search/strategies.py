"""Strategies of a search: a row each.

A strategy says who has children, and whether a child may compute what its parent does. Who dies is the same
for all: the oldest.
"""

from typing import Final

import attrs


@attrs.frozen
class Strategy:
    """How children come about."""

    selects: bool
    """Whether parents are chosen; else every program is made as the first population is."""
    changes_live_code: bool
    """Whether a child is mutated further until its live code differs from its parent's."""
    doc: str


STRATEGIES: Final = {
    # Real, Aggarwal, Huang, Le 2019 (arXiv 1802.01548), as in AutoML-Zero (Real, Liang, So, Le 2020,
    # section 3): a tournament chooses the parent, its child replaces the oldest.
    "regularized_evolution": Strategy(True, False, "the paper's: one mutation, the oldest die"),
    # The same with a child mutated again while it computes what its parent does, which saves evaluations.
    "live_evolution": Strategy(True, True, "the same, but mutated until live code has changed"),
    # The baseline of the paper's figure 4: what evolution has to beat.
    "random_search": Strategy(False, False, "every program is random, none has parents"),
}
"""By the name that a configuration gives."""
