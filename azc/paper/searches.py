"""Searches as trials: each runs until it finds what the select tasks accept, or its budget is used up."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import azc
from azc.evaluation import Evaluator
from azc.search import Config, Evolution, State, coding_of, load_config, start

_WORTH_A_LOOK = 0.01
"""By how much less than the target a fitness on the search tasks may be, for the select tasks to decide."""
_LOOKS = 50
"""Number of times that a search looks whether it is over."""
_SOON = 200
"""Programs between two looks at the clock."""


def searched(
    folder: Path, config: str, checksum: str, strategy: str, seed: int, evals: int
) -> dict[str, Any]:
    """Whether a search of at most `evals` programs, on a seed's tasks, reaches the target on select tasks.

    Returns `evals`, the programs scored until then, and `program`, the one that reached it, or none. `config`
    is the configuration's file, from the folder; `checksum` tells it from others that were there before.
    """
    loaded = load_config(folder / config, [f"search.strategy={strategy}"], seed)

    def more(state: State) -> int:
        return min(evals - state.evals, max(1000, evals // _LOOKS))

    return _until(loaded, start(loaded.params), more)


def searched_for(folder: Path, config: str, checksum: str, seed: int, seconds: float) -> dict[str, Any]:
    """Whether a search for tasks of a seed reaches the target within CPU seconds, compilation left out.

    Returns `seconds` besides what `searched` returns.
    """
    loaded, began = load_config(folder / config, seed=seed), -1.0

    def more(state: State) -> int:
        nonlocal began
        if state.evals == 0:
            return 1
        if began < 0:  # all is compiled
            began = process_time()
        return _SOON if process_time() - began < seconds else 0

    found = _until(loaded, start(loaded.params), more)
    return {"seconds": process_time() - began if began >= 0 else 0.0, **found}


def _until(loaded: Config, state: State, more: Callable[[State], int]) -> dict[str, Any]:
    """Search until a program is accepted, or no `more` programs are to be scored."""
    params, seen = loaded.params, -1.0
    evolution, judge = Evolution(params, loaded.tasks("search")), _judge(loaded)
    target = params.limits.target_fitness
    while (count := more(state)) > 0:
        state = evolution.advance(state, count)
        if state.best_fitness > max(seen, target - _WORTH_A_LOOK):
            seen = state.best_fitness
            program = coding_of(params.program).unpack(state.best_genome, state.best_sizes)
            if judge.fitness(program) >= target:
                return {"evals": state.evals, "program": azc.format_program(program)}
    return {"evals": state.evals, "program": None}


def _judge(loaded: Config) -> Evaluator:
    return Evaluator(loaded.tasks("select"), precision=loaded.params.island.precision)


def checksum(config: Path) -> str:
    """Checksum of a configuration and of the programs beside it."""
    parts = [config, *sorted(config.parent.glob("*.azl"))]
    return hashlib.sha256(b"\0".join(part.read_bytes() for part in parts)).hexdigest()[:16]
