"""A pole balanced on a cart, many of them at once, in NumPy.

The equations of motion are those of Barto, Sutton and Anderson (1983), without friction. A policy sees the
cart's position and speed and the pole's angle and its speed, and answers with a force. An episode ends for a
cart that leaves the track, or whose pole falls beyond 24 degrees.
"""

import numpy as np

GRAVITY, CART, POLE, HALF_LENGTH = 9.8, 1.0, 0.1, 0.5
MOST_FORCE = 10.0
TRACK, FALLEN = 2.4, np.radians(24)
STEP_SECONDS, STEPS = 0.02, 500


class Carts:
    """Carts in some initial states.

    With `changing`, the motor of half of the carts is connected the wrong way round, and at a moment of each
    cart's own it is turned round once more; its strength differs too. The policy is told nothing of that.
    """

    def __init__(self, seed, count, changing=False):
        random = np.random.default_rng(seed)
        self.begin = random.uniform(-1, 1, (count, 4)) * [0.5, 0.5, 0.15, 0.5]
        self.motor, self.moment = np.ones(count), np.full(count, STEPS)
        if changing:
            self.motor = random.choice([-1, 1], count) * random.uniform(0.6, 1, count)
            self.moment = random.integers(150, 350, count)

    def episode(self, act):
        """The share of steps that each cart survives; `act` is called with [cart][4] and gives forces."""
        state, survived = self.begin.copy(), np.zeros(len(self.begin))
        alive = np.full(len(self.begin), True)
        with np.errstate(all="ignore"):
            for step in range(STEPS):
                # What is no number pushes with all force, to the left.
                force = np.maximum(np.minimum(act(state), MOST_FORCE), -MOST_FORCE)
                force[np.isnan(force)] = -MOST_FORCE
                move(state, np.where(step < self.moment, self.motor, -self.motor) * force)
                alive &= (np.abs(state[:, 0]) < TRACK) & (np.abs(state[:, 2]) < FALLEN)
                survived += alive
                if not step % 10 and not alive.any():
                    break
        return survived / STEPS


def move(state, force):
    """Advance states by a step, in place, [cart][4]; those of carts that failed mean nothing."""
    turning, sine, cosine = state[:, 3], np.sin(state[:, 2]), np.cos(state[:, 2])
    pushed = (force + (POLE * HALF_LENGTH) * turning * turning * sine) / (CART + POLE)
    bending = GRAVITY * sine - cosine * pushed
    bending /= HALF_LENGTH * 4 / 3 - (HALF_LENGTH * POLE / (CART + POLE)) * cosine * cosine
    pushed -= (POLE * HALF_LENGTH / (CART + POLE)) * bending * cosine
    # Speeds first, then positions by the new speeds, which keeps the energy nearly as it is.
    state[:, 1] += STEP_SECONDS * pushed
    state[:, 3] += STEP_SECONDS * bending
    state[:, 0] += STEP_SECONDS * state[:, 1]
    state[:, 2] += STEP_SECONDS * state[:, 3]
