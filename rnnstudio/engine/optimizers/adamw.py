"""AdamW: Adam with weight decay decoupled from the gradient.

Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 2.
"""

from rnnstudio.engine.optimizers.adam import MOMENTS, Adam
from rnnstudio.engine.optimizers.base import (
    OPTIMIZERS,
    Array,
    OptimizerSpec,
    epsilon,
    learning_rate,
    weight_decay,
)


class AdamW(Adam):
    """``w -= learning_rate weight_decay w``, then as `Adam`."""

    def decay(self, w: Array, g: Array, decayed: Array) -> Array:
        """Decay the weights themselves; the gradient is unchanged."""
        w *= 1 - self.learning_rate * self.weight_decay
        return g


OPTIMIZERS.register(
    OptimizerSpec(
        kind="adamw",
        title="AdamW",
        params=(
            learning_rate(1e-3),
            *MOMENTS,
            epsilon(1e-8),
            weight_decay(0.01, "Shortens each weight by this share, times the learning rate, at each step."),
        ),
        make=AdamW,
        reference="Loshchilov & Hutter 2019",
    )
)
