"""Dense: a linear map and an activation, at each step of a sequence or once for a vector."""

from collections.abc import Callable, Mapping

import numpy as np

from rnnstudio.design.constraints import Integer, OneOf
from rnnstudio.design.model import Params
from rnnstudio.design.phrases import counted
from rnnstudio.design.spec import NodeSpec, ParamSpec, PortShapes, PortSpec, WeightShapes
from rnnstudio.design.streams import Facts
from rnnstudio.engine.compiler.runtime.elementwise import sigmoid
from rnnstudio.engine.initializers import glorot_uniform, zeros
from rnnstudio.engine.nodes.base import EITHER, Array, ParameterInit, RunningNode, register_node
from rnnstudio.engine.nodes.numeric import column_sums


def _sigmoid(values: Array) -> None:
    with np.errstate(over="ignore"):
        sigmoid(values, values)


def _tanh(values: Array) -> None:
    np.tanh(values, out=values)


def _relu(values: Array) -> None:
    np.maximum(values, 0, out=values)


def _linear(values: Array) -> None:
    pass


# name -> (apply in place, derivative from the output y)
ACTIVATIONS: dict[str, tuple[Callable[[Array], None], Callable[[Array], Array | float]]] = {
    "linear": (_linear, lambda _y: 1.0),
    "sigmoid": (_sigmoid, lambda y: y * (1 - y)),
    "tanh": (_tanh, lambda y: 1 - y * y),
    "relu": (_relu, lambda y: (y > 0).astype(y.dtype)),
}


def _infer(params: Params, inputs: PortShapes, _facts: Facts) -> PortShapes:
    return {"output": inputs["input"].with_size(int(params["units"] or 0))}


def _weights(params: Params, inputs: PortShapes, _facts: Facts) -> WeightShapes:
    units = int(params["units"] or 0)
    return {"W": (units, inputs["input"].size), "b": (units,)}


SPEC = NodeSpec(
    kind="dense",
    title="Dense",
    family="layer",
    description="A fully connected layer, applied to each step of a sequence or to a vector.",
    reference="y = activation(W x + b)",
    inputs=(PortSpec("input", "Input", EITHER),),
    outputs=(PortSpec("output", "Output", EITHER),),
    params=(
        ParamSpec("units", "Units", Integer(1, 65_536), 64, "Features of the output."),
        ParamSpec(
            "activation",
            "Activation",
            OneOf(("linear", "sigmoid", "tanh", "relu"), ("linear", "sigmoid", "tanh", "ReLU")),
            "linear",
            "The function applied to W x + b.",
        ),
    ),
    infer=_infer,
    weights=_weights,
    weight_names=lambda _params: {"W": True, "b": False},
    summary=lambda params: f"{counted(params['units'], 'unit')} · {params['activation']}",
    hue="output",
    size_param="units",
)


@register_node(SPEC)
class Dense(RunningNode):
    """``output = activation(input Wᵀ + b)`` with ``W`` of shape ``(units, features)``."""

    can_skip_gradients = True
    can_assign_gradients = True

    def parameters(self) -> Mapping[str, ParameterInit]:
        """See `RunningNode`."""
        shapes = _weights(self.params, self.input_shapes, self.facts)
        return {"W": ParameterInit(shapes["W"], glorot_uniform), "b": ParameterInit(shapes["b"], zeros)}

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """``output = activation(input Wᵀ + b)``."""
        rows = self.rows(t0, t1)
        output = self.outputs["output"][rows]
        np.matmul(self.inputs["input"][rows], self.weights["W"].T, out=output)
        output += self.weights["b"]
        ACTIVATIONS[str(self.params["activation"])][0](output)

    def backward(self, t0: int, t1: int) -> None:
        """``d_input += (d_output · activation') W``; stores the product for `gather`."""
        rows = self.rows(t0, t1)
        d_output = self.d_outputs["output"][rows]
        if self.params["activation"] != "linear":
            d_output *= ACTIVATIONS[str(self.params["activation"])][1](self.outputs["output"][rows])
        if "input" in self.d_inputs:
            if "input" in self.exclusive_inputs:
                np.matmul(d_output, self.weights["W"], out=self.d_inputs["input"][rows])
            else:
                self.d_inputs["input"][rows] += d_output @ self.weights["W"]

    def gather(self) -> None:
        """``dW += d_outputᵀ input`` and ``db += sum of d_output``."""
        d_output = self.d_outputs["output"]
        self.gradients["W"] += d_output.T @ self.inputs["input"]
        self.gradients["b"] += column_sums(d_output)
