"""Regression head: how far predicted numbers are from the task's, at each step or once for a sequence."""

from typing import Any

import numpy as np

from rnnstudio.design.model import Params
from rnnstudio.design.spec import (
    Content,
    Facts,
    NodeSpec,
    OneOf,
    ParamSpec,
    PortSpec,
    Real,
    Shapes,
    Signal,
    StreamName,
)
from rnnstudio.engine.nodes.base import Array
from rnnstudio.engine.nodes.data import PER, WEIGHT, HeadNode, Metrics, head_output, head_stream, prediction
from rnnstudio.engine.registries import register_node

WORDS = {"mse": "squared error", "mae": "absolute error", "huber": "Huber"}


def _infer(params: Params, inputs: Shapes, facts: Facts) -> Shapes:
    values = inputs["values"]
    stream = head_stream(params, values, "values", facts, Content.REAL)
    return head_output(values, stream, Content.REAL)


SPEC = NodeSpec(
    kind="regression",
    title="Regression",
    family="head",
    description="Compares predicted numbers with the task's targets.",
    reference="Huber 1964, Robust Estimation of a Location Parameter",
    inputs=(PortSpec("values", "Values", (Signal.SEQUENCE, Signal.VECTOR)),),
    outputs=(prediction(Content.REAL),),
    params=(
        PER,
        ParamSpec(
            "loss",
            "Loss",
            OneOf(("mse", "mae", "huber"), ("mean squared error", "mean absolute error", "Huber")),
            "mse",
            "What an error costs: its square, its size, or its square near zero and its size beyond.",
        ),
        ParamSpec(
            "delta",
            "Huber delta",
            Real(0.0, 1e6, open_least=True),
            1.0,
            "The error from which the Huber loss grows with its size.",
            when={"loss": ("huber",)},
        ),
        ParamSpec(
            "target",
            "Target",
            StreamName("target", Content.REAL),
            "",
            "Which of the task's targets is predicted; empty for the first of features.",
        ),
        WEIGHT,
    ),
    infer=_infer,
    tape_width=lambda _params, inputs: 2 * inputs["values"].size,
    summary=lambda params: (
        f"{WORDS[str(params['loss'])]} · {'each step' if params['per'] == 'step' else 'once'}"
    ),
    hue="accent",
)


@register_node(SPEC)
class Regression(HeadNode):
    """``loss = weight · mean of cost(values - target)`` over all predictions and features.

    With ``e = values - target``: ``e²`` (MSE), ``|e|`` (MAE), or ``e² / 2`` up to ``delta`` and
    ``delta (|e| - delta / 2)`` beyond (Huber), as PyTorch's MSELoss, L1Loss and HuberLoss have it.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        values = self.input_shapes["values"]
        self.stream = head_stream(self.params, values, "values", self.facts, Content.REAL)

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """See the class; the values themselves are the prediction."""
        rows = self.rows(t0, t1, "values")
        self.outputs["prediction"][rows] = self.inputs["values"][rows]
        if t1 == self.timeline.steps and self.fed:
            self.loss = self.weight * float(self.loss_by_row().mean(dtype=np.float64))

    def loss_by_row(self) -> Array:
        """Return the mean cost over the features of each prediction."""
        error = self.inputs["values"] - self.targets
        delta = float(self.params["delta"] or 0)
        if self.params["loss"] == "mse":
            cost = error * error
        elif self.params["loss"] == "mae":
            cost = np.abs(error)
        else:
            size = np.abs(error)
            cost = np.where(size <= delta, error * error / 2, delta * (size - delta / 2))
        return np.asarray(cost.mean(axis=1))

    def backward(self, t0: int, t1: int) -> None:
        """``d_values += weight · cost'(e) / (count · features) + d_prediction``."""
        rows = self.rows(t0, t1, "values")
        error = self.inputs["values"][rows] - self.targets[rows]
        delta = float(self.params["delta"] or 0)
        if self.params["loss"] == "mse":
            slope = 2 * error
        elif self.params["loss"] == "mae":
            slope = np.sign(error)
        else:
            slope = np.clip(error, -delta, delta)
        slope *= self.weight / self.targets.size
        slope += self.d_outputs["prediction"][rows]
        self.d_inputs["values"][rows] += slope

    def metrics(self) -> Metrics:
        """See `HeadNode`: the mean squared error, whatever the loss."""
        error = np.subtract(self.inputs["values"], self.targets, dtype=np.float64)
        return {"mse": (float(np.vdot(error, error)), float(error.size))}
