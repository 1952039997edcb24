"""Search for programs: evolution from random, empty or given programs, and its configuration.

Knows programs, tasks and how they are evaluated; nothing of the command line, of terminals, or of the use
of programs that are found. All but the declarations of settings is loaded when first used.
`__all__` is for users; higher rooms also import islands and their states from here.
"""

from typing import TYPE_CHECKING

from azc.lazy import lazy
from azc.search.checks import ISLANDS, PROGRAM, SEARCH
from azc.search.checks import LIMITS as LIMITS
from azc.search.names import MUTATIONS
from azc.search.strategies import STRATEGIES, Strategy, register
from azc.search.strategies import Individuals as Individuals

if TYPE_CHECKING:
    from azc.search.archipelago import Archipelago as Archipelago
    from azc.search.archipelago import default_round_evals as default_round_evals
    from azc.search.archipelago import numbers_of as numbers_of
    from azc.search.ask_and_tell import Search
    from azc.search.coding import Coding as Coding
    from azc.search.commented import config_text as config_text
    from azc.search.configuration import Config, default_config, load_config, table_config
    from azc.search.configuration import ConfigTables as ConfigTables
    from azc.search.configuration import config_tables as config_tables
    from azc.search.configuration import default_config_tables as default_config_tables
    from azc.search.configuration import table_config_tables as table_config_tables
    from azc.search.engine.genome import Genome as Genome
    from azc.search.engine.genome import Sizes as Sizes
    from azc.search.engine.scoring import COUNTS as COUNTS
    from azc.search.engine.state import NOBODY as NOBODY
    from azc.search.engine.state import Offspring as Offspring
    from azc.search.engine.state import State
    from azc.search.engine.state import arrays_of as arrays_of
    from azc.search.engine.state import state_of as state_of
    from azc.search.evolution import Evolution
    from azc.search.evolution import is_compiled as is_compiled
    from azc.search.files import BEST as BEST
    from azc.search.files import CONFIG as CONFIG
    from azc.search.files import program_file as program_file
    from azc.search.initial_state import birth_of as birth_of
    from azc.search.initial_state import start
    from azc.search.island_evolution import IslandEvolution as IslandEvolution
    from azc.search.islands import Best as Best
    from azc.search.islands import Island as Island
    from azc.search.islands import Job as Job
    from azc.search.islands import Outcome as Outcome
    from azc.search.islands import best_of_island as best_of_island
    from azc.search.islands import compute_job as compute_job
    from azc.search.islands import island_faults as island_faults
    from azc.search.islands import outcome_faults as outcome_faults
    from azc.search.migration import migrants_of as migrants_of
    from azc.search.mutator import Mutator
    from azc.search.params import Params, parameters
    from azc.search.resolved import initial_files as initial_files
    from azc.search.result import SearchResult
    from azc.search.scored_evolution import ScoredEvolution as ScoredEvolution
    from azc.search.space import coding_of as coding_of
    from azc.search.space import ops_of as ops_of
    from azc.search.tuning import Tuned, tune

_LAZY = {
    "Archipelago": "archipelago",
    "BEST": "files",
    "Best": "islands",
    "CONFIG": "files",
    "COUNTS": "engine.scoring",
    "Coding": "coding",
    "Config": "configuration",
    "ConfigTables": "configuration",
    "Evolution": "evolution",
    "Genome": "engine.genome",
    "Island": "islands",
    "IslandEvolution": "island_evolution",
    "Job": "islands",
    "Mutator": "mutator",
    "NOBODY": "engine.state",
    "Offspring": "engine.state",
    "Outcome": "islands",
    "Params": "params",
    "Search": "ask_and_tell",
    "ScoredEvolution": "scored_evolution",
    "SearchResult": "result",
    "Sizes": "engine.genome",
    "State": "engine.state",
    "arrays_of": "engine.state",
    "best_of_island": "islands",
    "birth_of": "initial_state",
    "coding_of": "space",
    "compute_job": "islands",
    "config_tables": "configuration",
    "config_text": "commented",
    "default_config": "configuration",
    "default_config_tables": "configuration",
    "default_round_evals": "archipelago",
    "numbers_of": "archipelago",
    "ops_of": "space",
    "initial_files": "resolved",
    "is_compiled": "evolution",
    "island_faults": "islands",
    "load_config": "configuration",
    "migrants_of": "migration",
    "outcome_faults": "islands",
    "parameters": "params",
    "program_file": "files",
    "start": "initial_state",
    "state_of": "engine.state",
    "Tuned": "tuning",
    "table_config": "configuration",
    "table_config_tables": "configuration",
    "tune": "tuning",
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
    "Mutator",
    "Params",
    "Search",
    "SearchResult",
    "State",
    "Strategy",
    "Tuned",
    "default_config",
    "load_config",
    "parameters",
    "register",
    "start",
    "table_config",
    "tune",
]
