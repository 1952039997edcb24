"""Formulas of physics to be found again from numbers, and the evaluator that scores programs on them.

The formulas, their numbers and ranges are those of the AI Feynman database (Udrescu, Tegmark 2020), which
took them from the Feynman Lectures on Physics.

    python formulas.py I.12.1 I.24.6 ...      (all of them without a name)
"""

import sys
from functools import cache

import numpy as np

import azc

FORMULAS = {
    # name: variables with their ranges, the formula
    "I.6.20a": ({"t": (1, 3)}, lambda t: np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi)),
    "I.8.14": (
        {"x1": (1, 5), "x2": (1, 5), "y1": (1, 5), "y2": (1, 5)},
        lambda x1, x2, y1, y2: np.sqrt((x2 - x1) ** 2 + (y2 - y1) ** 2),
    ),
    "I.12.1": ({"mu": (1, 5), "n": (1, 5)}, lambda mu, n: mu * n),
    "I.24.6": (
        {"m": (1, 3), "w": (1, 3), "w0": (1, 3), "x": (1, 3)},
        lambda m, w, w0, x: m * (w**2 + w0**2) * x**2 / 4,
    ),
    "I.27.6": ({"d1": (1, 5), "d2": (1, 5), "n": (1, 5)}, lambda d1, d2, n: 1 / (1 / d1 + n / d2)),
    "I.34.8": (
        {"q": (1, 5), "v": (1, 5), "b": (1, 5), "p": (1, 5)},
        lambda q, v, b, p: q * v * b / p,
    ),
    "I.48.2": (
        {"m": (1, 5), "v": (1, 2), "c": (3, 10)},
        lambda m, v, c: m * c**2 / np.sqrt(1 - v**2 / c**2),
    ),
}
POINTS = 128
SOLVED = 9.0
"""Digits, the mean of both kinds, from which on a formula counts as found."""
SEEDS = {"search": 1, "select": 2, "final": 3}
OPS = [
    *("SCALAR_CONST_SET", "SCALAR_SUM", "SCALAR_DIFF", "SCALAR_PRODUCT", "SCALAR_DIVISION"),
    *("SCALAR_RECIPROCAL", "SCALAR_SQRT", "SCALAR_EXP", "SCALAR_LOG", "SCALAR_SIN", "SCALAR_COS"),
]


@cache
def points(name, stage):
    """The variables at random points, by name, and the formula's values there."""
    ranges, formula = FORMULAS[name]
    random = np.random.default_rng(SEEDS[stage])
    values = {variable: random.uniform(*ends, POINTS) for variable, ends in ranges.items()}
    return values, formula(**values)


def digits(algorithm, name, stage):
    """Digits of a formula's values that a program gets right, as it is and up to a factor and a summand.

    They are minus the logarithm of the error over the spread of the values. That a program is right up to a
    factor is worth knowing long before it is right (Keijzer 2003).
    """
    values, truth = points(name, stage)
    algorithm.start()
    with np.errstate(all="ignore"):
        found = algorithm.call("Predict", **values)["value"]
        plain = np.sqrt(np.mean((found - truth) ** 2)) / np.std(truth)
        alike = np.mean((found - found.mean()) * (truth - truth.mean())) / np.std(found) / np.std(truth)
        scaled = np.sqrt(np.maximum(0, 1 - alike**2))
        return [float(-np.log10(share + 1e-12)) for share in (plain, scaled)]


def scoring(name):
    """The evaluator for a formula."""

    def score(algorithms, stage="search"):
        return [digits(algorithm, name, stage) for algorithm in algorithms]

    return score


energy = scoring("I.24.6")
"""The evaluator of `search.toml`."""


def config(name, seed=0, seconds=60):
    """The search for a formula."""
    variables = [*FORMULAS[name][0]]
    return azc.load_config(
        {
            "search": {"seed": seed, "max_seconds": seconds, "target_fitness": SOLVED, "n_islands": 2},
            "program": {
                "addresses": {"scalars": len(variables) + 8, "vectors": 0, "matrices": 0},
                "size_limits": {"setup": [0, 6], "predict": [0, 16]},
                "ops": OPS,
            },
            "signature": azc.Signature.function(variables).table(),
            "evaluator": {"lanes": POINTS, "features": 1, "batch": 64, "cases": 2},
        }
    )


if __name__ == "__main__":
    for name in sys.argv[1:] or FORMULAS:
        found = azc.run_search(config(name), evaluate=scoring(name))
        state = "found" if found.final_fitness >= SOLVED else "not found"
        print(
            f"{name:<8} {state:<9} {found.final_fitness:6.2f} digits, {found.evals:,} programs, "
            f"{found.seconds:.1f} s\n{azc.format_program(found.program)}"
        )
