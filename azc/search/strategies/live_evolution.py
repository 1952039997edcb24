"""Regularized evolution without wasted evaluations."""

from typing import ClassVar, Final

import attrs

from azc.search.strategies.regularized_evolution import RegularizedEvolution

MAX_TRIES: Final = 20
"""Maximum number of mutations of a child while its live code is its parent's."""


@attrs.frozen(kw_only=True)
class LiveEvolution(RegularizedEvolution):
    """The same as regularized evolution, but a child is mutated until its live code has changed.

    A mutation of dead code changes nothing that a program computes. Its child costs a lookup in the exact
    cache, and a slot that a new program could have had. Here a child is mutated on, at most twenty times,
    until its live code is not its parent's; `mutate_prob` still decides whether it is mutated at all.

    Against it: dead code drifts, and drift sometimes builds in many steps what no single mutation can. So
    neither is better on every problem.

    A mutation that finds nothing to change, as in an empty function, is one of the twenty.

    `engine/breeding.py` has it in compiled form.
    """

    name: ClassVar = "live_evolution"
    changes_live_code: ClassVar = True
