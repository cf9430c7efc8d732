"""A node from outside, and how the demo format writes it."""

import numpy as np

from rnnstudio.design.constraints import Real
from rnnstudio.design.signals import Signal
from rnnstudio.design.spec import NodeSpec, ParamSpec, PortSpec
from rnnstudio.engine.nodes.base import ParameterInit, RunningNode, register_node
from rnnstudio.engine.weights.emitter import register_emitter


@register_node(
    NodeSpec(
        kind="demo_gain",
        title="Gain",
        family="layer",
        description="Multiplies each feature by a learned factor.",
        infer=lambda params, inputs, facts: {"output": inputs["input"]},
        inputs=(PortSpec("input", "Input", (Signal.SEQUENCE,)),),
        outputs=(PortSpec("output", "Output", (Signal.SEQUENCE,)),),
        params=(ParamSpec("start", "Start", Real(0.1, 10), 1.0, "The factor of each feature at first."),),
        weights=lambda params, inputs, facts: {"a": (inputs["input"].size,)},
    )
)
class Gain(RunningNode):
    """``output = a * input``."""

    def parameters(self):
        start = float(self.params["start"])
        shape = (self.input_shapes["input"].size,)
        return {"a": ParameterInit(shape, lambda rng, shape: np.full(shape, start))}

    def forward(self, t0, t1, *, training):
        rows = self.packing.slice(t0, t1)
        np.multiply(self.inputs["input"][rows], self.weights["a"], out=self.outputs["output"][rows])

    def backward(self, t0, t1):
        rows = self.packing.slice(t0, t1)
        self.d_inputs["input"][rows] += self.d_outputs["output"][rows] * self.weights["a"]

    def gather(self):
        self.gradients["a"] += (self.d_outputs["output"] * self.inputs["input"]).sum(axis=0)


@register_emitter("demo_text", "demo_gain")
def write_gain(node, lines):
    lines.add(node, f"gain by {lines.numbers(node.weights['a'])}")
