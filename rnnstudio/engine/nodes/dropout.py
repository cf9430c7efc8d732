"""Dropout: sets a share of the features to zero while training.

Srivastava et al. 2014, "Dropout: A Simple Way to Prevent Neural Networks from Overfitting",
in the inverted form: what is kept is scaled up, so that nothing changes when the network is used.
"""

from typing import Any

import numpy as np

from rnnstudio.design.model import Params
from rnnstudio.design.spec import Facts, NodeSpec, ParamSpec, PortSpec, Real, Shapes, Signal
from rnnstudio.engine.nodes.base import RunningNode
from rnnstudio.engine.registries import register_node
from rnnstudio.engine.timeline import Timeline

EITHER = (Signal.SEQUENCE, Signal.VECTOR)


def _infer(_params: Params, inputs: Shapes, _facts: Facts) -> Shapes:
    return {"output": inputs["input"]}


SPEC = NodeSpec(
    kind="dropout",
    title="Dropout",
    family="layer",
    description="Sets a random share of the features to zero in training, against overfitting.",
    reference="Srivastava et al. 2014",
    inputs=(PortSpec("input", "Input", EITHER),),
    outputs=(PortSpec("output", "Output", EITHER),),
    params=(ParamSpec("rate", "Rate", Real(0.0, 0.95), 0.2, "Share of the features that is set to zero."),),
    infer=_infer,
    tape_width=lambda _params, inputs: inputs["input"].size,
    summary=lambda params: f"{float(params['rate'] or 0):.0%} in training",
    hue="output",
)


@register_node(SPEC)
class Dropout(RunningNode):
    """``output = input * mask / (1 - rate)`` in training, ``output = input`` otherwise."""

    def allocate(self, timeline: Timeline, dtype: np.dtype[Any]) -> None:
        """See `RunningNode`; keeps a mask of the output's shape, scaled."""
        super().allocate(timeline, dtype)
        self.mask = self.array("mask", self.outputs["output"].shape, dtype)

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """See the class."""
        rows = self.rows(t0, t1)
        mask = self.mask[rows]
        rate = float(self.params["rate"] or 0)
        if training and rate > 0:
            mask[...] = self.rng.random(mask.shape, np.float32) >= rate
            mask *= 1 / (1 - rate)
        else:
            mask[...] = 1
        np.multiply(self.inputs["input"][rows], mask, out=self.outputs["output"][rows])

    def backward(self, t0: int, t1: int) -> None:
        """``d_input += d_output * mask``."""
        rows = self.rows(t0, t1)
        self.d_inputs["input"][rows] += self.d_outputs["output"][rows] * self.mask[rows]
