"""Stochastic gradient descent with momentum.

Polyak 1964; Nesterov's form of Sutskever et al. 2013, "On the importance of initialization and momentum in
deep learning", as in ``torch.optim.SGD``.
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
    flag,
    learning_rate,
    number,
    weight_decay,
)


class SGD(Optimizer):
    """``v = momentum v + (1 - dampening) g``, the first time ``v = g``; ``w -= learning_rate v``.

    Nesterov: ``w -= learning_rate (g + momentum v)``. Without momentum ``v`` is ``g``.
    """

    def __init__(self, params: Params, weights: Array) -> None:
        super().__init__(params, weights, *(("velocity",) if params["momentum"] else ()))
        self.momentum, self.dampening = number(params, "momentum"), number(params, "dampening")
        self.nesterov = bool(params["nesterov"])

    def move(self, w: Array, g: Array, *arrays: Array) -> None:
        """See `Optimizer`."""
        *velocity, a, b = arrays
        direction = g
        for v in velocity:
            v *= self.momentum
            v += g if self.steps == 1 else np.multiply(g, 1 - self.dampening, out=a)
            direction = v
            if self.nesterov:
                direction = np.multiply(v, self.momentum, out=b)
                direction += g
        w -= np.multiply(direction, self.learning_rate, out=a)


OPTIMIZERS.register(
    OptimizerSpec(
        kind="sgd",
        title="SGD with momentum",
        params=(
            learning_rate(1e-3),
            ParamSpec("momentum", "Momentum", Real(0, 0.9999), 0.0, "Share of the last step that goes on."),
            ParamSpec(
                "dampening",
                "Dampening",
                Real(0, 1),
                0.0,
                "Share of the gradient that momentum leaves out.",
                when={"momentum": Real(0, 1, open_minimum=True)},
            ),
            flag(
                "nesterov", "Nesterov", "Looks ahead along the momentum; needs momentum above 0, dampening 0."
            ),
            weight_decay(),
        ),
        make=SGD,
        slots=lambda params: 1 if params["momentum"] else 0,
        reference="Polyak 1964; Sutskever et al. 2013",
    )
)
