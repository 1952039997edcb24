"""Finds programs: evolution from random, empty or given programs, and the configuration of it.

Knows programs, tasks and how they are evaluated; nothing of the command line, of terminals, or of what
becomes of a program found. What needs the inner loop, which Numba compiles, is loaded when first used.
"""

from typing import TYPE_CHECKING

from azc.lazy import lazy
from azc.search.checks import ISLANDS, PROGRAM, SEARCH
from azc.search.configuration import Config, default_config, load_config, table_config
from azc.search.names import MUTATIONS
from azc.search.params import Params, parameters
from azc.search.result import SearchResult
from azc.search.strategies import STRATEGIES

if TYPE_CHECKING:
    from azc.search.advancing import Evolution
    from azc.search.engine.state import State
    from azc.search.evolution import Search, start

_LAZY = {
    "Evolution": "advancing",
    "Search": "evolution",
    "State": "engine.state",
    "start": "evolution",
}


__getattr__, __dir__ = lazy(__name__, _LAZY)

__all__ = [
    "ISLANDS",
    "MUTATIONS",
    "PROGRAM",
    "SEARCH",
    "STRATEGIES",
    "Config",
    "Evolution",
    "Params",
    "Search",
    "SearchResult",
    "State",
    "default_config",
    "load_config",
    "parameters",
    "start",
    "table_config",
]
