"""A linear policy with tuned gains, and the same with an integral, beside evolved ones.

python baselines.py best.azl ...
"""

import sys
from pathlib import Path

import numpy as np
from cmaes import CMA
from scoring import carts, policy
from simulator import STEP_SECONDS

import azc


def linear(gains):
    """A force that is a weighted sum of what the policy sees."""
    return lambda state: state @ gains


def with_integral(gains):
    """The same, and a weight for the sum of the cart's positions so far."""
    total = 0.0

    def act(state):
        nonlocal total
        total = total + STEP_SECONDS * state[:, 0]
        return state @ gains[:4] + gains[4] * total

    return act


def share(make, stage, changing):
    """Mean share of steps survived; `make` makes a policy anew for each group of carts."""
    return float(np.mean([group.episode(make()) for group in carts(stage, changing)]))


def tuned(rule, count, changing, evaluations=4_000):
    """The gains with which a policy is best on the search's carts, by CMA-ES from zero."""
    optimizer = CMA(mean=np.zeros(count), sigma=10.0, seed=1, population_size=20)
    best, top = np.zeros(count), -1.0
    for _ in range(evaluations // 20):
        asked = [optimizer.ask() for _ in range(20)]
        found = [share(lambda gains=gains: rule(gains), "search", changing) for gains in asked]
        optimizer.tell([(gains, -value) for gains, value in zip(asked, found, strict=True)])
        if max(found) > top:
            best, top = asked[int(np.argmax(found))], max(found)
        if top == 1.0:
            break
    return best


def evolved(path):
    """The policy of a file."""
    signature = azc.load_signature(Path(__file__).with_name("steady.toml"))
    algorithm = azc.compile(azc.load(path, signature), 4, signature=signature, lanes=32)
    return lambda: policy(algorithm)


if __name__ == "__main__":
    for changing in (False, True):
        rows = []
        for rule, count in ((linear, 4), (with_integral, 5)):
            gains = tuned(rule, count, changing)
            said = ", ".join(f"{gain:.3g}" for gain in gains)
            rows.append((f"{rule.__name__} ({said})", lambda rule=rule, gains=gains: rule(gains)))
        rows += [(path, evolved(path)) for path in sys.argv[1:]]
        print(f"{'changing' if changing else 'steady':<60} search  final")
        for name, make in rows:
            print(f"{name:<60} {share(make, 'search', changing):6.3f} {share(make, 'final', changing):6.3f}")
