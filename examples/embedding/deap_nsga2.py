"""NSGA-II of DEAP on azc's programs: the most accurate and the shortest, by azc's mutations and evaluator.

pip install deap
python deap_nsga2.py
"""

import random

from deap import base, creator, tools
from hill_climber import DEMO

import azc
from azc.search import Mutator

creator.create("AccurateAndShort", base.Fitness, weights=(1.0, -1.0))
creator.create("Individual", list, fitness=creator.AccurateAndShort)


def front(generations=100, size=80, seed=1):
    """The Pareto front after some generations: fitness, length and program of each, the shortest first."""
    random.seed(seed)
    config = azc.load_config(DEMO, seed=seed)
    tasks, mutate = config.tasks("search"), Mutator(config.params, seed=seed)

    def rated(programs):
        individuals = [creator.Individual([program]) for program in programs]
        for one, fitness in zip(individuals, azc.evaluate_many(programs, tasks), strict=True):
            one.fitness.values = (float(fitness), sum(map(len, one[0].functions)))
        return individuals

    population = tools.selNSGA2(rated(mutate([azc.Program()] * size)), size)
    for _ in range(generations):
        parents = tools.selTournamentDCD(population, size)
        children = rated(mutate([parent[0] for parent in parents]))
        population = tools.selNSGA2(population + children, size)
    best = {one.fitness.values: one[0] for one in tools.sortNondominated(population, size, True)[0]}
    return [(fitness, int(length), best[fitness, length]) for fitness, length in sorted(best)]


if __name__ == "__main__":
    found = front()
    for fitness, length, _ in found:
        print(f"{fitness:.6f}  {length} instructions")
    print(azc.format_program(found[-1][2]))
