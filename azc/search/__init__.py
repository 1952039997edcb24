"""Finds programs: evolution from random, empty or given programs, and the configuration of it.

Knows programs, tasks and how they are evaluated; nothing of the command line, of terminals, or of what
becomes of a program found. What needs the inner loop, which Numba compiles, is loaded when first used.
"""

from typing import TYPE_CHECKING

from azc.late import late
from azc.search.checks import ISLANDS, PROGRAM, SEARCH
from azc.search.configuration import Config, default_config, load_config, table_config
from azc.search.found import Found
from azc.search.names import MUTATIONS
from azc.search.params import Params, parameters
from azc.search.strategies import STRATEGIES

if TYPE_CHECKING:
    from azc.search.advancing import Evolution
    from azc.search.evolution import Search, State, start

_LATE = {
    "Evolution": "advancing",
    "Search": "evolution",
    "State": "evolution",
    "start": "evolution",
}


__getattr__ = late(__name__, _LATE)

__all__ = [
    "ISLANDS",
    "MUTATIONS",
    "PROGRAM",
    "SEARCH",
    "STRATEGIES",
    "Config",
    "Evolution",
    "Found",
    "Params",
    "Search",
    "State",
    "default_config",
    "load_config",
    "parameters",
    "start",
    "table_config",
]
