"""Update rules that people wrote, their constants tuned on the search's problems, beside evolved ones.

python baselines.py best.azl ...
"""

import sys
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
from scoring import gains, problems, started

import azc

RATES = 10 ** np.arange(-3, 1.01, 0.125)


def gradient_descent(rate):
    """The change is minus the gradient, scaled."""
    return lambda weights, gradient: -rate * gradient


def sign_descent(rate, decay):
    """Every weight changes by the same amount, which decays from step to step."""

    def update(weights, gradient):
        nonlocal rate
        change = -rate * np.sign(gradient)
        rate *= decay
        return change

    return update


def heavy_ball(rate, momentum):
    """The change is minus a sum of gradients, of which older ones count less."""
    total = 0.0

    def update(weights, gradient):
        nonlocal total
        total = momentum * total + gradient
        return -rate * total

    return update


def adam(rate, first, second):
    """Adam (Kingma, Ba 2014), of which the rate and both decays are tuned."""
    mean = square = steps = 0

    def update(weights, gradient):
        nonlocal mean, square, steps
        steps += 1
        mean = first * mean + (1 - first) * gradient
        square = second * square + (1 - second) * gradient**2
        spread = np.sqrt(square / (1 - second**steps)) + 1e-8
        return -rate * mean / (1 - first**steps) / spread

    return update


MOMENTA = (0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
RULES = {
    # rule: the values of its constants that are tried
    gradient_descent: {"rate": RATES},
    sign_descent: {"rate": RATES, "decay": (1.0, 0.98, 0.96, 0.94, 0.92, 0.9, 0.85, 0.8, 0.75, 0.7)},
    heavy_ball: {"rate": RATES, "momentum": MOMENTA},
    adam: {"rate": RATES, "first": (0.5, 0.7, 0.8, 0.9, 0.95), "second": (0.9, 0.99, 0.999)},
}


def gain(make, stage):
    """Mean gain over the problems of a stage; `make` makes a rule anew for each group."""
    return float(np.mean([gains(make(), group) for group in problems(stage)]))


def tuned(rule, grid):
    """The constants with which a rule is best on the search's problems."""
    given = [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]
    found = [gain(partial(rule, **constants), "search") for constants in given]
    return given[int(np.nanargmax(found))]


def evolved(path):
    """The rule of a file."""
    signature = azc.load_signature(Path(__file__).with_name("search.toml"))
    return partial(started, azc.compile(azc.load(path, signature), 8, signature=signature, lanes=32))


if __name__ == "__main__":
    rows = []
    for rule, grid in RULES.items():
        constants = tuned(rule, grid)
        said = ", ".join(f"{key} {value:.3g}" for key, value in constants.items())
        rows.append((f"{rule.__name__} ({said})", partial(rule, **constants)))
    rows += [(path, evolved(path)) for path in sys.argv[1:]]
    print(f"{'rule':<60} search  final")
    for name, make in rows:
        print(f"{name:<60} {gain(make, 'search'):6.3f} {gain(make, 'final'):6.3f}")
