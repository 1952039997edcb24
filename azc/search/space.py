"""What mutation may write: operations, addresses and sizes, ready for the inner loop."""

from bisect import bisect
from collections.abc import Sequence

import attrs

from azc.ir import KINDS, Op, interface_of
from azc.search.stream import Stream


@attrs.frozen(eq=False)
class Space:
    """What the parameters of a search allow; triples go by function: Setup, Predict, Learn."""

    ops: tuple[tuple[Op, ...], ...]
    active: tuple[int, ...]
    """The numbers of the functions that have operations: only these are mutated."""
    limits: tuple[tuple[int, int], ...]
    """The least and the greatest size."""
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
