"""Stochastic gradient descent with momentum.

Polyak 1964; in the form of Sutskever et al. 2013 that PyTorch's ``torch.optim.SGD`` documents:
``v = momentum v + g``, ``w = w - learning_rate v``.
"""

from rnnstudio.design.model import Params
from rnnstudio.design.spec import ParamSpec, Real
from rnnstudio.engine.optimizers.base import Array, OptimizerSpec, like
from rnnstudio.engine.registries import OPTIMIZERS


class SGD:
    """See the module."""

    def __init__(self, params: Params, weights: Array) -> None:
        self.learning_rate = float(params["learning_rate"] or 0)
        self.momentum = float(params["momentum"] or 0)
        self.velocity = like(weights)

    def step(self, weights: Array, gradients: Array) -> None:
        """``v = momentum v + g``; ``w -= learning_rate v``."""
        self.velocity *= self.momentum
        self.velocity += gradients
        weights -= self.learning_rate * self.velocity


OPTIMIZERS.register(
    OptimizerSpec(
        kind="sgd",
        title="SGD with momentum",
        params=(
            ParamSpec(
                "learning_rate", "Learning rate", Real(0, 1e38, open_least=True), 0.1, "Length of a step."
            ),
            ParamSpec("momentum", "Momentum", Real(0, 0.9999), 0.9, "Share of the last step that goes on."),
        ),
        make=SGD,
        reference="Polyak 1964; Sutskever et al. 2013",
    )
)
