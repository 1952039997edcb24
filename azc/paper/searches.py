"""Searches as trials: an experiment of a configuration, until it finds what the select tasks accept."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import azc
from azc.evaluation import Evaluator
from azc.search import Evolution, Params, coding_of, load_config, start

_WORTH_A_LOOK = 0.01
"""By how much less than the target a fitness on the search tasks may be, for the select tasks to decide."""
_LOOKS = 50
"""Number of times that an experiment looks whether it is over."""


def searched(
    folder: Path, config: str, checksum: str, strategy: str, experiment: int, evals: int
) -> dict[str, Any]:
    """Whether an experiment of at most `evals` programs reaches the target on the select tasks.

    Returns `evals`, the programs scored until then, and `program`, the one that reached it, or none. `config`
    is the configuration's file, from the folder; `checksum` tells it from others that were there before.
    """
    params, evolution, judge = _ready(folder / config, checksum, strategy)
    state, seen = start(params, experiment), -1.0
    target = params.limits.target_fitness
    while state.evals < evals:
        state = evolution.advance(state, min(evals - state.evals, max(1000, evals // _LOOKS)))
        if state.best_fitness > max(seen, target - _WORTH_A_LOOK):
            seen = state.best_fitness
            program = coding_of(params.program).unpack(state.best_genome, state.best_sizes)
            if judge.fitness(program) >= target:
                return {"evals": state.evals, "program": azc.format_program(program)}
    return {"evals": state.evals, "program": None}


@lru_cache(maxsize=8)
def _ready(config: Path, checksum: str, strategy: str) -> tuple[Params, Evolution, Evaluator]:
    loaded = load_config(config, [f"search.strategy={strategy}"])
    evolution = Evolution(loaded.params, loaded.tasks("search"))
    return loaded.params, evolution, Evaluator(loaded.tasks("select"))
