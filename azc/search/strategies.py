"""Strategies of a search: a row each."""

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
    "regularized_evolution": Strategy(True, False, "the paper's: one mutation, the oldest die"),
    "live_evolution": Strategy(True, True, "the same, but mutated until live code has changed"),
    "random_search": Strategy(False, False, "every program is random, none has parents"),
}
