"""Searches as trials: each runs until it finds what the select tasks accept, or its budget is used up."""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from time import process_time
from typing import Any

import azc
from azc.evaluation import Evaluator
from azc.search import Evolution, Params, State, coding_of, load_config, start

_WORTH_A_LOOK = 0.01
"""By how much less than the target a fitness on the search tasks may be, for the select tasks to decide."""
_LOOKS = 50
"""Number of times that a search looks whether it is over."""
_SOON = 200
"""Programs between two looks at the clock."""


def searched(
    folder: Path, config: str, checksum: str, strategy: str, experiment: int, evals: int
) -> dict[str, Any]:
    """Whether an experiment of at most `evals` programs reaches the target on the select tasks.

    Returns `evals`, the programs scored until then, and `program`, the one that reached it, or none. `config`
    is the configuration's file, from the folder; `checksum` tells it from others that were there before.
    """
    params, evolution, judge = _ready(folder / config, checksum, strategy)

    def more(state: State) -> int:
        return min(evals - state.evals, max(1000, evals // _LOOKS))

    return _until(params, evolution, judge, start(params, experiment), more)


def searched_for(folder: Path, config: str, checksum: str, seed: int, seconds: float) -> dict[str, Any]:
    """Whether a search for tasks of a seed reaches the target within CPU seconds, compilation left out.

    Returns `seconds` besides what `searched` returns.
    """
    loaded = load_config(folder / config, seed=seed)
    evolution, judge = Evolution(loaded.params, loaded.tasks("search")), Evaluator(loaded.tasks("select"))
    state = evolution.advance(start(loaded.params), 1)
    began = process_time()

    def more(state: State) -> int:
        return _SOON if process_time() - began < seconds else 0

    found = _until(loaded.params, evolution, judge, state, more)
    return {"seconds": process_time() - began, **found}


def _until(
    params: Params, evolution: Evolution, judge: Evaluator, state: State, more: Callable[[State], int]
) -> dict[str, Any]:
    """Search until a program is accepted, or no `more` programs are to be scored."""
    seen, target = -1.0, params.limits.target_fitness
    while (count := more(state)) > 0:
        state = evolution.advance(state, count)
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


def checksum(config: Path) -> str:
    """Checksum of a configuration and of the programs beside it."""
    parts = [config, *sorted(config.parent.glob("*.azl"))]
    return hashlib.sha256(b"\0".join(part.read_bytes() for part in parts)).hexdigest()[:16]
