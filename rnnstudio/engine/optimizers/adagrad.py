"""Adagrad: steps scaled by the sum of all past squared gradients.

Duchi, Hazan & Singer 2011, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization",
with the learning rate decay of ``torch.optim.Adagrad``.
"""

import numpy as np

from rnnstudio.design.constraints import Real
from rnnstudio.design.model import Params
from rnnstudio.design.spec import ParamSpec
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


class Adagrad(Optimizer):
    """``s += g²``; ``w -= learning_rate / (1 + (steps - 1) decay) g / (√s + epsilon)``."""

    def __init__(self, params: Params, weights: Array) -> None:
        super().__init__(params, weights, "sum")
        self.rate_decay, self.epsilon = number(params, "rate_decay"), number(params, "epsilon")
        self.slots["sum"][...] = number(params, "start")

    def move(self, w: Array, g: Array, *arrays: Array) -> None:
        """See `Optimizer`."""
        s, a, _ = arrays
        s += np.multiply(g, g, out=a)
        np.sqrt(s, out=a)
        a += self.epsilon
        np.divide(g, a, out=a)
        a *= self.learning_rate / (1 + (self.steps - 1) * self.rate_decay)
        w -= a


OPTIMIZERS.register(
    OptimizerSpec(
        kind="adagrad",
        title="Adagrad",
        params=(
            learning_rate(0.01),
            ParamSpec(
                "rate_decay", "Decay of the rate", Real(0, 10), 0.0, "How fast the learning rate falls."
            ),
            ParamSpec(
                "start", "Initial sum", Real(0, 1e6), 0.0, "What the sum of squared gradients starts at."
            ),
            epsilon(1e-10),
            weight_decay(),
        ),
        make=Adagrad,
        slots=lambda _params: 1,
        reference="Duchi, Hazan & Singer 2011",
    )
)
