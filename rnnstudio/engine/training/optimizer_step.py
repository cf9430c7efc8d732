"""One step of gradient descent, whole: loss, backward pass, clipping, optimizer, and the way back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.model import TrainingPlan
from rnnstudio.engine.optimizers.base import make_optimizer
from rnnstudio.engine.program.program import Program
from rnnstudio.engine.training.data_loader import Window
from rnnstudio.engine.training.gradient_clipping import clip
from rnnstudio.engine.training.metrics import TrainingDiverged, diverged


class OptimizerStep:
    """Takes training steps on a program, by the optimizer and the clipping of a plan.

    Attributes
    ----------
    optimizer : with what it keeps of the gradients before
    """

    def __init__(self, program: Program, plan: TrainingPlan) -> None:
        self.program, self.plan = program, plan
        self.optimizer = make_optimizer(plan.optimizer, program.weights)
        self._last_finite = program.weights.copy()

    def step(self, number: int, window: Window, learning_rate: float) -> tuple[float | None, float, float]:
        """Take step ``number``; return the loss before it, and the gradient's norm before and after clipping.

        Where nothing in the window counts there is no loss, and the weights stay as they are.

        Raises
        ------
        TrainingDiverged
            When a value is not finite; the weights are the last finite ones.
        """
        program, plan = self.program, self.plan
        self.optimizer.learning_rate = learning_rate
        with np.errstate(all="ignore"):
            loss = program.loss(window.batch, training=True, carry=window.is_continuation)
            if not any(head.has_loss for head in program.heads):
                program.carry_states(window.continuing)
                return None, 0.0, 0.0
            program.backward()
            gradients = program.d_parameters.values()
            norm, clipped = clip(plan.clip, plan.clip_norm, program.gradients, gradients)
            if not (math.isfinite(loss) and math.isfinite(norm)):
                raise self._diverged(number)
            self._last_finite[...] = program.weights
            self.optimizer.step(program.weights, program.gradients)
            if not all_finite(program.weights):
                raise self._diverged(number)
        program.carry_states(window.continuing)
        return loss, norm, clipped

    def _diverged(self, number: int) -> TrainingDiverged:
        """Say what was not finite, and go back to the last finite weights."""
        error = diverged(self.program, number)
        if not all_finite(self.program.weights):
            self.program.weights[...] = self._last_finite
        return error


def all_finite(values: NDArray[Any]) -> bool:
    """Return whether every value is finite."""
    with np.errstate(all="ignore"):
        return bool(math.isfinite(values @ values)) or bool(np.isfinite(values).all())
