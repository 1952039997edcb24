"""Regularized evolution (Real, Liang, So, Le 2020, section 3): state in, state out.

The population is a ring in which every child takes the place of the oldest. The parent is the best of a
tournament, drawn with replacement from those alive, the one about to die among them. A state and its
parameters decide all that follows, to the last bit, however the work is divided into calls.
"""

from collections.abc import Callable, Iterator
from math import inf
from time import perf_counter

import attrs

from azc.ir import Program
from azc.search.initial import individuals
from azc.search.mutations import mutated
from azc.search.params import Params, space_of
from azc.search.stream import Position, Stream

Fitness = Callable[[Program], float]
"""What scores a program: the same program always the same."""


@attrs.frozen
class State:
    """An experiment between two children; nothing else is needed to go on."""

    position: Position
    population: tuple[Program, ...] = ()
    fitnesses: tuple[float, ...] = ()
    evals: int = 0
    """Programs scored since the beginning, first population included."""
    best: Program | None = None
    """The first of the best programs ever seen."""
    best_fitness: float = -inf

    @property
    def ages(self) -> tuple[int, ...]:
        """How many programs were scored after each of those alive."""
        size = len(self.population)
        return tuple((self.evals - 1 - slot) % size for slot in range(size))


def start(params: Params, position: Position | None = None) -> State:
    """A new experiment, nobody alive yet, its random numbers from the seed or from where others ended."""
    return State(Position(params.seed) if position is None else position)


def advance(state: State, params: Params, fitness: Fitness, evals: float, seconds: float = inf) -> State:
    """The state after so many programs more (or seconds, or at a new best that reaches the target).

    The first population is made and scored first. A child that equals its parent has its parent's fitness.
    """
    stream = Stream(state.position, params.population_size, params.tournament_size)
    population, fitnesses = list(state.population), list(state.fitnesses)
    offspring = _offspring(params, stream, population, fitnesses)
    best, best_fitness, done = state.best, state.best_fitness, state.evals
    end, deadline = done + evals, perf_counter() + seconds
    while done < end:
        child, score = next(offspring)
        if score is None:
            score = fitness(child)
        if done < params.population_size:
            population.append(child)
            fitnesses.append(score)
        else:
            population[done % params.population_size] = child
            fitnesses[done % params.population_size] = score
        done += 1
        if score > best_fitness:
            best, best_fitness = child, score
            if score >= params.target_fitness:
                break
        if perf_counter() >= deadline:
            break
    return State(stream.position, tuple(population), tuple(fitnesses), done, best, best_fitness)


def _offspring(
    params: Params, stream: Stream, population: list[Program], fitnesses: list[float]
) -> Iterator[tuple[Program, float | None]]:
    """Programs to score next, without end, each with its fitness where an equal one's is known."""
    individual, space = individuals(params), space_of(params)
    while len(population) < params.population_size:
        child = individual(stream)
        yield child, fitnesses[0] if population and child is population[0] else None
    fitness_of = fitnesses.__getitem__
    while True:
        place = max(stream.tournament(), key=fitness_of)
        parent = population[place]
        child = mutated(parent, space, stream)
        yield child, fitnesses[place] if child is parent else None
