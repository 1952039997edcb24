"""Strategies of a search, one row each.

A strategy decides which programs have children, whether a child may compute the same as its parent, and who
dies: the oldest, or with bins by size the worst of a few of the same length.
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
    bins: bool
    """Whether programs live in bins by size, instead of a ring in which the oldest die."""
    mutations: tuple[tuple[str, float], ...]
    """Default weights of mutations."""
    doc: str


EVEN: Final = (
    ("alter_param", 1.0),
    ("randomize_instruction", 1.0),
    ("randomize_component_function", 1.0),
    ("insert_instruction", 1.0),
    ("remove_instruction", 1.0),
)
"""Default weights of mutations that know no dataflow."""
CONNECTED: Final = (
    ("grow", 3.0),
    ("parameter", 3.0),
    ("scan", 1.5),
    ("shrink", 1.5),
    ("alter", 3.0),
    ("exchange", 1.0),
    ("compose", 1.0),
    ("insert_instruction", 0.15),
    ("remove_instruction", 0.05),
    ("randomize_instruction", 0.15),
    ("trade_instruction", 0.15),
)
"""Default weights with connected mutations; the original's together weigh 0.5."""
STRATEGIES: Final = {
    # Real, Aggarwal, Huang, Le 2019 (arXiv 1802.01548), as in AutoML-Zero (Real, Liang, So, Le 2020,
    # section 3): a tournament chooses the parent, and its child replaces the oldest.
    "regularized_evolution": Strategy(True, False, False, EVEN, "the paper's: one mutation, the oldest die"),
    # The same, but a child that computes the same as its parent is mutated again: fewer wasted evaluations.
    "live_evolution": Strategy(True, True, False, EVEN, "the same, but mutated until live code has changed"),
    # The baseline of the paper's figure 4, for evolution to beat.
    "random_search": Strategy(False, False, False, EVEN, "every program is random, without parents"),
    # Bins by size; epsilon-lexicase selection (La Cava, Spector, Danai 2016).
    "size_bins": Strategy(True, True, True, CONNECTED, "bins by size, epsilon-lexicase, connected mutations"),
}
"""Strategies by their names in configurations."""
