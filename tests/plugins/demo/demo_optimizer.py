"""An optimizer from outside."""

import numpy as np

from rnnstudio.design.constraints import Real
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.optimizers.base import OPTIMIZERS, Optimizer, OptimizerSpec


class SignDescent(Optimizer):
    """``w -= learning_rate * sign(g)``."""

    def move(self, w, g, *arrays):
        w -= self.learning_rate * np.sign(g)


OPTIMIZERS.register(
    OptimizerSpec(
        kind="demo_sign",
        title="Sign descent",
        params=(
            ParamSpec("learning_rate", "Learning rate", Real(0, 1, open_minimum=True), 0.01, "Each move."),
        ),
        make=SignDescent,
        slots=lambda params: 0,
    )
)
