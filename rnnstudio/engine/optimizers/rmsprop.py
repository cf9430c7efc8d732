"""RMSprop: steps scaled by a running root mean square of the gradient.

Tieleman & Hinton 2012, lecture 6.5 of "Neural Networks for Machine Learning"; the centered form is from
Graves 2013, "Generating Sequences With Recurrent Neural Networks", equations 38 to 45.
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
    flag,
    learning_rate,
    number,
    weight_decay,
)


class RMSprop(Optimizer):
    """``v = alpha v + (1 - alpha) g²``; ``w -= learning_rate g / (√v + epsilon)``.

    If centered, ``√(v - m²)`` replaces ``√v``, with ``m = alpha m + (1 - alpha) g``. With momentum,
    ``u = momentum u + g / (√v + epsilon)`` and ``w -= learning_rate u``.
    """

    def __init__(self, params: Params, weights: Array) -> None:
        self.alpha, self.momentum = number(params, "alpha"), number(params, "momentum")
        self.epsilon, self.centered = number(params, "epsilon"), bool(params["centered"])
        optional = (("mean", self.centered), ("velocity", self.momentum > 0))
        super().__init__(params, weights, "square", *(name for name, used in optional if used))

    def move(self, w: Array, g: Array, *arrays: Array) -> None:
        """See `Optimizer`."""
        v, *further, a, b = arrays
        v *= self.alpha
        np.multiply(g, g, out=a)
        a *= 1 - self.alpha
        v += a
        a[...] = v
        if self.centered:
            m = further[0]
            m *= self.alpha
            m += np.multiply(g, 1 - self.alpha, out=b)
            a -= np.multiply(m, m, out=b)
            np.maximum(a, 0, out=a)  # a variance; negative only because of rounding
        np.sqrt(a, out=a)
        a += self.epsilon
        np.divide(g, a, out=a)
        if self.momentum:
            u = further[-1]
            u *= self.momentum
            u += a
            a[...] = u
        a *= self.learning_rate
        w -= a


OPTIMIZERS.register(
    OptimizerSpec(
        kind="rmsprop",
        title="RMSprop",
        params=(
            learning_rate(0.01),
            ParamSpec("alpha", "Alpha", Real(0, 0.999999), 0.99, "Memory of the squared gradient."),
            ParamSpec("momentum", "Momentum", Real(0, 0.9999), 0.0, "Share of the last step that goes on."),
            flag("centered", "Centred", "Scales by the gradient's variance in place of its square."),
            epsilon(1e-8),
            weight_decay(),
        ),
        make=RMSprop,
        slots=lambda params: 1 + bool(params["centered"]) + bool(params["momentum"]),
        reference="Tieleman & Hinton 2012; Graves 2013",
    )
)
