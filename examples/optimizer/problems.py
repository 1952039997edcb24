"""Small problems of optimization, many at once: random quadratic functions and logistic regressions.

The first half of some problems are quadratic functions of 8 weights, of which the steepest direction is ten
to a thousand times as steep as the flattest. The second half are logistic regressions on 40 examples, whose
features differ in scale. All have a loss that is zero at its minimum, which is never at zero weights.
"""

import numpy as np

FEATURES = 8
EXAMPLES = 40
REGULARIZATION = 0.01


class Problems:
    """Some problems; [problem] is the first axis of all arrays."""

    def __init__(self, seed, count):
        random, half = np.random.default_rng(seed), count // 2
        # Quadratic functions (w - lowest)' A (w - lowest) / 2.
        steepest, condition = 10 ** random.uniform(-0.5, 0.5, half), 10 ** random.uniform(1, 3, half)
        exponents = np.sort(random.uniform(-1, 0, (half, FEATURES)), axis=1)
        exponents[:, 0], exponents[:, -1] = -1, 0
        curvature = steepest[:, None] * condition[:, None] ** exponents
        rotation = np.linalg.qr(random.normal(size=(half, FEATURES, FEATURES)))[0]
        self._curvature = np.einsum("pij,pj,pkj->pik", rotation, curvature, rotation)
        self._center = random.normal(size=(half, FEATURES))
        # Logistic regressions, a little regularized.
        scales = 10 ** random.uniform(-0.5, 0.5, (count - half, 1, FEATURES))
        self._x = random.normal(size=(count - half, EXAMPLES, FEATURES)) * scales
        truth = random.normal(size=(count - half, FEATURES)) / scales[:, 0]
        chance = 1 / (1 + np.exp(-np.einsum("pef,pf->pe", self._x, truth)))
        self._y = (random.uniform(size=chance.shape) < chance).astype(float)
        self._lowest = self._logistic_loss(self._minimum())
        self.begin = random.normal(size=(count, FEATURES))

    def gradient(self, weights):
        """Gradients of all losses, [problem][weight]."""
        half = len(self._center)
        quadratic = np.einsum("pij,pj->pi", self._curvature, weights[:half] - self._center)
        return np.concatenate([quadratic, self._logistic_gradient(weights[half:])])

    def loss(self, weights):
        """Losses, [problem]; zero at the minimum."""
        half = len(self._center)
        away = weights[:half] - self._center
        quadratic = np.einsum("pi,pij,pj->p", away, self._curvature, away) / 2
        return np.concatenate([quadratic, self._logistic_loss(weights[half:]) - self._lowest])

    def _logistic_gradient(self, weights):
        chance = 1 / (1 + np.exp(-np.einsum("pef,pf->pe", self._x, weights)))
        return np.einsum("pe,pef->pf", chance - self._y, self._x) / EXAMPLES + REGULARIZATION * weights

    def _logistic_loss(self, weights):
        margins = (1 - 2 * self._y) * np.einsum("pef,pf->pe", self._x, weights)
        return np.logaddexp(0, margins).mean(axis=1) + REGULARIZATION / 2 * (weights**2).sum(axis=1)

    def _minimum(self):
        """The best weights of the logistic regressions, by Newton's method."""
        weights = np.zeros((len(self._x), FEATURES))
        for _ in range(30):
            chance = 1 / (1 + np.exp(-np.einsum("pef,pf->pe", self._x, weights)))
            hessian = np.einsum("pe,pef,peg->pfg", chance * (1 - chance), self._x, self._x) / EXAMPLES
            hessian += REGULARIZATION * np.eye(FEATURES)
            weights -= np.linalg.solve(hessian, self._logistic_gradient(weights)[..., None])[..., 0]
        return weights
