"""Bins by size, the strategy that keeps short programs alive."""

from typing import ClassVar

import attrs

from azc.search.strategies.base import CONNECTED, Strategy
from azc.settings import setting, whole


@attrs.frozen(kw_only=True)
class SizeBins(Strategy):
    """Bins by size, epsilon-lexicase selection, connected mutations.

    A bin of programs for each number of live instructions. Epsilon-lexicase chooses a parent by its fitness
    on each task (La Cava, Spector, Danai 2016), among some programs of one bin; its child enters the bin of
    its own size and replaces the worst of three. Short programs, which mutations can change with effect,
    never die out, and have most of the children: of the bins drawn the shortest is taken.

    `engine/bins.py` has it in compiled form.
    """

    bin_size: int = setting("programs of each length that `size_bins` keeps", whole(1, 100_000), 40)
    pool_size: int = setting(
        "programs drawn from a bin, of which lexicase selection takes the parent", whole(1, 100_000), 30
    )
    shortest_of: int = setting("bins drawn, of which `size_bins` takes the shortest", whole(1, 1000), 3)

    name: ClassVar = "size_bins"
    mutations: ClassVar = CONNECTED
    in_numpy: ClassVar = False
    offers_front: ClassVar = True
    bins: ClassVar = True
