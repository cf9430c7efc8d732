"""Adam: steps scaled by running moments of the gradient.

Kingma & Ba 2015, "Adam: A Method for Stochastic Optimization", algorithm 1.
"""

import math
from collections.abc import Callable

import numpy as np

from rnnstudio.design.constraints import Real
from rnnstudio.design.model import Params
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.optimizers.base import (
    OPTIMIZERS,
    Array,
    Optimizer,
    OptimizerSpec,
    epsilon,
    learning_rate,
    number,
    weight_decay,
)

MOMENTS = (
    ParamSpec("beta1", "Beta 1", Real(0, 0.999999), 0.9, "Memory of the mean gradient."),
    ParamSpec("beta2", "Beta 2", Real(0, 0.999999), 0.999, "Memory of the squared gradient."),
)


class Adam(Optimizer):
    """``w -= learning_rate m̂ / (√v̂ + epsilon)``."""

    def __init__(self, params: Params, weights: Array) -> None:
        super().__init__(params, weights, "mean", "square")
        self.beta1, self.beta2 = number(params, "beta1"), number(params, "beta2")
        self.epsilon = number(params, "epsilon")
        self._compiled: Callable[..., None] | None = None
        if kernels.chosen() is kernels.Kernel.COMPILED:
            from rnnstudio.engine.native.adam import adam_step

            self._compiled = adam_step(weights.dtype.name)

    def step(self, weights: Array, gradients: Array) -> None:
        """See `Optimizer`; a compiled loop needs neither temporary arrays nor chunks."""
        if self._compiled is None or self.weight_decay:
            super().step(weights, gradients)
        else:
            self.steps += 1
            self.move(weights, gradients, *self.slots.values())

    def move(self, w: Array, g: Array, *arrays: Array) -> None:
        """See `Optimizer`."""
        m, v, *between = arrays
        rate = self.learning_rate / (1 - self.beta1**self.steps)
        correction = math.sqrt(1 - self.beta2**self.steps)
        if self._compiled is not None:
            constants = (
                self.beta1,
                1 - self.beta1,
                self.beta2,
                1 - self.beta2,
                correction,
                self.epsilon,
                rate,
            )
            self._compiled(w, g, m, v, constants)
            return
        a = between[0]
        # m = beta1 m + (1 - beta1) g
        m *= self.beta1
        m += np.multiply(g, 1 - self.beta1, out=a)
        # v = beta2 v + (1 - beta2) g²
        v *= self.beta2
        np.multiply(g, g, out=a)
        a *= 1 - self.beta2
        v += a
        # √v̂ + epsilon
        np.sqrt(v, out=a)
        a /= correction
        a += self.epsilon
        np.divide(m, a, out=a)
        a *= rate
        w -= a


OPTIMIZERS.register(
    OptimizerSpec(
        kind="adam",
        title="Adam",
        params=(learning_rate(1e-3), *MOMENTS, epsilon(1e-8), weight_decay()),
        make=Adam,
        reference="Kingma & Ba 2015",
    )
)
