"""Regularized evolution, the strategy of the paper."""

from typing import ClassVar

import attrs

from azc.search.strategies.base import EVEN, Strategy


@attrs.frozen(kw_only=True)
class RegularizedEvolution(Strategy):
    """A tournament chooses the parent, and its child replaces the oldest: one mutation, the oldest die.

    Real, Aggarwal, Huang, Le 2019 (arXiv 1802.01548), as in AutoML-Zero (Real, Liang, So, Le 2020, section
    3). The population is a ring, so that age needs no clock: the next slot is the oldest. A tournament draws
    with replacement from the whole population, those about to be replaced included. A good program that is
    lucky on its tasks dies in time, unless its children are as good; that is what regularizes.

    Its mutations are the original engine's, which know nothing of dataflow: most children compute what
    another program computes, and cost a lookup in the exact cache instead of an evaluation. `n_offspring`
    above 1 makes children of one snapshot, which replace as many of the oldest.

    `engine/breeding.py` has it in compiled form, and `engine/loop.py` its loop.
    """

    # Real and others mutate once; that a child may equal its parent is theirs, too.
    name: ClassVar = "regularized_evolution"
    mutations: ClassVar = EVEN
    changes_live_code: ClassVar = False
    in_numpy: ClassVar = False
    races: ClassVar = False
