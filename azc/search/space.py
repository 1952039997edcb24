"""What mutation may write: for each function its operations, addresses and sizes, ready for the inner loop."""

from bisect import bisect
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Final

import attrs

from azc.ir import BY_NAME, KINDS, Op, interface_of
from azc.search.params import Params
from azc.search.stream import Stream

FUNCTION_NUMBERS: Final = (0, 1, 2)
"""Setup, Predict and Learn, as `Program.functions` has them."""


@attrs.frozen(eq=False)
class Space:
    """What the parameters of a search allow; everything that is a triple goes by function."""

    ops: tuple[tuple[Op, ...], ...]
    active: tuple[int, ...]
    """The functions that have operations: only these are mutated."""
    limits: tuple[tuple[int, int], ...]
    sizes: tuple[int, ...]
    readable: dict[str, int]
    """How many addresses of a kind there are."""
    writable: dict[str, tuple[int, ...]]
    """Those of them that may be written: all but what the interface overwrites."""
    mutate_prob: float
    mutations: tuple[str, ...]
    cumulative: tuple[float, ...]
    """The weights of the mutations, summed up."""

    def mutation(self, stream: Stream) -> str:
        """The name of a mutation, drawn by weight."""
        if len(self.mutations) == 1:
            return self.mutations[0]
        return self.mutations[bisect(self.cumulative, stream.uniform() * self.cumulative[-1])]


def writable(eval_type: str, counts: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """The addresses of each kind that evolved code may write, given how many of each kind there are."""
    taken = {(place.kind, place.index) for place in interface_of(eval_type).overwritten}
    return {
        kind: tuple(i for i in range(count) if (kind, i) not in taken)
        for kind, count in zip(KINDS, counts, strict=True)
    }


@lru_cache(maxsize=16)
def space_of(params: Params) -> Space:
    """The space that some parameters mean."""
    return Space(
        ops=tuple(tuple(BY_NAME[name] for name in names) for names in params.ops),
        active=tuple(number for number in FUNCTION_NUMBERS if params.ops[number]),
        limits=params.size_limits,
        sizes=params.sizes,
        readable=dict(zip(KINDS, params.addresses, strict=True)),
        writable=writable(params.eval_type, params.addresses),
        mutate_prob=params.mutate_prob,
        mutations=tuple(name for name, _ in params.mutations),
        cumulative=tuple(accumulate(weight for _, weight in params.mutations)),
    )

