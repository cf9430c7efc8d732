"""One optimizer step: loss, backward pass, gradient clipping, weight update and recovery from divergence."""

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
    """Takes training steps on a program, with the optimizer and the clipping of a plan.

    Attributes
    ----------
    optimizer : Optimizer
        The optimizer with its state.
    """

    def __init__(self, program: Program, plan: TrainingPlan) -> None:
        self.program, self.plan = program, plan
        self.optimizer = make_optimizer(plan.optimizer, program.weights)
        self._last_finite = program.weights.copy()

    def step(self, number: int, window: Window, learning_rate: float) -> tuple[float | None, float, float]:
        """Take one step; return the loss before it and the gradient norm before and after clipping.

        If no target of the window counts, the loss is None and the weights do not change.

        Parameters
        ----------
        number : the number of the step, from 1
        learning_rate : the learning rate of this step

        Raises
        ------
        TrainingDiverged
            If a value is not finite. The weights are then the last finite ones.
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
            if not is_all_finite(program.weights):
                raise self._diverged(number)
        program.carry_states(window.continuing)
        return loss, norm, clipped

    def _diverged(self, number: int) -> TrainingDiverged:
        """Return the error, and restore the last finite weights."""
        error = diverged(self.program, number)
        if not is_all_finite(self.program.weights):
            self.program.weights[...] = self._last_finite
        return error


def is_all_finite(values: NDArray[Any]) -> bool:
    """Return whether all values are finite."""
    with np.errstate(all="ignore"):
        return bool(math.isfinite(values @ values)) or bool(np.isfinite(values).all())
