"""Layer norm: the features of each value normalized to mean 0 and variance 1, then scaled and shifted.

Ba, Kiros & Hinton 2016, "Layer Normalization", equation 4; epsilon as in PyTorch's LayerNorm.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnstudio.design.constraints import Real
from rnnstudio.design.model import Params
from rnnstudio.design.spec import NodeSpec, ParamSpec, PortShapes, PortSpec, WeightShapes
from rnnstudio.design.streams import Facts
from rnnstudio.engine.initializers import constant, zeros
from rnnstudio.engine.nodes.base import EITHER, ParameterInit, RunningNode, register_node
from rnnstudio.engine.nodes.numeric import column_sums
from rnnstudio.engine.program.packed_sequence import PackedSequence


def _infer(_params: Params, inputs: PortShapes, _facts: Facts) -> PortShapes:
    return {"output": inputs["input"]}


def _weights(_params: Params, inputs: PortShapes, _facts: Facts) -> WeightShapes:
    size = inputs["input"].size
    return {"gain": (size,), "b": (size,)}


SPEC = NodeSpec(
    kind="layer_norm",
    title="Layer norm",
    family="layer",
    description="Brings the features of each step, or of a vector, to mean 0 and variance 1; a learned "
    "gain and bias follow.",
    reference="Ba et al. 2016: y = gain · (x − mean) / √(variance + ε) + b",
    inputs=(PortSpec("input", "Input", EITHER),),
    outputs=(PortSpec("output", "Output", EITHER),),
    params=(
        ParamSpec(
            "epsilon",
            "Epsilon",
            Real(0.0, 1.0, open_minimum=True),
            1e-5,
            "Added to the variance, so that equal features do not divide by zero.",
        ),
    ),
    infer=_infer,
    weights=_weights,
    weight_names=lambda _params: {"gain": False, "b": False},
    tape_width=lambda _params, inputs: inputs["input"].size + 1,
    summary=lambda _params: "mean 0, variance 1",
    hue="output",
)


@register_node(SPEC)
class LayerNorm(RunningNode):
    """``output = gain * n + b`` with ``n = (input - mean) / sqrt(variance + epsilon)`` over the features."""

    def parameters(self) -> Mapping[str, ParameterInit]:
        """See `RunningNode`."""
        shapes = _weights(self.params, self.input_shapes, self.facts)
        return {"gain": ParameterInit(shapes["gain"], constant(1.0)), "b": ParameterInit(shapes["b"], zeros)}

    def allocate(self, packing: PackedSequence, dtype: np.dtype[Any]) -> None:
        """See `RunningNode`; also allocates ``n`` and the reciprocal of its divisor."""
        super().allocate(packing, dtype)
        shape = self.outputs["output"].shape
        self.normal = self.array("n", shape, dtype)
        self.scale = self.array("scale", (shape[0], 1), dtype)
        self.mean = np.full((shape[1], 1), 1 / max(shape[1], 1), dtype)  # rows @ mean: the mean of each

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """See the class."""
        rows = self.rows(t0, t1)
        values, normal, output = self.inputs["input"][rows], self.normal[rows], self.outputs["output"][rows]
        np.subtract(values, values @ self.mean, out=normal)
        variance = np.multiply(normal, normal, out=output) @ self.mean
        variance += float(self.params["epsilon"] or 0)
        np.sqrt(variance, out=variance)
        np.divide(1, variance, out=self.scale[rows])
        normal *= self.scale[rows]
        np.multiply(normal, self.weights["gain"], out=output)
        output += self.weights["b"]

    def backward(self, t0: int, t1: int) -> None:
        """``d_input += (d_n - mean(d_n) - n * mean(d_n * n)) * scale`` with ``d_n = gain * d_output``."""
        rows = self.rows(t0, t1)
        normal = self.normal[rows]
        d_normal = self.d_outputs["output"][rows] * self.weights["gain"]
        product = d_normal * normal
        along = product @ self.mean
        d_normal -= d_normal @ self.mean
        d_normal -= np.multiply(normal, along, out=product)
        d_normal *= self.scale[rows]
        self.d_inputs["input"][rows] += d_normal

    def gather(self) -> None:
        """``d_gain += sum of d_output * n`` and ``db += sum of d_output``."""
        d_output = self.d_outputs["output"]
        self.gradients["gain"] += column_sums(d_output * self.normal)
        self.gradients["b"] += column_sums(d_output)
