"""Regression head: the error of predicted numbers, at each step or once for a sequence."""

from typing import Any

import numpy as np

from rnnstudio.design.constraints import OneOf, Real, StreamName
from rnnstudio.design.model import Params
from rnnstudio.design.signals import Content, Signal
from rnnstudio.design.spec import NodeSpec, ParamSpec, PortShapes, PortSpec
from rnnstudio.design.streams import Facts
from rnnstudio.engine.nodes.base import Array, register_node
from rnnstudio.engine.nodes.data import PER, WEIGHT, Metrics, head_output, head_stream, prediction
from rnnstudio.engine.nodes.features import FeatureHead

BLOCK = 16_384  # errors that are squared at a time
WORDS = {"mse": "squared error", "mae": "absolute error", "huber": "Huber"}


def _infer(params: Params, inputs: PortShapes, facts: Facts) -> PortShapes:
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
            Real(0.0, 1e6, open_minimum=True),
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
        f"{WORDS.get(str(params['loss']), params['loss'])} · "
        f"{'each step' if params['per'] == 'step' else 'once'}"
    ),
    hue="accent",
)


@register_node(SPEC)
class Regression(FeatureHead):
    """``loss = weight · mean of cost(values - target)`` over all predictions and features.

    With ``e = values - target``: ``e²`` (MSE), ``|e|`` (MAE), or ``e² / 2`` up to ``delta`` and
    ``delta (|e| - delta / 2)`` beyond (Huber), as in PyTorch's MSELoss, L1Loss and HuberLoss.
    """

    can_assign_gradients = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        values = self.input_shapes["values"]
        self.stream = head_stream(self.params, values, "values", self.facts, Content.REAL)
        self.delta = float(self.params["delta"] or 0)

    @property
    def error(self) -> Array:
        """The error of each feature of each prediction; 0 if its target is missing."""
        return self._error(slice(None))

    def _error(self, rows: slice, room: Array | None = None) -> Array:
        """Return the errors of some rows, computed in ``room`` if it is given."""
        values, targets = self.inputs["values"][rows], self.targets[rows]
        out = None if room is None else room[: len(values)]
        return self.masked(np.subtract(values, targets, out=out), rows)

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """See the class; the values themselves are the prediction."""
        if self.needs_prediction:
            rows = self.rows(t0, t1, "values")
            self.writable_output("prediction")[rows] = self.inputs["values"][rows]
        if t1 == self.packing.steps and self.fed:
            self.compute_loss()

    def compute_loss(self) -> None:
        """See `FeatureHead`; squares are summed over blocks of rows that fit in the cache."""
        if self.params["loss"] != "mse":
            super().compute_loss()
            return
        total, at_once = 0.0, max(1, BLOCK // max(self.targets.shape[1], 1))
        # Only this head assigns this gradient, so its memory can hold the errors until then.
        room = self.d_inputs["values"][:at_once] if "values" in self.exclusive_inputs else None
        for start in range(0, len(self.targets), at_once):
            error = self._error(slice(start, start + at_once), room)
            total += float(np.vdot(error, error))
        self.loss = self.loss_scale * total

    def cost(self) -> Array:
        """See the class."""
        error = self.error
        if self.params["loss"] == "mse":
            return error * error
        size = np.abs(error)
        if self.params["loss"] == "mae":
            return size
        # Equal to the two cases in the class docstring, without branches.
        quadratic = np.minimum(size, self.delta)
        return np.asarray(quadratic * (size - quadratic / 2))

    def backward(self, t0: int, t1: int) -> None:
        """``d_values += weight · cost'(e) / count + d_prediction``."""
        rows = self.rows(t0, t1, "values")
        fed_back, values, targets = (
            "prediction" in self.linked_outputs,
            self.inputs["values"][rows],
            self.targets[rows],
        )
        if (
            self.params["loss"] == "mse"
            and "values" in self.exclusive_inputs
            and self.target_mask is None
            and not fed_back
        ):
            d_values = np.subtract(values, targets, out=self.d_inputs["values"][rows])
            d_values *= 2 * self.loss_scale
            return
        error = self._error(rows)
        if self.params["loss"] == "mse":
            d_values = (2 * self.loss_scale) * error
        elif self.params["loss"] == "mae":
            d_values = self.loss_scale * np.sign(error)
        else:
            d_values = self.loss_scale * np.clip(error, -self.delta, self.delta)
        if fed_back:
            d_values += self.d_outputs["prediction"][rows]
        self.add_input_gradient("values", rows, d_values)

    def metrics(self) -> Metrics:
        """See `HeadNode`: the mean squared error, whatever the loss."""
        error = self.error.astype(np.float64, copy=False)
        return {"mse": (float(np.vdot(error, error)), float(self.total))}
