"""Adam: steps scaled by running moments of the gradient.

Kingma & Ba 2015, "Adam: A Method for Stochastic Optimization", algorithm 1.
"""

import math

import numpy as np

from rnnstudio.design.model import Params
from rnnstudio.design.spec import ParamSpec, Real
from rnnstudio.engine.optimizers.base import Array, OptimizerSpec, like
from rnnstudio.engine.registries import OPTIMIZERS


class Adam:
    """See the module."""

    def __init__(self, params: Params, weights: Array) -> None:
        self.learning_rate = float(params["learning_rate"] or 0)
        self.beta1 = float(params["beta1"] or 0)
        self.beta2 = float(params["beta2"] or 0)
        self.epsilon = float(params["epsilon"] or 0)
        self.first, self.second, self._scratch = like(weights), like(weights), like(weights)
        self.steps = 0

    def step(self, weights: Array, gradients: Array) -> None:
        """``w -= learning_rate m̂ / (√v̂ + epsilon)``."""
        self.steps += 1
        scratch = self._scratch
        # m = beta1 m + (1 - beta1) g
        self.first *= self.beta1
        self.first += np.multiply(gradients, 1 - self.beta1, out=scratch)
        # v = beta2 v + (1 - beta2) g²
        self.second *= self.beta2
        np.multiply(gradients, gradients, out=scratch)
        scratch *= 1 - self.beta2
        self.second += scratch
        # √v̂ + epsilon
        np.sqrt(self.second, out=scratch)
        scratch /= math.sqrt(1 - self.beta2**self.steps)
        scratch += self.epsilon
        np.divide(self.first, scratch, out=scratch)
        scratch *= self.learning_rate / (1 - self.beta1**self.steps)
        weights -= scratch


OPTIMIZERS.register(
    OptimizerSpec(
        kind="adam",
        title="Adam",
        params=(
            ParamSpec(
                "learning_rate", "Learning rate", Real(0, 1e38, open_least=True), 1e-3, "Length of a step."
            ),
            ParamSpec("beta1", "Beta 1", Real(0, 0.999999), 0.9, "Memory of the mean gradient."),
            ParamSpec("beta2", "Beta 2", Real(0, 0.999999), 0.999, "Memory of the squared gradient."),
            ParamSpec("epsilon", "Epsilon", Real(0, 1, open_least=True), 1e-8, "Keeps the division finite."),
        ),
        make=Adam,
        reference="Kingma & Ba 2015",
    )
)
