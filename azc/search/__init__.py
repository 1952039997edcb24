"""Finds programs: regularized evolution from random, empty or given programs, and the configuration of it.

Knows programs, tasks and how they are evaluated; nothing of the command line, of terminals, or of what
becomes of a program found.
"""

from azc.search.checks import PROGRAM, SEARCH, Key
from azc.search.configuration import Config, default_config, load_config
from azc.search.evolution import State, advance, start
from azc.search.experiments import run_search
from azc.search.found import Found, Progress
from azc.search.mutations import MUTATIONS
from azc.search.params import Params, parameters

__all__ = [
    "MUTATIONS",
    "PROGRAM",
    "SEARCH",
    "Config",
    "Found",
    "Key",
    "Params",
    "Progress",
    "State",
    "advance",
    "default_config",
    "load_config",
    "parameters",
    "run_search",
    "start",
]
