"""Mutations alone, for algorithms of other libraries: children of given programs."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from azc.arguments import a_seed, several, takes
from azc.errors import AzcError
from azc.ir import Program, a_program, check_names
from azc.search.engine.batch_loop import vary_all
from azc.search.engine.generator import seeded
from azc.search.engine.state import children, empty_state
from azc.search.params import Params, a_params
from azc.search.space import breeding, coding_of, room
from azc.search.variation_tables import variation
from azc.search.verifier import program_fault, tables_of

_PROGRAMS: Final = several(a_program, "a sequence of Programs")


class Mutator:
    """Makes a child of each of some programs, by the mutations and limits of a search's parameters.

    A child is mutated until it computes something else than its parent. A mutation that needs a second
    program takes one of those given with it. Children have live code only. The same seed and calls give the
    same children; threads cannot share a mutator.
    """

    @takes(params=a_params, seed=a_seed)
    def __init__(self, params: Params, seed: int = 0):
        self.params = params
        self._breeding, self._variation = breeding(params), variation(params)
        self._coding, self._room = coding_of(params.program), room(params)
        self._generator = seeded(seed, 0)

    def __call__(self, programs: Iterable[Program]) -> list[Program]:
        """A child of each program, in order; AzcError names a program that the search could not have."""
        given = _PROGRAMS("programs", programs)
        n_functions = self._breeding.n_functions
        state = empty_state(len(given), self._room, 0, self._generator, n_functions=n_functions)
        for slot, program in enumerate(given):
            try:
                check_names(program, self.params.program.signature)
                state.genomes[slot], state.sizes[slot] = self._coding.pack(program, self._room)
            except AzcError as error:
                raise AzcError(f"program {slot}: {error}") from None
        if given and (found := program_fault(state.genomes, state.sizes, tables_of(self.params))):
            raise AzcError(f"program {found[0]}: {found[1]}")
        made = children(len(given) + 1, self._room, n_functions=n_functions)
        slots = np.arange(len(given))
        vary_all(state, made, len(given), slots, 0, self._breeding, self._variation)
        return [self._coding.unpack(made.genomes[slot], made.sizes[slot]) for slot in slots]
