"""A hill climber of one's own: azc mutates and evaluates, the rest is a loop.

python hill_climber.py
"""

from pathlib import Path

import numpy as np

import azc
from azc.search import Mutator

DEMO = Path(__file__).parents[1] / "linear_regression.toml"


def climb(rounds=200, children=30, seed=1):
    """The best program after some rounds, and its fitness; each round keeps the best of some children."""
    config = azc.load_config(DEMO, seed=seed)
    tasks, mutate = config.tasks("search"), Mutator(config.params, seed=seed)
    best, fitness = azc.Program(), 0.0
    for _ in range(rounds):
        programs = mutate([best] * children)
        found = azc.evaluate_many(programs, tasks)
        if np.max(found) >= fitness:
            best, fitness = programs[int(np.argmax(found))], float(np.max(found))
    return best, fitness


if __name__ == "__main__":
    program, fitness = climb()
    print(f"{fitness:.6f}\n{azc.format_program(program)}")
